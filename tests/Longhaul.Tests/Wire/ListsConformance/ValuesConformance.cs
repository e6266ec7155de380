using System.Net;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.ListsConformance;

/// <summary>Section "values": L-40 to L-46.</summary>
public abstract class ValuesConformance(ServerFixture fixture)
{
    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("EXAMPLE.com", "example.com")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("a-b.c-d.e", "a-b.c-d.e")]
    [InlineData("1.2.3.4.com", "1.2.3.4.com")]
    [InlineData("0a.de", "0a.de")]
    public async Task L41_plain_hostnames_are_lowered_and_have_no_flag(string sent, string canonical)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "hostname");

        Assert.Equal([ListsOfKinds.Sent(Hostname(canonical))], await client.PutAndReadAsync(list, Hostname(sent)));
        Assert.Single(await client.ReadAllAsync(list, 25, $"&search={sent}"));
        Assert.Single(await client.ReadAllAsync(list, 25, $"&search={sent}&match=exact"));
    }

    [Theory]
    [InlineData("*.example.com", null, "true")]
    [InlineData("*.EXAMPLE.com", "true", "true")]
    [InlineData("*.example.com", "false", "false")]
    [InlineData("*.com", null, "true")]
    public async Task L41_a_wildcard_answers_its_flag(string sent, string? flag, string kept)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "hostname");
        var item = flag is null ? Hostname(sent) : $$"""{"hostname":{"url_hostname":"{{sent}}","exclude_exact_hostname":{{flag}}} }""";

        Assert.Equal([ListsOfKinds.Sent($$"""{"hostname":{"exclude_exact_hostname":{{kept}},"url_hostname":"{{sent.ToLowerInvariant()}}"} }""")], await client.PutAndReadAsync(list, item));
    }

    [Fact]
    public async Task L41_hostnames_at_their_bounds()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "hostname");
        var label = new string('a', 63);
        var longest = $"{label}.{label}.{label}.{new string('b', 61)}";
        Assert.Equal(253, longest.Length);

        Assert.Equal([ListsOfKinds.Sent(Hostname(longest))], await client.PutAndReadAsync(list, Hostname(longest)));
        await RefusedAsync(client, list, Hostname($"{longest}b"), "invalid_hostname");
        await RefusedAsync(client, list, Hostname($"{label}a.com"), "invalid_hostname");
    }

    [Theory]
    [InlineData("*")]
    [InlineData("a.*.com")]
    [InlineData("*example.com")]
    [InlineData("*.*.com")]
    [InlineData("*.")]
    [InlineData("ex ample.com")]
    [InlineData("http://a.b")]
    [InlineData("a.b/")]
    [InlineData("a.b:80")]
    [InlineData("a_b.com")]
    [InlineData("a.b.")]
    [InlineData(".a.b")]
    [InlineData("a..b")]
    [InlineData("1.2.3.4")]
    [InlineData("com")]
    [InlineData("")]
    [InlineData("-a.com")]
    [InlineData("a-.com")]
    [InlineData("bücher.example")]
    [InlineData(" a.com")]
    [InlineData("a.com\\n")]
    [InlineData("[::1]")]
    public async Task L41_refused_hostnames(string sent)
    {
        using var client = fixture.NewAccount();
        await RefusedAsync(client, await client.CreateAsync("l", "hostname"), Hostname(sent), "invalid_hostname");
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task L41_only_a_wildcard_takes_the_flag(string flag)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "hostname");

        await RefusedAsync(client, list, $$"""{"hostname":{"url_hostname":"a.com","exclude_exact_hostname":{{flag}}} }""", "invalid_exclude_exact_hostname");
    }

    [Fact]
    public async Task L42_as_numbers_are_from_1_to_4294967295_in_numeric_order()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "asn");

        var read = await client.PutAndReadAsync(list, [.. new[] { "4294967295", "10", "9", "1", "2147483648", "65536" }.Select(n => $$"""{"asn":{{n}}}""")]);

        Assert.Equal(["1", "9", "10", "65536", "2147483648", "4294967295"], read.Select(i => i["{\"asn\":".Length..^1]));
        foreach (var bad in (string[])["0", "-1", "4294967296", "99999999999999999999"])
        {
            await RefusedAsync(client, list, $$"""{"asn":{{bad}}}""", "invalid_asn");
        }
    }

    [Theory]
    [InlineData("example.com", "example.com/")]
    [InlineData("HTTPS://Example.com/Path", "https://example.com/Path")]
    [InlineData("http://EXAMPLE.com", "http://example.com/")]
    [InlineData("localhost/x", "localhost/x")]
    [InlineData("192.0.2.1/x", "192.0.2.1/x")]
    [InlineData("a.com/%C3%A9/é//x", "a.com/%C3%A9/é//x")]
    [InlineData("a.com/a:b@c", "a.com/a:b@c")]
    public async Task L43_a_source_is_lowered_but_for_its_path(string sent, string canonical)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "redirect");
        await client.CompletedAsync(await client.ReplaceAsync(list, [Redirect(sent, "https://t.com")]));

        Assert.Equal(canonical, ListsOfKinds.Value((await client.ReadAllAsync(list)).Single()));
        Assert.Single(await client.ReadAllAsync(list, 25, $"&search={Uri.EscapeDataString(sent)}"));
        Assert.Single(await client.ReadAllAsync(list, 25, $"&match=exact&search={Uri.EscapeDataString(sent)}"));
    }

    [Theory]
    [InlineData("a.com:80/")]
    [InlineData("https://a.com:443/")]
    [InlineData("a.com/?q=1")]
    [InlineData("a.com?q=1")]
    [InlineData("a.com/#f")]
    [InlineData("user@a.com/")]
    [InlineData("https://u:p@a.com/")]
    [InlineData("a.com/*")]
    [InlineData("*.a.com/")]
    [InlineData("ftp://a.com/")]
    [InlineData("//a.com/")]
    [InlineData("/path")]
    [InlineData("https:///path")]
    [InlineData("")]
    [InlineData("a_b.com/")]
    [InlineData("a..com/")]
    [InlineData("a.com./")]
    public async Task L43_refused_sources(string sent)
    {
        using var client = fixture.NewAccount();
        await RefusedAsync(client, await client.CreateAsync("l", "redirect"), Redirect(sent, "https://t.com"), "invalid_source_url");
    }

    [Fact]
    public async Task L43_subpath_matching_takes_sixteen_slashes_in_the_path()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "redirect");
        var sixteen = "a.com" + string.Concat(Enumerable.Range(0, 16).Select(i => $"/{i % 10}"));

        await client.CompletedAsync(await client.AppendAsync(list, [Redirect($"https://{sixteen}", "https://t.com", ",\"subpath_matching\":true"), Redirect($"{sixteen}/x", "https://t.com", ",\"subpath_matching\":false"), Redirect($"{sixteen}/y", "https://t.com")]));

        await RefusedAsync(client, list, Redirect($"{sixteen}/z", "https://t.com", ",\"subpath_matching\":true"), "invalid_source_url");
        Assert.Equal(3, await client.NumItemsAsync(list));
    }

    [Theory]
    [InlineData("magnet:?xt=urn:btih:0", "")]
    [InlineData("https://u:p@T.com:8443/A?q=1#F", "")]
    [InlineData("https://t.com?q=1", ",\"preserve_query_string\":false")]
    [InlineData("https://t.com/#a?b", ",\"preserve_query_string\":true")]
    [InlineData("ftp://t.com/é", "")]
    [InlineData("mailto:x@t.com", "")]
    public async Task L43_targets_are_kept_byte_for_byte(string target, string settings)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "redirect");
        await client.CompletedAsync(await client.ReplaceAsync(list, [Redirect("a.com/", target, settings)]));

        Assert.Equal(target, (await client.ReadAllAsync(list)).Single().GetProperty("redirect").GetProperty("target_url").GetString());
        Assert.Single(await client.ReadAllAsync(list, 25, $"&search={Uri.EscapeDataString(target[2..])}"));
    }

    [Theory]
    [InlineData("https://t.com/?q=1", ",\"preserve_query_string\":true", "invalid_target_url")]
    [InlineData("magnet:?xt=1", ",\"preserve_query_string\":true", "invalid_target_url")]
    [InlineData("https://t.com/a b", "", "invalid_target_url")]
    [InlineData("https://t.com/\\t", "", "invalid_target_url")]
    [InlineData("https://t.com/\\u007f", "", "invalid_target_url")]
    [InlineData("", "", "invalid_target_url")]
    [InlineData("no-scheme", "", "invalid_target_url")]
    [InlineData("https://t.com/", ",\"status_code\":303", "invalid_status_code")]
    [InlineData("https://t.com/", ",\"status_code\":0", "invalid_status_code")]
    [InlineData("https://t.com/", ",\"status_code\":-301", "invalid_status_code")]
    [InlineData("https://t.com/", ",\"status_code\":99999999999", "invalid_status_code")]
    public async Task L43_refused_targets_and_status_codes(string target, string settings, string reason)
    {
        using var client = fixture.NewAccount();
        await RefusedAsync(client, await client.CreateAsync("l", "redirect"), Redirect("a.com/", target, settings), reason);
    }

    [Fact]
    public async Task L43_urls_have_at_most_32768_bytes()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "redirect");
        var source = "a.com/" + new string('s', 32_762);
        var accented = "b.com/" + new string('é', 16_381);
        var target = "https://t.com/" + new string('t', 32_754);

        var read = await client.PutAndReadAsync(list, Redirect(source, target), Redirect(accented, "https://t.com"));

        Assert.Equal(2, read.Count);
        Assert.Contains(source, read[0], StringComparison.Ordinal);
        Assert.Contains(target, read[0], StringComparison.Ordinal);
        await RefusedAsync(client, list, Redirect(source + "s", target), "invalid_source_url");
        await RefusedAsync(client, list, Redirect(accented + "x", target), "invalid_source_url");
        await RefusedAsync(client, list, Redirect(source, target + "t"), "invalid_target_url");
        Assert.Single(await client.ReadAllAsync(list, 25, $"&match=exact&search={source}"));
    }

    [Theory]
    [InlineData("ip", """{"ip":"10.0.0.1"}""")]
    [InlineData("ip", """{"comment":"","ip":"10.0.0.1"}""")]
    [InlineData("hostname", """{"comment":"","hostname":{"url_hostname":"a.com"}}""")]
    [InlineData("hostname", """{"hostname":{"exclude_exact_hostname":false,"url_hostname":"*.a.com"}}""")]
    [InlineData("asn", """{"asn":5}""")]
    [InlineData("asn", """{"asn":5,"comment":"\u003Cb\u003E \u0026 \u0022"}""")]
    [InlineData("redirect", """{"redirect":{"source_url":"a.com/","target_url":"https://b.com"}}""")]
    [InlineData("redirect", """{"redirect":{"source_url":"a.com/","status_code":301,"target_url":"https://b.com"}}""")]
    [InlineData("redirect", """{"redirect":{"preserve_path_suffix":true,"source_url":"a.com/","target_url":"https://b.com"}}""")]
    [InlineData("redirect", """{"redirect":{"include_subdomains":false,"preserve_path_suffix":false,"preserve_query_string":false,"source_url":"a.com/","status_code":307,"subpath_matching":false,"target_url":"https://b.com"}}""")]
    [InlineData("redirect", """{"comment":"","redirect":{"include_subdomains":true,"preserve_path_suffix":true,"preserve_query_string":true,"source_url":"a.com/","status_code":308,"subpath_matching":true,"target_url":"https://b.com"}}""")]
    public async Task L44_L46_what_was_sent_comes_back_and_nothing_else(string kind, string item)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);

        Assert.Equal([ListsOfKinds.Sent(item)], await client.PutAndReadAsync(list, item));
        var listed = (await client.ReadAllAsync(list)).Single();
        var single = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items/{ListsOfKinds.Id(listed)}");
        Assert.Equal(listed.GetRawText(), single.Result.GetRawText());
        Assert.Equal(new[] { "created_on", "id", "modified_on" }.Order(), listed.EnumerateObject().Select(m => m.Name).Except(["comment", kind]).Order());
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L45_a_comment_has_at_most_500_code_points(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        var longest = string.Concat(Enumerable.Repeat("\U0001F600", 500));
        await client.CompletedAsync(await client.AppendAsync(list, [ListsOfKinds.Item(kind, 1, longest), ListsOfKinds.Item(kind, 2, new string('é', 500))]));

        var items = await client.ReadAllAsync(list);

        Assert.Equal([longest, new string('é', 500)], items.Select(i => i.GetProperty("comment").GetString()));
        await RefusedAsync(client, list, ListsOfKinds.Item(kind, 3, longest + "x"), "invalid_comment");
        await RefusedAsync(client, list, ListsOfKinds.Item(kind, 3, new string('x', 501)), "invalid_comment");
    }

    private static string Hostname(string name) => $$"""{"hostname":{"url_hostname":"{{name}}"} }""";

    private static string Redirect(string source, string target, string settings = "") => $$"""{"redirect":{"source_url":"{{source}}","target_url":"{{target}}"{{settings}}} }""";

    private static async Task RefusedAsync(ListsClient client, string list, string item, string reason)
    {
        var answer = await client.AppendAsync(list, [item]);
        Assert.True(answer.Status == HttpStatusCode.BadRequest && answer.Code == 10028, $"{item[..Math.Min(200, item.Length)]}: {answer.Text}");
        Assert.Matches($"^invalid value for [a-z]+ at position 0: filters\\.api\\.{reason}: .", answer.Message);
    }
}

public sealed class ValuesOnSqlite(SqliteServer server) : ValuesConformance(server), IClassFixture<SqliteServer>;

public sealed class ValuesOnPostgres(PostgresServer server) : ValuesConformance(server), IClassFixture<PostgresServer>;
