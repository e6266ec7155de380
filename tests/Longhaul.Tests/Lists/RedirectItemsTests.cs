using Longhaul.Lists.Items;
using static Longhaul.Tests.Lists.SomeReading;

namespace Longhaul.Tests.Lists;

public sealed class RedirectItemsTests
{
    private const string AllFlagsFalse =
        "\"include_subdomains\":false,\"subpath_matching\":false,\"preserve_query_string\":false,\"preserve_path_suffix\":false";

    [Theory]
    [InlineData("example.com", "example.com/")]
    [InlineData("example.com/", "example.com/")]
    [InlineData("HTTPS://Example.com/Path", "https://example.com/Path")]
    [InlineData("HttP://EXAMPLE.com", "http://example.com/")]
    [InlineData("localhost", "localhost/")]
    [InlineData("http", "http/")]
    [InlineData("192.0.2.1/a", "192.0.2.1/a")]
    [InlineData("https://192.0.2.1", "https://192.0.2.1/")]
    [InlineData("a.b//c//", "a.b//c//")]
    [InlineData("a.b/C%2fD:@!$&'()+,;=-._~", "a.b/C%2fD:@!$&'()+,;=-._~")]
    [InlineData("a.b/é😀\u00A0", "a.b/é😀\u00A0")]
    [InlineData("a.b\\/\\u00e9\\ud83d\\ude00", "a.b/é😀")]
    [InlineData("a.b/\\\"\\\\\\u005c", "a.b/\\\"\\\\\\\\")]
    [InlineData("a.b/http://c", "a.b/http://c")]
    public void A_source_becomes_canonical(string source, string canonical) =>
        Assert.Equal(Redirect(canonical), Payload(ItemKind.Redirect, Redirect(source)));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/path")]
    [InlineData("//example.com/")]
    [InlineData("https://")]
    [InlineData("https:///path")]
    [InlineData("https:/example.com")]
    [InlineData("ftp://example.com/")]
    [InlineData("https://https://a.b")]
    [InlineData("example.com:80")]
    [InlineData("https://example.com:443/")]
    [InlineData("example.com?q")]
    [InlineData("example.com/?q=1")]
    [InlineData("example.com/?")]
    [InlineData("example.com/#")]
    [InlineData("example.com#a")]
    [InlineData("user@example.com/")]
    [InlineData("https://user:secret@example.com/")]
    [InlineData("*.example.com/")]
    [InlineData("*")]
    [InlineData("example.com/*")]
    [InlineData("example.com/a b")]
    [InlineData(" example.com/")]
    [InlineData("example.com/ ")]
    [InlineData("example.com/\\t")]
    [InlineData("example.com/\\u007f")]
    [InlineData("example.com/\\u0085")]
    [InlineData("example.com/\\u0001")]
    [InlineData("example.com./")]
    [InlineData("a_b.com/")]
    [InlineData("-a.com/")]
    [InlineData("a..b/")]
    [InlineData("bücher.example/")]
    [InlineData("[::1]/")]
    [InlineData("a.b\\\\c/")]
    public void What_is_no_source_is_quoted(string source)
    {
        var error = Error(ItemKind.Redirect, Redirect(source));

        Assert.Equal((10028, "/1/redirect/source_url"), (error.Code, error.Pointer));
        Assert.StartsWith(
            $"invalid value for redirect at position 1: filters.api.invalid_source_url: '{source}' is no source URL; send ",
            error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://www.example.com")]
    [InlineData("HTTPS://User:Secret@WWW.Example.com:8443/A?b=c&d#e?f")]
    [InlineData("magnet:?xt=urn:btih:abc")]
    [InlineData("mailto:a@b")]
    [InlineData("a+b-c.1:x")]
    [InlineData("https://example.com/é😀*")]
    [InlineData("data:\\\"\\\\")]
    public void A_target_is_kept_byte_for_byte(string target) =>
        Assert.Equal(Item("a.b/", target), Payload(ItemKind.Redirect, Item("a.b/", target)));

    [Theory]
    [InlineData("")]
    [InlineData("example.com/")]
    [InlineData("//example.com/")]
    [InlineData("/path")]
    [InlineData("https:")]
    [InlineData(":x")]
    [InlineData("1a:x")]
    [InlineData("a_b:x")]
    [InlineData("é:x")]
    [InlineData("?a:b")]
    [InlineData(" https://a.b")]
    [InlineData("https://a.b ")]
    [InlineData("https://a.b/c d")]
    [InlineData("https://a.b/\\n")]
    [InlineData("https://a.b/\\u007f")]
    [InlineData("https://a.b/\\u009f")]
    public void What_is_no_target_is_quoted(string target)
    {
        var error = Error(ItemKind.Redirect, Item("a.b/", target));

        Assert.Equal((10028, "/1/redirect/target_url"), (error.Code, error.Pointer));
        Assert.StartsWith(
            $"invalid value for redirect at position 1: filters.api.invalid_target_url: '{target}' is no target URL; send ",
            error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://a.b/?q=1", ",\"preserve_query_string\":true", false)]
    [InlineData("https://a.b/?", ",\"preserve_query_string\":true", false)]
    [InlineData("magnet:?xt=a", ",\"preserve_query_string\":true", false)]
    [InlineData("https://a.b/#c?d", ",\"preserve_query_string\":true", true)]
    [InlineData("https://a.b/?q=1", ",\"preserve_query_string\":false", true)]
    [InlineData("https://a.b/?q=1", "", true)]
    public void A_target_has_no_query_where_that_of_the_request_is_kept(string target, string flag, bool isGood)
    {
        var (before, after) = (Item("a.b/", target, flag), $$$"""{"redirect":{{{{flag.TrimStart(',')}}}{{{(flag == "" ? "" : ",")}}}"target_url":"{{{target}}}","source_url":"a.b/"}}""");
        if (isGood)
        {
            Assert.Equal(before, Payload(ItemKind.Redirect, before));
            Assert.Equal(before, Payload(ItemKind.Redirect, after));
            return;
        }

        Assert.All([before, after], item =>
        {
            var error = Error(ItemKind.Redirect, item);
            Assert.Equal("/1/redirect/target_url", error.Pointer);
            Assert.Contains("invalid_target_url: with 'preserve_query_string' the target has no query", error.Message, StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("a.b", 16, "true", true)]
    [InlineData("https://a.b", 16, "true", true)]
    [InlineData("a.b", 17, "true", false)]
    [InlineData("https://a.b", 17, "true", false)]
    [InlineData("a.b", 17, "false", true)]
    [InlineData("a.b", 17, "null", true)]
    public void A_path_has_at_most_16_slashes_where_subpaths_match(string host, int slashes, string flag, bool isGood)
    {
        var source = host + string.Concat(Enumerable.Repeat("/a", slashes));
        var items = Read(ItemKind.Redirect, $"[{Redirect(source, $",\"subpath_matching\":{flag}")}]");

        Assert.Equal(isGood, items.IsGood(out _));
        Assert.Equal(
            isGood ? [] : ["/0/redirect/source_url"],
            items.Errors.Where(error => error.Message.Contains("invalid_source_url: with 'subpath_matching'", StringComparison.Ordinal)).Select(error => error.Pointer!));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"status_code\":301")]
    [InlineData(",\"status_code\":302")]
    [InlineData(",\"status_code\":307")]
    [InlineData(",\"status_code\":308," + AllFlagsFalse)]
    [InlineData("," + AllFlagsFalse)]
    [InlineData(",\"include_subdomains\":true,\"subpath_matching\":true,\"preserve_query_string\":true,\"preserve_path_suffix\":true")]
    [InlineData(",\"preserve_path_suffix\":true")]
    public void What_was_sent_is_echoed_and_nothing_else(string more) =>
        Assert.Equal(Redirect("a.b/", more), Payload(ItemKind.Redirect, Redirect("a.b/", more)));

    [Fact]
    public void Equal_items_are_equal_bytes_in_whatever_order_and_spelling_they_come()
    {
        var item = """
            {"comment":"\u0063","redirect":{"preserve_path_suffix":false,"status_code":308,"include_subdomains":null,
             "target_url":"https:\/\/t.test\/","preserve_query_string":true,"s\u006furce_url":"\u0041.B"},"ip":null}
            """;

        Assert.Equal(
            """{"redirect":{"source_url":"a.b/","target_url":"https://t.test/","status_code":308,"preserve_query_string":true,"preserve_path_suffix":false},"comment":"c"}""",
            Payload(ItemKind.Redirect, item));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-301")]
    [InlineData("200")]
    [InlineData("303")]
    [InlineData("30100000000000000000000000")]
    [InlineData("4294967597")]
    public void Any_other_status_code_is_refused(string code)
    {
        var error = Error(ItemKind.Redirect, Redirect("a.b/", $",\"status_code\":{code}"));

        Assert.Equal((10028, "/1/redirect/status_code"), (error.Code, error.Pointer));
        Assert.Equal(
            $"invalid value for redirect at position 1: filters.api.invalid_status_code: '{code}' is no status code of a redirect; send 301, 302, 307 or 308, or leave it out",
            error.Message);
    }

    [Theory]
    [InlineData("{}", "source_url")]
    [InlineData("{\"source_url\":null,\"target_url\":\"a:b\"}", "source_url")]
    [InlineData("{\"source_url\":\"a.b/\"}", "target_url")]
    [InlineData("{\"target_url\":null,\"source_url\":\"a.b/\"}", "target_url")]
    public void Both_urls_are_required(string value, string missing)
    {
        var error = Error(ItemKind.Redirect, $$"""{"redirect":{{value}}}""");

        Assert.Equal((10028, $"/1/redirect/{missing}"), (error.Code, error.Pointer));
        Assert.StartsWith(
            $"invalid value for redirect at position 1: filters.api.invalid_{missing}: '{missing}' is missing; send ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"a.b/\"", "", "'redirect' must be an object")]
    [InlineData("[{}]", "", "'redirect' must be an object")]
    [InlineData("{\"source_url\":5}", "/source_url", "'source_url' must be a string, not '5'")]
    [InlineData("{\"source_url\":\"*\",\"target_url\":[{}]}", "/target_url", "'target_url' must be a string, not an array")]
    [InlineData("{\"status_code\":\"301\"}", "/status_code", "'status_code' must be an integer without fraction or exponent, not a string")]
    [InlineData("{\"status_code\":301.0}", "/status_code", "'status_code' must be an integer without fraction or exponent, not '301.0'")]
    [InlineData("{\"status_code\":3e2}", "/status_code", "'status_code' must be an integer without fraction or exponent, not '3e2'")]
    [InlineData("{\"status_code\":false}", "/status_code", "'status_code' must be an integer without fraction or exponent, not a boolean")]
    [InlineData("{\"include_subdomains\":0}", "/include_subdomains", "'include_subdomains' must be true or false, not '0'")]
    [InlineData("{\"subpath_matching\":\"enabled\"}", "/subpath_matching", "'subpath_matching' must be true or false, not a string")]
    [InlineData("{\"preserve_query_string\":{}}", "/preserve_query_string", "'preserve_query_string' must be true or false, not an object")]
    [InlineData("{\"preserve_path_suffix\":[]}", "/preserve_path_suffix", "'preserve_path_suffix' must be true or false, not an array")]
    [InlineData("{\"source_url\":\"a.b/\",\"target_url\":\"a:b\",\"x/y\":1}", "/x~1y", "unknown member 'x/y' in 'redirect'; there can only be 'source_url', 'target_url', 'status_code'")]
    [InlineData("{\"created_on\":\"2024-10-24T04:23:10Z\"}", "/created_on", "unknown member 'created_on' in 'redirect'")]
    [InlineData("{\"source_url\":\"a.b/\",\"target_url\":\"a:b\",\"source_url\":\"a.b/\"}", "/source_url", "repeated member 'source_url' in 'redirect'")]
    [InlineData("{\"status_code\":null,\"status_code\":null}", "/status_code", "repeated member 'status_code' in 'redirect'")]
    [InlineData("{\"source_url\":\"a.b/\\u0000\"}", "/source_url", "a string in 'source_url' has U+0000 or a lone surrogate")]
    [InlineData("{\"source_url\":\"a.b/\",\"target_url\":\"a:\\udc00\"}", "/target_url", "a string in 'target_url' has U+0000 or a lone surrogate")]
    [InlineData("{\"\\ud800\":1}", "", "unknown member '\\ud800' in 'redirect'")]
    public void What_cannot_be_decoded_names_member_and_place(string value, string path, string text)
    {
        var error = Error(ItemKind.Redirect, $$"""{"redirect":{{value}}}""");

        Assert.Equal((10026, $"/1/redirect{path}"), (error.Code, error.Pointer));
        Assert.StartsWith($"filters.api.invalid_json: {text}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Urls_have_at_most_32768_bytes_however_they_are_spelt()
    {
        var (source, target) = ("a.b/" + new string('p', 32_764), "https://" + new string('t', 32_760));
        var escaped = "a.b/" + string.Concat(Enumerable.Repeat("\\u0070", 32_764));

        Assert.Equal(Item(source, target), Payload(ItemKind.Redirect, Item(source, target)));
        Assert.Equal(Item(source, target), Payload(ItemKind.Redirect, Item(escaped, target)));
        Assert.Equal(
            ["/1/redirect/source_url", "/1/redirect/source_url", "/1/redirect/source_url", "/1/redirect/target_url"],
            [
                TooLong(Item(source + "p", target)),
                TooLong(Item(escaped + "\\u0070", target)),
                TooLong(Item(source[..^1] + "é", target)),
                TooLong(Item(source, target + "t")),
            ]);
    }

    [Fact]
    public void Quotes_and_backslashes_double_the_largest_item_without_harm()
    {
        var source = "a.b/" + string.Concat(Enumerable.Repeat("\\\\", 32_764));
        var target = "https://" + string.Concat(Enumerable.Repeat("\\\"", 32_760));
        var items = Good(ItemKind.Redirect, $"[{Item(source, target)},{Item("c" + source[1..], target)}]");

        Assert.Equal([Item(source, target), Item("c" + source[1..], target)], Payloads(items));
        Assert.Equal(source.Replace("\\\\", "\\", StringComparison.Ordinal), ItemKind.ValueOf(items.Payload(0)));
    }

    [Fact]
    public void Two_long_sources_that_share_2000_bytes_are_two_items()
    {
        var start = "a.b/" + new string('p', 2_000);
        var (x, y) = (start + new string('x', 30_000), start + new string('y', 30_000));
        var items = Good(ItemKind.Redirect, $"[{Redirect(x)},{Redirect(y)}]");

        Assert.Equal(2, items.Count);
        Assert.All([0, 1], i => Assert.Equal(992, items.Key(i).Length));
        Assert.Equal(
            "invalid value for redirect at position 2: filters.api.duplicate_item_value",
            Assert.Single(Read(ItemKind.Redirect, $"[{Redirect(x)},{Redirect(y)},{Redirect(x)}]").Errors).Message);
    }

    [Fact]
    public void Items_come_in_the_order_of_their_utf8() =>
        Assert.Equal(
            [Redirect("a.b/"), Redirect("a.b/Z"), Redirect("a.b/a"), Redirect("a.b/\uFF5E"), Redirect("a.b/😀"), Redirect("http://a.b/")],
            Payloads(Good(
                ItemKind.Redirect,
                $"[{Redirect("a.b/😀")},{Redirect("http://a.b/")},{Redirect("a.b/a")},{Redirect("a.b/\uFF5E")},{Redirect("a.b")},{Redirect("a.b/Z")}]")));

    [Theory]
    [InlineData("A.B", "a.b")]
    [InlineData("HTTP://a.b", "http://A.b/")]
    public void Of_two_spellings_the_later_is_a_duplicate(string first, string later)
    {
        var error = Assert.Single(Read(ItemKind.Redirect, $"[{Redirect(first)},{Redirect(later)}]").Errors);

        Assert.Equal("invalid value for redirect at position 1: filters.api.duplicate_item_value", error.Message);
        Assert.Equal("/1/redirect/source_url", error.Pointer);
    }

    [Fact]
    public void The_scheme_or_its_absence_and_the_case_of_the_path_are_part_of_the_key() =>
        Assert.Equal(4, Good(ItemKind.Redirect, $"[{Redirect("a.b")},{Redirect("http://a.b")},{Redirect("https://a.b")},{Redirect("a.b/A")}]").Count);

    [Theory]
    [InlineData("EXAMPLE.com", "example.com/")]
    [InlineData("HTTPS://Example.com/É\"\\", "https://example.com/É\"\\")]
    public void A_value_alone_leads_to_the_same_key(string value, string canonical)
    {
        var items = Good(ItemKind.Redirect, $"[{Redirect(canonical.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal))}]");

        Assert.Equal(items.Key(0).ToArray(), ItemKind.Redirect.FindKey(value));
        Assert.Equal(canonical, ItemKind.ValueOf(items.Payload(0)));
    }

    [Fact]
    public void What_is_no_source_has_no_key() =>
        Assert.All(["", "a b", "a.b?c", "a.b/\0", "a.b/\uD800", "a.b/" + new string('p', 32_765), "ftp://a.b/"], value =>
            Assert.Null(ItemKind.Redirect.FindKey(value)));

    private static string TooLong(string item)
    {
        var error = Error(ItemKind.Redirect, item);
        Assert.Equal(10028, error.Code);
        Assert.Contains("is too long; a ", error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Length < 300);
        return error.Pointer!;
    }

    private static string Item(string source, string target, string more = "") =>
        $$$"""{"redirect":{"source_url":"{{{source}}}","target_url":"{{{target}}}"{{{more}}}}}""";
}
