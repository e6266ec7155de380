using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Contracts;

/// <summary>
/// What a worker reports again because the connection went while the commit was under way, and what an atomic chunk has written of which
/// only a part was done.
/// </summary>
public abstract class RepeatedReportContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_journal_that_is_reported_again_counts_once()
    {
        await using var store = await OpenAsync();
        await store.EnterNodeAsync("n1");
        var id = (await store.SubmitAsync(itemsPerChunk: 4)).Id;
        var chunk = (await store.ClaimAsync()).Single();
        var outcomes = OutcomeBlob.Pack([new ItemOutcome(0, "0", ItemState.Failed, Failure: new OperationFailure("bad", "as asked for"))]);
        var report = new Report.Journaled(chunk, [1], 1, new ItemCounts(0, 0, 1), outcomes, 1);

        Assert.Equal([ReportAnswer.Kept], await store.ReportAsync(report));
        Assert.Equal([ReportAnswer.Kept], await store.ReportAsync(report));

        var operation = await store.GetAsync(id);
        Assert.Equal((1, 3), (operation.Counts.Failed, operation.LeasedItems));
        await store.ReportAsync(new Report.Settled(chunk, new ChunkResult { Counts = new ItemCounts(3) }, 1));
        Assert.Equal((OperationState.Completed, 3, 1), ((await store.GetAsync(id)).State, (await store.GetAsync(id)).Counts.Succeeded, (await store.GetAsync(id)).Counts.Failed));
    }

    [Fact]
    public async Task A_part_that_is_reported_again_counts_once_and_writes_once()
    {
        await using var store = await OpenAsync();
        await store.EnterNodeAsync("n1");
        var id = (await store.SubmitAsync(itemsPerChunk: 4, isAtomic: true)).Id;
        var chunk = (await store.ClaimAsync()).Single();
        var writes = 0;
        var report = new Report.Advanced(chunk, Part(2, [7], () => writes++), 1);

        Assert.Equal([ReportAnswer.Kept], await store.ReportAsync(report));
        Assert.Equal([ReportAnswer.Kept], await store.ReportAsync(report));

        var operation = await store.GetAsync(id);
        Assert.Equal((1, 2, 1), (writes, operation.Written.Succeeded, operation.Tallies["removed"]));
    }

    [Fact]
    public async Task A_report_again_of_a_lease_that_has_ended_is_void()
    {
        await using var store = await OpenAsync();
        await store.EnterNodeAsync("n1");
        await store.SubmitAsync(itemsPerChunk: 4);
        var chunk = (await store.ClaimAsync()).Single();
        var journal = new Report.Journaled(chunk, [1], 1, new ItemCounts(1), null, 1);
        await store.ReportAsync(journal);
        await store.ReportAsync(new Report.Released(chunk, 1, 0, true, null));
        await store.ClaimAsync();

        Assert.Equal([ReportAnswer.Lost], await store.ReportAsync(journal));
    }

    [Fact]
    public async Task An_atomic_chunk_of_which_a_part_is_written_is_taken_back_from_its_beginning()
    {
        await using var store = await OpenAsync();
        await store.EnterNodeAsync("n1");
        var id = (await store.SubmitAsync(itemsPerChunk: 4, isAtomic: true)).Id;
        var chunk = (await store.ClaimAsync()).Single();
        await store.ReportAsync(new Report.Advanced(chunk, Part(0, [7], () => { }), 1));
        await store.ReportAsync(new Report.Released(chunk, 0, 0, true, null));

        await store.Store.AbortAsync(id, store, Token);

        Assert.Equal((OperationState.Running, true), ((await store.GetAsync(id)).State, (await store.GetAsync(id)).IsUndoing));
        var undo = (await store.ClaimAsync()).Single();
        Assert.Equal((ChunkPurpose.Undo, null, 0), (undo.Purpose, undo.Progress, undo.DoneCount));
        await store.ReportAsync(new Report.Settled(undo, new ChunkResult(), 0));
        Assert.Equal((OperationState.Aborted, 4), ((await store.GetAsync(id)).State, (await store.GetAsync(id)).AbortedItems));
    }

    [Fact]
    public async Task An_atomic_chunk_that_was_done_in_parts_is_taken_back_from_its_beginning()
    {
        await using var store = await OpenAsync();
        await store.EnterNodeAsync("n1");
        var id = (await store.SubmitAsync(chunks: 2, itemsPerChunk: 4, isAtomic: true)).Id;
        var chunks = await store.ClaimAsync();
        await store.ReportAsync(new Report.Advanced(chunks[0], Part(2, [7], () => { }), 1));
        await store.ReportAsync(new Report.Settled(chunks[0] with { Progress = [7], DoneCount = 2 }, new ChunkResult { Counts = new ItemCounts(2) }, 0));
        await store.Store.AbortAsync(id, store, Token);

        await store.ReportAsync(new Report.Released(chunks[1], 0, 0, true, null));

        var undo = (await store.ClaimAsync()).Single();
        Assert.Equal((ChunkPurpose.Undo, 0, null, 0), (undo.Purpose, undo.Number, undo.Progress, undo.DoneCount));
    }

    [Fact]
    public async Task An_atomic_operation_that_wrote_nothing_ends_at_once()
    {
        await using var store = await OpenAsync();
        await store.EnterNodeAsync("n1");
        var id = (await store.SubmitAsync(itemsPerChunk: 4, isAtomic: true)).Id;
        var chunk = (await store.ClaimAsync()).Single();
        await store.Store.AbortAsync(id, store, Token);

        await store.ReportAsync(new Report.Released(chunk, 0, 0, true, null));

        Assert.Equal((OperationState.Aborted, 4), ((await store.GetAsync(id)).State, (await store.GetAsync(id)).AbortedItems));
    }

    private protected abstract Task<StoreUnderTest> OpenAsync();

    private static ChunkResult Part(long items, byte[] continuation, Action write) => new()
    {
        Counts = new ItemCounts(items),
        Tallies = Tallies.Of(("removed", 1)),
        Continuation = continuation,
        Effect = (_, _) =>
        {
            write();
            return ValueTask.CompletedTask;
        },
    };
}

public sealed class RepeatedReportOnSqlite : RepeatedReportContract
{
    private protected override Task<StoreUnderTest> OpenAsync()
    {
        var folder = new TempFolder();
        return StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder);
    }
}

public sealed class RepeatedReportOnPostgres : RepeatedReportContract
{
    private protected override Task<StoreUnderTest> OpenAsync() => StoreUnderTest.OpenAsync(new PostgresTarget(PostgresCluster.NewDatabase()), null);
}
