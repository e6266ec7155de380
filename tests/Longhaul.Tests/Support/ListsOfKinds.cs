using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Longhaul.Tests.Support;

/// <summary>Lists of every kind through <see cref="ListsClient" />, which speaks of addresses where nothing else is said.</summary>
public static class ListsOfKinds
{
    public static IReadOnlyList<string> All { get; } = ["ip", "hostname", "asn", "redirect"];

    public static TheoryData<string> Theory { get; } = [.. All];

    public static async Task<string> CreateAsync(this ListsClient client, string name, string kind)
    {
        var answer = await client.SendAsync(HttpMethod.Post, client.Lists, $$"""{"name":"{{name}}","kind":"{{kind}}"}""");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Result.GetProperty("id").GetString()!;
    }

    /// <summary>Sends a body to the items of a list as it is.</summary>
    public static Task<WireAnswer> WriteAsync(this ListsClient client, string method, string list, string body, params (string Name, string Value)[] headers) =>
        client.SendAsync(new HttpMethod(method), $"{client.Lists}/{list}/items", body, headers);

    public static Task<WireAnswer> PageAsync(this ListsClient client, string list, string query) =>
        client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items?{query}");

    /// <summary>Writes items, waits, and reads what is there; each as JSON without id and times.</summary>
    public static async Task<List<string>> PutAndReadAsync(this ListsClient client, string list, params string[] items)
    {
        await client.CompletedAsync(await client.ReplaceAsync(list, items));
        return (await client.ReadAllAsync(list)).ConvertAll(Sent);
    }

    /// <summary>Item <paramref name="number" /> of a kind as JSON; in its canonical form, in the order of the kind.</summary>
    public static string Item(string kind, int number, string? comment = null)
    {
        var value = kind switch
        {
            "ip" => $"\"ip\":\"{Addresses.At(number)}\"",
            "hostname" => $$"""
                "hostname":{"url_hostname":"h{{number:D7}}.example.com"}
                """,
            "asn" => string.Create(CultureInfo.InvariantCulture, $"\"asn\":{number + 1}"),
            _ => $$"""
                "redirect":{"source_url":"example.com/{{number:D7}}","target_url":"https://example.net/"}
                """,
        };
        return comment is null ? $"{{{value}}}" : $"{{{value},\"comment\":\"{comment}\"}}";
    }

    public static string[] Items(string kind, int from, int count) => [.. Enumerable.Range(from, count).Select(n => Item(kind, n))];

    /// <summary>The one text by which an item is found.</summary>
    public static string Value(JsonElement item) =>
        item.TryGetProperty("ip", out var ip) ? ip.GetString()!
        : item.TryGetProperty("hostname", out var hostname) ? hostname.GetProperty("url_hostname").GetString()!
        : item.TryGetProperty("asn", out var asn) ? asn.GetRawText()
        : item.GetProperty("redirect").GetProperty("source_url").GetString()!;

    public static string Id(JsonElement item) => item.GetProperty("id").GetString()!;

    /// <summary>What of an item is not the server's own: its members but for id and times, objects ordered by name, as JSON.</summary>
    public static string Sent(JsonElement item) => Ordered(item, ["id", "created_on", "modified_on"]);

    /// <summary>The same of a text that was sent.</summary>
    public static string Sent(string item)
    {
        using var document = JsonDocument.Parse(item);
        return Ordered(document.RootElement, []);
    }

    private static string Ordered(JsonElement value, string[] without) => value.ValueKind == JsonValueKind.Object
        ? $"{{{string.Join(',', value.EnumerateObject().Where(m => !without.Contains(m.Name)).OrderBy(m => m.Name, StringComparer.Ordinal).Select(m => $"\"{m.Name}\":{Ordered(m.Value, [])}"))}}}"
        : value.ValueKind == JsonValueKind.String ? $"\"{JsonEncodedText.Encode(value.GetString()!)}\"" : value.GetRawText();
}
