using System.Net;
using System.Text;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.ListsConformance;

/// <summary>Section "reading", and what readers see beside writers: L-31, L-60 to L-64.</summary>
public abstract class ReadingConformance(ServerFixture fixture)
{
    [Fact]
    public async Task L31_no_page_mixes_two_sets_and_a_chain_is_one_of_them()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        string[][] sets = [[.. Addresses.Range(0, 50_000)], [.. Addresses.Range(100_000, 30_000)]];
        await client.CompletedAsync(await client.ReplaceAsync(list, sets[0]));
        var writes = AlternateAsync(client, list, sets);
        var chains = 0;
        do
        {
            var read = await client.ReadAddressesAsync(list);
            Assert.True(read.SequenceEqual(sets[0]) || read.SequenceEqual(sets[1]), $"{read.Count} items, first {read.FirstOrDefault()}, last {read.LastOrDefault()}");
            Assert.Contains(await client.NumItemsAsync(list), (long[])[50_000, 30_000]);
            var found = await client.PageAsync(list, "per_page=500&search=10.");
            Assert.Single(found.Result.EnumerateArray().Select(i => Array.BinarySearch(sets[0], ListsOfKinds.Value(i), AddressOrder.Instance) >= 0).Distinct());
            chains++;
        }
        while (!writes.IsCompleted || chains < 3);

        await writes;
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L60_pages_have_25_items_unless_asked_and_up_to_500(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        await client.CompletedAsync(await client.ReplaceAsync(list, ListsOfKinds.Items(kind, 0, 501)));

        foreach (var (query, count) in ((string, int)[])[("", 25), ("per_page=1", 1), ("per_page=500", 500), ("search=&per_page=26", 26)])
        {
            Assert.Equal(count, (await client.PageAsync(list, query)).Result.GetArrayLength());
        }

        foreach (var query in (string[])["per_page=0", "per_page=-1", "per_page=501", "per_page=abc", "per_page=1.5", "per_page=99999999999999999999", "cursor=zzz"])
        {
            var answer = await client.PageAsync(list, query);
            Assert.True((answer.Status, answer.Code) == (HttpStatusCode.BadRequest, 10027), $"{query}: {answer.Text}");
            Assert.StartsWith("invalid or expired cursor", answer.Message, StringComparison.Ordinal);
        }

        Assert.Equal("invalid or expired cursor: per_page must be 1..500", (await client.PageAsync(list, "per_page=501")).Message);
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L61_a_walk_shows_each_item_once_in_order_there_and_back(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        var items = ListsOfKinds.Items(kind, 0, 1_234);
        await client.CompletedAsync(await client.ReplaceAsync(list, items.Reverse()));
        var pages = new List<WireAnswer> { await client.PageAsync(list, "per_page=100") };
        while (ListsClient.After(pages[^1]) is { } after)
        {
            pages.Add(await client.PageAsync(list, $"per_page=100&cursor={Uri.EscapeDataString(after)}"));
        }

        Assert.Equal(items.Select(ListsOfKinds.Sent), pages.SelectMany(p => p.Result.EnumerateArray()).Select(ListsOfKinds.Sent));
        Assert.Equal((13, 34), (pages.Count, pages[^1].Result.GetArrayLength()));
        Assert.Null(ListsClient.Before(pages[0]));
        for (var i = pages.Count - 1; i > 0; i--)
        {
            var back = await client.PageAsync(list, $"per_page=100&cursor={Uri.EscapeDataString(ListsClient.Before(pages[i])!)}");
            Assert.Equal(pages[i - 1].Result.GetRawText(), back.Result.GetRawText());
            Assert.Equal(i == 1, ListsClient.Before(back) is null);
        }

        Assert.False((await client.PageAsync(list, $"search={Uri.EscapeDataString(ListsOfKinds.Value(pages[3].Result[5]))}&match=exact")).Body.TryGetProperty("result_info", out _));
    }

    [Fact]
    public async Task L61_redirects_come_in_the_order_of_their_bytes_and_not_of_their_utf16()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "redirect");
        string[] sources = ["a.com/\U0001F600", "a.com/～", "a.com/z", "a.com/", "a.com/Z", "a.com/é", "a.com/\U0001F600x", "a.com/～～", "B.com/", "https://a.com/", "http://a.com/", "a.com/%"];
        await client.CompletedAsync(await client.ReplaceAsync(list, sources.Select(s => Redirect(s))));

        var expected = sources.Select(s => s.Replace("B.com", "b.com", StringComparison.Ordinal)).OrderBy(s => s, ByteOrder.Instance).ToArray();
        foreach (var size in (int[])[1, 5, 500])
        {
            Assert.Equal(expected, (await client.ReadAllAsync(list, size)).Select(ListsOfKinds.Value));
        }

