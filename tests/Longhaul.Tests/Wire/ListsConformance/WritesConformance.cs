using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.ListsConformance;

/// <summary>Section "writes": L-20 to L-28 for every kind.</summary>
public abstract class WritesConformance(ServerFixture fixture)
{
    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L20_each_write_answers_just_an_operation_that_can_be_read_at_once(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        foreach (var (method, body) in ((string, string)[])
            [("POST", $"[{ListsOfKinds.Item(kind, 1)}]"), ("PUT", "[]"), ("POST", "[]"), ("DELETE", """{"items":[{"id":"00000000000000000000000000000000"}]}""")])
        {
            var answer = await client.WriteAsync(method, list, body);
            Assert.Equal(["operation_id"], answer.Result.EnumerateObject().Select(m => m.Name));
            var status = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{ListsClient.OperationId(answer)}");
            Assert.Equal(HttpStatusCode.OK, status.Status);
            Assert.Matches("^[0-9a-f]{12}4[0-9a-f]{19}$", status.Result.GetProperty("id").GetString());
            await client.CompletedAsync(answer);
        }
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L21_append_overwrites_known_keys_as_a_whole_and_moves_only_what_changed(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        await client.CompletedAsync(await client.AppendAsync(list, [Item(0, "a"), Item(1, "b"), Item(2, null), Item(3, "")]));
        var before = await client.ReadAllAsync(list);
        await NextSecondAsync(client, before[0].GetProperty("modified_on").GetString()!);

        await client.CompletedAsync(await client.AppendAsync(list, [Item(4, "new"), Item(3, null), Item(1, "b"), Item(0, null)]));

        var after = await client.ReadAllAsync(list);
        Assert.Equal([Sent(0, null), Sent(1, "b"), Sent(2, null), Sent(3, null), Sent(4, "new")], after.Select(ListsOfKinds.Sent));
        Assert.Equal(before.Select(ListsOfKinds.Id), after.Take(4).Select(ListsOfKinds.Id));
        Assert.Equal(before.Select(Created), after.Take(4).Select(Created));
        Assert.Equal([true, false, false, true], after.Take(4).Zip(before, (a, b) => Modified(a) != Modified(b)));
        Assert.Matches("^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$", ListsOfKinds.Id(after[4]));
        Assert.Equal(Created(after[4]), Modified(after[4]));
        Assert.Equal(5, await client.NumItemsAsync(list));

        string Item(int number, string? comment) => ListsOfKinds.Item(kind, number, comment);
        string Sent(int number, string? comment) => ListsOfKinds.Sent(Item(number, comment));
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L22_L23_replace_is_exact_keeps_ids_and_an_item_that_comes_back_is_another(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        await client.CompletedAsync(await client.ReplaceAsync(list, ListsOfKinds.Items(kind, 0, 10)));
        var first = await client.ReadAllAsync(list);
        await client.CompletedAsync(await client.ReplaceAsync(list, ListsOfKinds.Items(kind, 5, 10).Reverse()));
        var second = await client.ReadAllAsync(list);
        var gone = ListsOfKinds.Id(second[2]);
        await client.CompletedAsync(await client.DeleteAsync(list, [gone, "unknown", gone, new string('f', 32), ListsOfKinds.Id(first[0])]));
        var third = await client.ReadAllAsync(list);
        await client.CompletedAsync(await client.AppendAsync(list, [ListsOfKinds.Item(kind, 7)]));
        var fourth = await client.ReadAllAsync(list);

        Assert.Equal(ListsOfKinds.Items(kind, 5, 10).Select(ListsOfKinds.Sent), second.Select(ListsOfKinds.Sent));
        Assert.Equal(first.Skip(5).Select(i => i.GetRawText()), second.Take(5).Select(i => i.GetRawText()));
        Assert.Equal(second.Where(i => ListsOfKinds.Id(i) != gone).Select(i => i.GetRawText()), third.Select(i => i.GetRawText()));
        Assert.NotEqual(gone, ListsOfKinds.Id(fourth[2]));
        Assert.Equal(second.Select(ListsOfKinds.Sent), fourth.Select(ListsOfKinds.Sent));
        Assert.Equal(10, await client.NumItemsAsync(list));
    }

    [Fact]
    public async Task L21_settings_of_a_known_key_are_overwritten_as_a_whole()
    {
        using var client = fixture.NewAccount();
        var hostnames = await client.CreateAsync("h", "hostname");
        var redirects = await client.CreateAsync("r", "redirect");
        await client.CompletedAsync(await client.AppendAsync(hostnames, ["""{"hostname":{"url_hostname":"*.a.com","exclude_exact_hostname":false},"comment":"x"}"""]));
        await client.CompletedAsync(await client.AppendAsync(redirects, ["""{"redirect":{"source_url":"a.com/","target_url":"https://b.com","status_code":302,"subpath_matching":true}}"""]));
        var (hostname, redirect) = ((await client.ReadAllAsync(hostnames))[0], (await client.ReadAllAsync(redirects))[0]);

        await client.CompletedAsync(await client.AppendAsync(hostnames, ["""{"hostname":{"url_hostname":"*.A.com"}}"""]));
        await client.CompletedAsync(await client.AppendAsync(redirects, ["""{"redirect":{"source_url":"A.com","target_url":"https://c.com","preserve_query_string":false}}"""]));

        var (hostnameNow, redirectNow) = ((await client.ReadAllAsync(hostnames)).Single(), (await client.ReadAllAsync(redirects)).Single());
        Assert.Equal((ListsOfKinds.Id(hostname), ListsOfKinds.Id(redirect)), (ListsOfKinds.Id(hostnameNow), ListsOfKinds.Id(redirectNow)));
        Assert.Equal("""{"hostname":{"exclude_exact_hostname":true,"url_hostname":"*.a.com"}}""", ListsOfKinds.Sent(hostnameNow));
        Assert.Equal("""{"redirect":{"preserve_query_string":false,"source_url":"a.com/","target_url":"https://c.com"}}""", ListsOfKinds.Sent(redirectNow));
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L24_each_wrong_wrapper_is_refused_and_the_right_one_shown(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        foreach (var (method, body) in ((string, string)[])
        [
            ("POST", $$"""{"items":[{{ListsOfKinds.Item(kind, 1)}}]}"""), ("PUT", """{"items":[]}"""), ("POST", ListsOfKinds.Item(kind, 1)), ("PUT", "null"), ("POST", ""), ("PUT", "5"),
            ("POST", $"[[{ListsOfKinds.Item(kind, 1)}]]"), ("POST", "[null]"), ("POST", "[5]"),
            ("DELETE", ""), ("DELETE", "null"), ("DELETE", "{}"), ("DELETE", """{"items":[]}"""), ("DELETE", """{"items":null}"""), ("DELETE", """[{"id":"x"}]"""), ("DELETE", """["x"]"""),
            ("DELETE", """{"items":["x"]}"""), ("DELETE", """{"items":[{}]}"""), ("DELETE", """{"items":[{"id":"x"}],"more":1}"""), ("DELETE", """{"items":[{"id":"x","ip":"1.1.1.1"}]}"""), ("DELETE", """{"items":[{"id":5}]}"""),
        ])
        {
            var answer = await client.WriteAsync(method, list, body);
            Assert.True((answer.Status, answer.Code) == (HttpStatusCode.BadRequest, 10026), $"{method} {body}: {answer.Text}");
            Assert.StartsWith("filters.api.invalid_json", answer.Message, StringComparison.Ordinal);
        }

        Assert.Equal(10028, (await client.WriteAsync("DELETE", list, """{"items":[{"id":""}]}""")).Code);
    }

    [Theory]
    [InlineData("ip", """{"ip":"10.0.0.9","x":1}""", "x", "/x")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"a.com","wild":true}}""", "wild", "/hostname/wild")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"a.com"},"modified_on":"2024-01-01T00:00:00Z"}""", "modified_on", "/modified_on")]
    [InlineData("hostname", """{"hostname":"a.com"}""", "hostname", "/hostname")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"*.a.com","exclude_exact_hostname":"true"}}""", "exclude_exact_hostname", "/hostname/exclude_exact_hostname")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"a\u0000.com"}}""", "url_hostname", "/hostname/url_hostname")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"a.com","url_hostname":"a.com"}}""", "url_hostname", "/hostname/url_hostname")]
    [InlineData("asn", """{"asn":5,"id":"018f0000000070008000000000000000"}""", "id", "/id")]
    [InlineData("asn", """{"asn":"13335"}""", "asn", "/asn")]
    [InlineData("asn", """{"asn":1.5}""", "asn", "/asn")]
    [InlineData("asn", """{"asn":1.0}""", "asn", "/asn")]
    [InlineData("asn", """{"asn":1e3}""", "asn", "/asn")]
    [InlineData("asn", """{"asn":true}""", "asn", "/asn")]
    [InlineData("asn", """{"asn":5,"comment":"\udfff"}""", "comment", "/comment")]
    [InlineData("redirect", """{"redirect":{"source_url":"a.com/","target_url":"https://b.com","status":301}}""", "status", "/redirect/status")]
    [InlineData("redirect", """{"redirect":{"source_url":"a.com/","target_url":"https://b.com"},"created_on":"2024-01-01T00:00:00Z"}""", "created_on", "/created_on")]
    [InlineData("redirect", """{"redirect":{"source_url":"a.com/","target_url":"https://b.com","status_code":"301"}}""", "status_code", "/redirect/status_code")]
    [InlineData("redirect", """{"redirect":{"source_url":"a.com/","target_url":"https://b.com","subpath_matching":"enabled"}}""", "subpath_matching", "/redirect/subpath_matching")]
    [InlineData("redirect", """{"redirect":{"source_url":"a.com/","target_url":"https://b.com","include_subdomains":1}}""", "include_subdomains", "/redirect/include_subdomains")]
    [InlineData("redirect", """{"redirect":{"source_url":"a.com/\ud800","target_url":"https://b.com"}}""", "source_url", "/redirect/source_url")]
    [InlineData("redirect", """{"redirect":{"source_url":"a.com/","target_url":"https://b.com/\u0000"}}""", "target_url", "/redirect/target_url")]
    [InlineData("redirect", """{"redirect":["a.com/"]}""", "redirect", "/redirect")]
    public async Task L25_what_does_not_decode_is_named_with_its_place(string kind, string item, string member, string pointer)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);

        var answer = await client.AppendAsync(list, [ListsOfKinds.Item(kind, 1), item]);

        Assert.True((answer.Status, answer.Code) == (HttpStatusCode.BadRequest, 10026), answer.Text);
        var error = answer.Body.GetProperty("errors").EnumerateArray().Single();
        Assert.StartsWith("filters.api.invalid_json: ", answer.Message, StringComparison.Ordinal);
        Assert.Contains(member, answer.Message, StringComparison.Ordinal);
        Assert.StartsWith($"/1{pointer}", error.GetProperty("source").GetProperty("pointer").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, await client.NumItemsAsync(list));
    }

    [Theory]
    [InlineData("hostname", """{"hostname":{}}""", "invalid_hostname", "url_hostname")]
    [InlineData("hostname", """{"hostname":{"url_hostname":null}}""", "invalid_hostname", "url_hostname")]
    [InlineData("redirect", """{"redirect":{"source_url":"a.com/"}}""", "invalid_target_url", "target_url")]
    [InlineData("redirect", """{"redirect":{"target_url":"https://b.com"}}""", "invalid_source_url", "source_url")]
    public async Task L28_a_required_member_that_is_missing_is_named(string kind, string item, string reason, string member)
    {
        using var client = fixture.NewAccount();
        var answer = await client.AppendAsync(await client.CreateAsync("l", kind), [item]);

        AssertReason(answer, reason);
        Assert.Contains(member, answer.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L25_a_body_that_is_no_json_text_is_refused_whole(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        var item = ListsOfKinds.Item(kind, 1);
        var nested = new string('[', 16);
        foreach (var body in (byte[][])
        [
            Encoding.UTF8.GetBytes($"[{item}] x"), Encoding.UTF8.GetBytes($"[{item},]"), Encoding.UTF8.GetBytes($"[{item}"), Encoding.UTF8.GetBytes($"[{item}][]"),
            Encoding.UTF8.GetBytes($"[{item[..^1]},\"comment\":{nested}{nested.Replace('[', ']')}}}]"), [.. Encoding.UTF8.GetBytes($"[{item[..^1]},\"comment\":\""), 0xC3, 0x28, .. "\"}]"u8],
            Encoding.UTF8.GetBytes($"[{item[..^1]},\"comment\":\"a\u0001\"}}]"),
        ])
        {
            using var content = new ByteArrayContent(body);
            var answer = await client.SendAsync(HttpMethod.Put, $"{client.Lists}/{list}/items", content);
            Assert.True((answer.Status, answer.Status == HttpStatusCode.OK ? 0 : answer.Code) == (HttpStatusCode.BadRequest, 10026), $"{Encoding.UTF8.GetString(body)}: {answer.Text}");
        }

        Assert.Equal(0, await OperationsAsync(client));
    }

    [Theory]
    [InlineData("ip", """{"ip":"10.0.0.1","comment":null,"hostname":null,"redirect":null,"asn":null}""", """{"ip":"10.0.0.1"}""")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"a.com","exclude_exact_hostname":null},"ip":null}""", """{"hostname":{"url_hostname":"a.com"}}""")]
    [InlineData("hostname", """{"hostname":{"exclude_exact_hostname":null,"url_hostname":"*.a.com"}}""", """{"hostname":{"exclude_exact_hostname":true,"url_hostname":"*.a.com"}}""")]
    [InlineData("asn", """{"comment":null,"redirect":null,"asn":5}""", """{"asn":5}""")]
    [InlineData(
        "redirect",
        """{"redirect":{"source_url":"a.com/","target_url":"https://b.com","status_code":null,"include_subdomains":null,"subpath_matching":null,"preserve_query_string":null,"preserve_path_suffix":null}}""",
        """{"redirect":{"source_url":"a.com/","target_url":"https://b.com"}}""")]
    public async Task L25_null_for_an_optional_member_is_absence(string kind, string sent, string kept)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);

        Assert.Equal([kept], await client.PutAndReadAsync(list, sent));
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L25_nul_and_lone_surrogates_in_a_search_are_refused(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);

        foreach (var term in (string[])["%00", "a%00b", "%ED%A0%80", "x%ED%BF%BF"])
        {
            var answer = await client.PageAsync(list, $"search={term}");
            Assert.True(((int)answer.Status, answer.Status == HttpStatusCode.OK ? 0 : answer.Code) == (400, 10026), $"{term}: {answer.Text}");
        }

        Assert.Equal(10027, (await client.PageAsync(list, "cursor=a%00")).Code);
    }

    [Theory]
    [InlineData("ip", """{"ip":"no"}""", """{"ip":5}""", """{"asn":5}""")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"a_b.com"}}""", """{"hostname":{"url_hostname":"a.com","x":1}}""", """{"hostname":{"url_hostname":"a.com","exclude_exact_hostname":true}}""")]
    [InlineData("asn", """{"asn":0}""", """{"asn":"5"}""", """{"comment":"x"}""")]
    [InlineData("redirect", """{"redirect":{"source_url":"a.com:80/","target_url":"https://b.com"}}""", """{"redirect":{"source_url":5}}""", """{"redirect":{"source_url":"a.com/","target_url":"https://b.com","status_code":303}}""")]
    public async Task L26_all_bad_items_are_told_in_their_order_and_nothing_happens(string kind, string first, string second, string third)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        await client.CompletedAsync(await client.AppendAsync(list, [ListsOfKinds.Item(kind, 0)]));
        var operations = await OperationsAsync(client);

        var answer = await client.ReplaceAsync(list, [ListsOfKinds.Item(kind, 1), first, second, ListsOfKinds.Item(kind, 2), third]);
        var many = await client.AppendAsync(list, [.. ListsOfKinds.Items(kind, 10, 7), .. Enumerable.Repeat(first, 150)]);

        var errors = answer.Body.GetProperty("errors").EnumerateArray().ToList();
        Assert.Equal([1, 2, 4], errors.Select(Index));
        Assert.Equal([10028, 10026, 10028], errors.Select(e => e.GetProperty("code").GetInt32()));
        Assert.All(errors, e => Assert.StartsWith($"/{Index(e)}", e.GetProperty("source").GetProperty("pointer").GetString(), StringComparison.Ordinal));
        Assert.StartsWith($"invalid value for {kind} at position 1: filters.api.", errors[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        var named = many.Body.GetProperty("errors").EnumerateArray().ToList();
        Assert.Equal(101, named.Count);
        Assert.Equal(Enumerable.Range(7, 100), named.Take(100).Select(Index));
        Assert.Contains("50", named[100].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal((1, operations), (await client.NumItemsAsync(list), await OperationsAsync(client)));
    }

    [Theory]
    [InlineData("ip", """{"ip":"1.2.3.4"}""", """{"ip":"1.2.3.4/32"}""")]
    [InlineData("ip", """{"ip":"192.168.1.0/24"}""", """{"ip":"192.168.1.77/24","comment":"x"}""")]
    [InlineData("ip", """{"ip":"2001:DB8::1/128"}""", """{"ip":"2001:db8:0::1"}""")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"example.com"}}""", """{"hostname":{"url_hostname":"EXAMPLE.com"}}""")]
    [InlineData("hostname", """{"hostname":{"url_hostname":"*.a.com","exclude_exact_hostname":true}}""", """{"hostname":{"url_hostname":"*.a.com","exclude_exact_hostname":false}}""")]
    [InlineData("asn", """{"asn":13335}""", """{"asn":13335}""")]
    [InlineData("redirect", """{"redirect":{"source_url":"example.com","target_url":"https://a.com"}}""", """{"redirect":{"source_url":"Example.com/","target_url":"https://b.com"}}""")]
    [InlineData("redirect", """{"redirect":{"source_url":"https://a.com/x","target_url":"https://a.com"}}""", """{"redirect":{"source_url":"HTTPS://A.COM/x","target_url":"https://a.com","status_code":301}}""")]
    public async Task L27_of_two_equal_keys_the_later_one_is_told(string kind, string first, string second)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);

        var answer = await client.AppendAsync(list, [first, ListsOfKinds.Item(kind, 1), second]);

        Assert.True((answer.Status, answer.Code) == (HttpStatusCode.BadRequest, 10028), answer.Text);
        Assert.Equal($"invalid value for {kind} at position 2: filters.api.duplicate_item_value", answer.Message);
        Assert.Equal(2, Index(answer.Body.GetProperty("errors").EnumerateArray().Single()));
    }

    [Theory]
    [InlineData("https://a.com/x", "http://a.com/x")]
    [InlineData("a.com/x", "https://a.com/x")]
    [InlineData("a.com/x", "a.com/X")]
    [InlineData("a.com/x", "a.com/x/")]
    [InlineData("a.com/%41", "a.com/A")]
    [InlineData("a.com/", "*.a.com/")]
    public async Task L27_redirects_are_equal_by_their_canonical_source_and_no_further(string first, string second)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "redirect");

        var answer = await client.AppendAsync(list, new[] { first, second }.Select(s => $$"""{"redirect":{"source_url":"{{s}}","target_url":"https://b.com"} }"""));

        Assert.Equal(second.Contains('*', StringComparison.Ordinal) ? 400 : 200, (int)answer.Status);
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L28_items_of_another_kind_of_two_kinds_and_of_none_are_told_apart(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        foreach (var other in ListsOfKinds.All.Where(k => k != kind))
        {
            var wrong = await client.AppendAsync(list, [ListsOfKinds.Item(other, 1)]);
            var both = await client.AppendAsync(list, [$"{ListsOfKinds.Item(kind, 1)[..^1]},{ListsOfKinds.Item(other, 1)[1..]}"]);
            AssertReason(wrong, "invalid_item_kind");
            Assert.Contains($"items of type {other} can not be added to lists of type {kind}", wrong.Message, StringComparison.Ordinal);
            AssertReason(both, "multiple_item_values");
        }

        AssertReason(await client.AppendAsync(list, ["{}"]), "missing_item_value");
        AssertReason(await client.AppendAsync(list, ["""{"comment":"x"}"""]), "missing_item_value");
        AssertReason(await client.AppendAsync(list, ["""{"ip":null,"hostname":null,"asn":null,"redirect":null}"""]), "missing_item_value");
        Assert.Equal(0, await client.NumItemsAsync(list));
    }

    private static void AssertReason(WireAnswer answer, string reason)
    {
        Assert.True((answer.Status, answer.Code) == (HttpStatusCode.BadRequest, 10028), answer.Text);
        Assert.Contains($" at position 0: filters.api.{reason}", answer.Message, StringComparison.Ordinal);
    }

    /// <summary>Times have whole seconds: a change is seen in them only when the second is another.</summary>
    private static async Task NextSecondAsync(ListsClient client, string last)
    {
        for (var i = 0; ; i++)
        {
            var answer = await client.SendAsync(HttpMethod.Post, client.Lists, $$"""{"name":"clock{{i.ToString(CultureInfo.InvariantCulture)}}","kind":"ip"}""");
            var list = answer.Result;
            await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{list.GetProperty("id").GetString()}");
            if (list.GetProperty("created_on").GetString() != last)
            {
                return;
            }
        }
    }

    private static async Task<int> OperationsAsync(ListsClient client) =>
        (await client.SendAsync(HttpMethod.Get, $"/v1/operations?account={client.Account}")).Body.GetProperty("operations").GetArrayLength();

    private static int Index(JsonElement error) => error.GetProperty("source").GetProperty("parameter_value_index").GetInt32();

    private static string Created(JsonElement item) => item.GetProperty("created_on").GetString()!;

    private static string Modified(JsonElement item) => item.GetProperty("modified_on").GetString()!;
}

public sealed class WritesOnSqlite(SqliteServer server) : WritesConformance(server), IClassFixture<SqliteServer>;

public sealed class WritesOnPostgres(PostgresServer server) : WritesConformance(server), IClassFixture<PostgresServer>;
