using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Contracts;

/// <summary>The audit trail (guarantee 9), the error budget and what is left for a retry, on whatever database.</summary>
public abstract class AuditContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_change_of_a_state_is_kept_with_who_and_why()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync(chunks: 2);
        var chunks = await store.ClaimAsync("n7");
        await store.Store.PauseAsync(operation.Id, store, Token, new Actor("token:ci", "r1"));
        await store.Store.PauseAsync(operation.Id, store, Token, new Actor("token:ci", "r2"));
        await store.Store.ResumeAsync(operation.Id, store, Token, new Actor("root", "r3"));
        await store.Store.AbortAsync(operation.Id, store, Token, new Actor("root", "r4"));
        await store.ReportAsync([.. chunks.Select(c => new Report.Released(c, 0, 0, true, null))]);

        var trail = await store.Store.ReadAuditAsync(operation.Id, Token);

        Assert.Equal(
            [
                (null, "pending", "root", null), ("pending", "running", "node:n7", null), ("running", "paused", "token:ci", "r1"), ("paused", "running", "root", "r3"),
                ("running", "running", "root", "r4"), ("running", "aborted", "node:n7", (string?)null),
            ],
            trail.Select(e => (e.From, e.To, e.By.Name, e.By.RequestId)));
        Assert.All(trail, e => Assert.Equal(store.Clock.GetUtcNow().ToUnixTimeMilliseconds(), e.At));
    }

    [Fact]
    public async Task A_pause_before_the_start_passes_through_running()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync();

        await store.Store.PauseAsync(operation.Id, store, Token, new Actor("root"));

        Assert.Equal(["pending", "running", "paused"], (await store.Store.ReadAuditAsync(operation.Id, Token)).Select(e => e.To));
        Assert.NotNull((await store.GetAsync(operation.Id)).StartedAt);
    }

    [Fact]
    public async Task A_change_that_was_rolled_back_leaves_no_trace_and_the_trail_goes_with_its_operation()
    {
        await using var store = await OpenAsync(new EngineOptions { MaxPendingBytesPerAccount = 5 });
        var operation = await store.SubmitAsync();
        await store.TrySubmitAsync(1, 1, null, false, "acme", 1_000, null);
        var before = await store.CountAsync("audit");
        await store.SettleAsync([.. await store.ClaimAsync()]);
        await store.Store.ForgetAsync(operation.Id, store, Token);

        Assert.Equal((1L, 0L), (before, await store.CountAsync("audit")));
    }

    [Fact]
    public async Task An_error_budget_ends_the_operation_under_the_lock_of_its_row_and_frees_its_lane()
    {
        await using var store = await OpenAsync();
        var result = await store.TrySubmitAsync(3, 10, "lane:a", false, "acme", 10, null, true, maxFailedItems: 3);
        Assert.False(result.IsRefused(out _, out var submitted));
        var next = await store.SubmitAsync(lane: "lane:a");
        var chunks = await store.ClaimAsync(slots: 2);
        await store.ReportAsync(Failing(chunks[0], 3));
        var within = await store.GetAsync(submitted!.Operation!.Id);
        await store.ReportAsync(Failing(chunks[1], 1));
        var end = await store.GetAsync(submitted.Operation.Id);

        Assert.Equal((OperationState.Running, null), (within.State, within.Failure));
        Assert.Equal((OperationState.Failed, OperationFailure.TooManyFailuresSlug), (end.State, end.Failure!.Slug));
        Assert.Equal((16L, 4L, 10L), (end.Counts.Succeeded, end.Counts.Failed, end.AbortedItems));
        Assert.Equal(next.Id, Assert.Single(await store.ClaimAsync()).Operation.Id);
    }

    [Fact]
    public async Task A_spent_budget_hands_nothing_more_out_and_lets_what_is_in_flight_end()
    {
        await using var store = await OpenAsync();
        var result = await store.TrySubmitAsync(3, 10, null, false, "acme", 10, null, true, maxFailedItems: 0);
        Assert.False(result.IsRefused(out _, out var submitted));
        var chunks = await store.ClaimAsync(slots: 2);
        await store.ReportAsync(Failing(chunks[0], 1));
        var between = await store.GetAsync(submitted!.Operation!.Id);
        var more = await store.ClaimAsync();
        await store.SettleAsync(chunks[1]);
        var end = await store.GetAsync(submitted.Operation.Id);

        Assert.Equal((OperationState.Running, 0), (between.State, more.Count));
        Assert.Equal((OperationState.Failed, 19L, 1L, 10L), (end.State, end.Counts.Succeeded, end.Counts.Failed, end.AbortedItems));
    }

    [Fact]
    public async Task What_was_not_done_is_known_item_by_item_until_its_time_is_over()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync(chunks: 3, itemsPerChunk: 8);
        var chunks = await store.ClaimAsync(slots: 2);
        await store.SettleAsync(chunks[0]);
        await store.ReportAsync(new Report.Journaled(chunks[1], [0b101], 2, new ItemCounts(2), null, 1));
        await store.ReportAsync(new Report.Settled(chunks[1], new ChunkResult { Failure = new OperationFailure("fatal", "x") }, 2));
        var left = await store.Store.ListLeftAsync(operation.Id, long.MinValue, 10, Token);
        store.Clock.Advance(TimeSpan.FromHours(25));
        while (await store.Store.RemoveResidueAsync(Token) > 0)
        {
        }

        Assert.Equal([(1L, "1,3,4,5,6,7"), (2L, "0,1,2,3,4,5,6,7")], left.Select(l => (l.Number, string.Join(',', Enumerable.Range(0, 8).Where(i => !l.IsDone(i))))));
        Assert.Empty(await store.Store.ListLeftAsync(operation.Id, long.MinValue, 10, Token));
        Assert.Null((await store.GetAsync(operation.Id)).ResidueAt);
    }

    private static Report.Settled Failing(ClaimedChunk chunk, int failed) =>
        new(chunk, new ChunkResult { Counts = new ItemCounts(chunk.ItemCount - failed, 0, failed) }, 0);

    private protected abstract Task<StoreUnderTest> OpenAsync(EngineOptions? options = null);
}

public sealed class AuditOnSqlite : AuditContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null)
    {
        var folder = new TempFolder();
        return StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder, options);
    }
}

public sealed class AuditOnPostgres : AuditContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null) =>
        StoreUnderTest.OpenAsync(new PostgresTarget(PostgresCluster.NewDatabase()), null, options);
}