        Assert.True(Array.IndexOf(expected, "a.com/～") < Array.IndexOf(expected, "a.com/\U0001F600"));
    }

    [Fact]
    public async Task L61_long_sources_that_share_two_thousand_bytes_are_two_items()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "redirect");
        var common = "a.com/" + new string('c', 1_994);
        var (one, two) = (common + new string('x', 30_000), common + new string('y', 30_000));
        string[] around = ["a.com/b", "a.com/d", "a.com/" + new string('c', 900)];
        await client.CompletedAsync(await client.AppendAsync(list, [.. around.Select(s => Redirect(s)), Redirect(one), Redirect(two)]));
        var first = await client.ReadAllAsync(list, 1);
        var ids = first.ToDictionary(ListsOfKinds.Value, ListsOfKinds.Id);
        await client.CompletedAsync(await client.AppendAsync(list, [Redirect(two, ",\"comment\":\"changed\"")]));

        var now = await client.ReadAllAsync(list, 2);

        Assert.Equal(["a.com/b", around[2]], now.Take(2).Select(ListsOfKinds.Value));
        Assert.Equal("a.com/d", ListsOfKinds.Value(now[4]));
        Assert.Equal(new[] { one, two }.Order(StringComparer.Ordinal), now.Skip(2).Take(2).Select(ListsOfKinds.Value).Order(StringComparer.Ordinal));
        Assert.All(now, i => Assert.Equal(ids[ListsOfKinds.Value(i)], ListsOfKinds.Id(i)));
        Assert.Equal(two, ListsOfKinds.Value(now.Single(i => i.TryGetProperty("comment", out _))));
        Assert.Equal(ids[one], ListsOfKinds.Id((await client.ReadAllAsync(list, 25, $"&match=exact&search={one}")).Single()));
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L62_a_chain_goes_on_with_the_revision_of_its_first_page(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        await client.CompletedAsync(await client.ReplaceAsync(list, ListsOfKinds.Items(kind, 0, 90)));
        var before = await client.ReadAllAsync(list);
        var first = await client.PageAsync(list, "per_page=30");
        await client.CompletedAsync(await client.DeleteAsync(list, [ListsOfKinds.Id(before[40])]));
        var second = await client.PageAsync(list, $"per_page=30&cursor={ListsClient.After(first)}");
        await client.CompletedAsync(await client.AppendAsync(list, [ListsOfKinds.Item(kind, 200), ListsOfKinds.Item(kind, 70, "changed")]));
        var third = await client.PageAsync(list, $"per_page=30&cursor={ListsClient.After(second)}");

        Assert.Equal(before.Select(i => i.GetRawText()), new[] { first, second, third }.SelectMany(p => p.Result.EnumerateArray()).Select(i => i.GetRawText()));
        Assert.Null(ListsClient.After(third));
        var other = await client.CreateAsync("other", kind);
        foreach (var (where, query) in ((string, string)[])[(other, ""), (list, "&search=1"), (list, "&search=1&match=exact")])
        {
            var answer = await client.PageAsync(where, $"cursor={ListsClient.After(second)}{query}");
            Assert.True((answer.Status, answer.Code) == (HttpStatusCode.BadRequest, 10027), answer.Text);
        }

        Assert.Equal(90, (await client.ReadAllAsync(list)).Count);
    }

    [Fact]
    public async Task L63_search_of_hostnames_contains()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "hostname");
        await client.CompletedAsync(await client.ReplaceAsync(list, new[] { "example.com", "www.example.com", "*.example.com", "example.org", "my-example.com" }.Select(h => $$"""{"hostname":{"url_hostname":"{{h}}"} }""")));

        await CountsAsync(client, list, ("", 5), ("example.com", 4), ("EXAMPLE.com", 4), ("www", 1), ("*", 1), (".", 5), ("example.com&match=exact", 1), ("Example.COM&match=exact", 1), ("xample.com&match=exact", 0),
            ("*.example.com&match=exact", 1), ("_", 0), ("%25", 0), ("com.", 0), ("e.o", 1), ("&match=exact", 5));
    }

    [Fact]
    public async Task L63_search_of_as_numbers_equals()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "asn");
        await client.CompletedAsync(await client.ReplaceAsync(list, new[] { "1", "13", "13335", "133350", "4294967295" }.Select(n => $$"""{"asn":{{n}}}""")));

        await CountsAsync(client, list, ("", 5), ("13335", 1), ("AS13335", 1), ("as13335", 1), ("1333", 0), ("13335&match=exact", 1), ("AS13335&match=exact", 1), ("x", 0), ("AS", 0), ("ASAS1", 0),
            ("4294967296", 0), ("99999999999999999999", 0), ("-1", 0), ("1.0", 0), ("%25", 0));
    }

    [Fact]
    public async Task L63_search_of_redirects_looks_into_source_and_target()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "redirect");
        await client.CompletedAsync(await client.ReplaceAsync(
            list, [Redirect("a.com"), Redirect("https://a.com/Path"), Redirect("b.com/a.com"), Redirect("c.com/100%25"), Redirect("d.com/é", target: "https://Target.net/a_b?x=1")]));

        await CountsAsync(client, list, ("", 5), ("a.com", 3), ("A.COM", 3), ("a.com&match=exact", 1), ("A.com&match=exact", 1), ("a.com/&match=exact", 1), ("https://a.com/Path&match=exact", 1), ("HTTPS://A.com/Path&match=exact", 1),
            ("path", 1), ("target.NET", 1), ("a_b", 1), ("aXb", 0), ("%2525", 1), ("%C3%A9", 1), ("%C3%89", 0), ("/t", 5), ("https://Target.net/a_b%3Fx=1&match=exact", 0));
    }

    [Fact]
    public async Task L63_search_of_addresses_is_a_prefix_of_the_canonical_text()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.ReplaceAsync(list, ["1.2.3.4", "1.2.3.40", "1.2.3.0/24", "11.2.3.4", "2001:db8::1", "2001:db8::/32", "2001:db8:0:1::/64"]));

        await CountsAsync(client, list, ("", 7), ("1.2.3.4", 2), ("1.2.3.4/32", 2), ("1.2.3.4/32&match=exact", 1), ("1.2.3.4&match=exact", 1), ("1.2.3.9/24", 1), ("1.2.3.9/24&match=exact", 1), ("1", 4), ("1.2.3.0", 1),
            ("1.2.3.0&match=exact", 0), ("2001:DB8:", 3), ("2001:db8:0:0:0:0:0:1", 1), ("2001:db8::/32", 1), ("2.3", 0), ("%25", 0), ("1_2", 0));
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L64_an_item_is_read_by_its_id_in_its_list_only(string kind)
    {
        using var client = fixture.NewAccount();
        var (list, other) = (await client.CreateAsync("l", kind), await client.CreateAsync("other", kind));
        await client.CompletedAsync(await client.ReplaceAsync(list, ListsOfKinds.Items(kind, 0, 3)));
        var item = (await client.ReadAllAsync(list))[1];
        var id = ListsOfKinds.Id(item);

        Assert.Equal(item.GetRawText(), (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items/{id}")).Result.GetRawText());
        foreach (var path in (string[])[$"{other}/items/{id}", $"{list}/items/{new string('0', 32)}", $"{list}/items/x"])
        {
            var answer = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{path}");
            Assert.Equal((404, 19002), ((int)answer.Status, answer.Code));
            Assert.Equal($"could not find item: {path.Split('/')[^1]}", answer.Message);
        }

        await client.CompletedAsync(await client.DeleteAsync(list, [id]));
        Assert.Equal(19002, (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items/{id}")).Code);
    }

    private static string Redirect(string source, string more = "", string target = "https://x.org/t") =>
        $$"""{"redirect":{"source_url":"{{source}}","target_url":"{{target}}"}{{more}}}""";

    private static async Task CountsAsync(ListsClient client, string list, params (string Query, int Count)[] searches)
    {
        var found = new List<(string, int)>();
        foreach (var (query, _) in searches)
        {
            found.Add((query, (await client.ReadAllAsync(list, 2, $"&search={query}")).Count));
        }

        Assert.Equal(searches, found);
    }

    private static async Task AlternateAsync(ListsClient client, string list, string[][] sets)
    {
        for (var i = 1; i <= 4; i++)
        {
            await client.CompletedAsync(await client.ReplaceAsync(list, sets[i % 2]));
        }
    }

    private sealed class ByteOrder : IComparer<string>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(string? x, string? y) => Encoding.UTF8.GetBytes(x!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(y!));
    }

    private sealed class AddressOrder : IComparer<string>
    {
        public static AddressOrder Instance { get; } = new();

        public int Compare(string? x, string? y) => IPAddress.Parse(x!).GetAddressBytes().AsSpan().SequenceCompareTo(IPAddress.Parse(y!).GetAddressBytes());
    }
}

public sealed class ReadingOnSqlite(SqliteServer server) : ReadingConformance(server), IClassFixture<SqliteServer>;

public sealed class ReadingOnPostgres(PostgresServer server) : ReadingConformance(server), IClassFixture<PostgresServer>;
