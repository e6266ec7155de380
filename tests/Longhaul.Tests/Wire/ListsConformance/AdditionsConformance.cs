using System.Net;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.ListsConformance;

/// <summary>Section "additions": L-80 and L-81 on each of the item writes.</summary>
public abstract class AdditionsConformance(ServerFixture fixture)
{
    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L80_each_write_can_be_waited_for_and_answers_no_more_than_without(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        var id = "x";
        foreach (var (method, body) in ((string, Func<string>)[])
            [("PUT", () => $"[{string.Join(',', ListsOfKinds.Items(kind, 0, 3_000))}]"), ("POST", () => $"[{ListsOfKinds.Item(kind, 5_000)}]"), ("DELETE", () => $$"""{"items":[{"id":"{{id}}"}]}""")])
        {
            var write = await client.WriteAsync(method, list, body(), ("Prefer", "wait=30"));
            var status = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{ListsClient.OperationId(write)}");
            Assert.Equal("completed", status.Result.GetProperty("status").GetString());
            Assert.Equal(["operation_id"], write.Result.EnumerateObject().Select(m => m.Name));
            Assert.Equal("wait=30", write.Response.Headers.GetValues("Preference-Applied").Single());
            id = ListsOfKinds.Id((await client.PageAsync(list, "")).Result[0]);
        }

        Assert.Equal(3_000, await client.NumItemsAsync(list));
    }

    [Fact]
    public async Task L80_without_a_preference_none_is_applied()
    {
        using var client = fixture.NewAccount();

        var write = await client.AppendAsync(await client.CreateAsync("l"), [Addresses.At(1)]);

        Assert.False(write.Response.Headers.Contains("Preference-Applied"));
    }

    [Theory]
    [InlineData("POST", """[{"asn":5}]""", """[{"asn":6}]""")]
    [InlineData("PUT", """[{"asn":5}]""", """[{"asn":5 }]""")]
    [InlineData("DELETE", """{"items":[{"id":"x"}]}""", """{"items":[{"id":"y"}]}""")]
    public async Task L81_one_key_is_one_operation_also_at_the_same_moment(string method, string body, string other)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "asn");
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => client.WriteAsync(method, list, body, ("Idempotency-Key", "\"k\""))));
        var late = await client.WriteAsync(method, list, body, ("Idempotency-Key", "k"));
        var mismatch = await client.WriteAsync(method, list, other, ("Idempotency-Key", "k"));
        var fresh = await client.WriteAsync(method, list, body, ("Idempotency-Key", "another"));

        var id = answers.Select(ListsClient.OperationId).Distinct().Single();
        Assert.Equal(id, ListsClient.OperationId(late));
        Assert.Equal("true", late.Response.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal((HttpStatusCode.UnprocessableEntity, 19032), (mismatch.Status, mismatch.Code));
        Assert.Equal("Idempotency-Key was used with a different request", mismatch.Message);
        Assert.NotEqual(id, ListsClient.OperationId(fresh));
        Assert.Equal(2, (await client.SendAsync(HttpMethod.Get, $"/v1/operations?account={client.Account}")).Body.GetProperty("operations").GetArrayLength());
    }

    [Fact]
    public async Task L81_at_one_moment_one_key_with_two_bodies_is_one_operation_and_refusals()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", "asn");

        var answers = await Task.WhenAll(Enumerable.Range(1, 10).Select(n => client.WriteAsync("POST", list, $$"""[{"asn":{{n}}}]""", ("Idempotency-Key", "k"))));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Equal(9, answers.Count(a => a.Status == HttpStatusCode.UnprocessableEntity && a.Code == 19032));
        await client.CompletedAsync(answers.Single(a => a.Status == HttpStatusCode.OK));
        Assert.Equal(1, await client.NumItemsAsync(list));
    }

    [Fact]
    public async Task L81_one_key_is_one_list_and_a_refusal_is_not_remembered()
    {
        using var client = fixture.NewAccount();
        var bad = await client.SendAsync(HttpMethod.Post, client.Lists, """{"name":"a-b","kind":"ip"}""", ("Idempotency-Key", "k"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.SendAsync(HttpMethod.Post, client.Lists, """{"name":"ab","kind":"ip"}""", ("Idempotency-Key", "k"))));

        Assert.Equal(19010, bad.Code);
        Assert.All(answers, a => Assert.True(a.Status == HttpStatusCode.OK, a.Text));
        Assert.Single(answers.Select(a => a.Text).Distinct());
        Assert.Equal(1, (await client.SendAsync(HttpMethod.Get, client.Lists)).Result.GetArrayLength());
    }
}

public sealed class AdditionsOnSqlite(SqliteServer server) : AdditionsConformance(server), IClassFixture<SqliteServer>;

public sealed class AdditionsOnPostgres(PostgresServer server) : AdditionsConformance(server), IClassFixture<PostgresServer>;
