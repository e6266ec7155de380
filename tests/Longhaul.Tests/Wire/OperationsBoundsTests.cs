using System.Text.Json;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>What the bounds of the engine mean to a client: outcomes that were only counted, input that is gone; and an older database.</summary>
public sealed class OperationsBoundsTests
{
    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task O31_failures_beyond_the_kept_ones_are_counted_said_and_not_retried(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Operations__EnableNoop", "true"), ("LONGHAUL_Engine__MaxItemRecords", "10"));
        using var client = new ListsClient(server.NewClient(), "acme");
        var end = await SubmitAsync(client, """{"count":100,"failEvery":2}""", "30");
        var items = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{Id(end)}/items");
        var stream = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{Id(end)}:retry", "{}");

        Assert.Equal((50, true, "completed"), (end.GetProperty("progress").GetProperty("failed").GetInt32(), end.GetProperty("itemsTruncated").GetBoolean(), end.GetProperty("state").GetString()));
        Assert.Equal(10, items.Body.GetProperty("items").GetArrayLength());
        Assert.Equal((409, "FAILED_PRECONDITION"), ((int)stream.Status, stream.Body.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task O22_what_needs_input_that_is_gone_is_not_retried(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Operations__EnableNoop", "true"), ("LONGHAUL_Engine__InputHours", "0"));
        using var client = new ListsClient(server.NewClient(), "acme");
        var fatal = await SubmitAsync(client, """{"count":100,"failEvery":4,"fatalAt":50}""", "30");
        var list = await client.CreateAsync("l");
        var large = ListsClient.OperationId(await client.ReplaceAsync(list, Addresses.Range(0, 60_000)));
        var waiting = ListsClient.OperationId(await client.AppendAsync(list, ["192.0.2.1"]));
        await client.SendAsync(HttpMethod.Post, $"/v1/operations/{waiting}:abort");
        await client.EndAsync(large);

        var atomic = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{waiting}:retry", "{}");
        var aborted = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{Id(fatal)}:retry", """{"items":"unsuccessful"}""");
        var failed = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{Id(fatal)}:retry", """{"items":"failed"}""");

        Assert.Equal([409, 409, 202], ((WireAnswer[])[atomic, aborted, failed]).Select(a => (int)a.Status));
        Assert.Contains("InputHours", atomic.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal(12, failed.Body.GetProperty("progress").GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task A_database_of_the_first_schema_gets_the_second_step_and_keeps_what_it_holds(DatabaseUnderTest database)
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TempFolder();
        DatabaseTarget target = database == DatabaseUnderTest.Sqlite ? new SqliteTarget(folder["old.db"]) : new PostgresTarget(PostgresCluster.NewDatabase());
        await using (var old = Database.For(target))
        {
            await old.OpenAsync([new MigrationLine("engine", [EngineMigrations.Line.Steps[0]])], token);
            await old.WriteAsync((session, t) => session.Sql("insert into nodes (id, beat) values ('old', 7)").ExecuteAsync(t), WriteWeight.Small, token);
        }

        await using var store = await StoreUnderTest.OpenAsync(target, null, new EngineOptions());
        var operation = await store.SubmitAsync();

        Assert.Equal([("old", 7L)], await store.Store.ListNodesAsync(token));
        Assert.Equal(operation.Id, Assert.Single(await store.Store.ListAsync(OperationFilter.All, null, 10, token)).Id);
        Assert.Equal(1, await store.CountAsync("audit"));
    }

    private static async Task<JsonElement> SubmitAsync(ListsClient client, string parameters, string wait)
    {
        var answer = await client.SendAsync(
            HttpMethod.Post, "/v1/operations", $$"""{"kind":"noop","account":"{{client.Account}}","params":{{parameters}}}""", ("Prefer", $"wait={wait}"));
        Assert.True(answer.Body.GetProperty("done").GetBoolean(), answer.Text);
        return answer.Body;
    }

    private static string Id(JsonElement operation) => operation.GetProperty("id").GetString()!;
}
