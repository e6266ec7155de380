using System.Net;
using System.Net.Http.Headers;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>The page that shows the documents, and the files that it is made of.</summary>
public sealed class OpenApiPageTests(DocumentedServer server) : IClassFixture<DocumentedServer>
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", ".."));
    private static readonly string Assets = Path.Combine(Root, "src", "Longhaul", "Hosting", "Assets");

    public static TheoryData<string, string> Files => new()
    {
        { "", "text/html" },
        { "page.css", "text/css" },
        { "page.js", "text/javascript" },
        { "swagger-ui.css", "text/css" },
        { "swagger-ui-bundle.js", "text/javascript" },
        { "swagger-ui-bundle.js.LICENSE.txt", "text/plain" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_file_comes_with_its_type_and_a_tag_and_is_sent_once(string file, string type)
    {
        using var browser = NewBrowser();
        using var first = await browser.GetAsync($"/openapi/{file}", TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/openapi/{file}") { Headers = { IfNoneMatch = { new EntityTagHeaderValue("\"other\""), first.Headers.ETag! } } };
        using var again = await browser.SendAsync(request, TestContext.Current.CancellationToken);
        using var changed = new HttpRequestMessage(HttpMethod.Get, $"/openapi/{file}") { Headers = { IfNoneMatch = { new EntityTagHeaderValue("\"other\"") } } };
        using var full = await browser.SendAsync(changed, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, type, "utf-8"), (first.StatusCode, first.Content.Headers.ContentType!.MediaType, first.Content.Headers.ContentType.CharSet));
        Assert.Equal((HttpStatusCode.NotModified, 0), (again.StatusCode, (await again.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Length));
        Assert.Equal(HttpStatusCode.OK, full.StatusCode);
        Assert.True(first.Headers.CacheControl!.NoCache);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task The_browser_may_ask_nobody_but_this_server(string file, string type)
    {
        using var browser = NewBrowser();
        using var answer = await browser.GetAsync($"/openapi/{file}", TestContext.Current.CancellationToken);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single().Split("; ").ToDictionary(p => p.Split(' ')[0], p => p.Split(' ')[1..]);

        Assert.Equal(["'none'"], policy["default-src"]);
        Assert.All(policy.SelectMany(p => p.Value.Select(v => (p.Key, v))), p => Assert.True(p.v is "'none'" or "'self'" || p is ("img-src", "data:"), $"{p} of {type}"));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task The_page_offers_every_document_and_names_files_that_are_there()
    {
        using var browser = NewBrowser();
        var page = await browser.GetStringAsync("/openapi/", TestContext.Current.CancellationToken);
        using var bare = await browser.GetAsync("/openapi", TestContext.Current.CancellationToken);

        Assert.All(server.Documents.Keys, d => Assert.Contains($"data-document=\"{d}\"", page, StringComparison.Ordinal));
        Assert.DoesNotContain("<!--", page, StringComparison.Ordinal);
        Assert.DoesNotContain("://", page, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.PermanentRedirect, "openapi/"), (bare.StatusCode, bare.Headers.Location!.OriginalString));
        foreach (var name in page.Split("src=\"")[1..].Concat(page.Split("href=\"")[1..]).Select(p => p.Split('"')[0]).Where(n => !n.StartsWith("data:", StringComparison.Ordinal)))
        {
            using var answer = await browser.GetAsync($"/openapi/{name}", TestContext.Current.CancellationToken);
            Assert.True(answer.IsSuccessStatusCode, name);
        }
    }

    [Fact]
    public async Task The_foreign_files_are_those_of_the_package()
    {
        var package = Path.Combine(Root, "tests", "clients", "node_modules", "swagger-ui-dist");
        if (!Directory.Exists(package))
        {
            Assert.SkipUnless(PostgresCluster.IsRequired, "run npm ci in tests/clients");
            Assert.Fail("run npm ci in tests/clients");
        }

        var names = Directory.GetFiles(Path.Combine(Assets, "swagger-ui")).Select(f => Path.GetFileName(f)!).ToList();
        Assert.Equal(["LICENSE", "NOTICE", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css"], names.Order(StringComparer.Ordinal));
        using var browser = NewBrowser();
        foreach (var name in names)
        {
            var theirs = await File.ReadAllBytesAsync(Path.Combine(package, name), TestContext.Current.CancellationToken);
            Assert.True(IsSame(theirs, await File.ReadAllBytesAsync(Path.Combine(Assets, "swagger-ui", name), TestContext.Current.CancellationToken)), name);
            if (name.StartsWith("swagger-ui", StringComparison.Ordinal))
            {
                Assert.True(IsSame(theirs, await browser.GetByteArrayAsync($"/openapi/{name}", TestContext.Current.CancellationToken)), name);
            }
        }
    }

    private static bool IsSame(byte[] left, byte[] right) => left.AsSpan().SequenceEqual(right);

    private HttpClient NewBrowser() => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = server.Process.Address };
}
