using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Contracts;

/// <summary>An operation whose items all failed names the first of them.</summary>
public abstract class FailedItemsContract
{
    [Fact]
    public async Task The_first_ten_failed_items_are_named_whichever_chunk_ended_first()
    {
        await using var store = await OpenAsync();
        await store.EnterNodeAsync("n1");
        var id = (await store.SubmitAsync(chunks: 4, itemsPerChunk: 4)).Id;

        foreach (var chunk in (await store.ClaimAsync()).OrderByDescending(c => c.Number))
        {
            Assert.Null((await store.GetAsync(id)).Failure);
            await FailAsync(store, chunk, i => new ItemOutcome(i, $"key{i}", ItemState.Failed, Failure: new OperationFailure("bad", i % 2 == 0 ? "is bad" : $"key{i} is bad")));
        }

        var expected = string.Join(',', Enumerable.Range(0, 10).Select(i => $$"""{"detail":"key{{i}}{{(i % 2 == 0 ? ":" : "")}} is bad","pointer":"/items/{{i}}"}"""));
        Assert.Equal((OperationState.Failed, $"[{expected}]"), ((await store.GetAsync(id)).State, (await store.GetAsync(id)).Failure!.Errors));
    }

    [Fact]
    public async Task A_long_detail_is_cut_between_characters()
    {
        await using var store = await OpenAsync();
        await store.EnterNodeAsync("n1");
        var id = (await store.SubmitAsync(itemsPerChunk: 1)).Id;
        var detail = $"{new string('x', 999)}\U0001F600 and more";

        await FailAsync(store, (await store.ClaimAsync()).Single(), i => new ItemOutcome(i, null, ItemState.Failed, Failure: new OperationFailure("bad", detail)));

        Assert.Equal($$"""[{"detail":"{{new string('x', 999)}}\u2026","pointer":"/items/0"}]""", (await store.GetAsync(id)).Failure!.Errors);
    }

    [Fact]
    public async Task Where_no_outcome_is_kept_none_is_named()
    {
        await using var store = await OpenAsync(new EngineOptions { MaxItemRecords = 0 });
        await store.EnterNodeAsync("n1");
        var id = (await store.SubmitAsync(itemsPerChunk: 1)).Id;

        await FailAsync(store, (await store.ClaimAsync()).Single(), i => new ItemOutcome(i, null, ItemState.Failed, Failure: new OperationFailure("bad", "is bad")));

        Assert.Equal((OperationState.Failed, null), ((await store.GetAsync(id)).State, (await store.GetAsync(id)).Failure!.Errors));
    }

    private protected abstract Task<StoreUnderTest> OpenAsync(EngineOptions? options = null);

    private static Task<ReportAnswer[]> FailAsync(StoreUnderTest store, ClaimedChunk chunk, Func<long, ItemOutcome> outcome)
    {
        var outcomes = Enumerable.Range(0, (int)chunk.ItemCount).Select(i => outcome(chunk.FirstIndex + i)).ToList();
        return store.ReportAsync(new Report.Settled(chunk, new ChunkResult { Counts = new ItemCounts(0, 0, chunk.ItemCount), Outcomes = OutcomeBlob.Pack(outcomes) }, 0));
    }
}

public sealed class FailedItemsOnSqlite : FailedItemsContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null)
    {
        var folder = new TempFolder();
        return StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder, options);
    }
}

public sealed class FailedItemsOnPostgres : FailedItemsContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null) =>
        StoreUnderTest.OpenAsync(new PostgresTarget(PostgresCluster.NewDatabase()), null, options);
}
