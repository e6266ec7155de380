using System.Text;
using Longhaul.Lists.Items;
using static Longhaul.Tests.Lists.SomeReading;

namespace Longhaul.Tests.Lists;

public sealed class HostnameItemsTests
{
    private static readonly string Label63 = new('a', 63);

    // Four times 63 and three dots make 255, so the last label is two shorter.
    private static readonly string Name253 = $"{Label63}.{Label63}.{Label63}.{new string('a', 61)}";

    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("EXAMPLE.com", "example.com")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("a.b", "a.b")]
    [InlineData("1.2.3", "1.2.3")]
    [InlineData("1.2.3.4.5", "1.2.3.4.5")]
    [InlineData("1.2.3.a", "1.2.3.a")]
    [InlineData("a--b.c-d.0", "a--b.c-d.0")]
    [InlineData("\\u0041.b", "a.b")]
    public void A_name_becomes_canonical(string name, string canonical) =>
        Assert.Equal(Item(canonical), Payload(ItemKind.Hostname, Item(name)));

    [Theory]
    [InlineData("*.example.com", "", ",\"exclude_exact_hostname\":true")]
    [InlineData("*.COM", "", ",\"exclude_exact_hostname\":true")]
    [InlineData("*.example.com", ",\"exclude_exact_hostname\":null", ",\"exclude_exact_hostname\":true")]
    [InlineData("*.example.com", ",\"exclude_exact_hostname\":true", ",\"exclude_exact_hostname\":true")]
    [InlineData("*.example.com", ",\"exclude_exact_hostname\":false", ",\"exclude_exact_hostname\":false")]
    [InlineData("example.com", ",\"exclude_exact_hostname\":null", "")]
    public void Only_a_wildcard_has_the_flag_and_always(string name, string sent, string kept) =>
        Assert.Equal(
            $$"""{"hostname":{"url_hostname":"{{name.ToLowerInvariant()}}"{{kept}}},"comment":""}""",
            Payload(ItemKind.Hostname, $$$"""{"comment":"","hostname":{"url_hostname":"{{{name}}}"{{{sent}}}}}"""));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("*.")]
    [InlineData("*.*")]
    [InlineData("*.*.com")]
    [InlineData("a.*.com")]
    [InlineData("a.*")]
    [InlineData("*example.com")]
    [InlineData("**.example.com")]
    [InlineData("ex ample.com")]
    [InlineData(" a.b")]
    [InlineData("a.b ")]
    [InlineData("http://a.b")]
    [InlineData("//a.b")]
    [InlineData("a.b/")]
    [InlineData("a.b:80")]
    [InlineData("a_b.com")]
    [InlineData("a.b.")]
    [InlineData(".a.b")]
    [InlineData("a..b")]
    [InlineData("localhost")]
    [InlineData("-a.b")]
    [InlineData("a-.b")]
    [InlineData("a.-")]
    [InlineData("*.-a")]
    [InlineData("bücher.example")]
    [InlineData("a\\u00e4.b")]
    [InlineData("a.b\\n")]
    [InlineData("::1")]
    [InlineData("user@a.b")]
    public void What_is_no_host_name_is_quoted(string name)
    {
        var error = Error(ItemKind.Hostname, Item(name));

        Assert.Equal((10028, "/1/hostname/url_hostname"), (error.Code, error.Pointer));
        Assert.StartsWith(
            $"invalid value for hostname at position 1: filters.api.invalid_hostname: '{name}' is no host name; send ",
            error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.2.3.4")]
    [InlineData("01.2.3.4")]
    [InlineData("999.2.3.4")]
    [InlineData("*.1.2.3.4")]
    public void An_address_is_no_host_name(string name) =>
        Assert.Contains($"invalid_hostname: '{name}' is an IP address; ", Error(ItemKind.Hostname, Item(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void Labels_end_at_63_and_names_at_253()
    {
        Payload(ItemKind.Hostname, Item(Name253));
        Payload(ItemKind.Hostname, Item($"*.{Name253[2..]}"));
        Payload(ItemKind.Hostname, Item(string.Concat(Name253.Select(letter => letter == '.' ? "." : "\\u0041"))));
        Error(ItemKind.Hostname, Item(Name253 + "a"));
        Error(ItemKind.Hostname, Item($"*.{Name253[1..]}"));
        Error(ItemKind.Hostname, Item(string.Concat(Enumerable.Repeat("\\u0041", 100_000))));
        Error(ItemKind.Hostname, Item($"a{Label63}.com"));
    }

    [Theory]
    [InlineData("{}", "invalid_hostname: 'url_hostname' is missing; send {\"url_hostname\":\"example.com\"}", "/url_hostname")]
    [InlineData("{\"url_hostname\":null,\"exclude_exact_hostname\":true}", "invalid_hostname: 'url_hostname' is missing; send {\"url_hostname\":\"example.com\"}", "/url_hostname")]
    [InlineData("{\"exclude_exact_hostname\":true,\"url_hostname\":\"a.b\"}", "invalid_exclude_exact_hostname: only a wildcard like *.example.com takes 'exclude_exact_hostname'; leave it out of this item", "/exclude_exact_hostname")]
    [InlineData("{\"url_hostname\":\"a.b\",\"exclude_exact_hostname\":false}", "invalid_exclude_exact_hostname: only a wildcard like *.example.com takes 'exclude_exact_hostname'; leave it out of this item", "/exclude_exact_hostname")]
    public void A_refused_object_names_the_member(string value, string text, string path)
    {
        var error = Error(ItemKind.Hostname, $$"""{"hostname":{{value}}}""");

        Assert.Equal((10028, $"/1/hostname{path}"), (error.Code, error.Pointer));
        Assert.Equal($"invalid value for hostname at position 1: filters.api.{text}", error.Message);
    }

    [Theory]
    [InlineData("\"a.b\"", "", "'hostname' must be an object")]
    [InlineData("[]", "", "'hostname' must be an object")]
    [InlineData("5", "", "'hostname' must be an object")]
    [InlineData("{\"url_hostname\":5}", "/url_hostname", "'url_hostname' must be a string, not '5'")]
    [InlineData("{\"url_hostname\":{\"a\":[1,{}]}}", "/url_hostname", "'url_hostname' must be a string, not an object")]
    [InlineData("{\"url_hostname\":[\"a.b\"]}", "/url_hostname", "'url_hostname' must be a string, not an array")]
    [InlineData("{\"url_hostname\":\"*.a\",\"exclude_exact_hostname\":\"true\"}", "/exclude_exact_hostname", "'exclude_exact_hostname' must be true or false, not a string")]
    [InlineData("{\"url_hostname\":\"*.a\",\"exclude_exact_hostname\":1}", "/exclude_exact_hostname", "'exclude_exact_hostname' must be true or false, not '1'")]
    [InlineData("{\"url_hostname\":\"a.b\",\"port\":{\"x\":[]}}", "/port", "unknown member 'port' in 'hostname'; there can only be 'url_hostname', 'exclude_exact_hostname'")]
    [InlineData("{\"url_hostname\":\"!\",\"id\":1}", "/id", "unknown member 'id' in 'hostname'; there can only be 'url_hostname', 'exclude_exact_hostname'")]
    [InlineData("{\"Url_hostname\":\"a.b\"}", "/Url_hostname", "unknown member 'Url_hostname' in 'hostname'")]
    [InlineData("{\"url_hostname\":\"a.b\",\"url_hostname\":\"a.b\"}", "/url_hostname", "repeated member 'url_hostname' in 'hostname'")]
    [InlineData("{\"url_hostname\":null,\"url_hostname\":\"a.b\"}", "/url_hostname", "repeated member 'url_hostname' in 'hostname'")]
    [InlineData("{\"url_hostname\":\"a.b\",\"\\u0075rl_hostname\":\"a.b\"}", "", "repeated member '\\u0075rl_hostname' in 'hostname'")]
    [InlineData("{\"url_hostname\":\"a.b\\u0000\"}", "/url_hostname", "a string in 'url_hostname' has U+0000 or a lone surrogate")]
    [InlineData("{\"url_hostname\":\"\\ud800\"}", "/url_hostname", "a string in 'url_hostname' has U+0000 or a lone surrogate")]
    [InlineData("{\"url_hostname\":\"a.b\",\"\\u0000\":1}", "", "unknown member '\\u0000' in 'hostname'")]
    public void What_cannot_be_decoded_names_member_and_place(string value, string path, string text)
    {
        var error = Error(ItemKind.Hostname, $$"""{"hostname":{{value}},"comment":"c"}""");

        Assert.Equal((10026, $"/1/hostname{path}"), (error.Code, error.Pointer));
        Assert.StartsWith($"filters.api.invalid_json: {text}", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("(item at position 1)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_flag_is_no_part_of_the_key()
    {
        var errors = Read(ItemKind.Hostname, """[{"hostname":{"url_hostname":"*.a","exclude_exact_hostname":false}},{"hostname":{"url_hostname":"*.A"}}]""").Errors;

        var error = Assert.Single(errors);
        Assert.Equal("invalid value for hostname at position 1: filters.api.duplicate_item_value", error.Message);
        Assert.Equal("/1/hostname/url_hostname", error.Pointer);
    }

    [Theory]
    [InlineData("Example.COM", "example.com")]
    [InlineData("*.Example.com", "*.example.com")]
    public void A_value_alone_leads_to_the_same_key(string value, string canonical)
    {
        var items = Good(ItemKind.Hostname, $"[{Item(canonical)}]");

        Assert.Equal(Encoding.UTF8.GetBytes(canonical), ItemKind.Hostname.FindKey(value));
        Assert.Equal(items.Key(0).ToArray(), ItemKind.Hostname.FindKey(value));
        Assert.Equal(canonical, ItemKind.ValueOf(items.Payload(0)));
    }

    [Fact]
    public void What_is_no_host_name_has_no_key() =>
        Assert.All(["", "a", "a.b/", "bücher.example", "a.b.", "1.2.3.4", "*", Name253 + "a"], value =>
            Assert.Null(ItemKind.Hostname.FindKey(value)));

    private static string Item(string name) => $$$"""{"hostname":{"url_hostname":"{{{name}}}"}}""";
}
