using System.Text;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Tests.Lists;

/// <summary>Reads bodies for the tests of the kinds.</summary>
internal static class SomeReading
{
    public static BodyReading<ParsedItems> Read(ItemKind kind, string body) =>
        ItemsReader.Read(Encoding.UTF8.GetBytes(body), kind, BodyLimits.Default);

    public static ParsedItems Good(ItemKind kind, string body)
    {
        var reading = Read(kind, body);
        Assert.Empty(reading.Errors);
        return reading.Value!;
    }

    /// <summary>The payload of a body with one item.</summary>
    public static string Payload(ItemKind kind, string item)
    {
        var items = Good(kind, $"[{item}]");
        Assert.Equal(1, items.Count);
        return Encoding.UTF8.GetString(items.Payload(0));
    }

    public static IEnumerable<string> Payloads(ParsedItems items) =>
        Enumerable.Range(0, items.Count).Select(i => Encoding.UTF8.GetString(items.Payload(i)));

    /// <summary>The one error of a body with one bad item between two good ones, which stands at position 1.</summary>
    public static ListError Error(ItemKind kind, string item)
    {
        var (first, last) = kind.Name switch
        {
            "hostname" => ("""{"hostname":{"url_hostname":"first.test"}}""", """{"hostname":{"url_hostname":"last.test"}}"""),
            "asn" => ("""{"asn":64501}""", """{"asn":64502}"""),
            _ => (Redirect("first.test"), Redirect("last.test")),
        };
        var reading = Read(kind, $"[{first},{item},{last}]");
        Assert.Null(reading.Value);
        var error = Assert.Single(reading.Errors);
        Assert.Equal(1, error.ParameterValueIndex);
        return error;
    }

    public static string Redirect(string source, string more = "") =>
        $$$"""{"redirect":{"source_url":"{{{source}}}","target_url":"https://t.test/"{{{more}}}}}""";
}
