using System.Net;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.ListsConformance;

/// <summary>Section "operation": L-50 to L-55.</summary>
public abstract class OperationConformance(ServerFixture fixture)
{
    [Fact]
    public async Task L50_L51_a_status_has_its_members_and_never_goes_back()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        string[] order = ["pending", "running", "completed", "failed"];
        var writes = new List<string> { ListsClient.OperationId(await client.ReplaceAsync(list, Addresses.Range(0, 50_000))) };
        for (var i = 0; i < 10; i++)
        {
            writes.Add(ListsClient.OperationId(await client.AppendAsync(list, [Addresses.At(60_000 + i)])));
        }

        var open = 0;
        var last = writes.ToDictionary(w => w, _ => 0);
        while (last.Values.Any(v => v < 2))
        {
            foreach (var write in writes)
            {
                var answer = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{write}");
                var now = Array.IndexOf(order, answer.Result.GetProperty("status").GetString());
                Assert.True(now >= last[write], $"{write} went from {order[last[write]]} to {answer.Text}");
                Assert.Equal(now < 2 ? ["id", "status"] : ["completed", "id", "status"], answer.Result.EnumerateObject().Select(m => m.Name).Order());
                Assert.Equal(now < 2, answer.Response.Headers.Contains("Retry-After"));
                Assert.Equal($"</v1/operations/{write}>; rel=\"monitor\"", answer.Response.Headers.GetValues("Link").Single());
                last[write] = now;
                open += now < 2 ? 1 : 0;
            }
        }

        Assert.NotEqual(0, open);
        Assert.Equal(50_010, await client.NumItemsAsync(list));
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L52_what_is_completed_is_there_in_every_read(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        for (var i = 0; i < 40; i++)
        {
            var id = ListsClient.OperationId(await client.AppendAsync(list, [ListsOfKinds.Item(kind, i)]));
            string status;
            do
            {
                status = (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{id}")).Result.GetProperty("status").GetString()!;
            }
            while (status is "pending" or "running");

            var found = await client.ReadAllAsync(list, 25, $"&search={Uri.EscapeDataString(ListsOfKinds.Value((await client.ReadAllAsync(list))[i]))}");
            Assert.Contains(ListsOfKinds.Sent(ListsOfKinds.Item(kind, i)), found.Select(ListsOfKinds.Sent));
            Assert.Equal(i + 1, await client.NumItemsAsync(list));
        }
    }

    [Fact]
    public async Task L53_a_small_write_to_a_third_list_is_not_held_up_by_two_long_ones()
    {
        using var client = fixture.NewAccount();
        var (first, second, third) = (await client.CreateAsync("a"), await client.CreateAsync("b"), await client.CreateAsync("c"));
        var long1 = ListsClient.OperationId(await client.ReplaceAsync(first, Addresses.Range(0, 100_000)));
        var long2 = ListsClient.OperationId(await client.ReplaceAsync(second, Addresses.Range(0, 100_000)));
        await client.CompletedAsync(await client.AppendAsync(third, [Addresses.At(1)]));

        var status = (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{long2}")).Result.GetProperty("status").GetString();

        Assert.Contains(status, (string[])["pending", "running"]);
        Assert.Equal("completed", (await client.EndAsync(long1)).GetProperty("status").GetString());
        Assert.Equal("completed", (await client.EndAsync(long2)).GetProperty("status").GetString());
    }

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L53_writes_of_every_form_are_applied_in_the_order_of_acceptance(string kind)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l", kind);
        await client.CompletedAsync(await client.AppendAsync(list, [ListsOfKinds.Item(kind, 0)]));
        var id = ListsOfKinds.Id((await client.ReadAllAsync(list))[0]);

        await client.ReplaceAsync(list, ListsOfKinds.Items(kind, 0, 500));
        await client.AppendAsync(list, [ListsOfKinds.Item(kind, 600, "x")]);
        await client.DeleteAsync(list, [id]);
        await client.AppendAsync(list, [ListsOfKinds.Item(kind, 0, "back")]);
        await client.ReplaceAsync(list, [ListsOfKinds.Item(kind, 0, "last"), ListsOfKinds.Item(kind, 600)]);
        await client.CompletedAsync(await client.AppendAsync(list, [ListsOfKinds.Item(kind, 5)]));

        var items = await client.ReadAllAsync(list);
        Assert.Equal(new[] { ListsOfKinds.Item(kind, 0, "last"), ListsOfKinds.Item(kind, 5), ListsOfKinds.Item(kind, 600) }.Select(ListsOfKinds.Sent), items.Select(ListsOfKinds.Sent));
        Assert.NotEqual(id, ListsOfKinds.Id(items[0]));
    }

    [Theory]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("x")]
    [InlineData("a%2Fb")]
    public async Task L55_no_such_operation(string id)
    {
        using var client = fixture.NewAccount();

        var answer = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{id}");

        Assert.Equal((HttpStatusCode.NotFound, 19003), (answer.Status, answer.Code));
        Assert.StartsWith("could not find bulk operation: ", answer.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task L55_an_operation_belongs_to_its_account()
    {
        using var client = fixture.NewAccount();
        using var stranger = fixture.NewAccount();
        var write = ListsClient.OperationId(await client.AppendAsync(await client.CreateAsync("l"), [Addresses.At(1)]));

        Assert.Equal(19003, (await stranger.SendAsync(HttpMethod.Get, $"{stranger.Lists}/bulk_operations/{write}")).Code);
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{write}")).Status);
    }
}

public sealed class OperationOnSqlite(SqliteServer server) : OperationConformance(server), IClassFixture<SqliteServer>;

public sealed class OperationOnPostgres(PostgresServer server) : OperationConformance(server), IClassFixture<PostgresServer>;
