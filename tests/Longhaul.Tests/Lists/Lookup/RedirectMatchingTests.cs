using System.Text;
using Longhaul.Lists;
using Longhaul.Lists.Items;
using Longhaul.Lists.Lookup;

namespace Longhaul.Tests.Lists.Lookup;

public sealed class RedirectMatchingTests
{
    [Theory]
    [InlineData("https://example.com/a", "example.com/a", true)]
    [InlineData("http://EXAMPLE.com/a?x=1", "example.com/a", true)]
    [InlineData("https://example.com", "example.com/", true)]
    [InlineData("https://example.com:8443/a", "https://example.com/a", true)]
    [InlineData("http://example.com/a", "https://example.com/a", false)]
    [InlineData("https://example.com/A", "example.com/a", false)]
    [InlineData("https://example.com/a/", "example.com/a", false)]
    [InlineData("https://www.example.com/a", "example.com/a", false)]
    public void A_plain_source_matches_its_own_url(string url, string source, bool isMatched) =>
        Assert.Equal(isMatched, Resolve(url, Redirect(source, "https://t.example/")) is not null);

    [Theory]
    [InlineData("https://a.b.example.com/x", "a.b.example.com/x")]
    [InlineData("https://c.b.example.com/x", "b.example.com/x")]
    [InlineData("https://c.example.com/x", "example.com/x")]
    [InlineData("https://example.com/x", "example.com/x")]
    public void The_host_itself_goes_before_the_most_specific_domain_above_it(string url, string source)
    {
        string Domain(string host) => Redirect(host, $"https://t.example/{host}", "\"include_subdomains\":true");

        var found = Resolve(url, Domain("example.com/x"), Domain("b.example.com/x"), Redirect("a.b.example.com/x", "https://t.example/a.b.example.com/x"));

        Assert.Equal($"https://t.example/{source}", found?.Location);
    }

    [Theory]
    [InlineData("https://example.com/foo/bar/baz", "/foo/bar")]
    [InlineData("https://example.com/foo/barn", "/foo")]
    [InlineData("https://example.com/foo", "/foo")]
    [InlineData("https://example.com/fool", "/")]
    public void The_longest_path_goes_first_and_ends_at_a_slash(string url, string path)
    {
        string Under(string source) => Redirect($"example.com{source}", $"https://t.example/?{source}", "\"subpath_matching\":true");

        Assert.Equal($"https://t.example/?{path}", Resolve(url, Under("/"), Under("/foo"), Under("/foo/bar"))?.Location);
    }

    [Fact]
    public void The_host_decides_before_the_path_and_the_scheme_last()
    {
        var host = Redirect("www.example.com/", "https://t.example/host", "\"subpath_matching\":true");
        var path = Redirect("example.com/long/path", "https://t.example/path", "\"include_subdomains\":true");
        var scheme = Redirect("https://www.example.com/", "https://t.example/scheme", "\"subpath_matching\":true");

        Assert.Equal("https://t.example/host", Resolve("https://www.example.com/long/path", host, path)?.Location);
        Assert.Equal("https://t.example/scheme", Resolve("https://www.example.com/long/path", host, path, scheme)?.Location);
        Assert.Equal("https://t.example/host", Resolve("http://www.example.com/long/path", host, path, scheme)?.Location);
    }

    [Theory]
    [InlineData("example.com/foo/", "https://t.example/qux/", "https://t.example/qux/bar?x=1")]
    [InlineData("example.com/foo", "https://t.example/qux", "https://t.example/qux/bar?x=1")]
    [InlineData("example.com/foo", "https://t.example/qux/", "https://t.example/qux/bar?x=1")]
    [InlineData("example.com/foo/", "https://t.example/qux", "https://t.example/qux/bar?x=1")]
    [InlineData("example.com/foo/", "https://t.example/qux/#end", "https://t.example/qux/bar?x=1#end")]
    public void Path_suffix_and_query_are_kept_where_asked_to(string source, string target, string location)
    {
        var keeping = Redirect(source, target, "\"subpath_matching\":true,\"preserve_query_string\":true,\"preserve_path_suffix\":true");

        Assert.Equal(location, Resolve("https://example.com/foo/bar?x=1#f", keeping)?.Location);
        Assert.Equal(target, Resolve("https://example.com/foo/bar?x=1", Redirect(source, target, "\"subpath_matching\":true"))?.Location);
    }

    [Fact]
    public void A_path_may_hold_what_looks_like_a_scheme()
    {
        var keeping = Redirect("example.com/go/https://old.example/", "https://t.example/", "\"subpath_matching\":true,\"preserve_path_suffix\":true");

        Assert.Equal("https://t.example/page", Resolve("https://example.com/go/https://old.example/page", keeping)?.Location);
        Assert.Equal("https://t.example/z", Resolve("https://example.com/x://y/z", Redirect("example.com/x://y", "https://t.example/", "\"subpath_matching\":true,\"preserve_path_suffix\":true"))?.Location);
    }

    [Fact]
    public void A_request_that_would_be_work_is_refused() => Assert.Null(RequestUrl.Parse($"https://{string.Join('.', Enumerable.Repeat("a", 100))}/{new string('x', 30_000)}"));

    [Fact]
    public void The_status_is_the_items_or_301()
    {
        Assert.Equal(301, Resolve("https://example.com/", Redirect("example.com", "https://t.example/"))?.Status);
        Assert.Equal(308, Resolve("https://example.com/", Redirect("example.com", "https://t.example/", "\"status_code\":308"))?.Status);
    }

    [Theory]
    [InlineData("example.com/")]
    [InlineData("ftp://example.com/")]
    [InlineData("https://")]
    [InlineData("https:///path")]
    public void What_no_browser_asks_for_is_no_request(string url) => Assert.Null(RequestUrl.Parse(url));

    private static RedirectMatch? Resolve(string url, params string[] items)
    {
        var request = RequestUrl.Parse(url)!;
        var candidates = RedirectMatching.Candidates(request);
        var stored = items.Select(Item).Where(i => candidates.Any(c => c.Key.AsSpan().SequenceEqual(i.SortKey))).ToList();
        return RedirectMatching.Choose(request, candidates, stored);
    }

    private static string Redirect(string source, string target, string? options = null)
    {
        var canonical = source.Contains('/', StringComparison.Ordinal) ? source : source + "/";
        return $$$"""{"redirect":{"source_url":"{{{canonical}}}","target_url":"{{{target}}}"{{{(options is null ? "" : "," + options)}}}}}""";
    }

    private static ListItem Item(string payload)
    {
        var bytes = Encoding.UTF8.GetBytes(payload);
        return new ListItem(ItemKind.Redirect.FindKey(ItemKind.ValueOf(bytes))!, new byte[16], 0, 0, bytes);
    }
}
