using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.ListsConformance;

/// <summary>Section "lists": L-10 to L-18 for every kind.</summary>
public abstract partial class ListObjectConformance(ServerFixture fixture)
{
    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L10_L15_a_new_list_of_each_kind_is_as_the_contract_shows_it(string kind)
    {
        using var client = fixture.NewAccount();
        var made = await client.SendAsync(HttpMethod.Post, client.Lists, $$"""{"kind":"{{kind}}","name":"New_{{kind}}_1","description":""}""");
        Assert.True(made.Status == HttpStatusCode.OK, made.Text);

        var list = made.Result;
        Assert.Equal(["created_on", "id", "kind", "modified_on", "name", "num_items", "num_referencing_filters"], list.EnumerateObject().Select(m => m.Name).Order());
        Assert.Matches("^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$", list.GetProperty("id").GetString());
        Assert.Equal(($"New_{kind}_1", kind), (list.GetProperty("name").GetString(), list.GetProperty("kind").GetString()));
        Assert.Equal(("0", "0"), (list.GetProperty("num_items").GetRawText(), list.GetProperty("num_referencing_filters").GetRawText()));
        Assert.Matches(WholeSeconds(), list.GetProperty("created_on").GetString());
        Assert.Equal(list.GetProperty("created_on").GetString(), list.GetProperty("modified_on").GetString());
        var index = await client.SendAsync(HttpMethod.Get, client.Lists + "?per_page=1");
        Assert.Equal(ListsOfKinds.Sent(list), ListsOfKinds.Sent(index.Result.EnumerateArray().Single()));
    }

    [Fact]
    public async Task L11_a_description_counts_code_points_and_null_and_empty_are_none()
    {
        using var client = fixture.NewAccount();
        var path = $"{client.Lists}/{await client.CreateAsync("l")}";
        var longest = string.Concat(Enumerable.Repeat("\U0001F600", 500));

        var set = await client.SendAsync(HttpMethod.Put, path, $$"""{"description":"{{longest}}"}""");
        var tooLong = await client.SendAsync(HttpMethod.Put, path, $$"""{"description":"{{longest}}x"}""");
        var empty = await client.SendAsync(HttpMethod.Put, path, """{"description":""}""");
        var number = await client.SendAsync(HttpMethod.Put, path, """{"description":5}""");
        var lone = await client.SendAsync(HttpMethod.Put, path, """{"description":"\udc00"}""");

        Assert.Equal(longest, set.Result.GetProperty("description").GetString());
        Assert.Equal((400, 19012), ((int)tooLong.Status, tooLong.Code));
        Assert.False(empty.Result.TryGetProperty("description", out _));
        Assert.Equal((10026, 10026), (number.Code, lone.Code));
    }

    [Theory]
    [InlineData("""{"kind":"asn"}""", "kind")]
    [InlineData("""{"description":"x","name":"l"}""", "name")]
    [InlineData("""{"description":"x","num_items":5}""", "num_items")]
    public async Task L14_other_members_of_an_update_are_refused_by_name_and_nothing_changes(string body, string member)
    {
        using var client = fixture.NewAccount();
        var path = $"{client.Lists}/{await client.CreateAsync("l")}";

        var answer = await client.SendAsync(HttpMethod.Put, path, body);

        Assert.Equal((400, 10026), ((int)answer.Status, answer.Code));
        Assert.Contains(member, answer.Message, StringComparison.Ordinal);
        Assert.False((await client.SendAsync(HttpMethod.Get, path)).Result.TryGetProperty("description", out _));
    }

    [Fact]
    public async Task L13_L14_an_extra_member_is_named_and_modified_on_does_not_go_back()
    {
        using var client = fixture.NewAccount();
        var extra = await client.SendAsync(HttpMethod.Post, client.Lists, """{"name":"l","kind":"ip","colour":"red"}""");
        var made = await client.SendAsync(HttpMethod.Post, client.Lists, """{"name":"l","kind":"ip"}""");
        var set = await client.SendAsync(HttpMethod.Put, $"{client.Lists}/{made.Result.GetProperty("id").GetString()}", """{"description":"x"}""");

        Assert.Contains("colour", extra.Message, StringComparison.Ordinal);
        Assert.True(string.CompareOrdinal(Modified(made.Result), Modified(set.Result)) <= 0);
        Assert.Equal(made.Result.GetProperty("created_on").GetString(), set.Result.GetProperty("created_on").GetString());
    }

    [Theory]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("x")]
    [InlineData("bulk_operations")]
    [InlineData("0000000000000000000000000000000G")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public async Task L15_L18_no_such_list_is_said_in_the_words_that_terraform_looks_for(string id)
    {
        using var client = fixture.NewAccount();
        foreach (var (method, path, body) in ((HttpMethod, string, string?)[])
            [(HttpMethod.Get, "", null), (HttpMethod.Put, "", "{}"), (HttpMethod.Delete, "", null), (HttpMethod.Get, "/items", null), (HttpMethod.Post, "/items", "[]")])
        {
            // Below bulk_operations stands an operation, not the items of a list.
            if (id != "bulk_operations" || path.Length == 0)
            {
                var answer = await client.SendAsync(method, $"{client.Lists}/{id}{path}", body);
                var isRoute = id != "bulk_operations" || method == HttpMethod.Get;
                Assert.True(!isRoute || ((int)answer.Status, answer.Code) == (404, 19001), $"{method} {id}{path}: {answer.Text}");
                Assert.True(!isRoute || answer.Message == $"could not find list: {id}", answer.Message);
            }
        }
    }

    [Fact]
    public async Task L16_a_large_list_is_gone_at_once_and_another_account_never_saw_it()
    {
        using var client = fixture.NewAccount();
        using var stranger = fixture.NewAccount();
        var list = await client.CreateAsync("large");
        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(0, 100_000)));
        var item = ListsOfKinds.Id((await client.PageAsync(list, "per_page=1")).Result[0]);
        Assert.Equal(404, (int)(await stranger.SendAsync(HttpMethod.Get, $"{stranger.Lists}/{list}")).Status);
        Assert.Equal(404, (int)(await stranger.SendAsync(HttpMethod.Delete, $"{stranger.Lists}/{list}")).Status);

        var deleted = await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{list}");

        Assert.Equal($$"""{"id":"{{list}}"}""", deleted.Result.GetRawText());
        foreach (var path in (string[])["", "/items", $"/items/{item}"])
        {
            Assert.Equal(19001, (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}{path}")).Code);
        }

        Assert.Equal(0, (await client.SendAsync(HttpMethod.Get, client.Lists)).Result.GetArrayLength());
        var again = await client.CreateAsync("LARGE");
        Assert.Empty(await client.ReadAllAsync(again));
    }

    [Fact]
    public async Task L17_what_had_not_completed_before_its_list_went_fails_and_says_why()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var writes = new List<string> { ListsClient.OperationId(await client.ReplaceAsync(list, Addresses.Range(0, 80_000))) };
        for (var i = 0; i < 5; i++)
        {
            writes.Add(ListsClient.OperationId(await client.AppendAsync(list, [Addresses.At(90_000 + i)])));
        }

        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{list}")).Status);
        Assert.Equal(19001, (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}")).Code);
        var ends = new List<JsonElement>();
        foreach (var write in writes)
        {
            ends.Add(await client.EndAsync(write));
        }

        // In the order of the queue: what had completed when the list went, and then only failures.
        var failed = ends.SkipWhile(e => e.GetProperty("status").GetString() == "completed").ToList();
        Assert.NotEmpty(failed);
        Assert.All(failed, end =>
        {
            Assert.Equal(["completed", "error", "id", "status"], end.EnumerateObject().Select(m => m.Name).Order());
            Assert.Equal(("failed", $"could not find list: {list}"), (end.GetProperty("status").GetString(), end.GetProperty("error").GetString()));
        });
    }

    private static string Modified(JsonElement list) => list.GetProperty("modified_on").GetString()!;

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    private static partial Regex WholeSeconds();
}

public sealed class ListObjectOnSqlite(SqliteServer server) : ListObjectConformance(server), IClassFixture<SqliteServer>;

public sealed class ListObjectOnPostgres(PostgresServer server) : ListObjectConformance(server), IClassFixture<PostgresServer>;
