using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Contracts;

/// <summary>What the store promises to kinds whose effects are elsewhere, on whatever database.</summary>
public abstract class ElsewhereContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_submit_does_within_its_transaction_commits_or_goes_with_it()
    {
        await using var store = await OpenAsync();

        var refused = await SubmitAsync(store, within: (session, operation, token) => WriteAsync(session, operation, new Refusal(RefusalCode.LaneFull, "full")));
        var accepted = await SubmitAsync(store, within: (session, operation, token) => WriteAsync(session, operation, null));

        Assert.True(refused.IsRefused(out var refusal, out _));
        Assert.Equal("full", refusal!.Detail);
        Assert.False(accepted.IsRefused(out _, out var submitted));
        Assert.Equal(1, await store.CountAsync("operations"));
        Assert.Equal(1, await store.CountAsync("uploads"));
        Assert.Equal(submitted!.Operation!.Id.Value, await FirstAsync(store, "select operation_id from uploads"));

        static async ValueTask<Refusal?> WriteAsync(DbSession session, Operation operation, Refusal? refusal)
        {
            await session.Sql("insert into uploads (operation_id, created_at) values (@id, 1)").With("@id", operation.Id.Value).ExecuteAsync(Token);
            return refusal;
        }
    }

    [Fact]
    public async Task A_chunk_that_holds_the_operation_pauses_it_with_a_reason_and_it_resumes_where_it_stood()
    {
        await using var store = await OpenAsync();
        var told = new List<string>();
        store.Changed = (_, o) =>
        {
            told.Add($"{o.State.Word}: {o.StateReason}");
            return default;
        };
        var operation = await store.SubmitAsync(chunks: 2, isLocal: false);
        var chunks = await store.ClaimAsync();

        await store.ReportAsync(Hold(chunks[0], "first"), Hold(chunks[1], "second"));
        var held = await store.GetAsync(operation.Id);
        await store.Store.ResumeAsync(operation.Id, store, Token);
        await store.SettleAsync([.. await store.ClaimAsync()]);

        Assert.Equal((OperationState.Paused, "first", 0L), (held.State, held.StateReason, held.LeasedChunks));
        Assert.Equal(OperationState.Completed, (await store.GetAsync(operation.Id)).State);
        Assert.Equal(["paused: first", "running: ", "completed: "], told);
    }

    [Fact]
    public async Task A_chunk_that_was_leased_before_a_pause_does_not_hold_the_operation_that_was_resumed()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync(chunks: 2, isLocal: false);
        var chunks = await store.ClaimAsync();
        await store.ReportAsync(Hold(chunks[0], "first"));
        await store.Store.ResumeAsync(operation.Id, store, Token);

        await store.ReportAsync(Hold(chunks[1], "late"));
        var between = await store.GetAsync(operation.Id);
        var again = await store.ClaimAsync();
        await store.ReportAsync(Hold(again[0], "anew"));

        Assert.Equal(OperationState.Running, between.State);
        Assert.Equal((OperationState.Paused, "anew"), ((await store.GetAsync(operation.Id)).State, (await store.GetAsync(operation.Id)).StateReason));
    }

    [Fact]
    public async Task What_a_hold_writes_is_written_once_and_not_at_all_when_the_operation_is_being_aborted()
    {
        await using var store = await OpenAsync();
        var writes = 0;
        var operation = await store.SubmitAsync(chunks: 2, isLocal: false);
        var chunks = await store.ClaimAsync();
        await store.ReportAsync(Hold(chunks[0], "one", () => writes++), Hold(chunks[1], "two", () => writes++));
        await store.Store.ResumeAsync(operation.Id, store, Token);
        var again = await store.ClaimAsync();
        await store.Store.AbortAsync(operation.Id, store, Token);

        await store.ReportAsync(Hold(again[0], "late", () => writes++));

        Assert.Equal(1, writes);
        Assert.True((await store.GetAsync(operation.Id)).IsAbortRequested);
    }

    [Fact]
    public async Task An_aborted_operation_that_left_something_elsewhere_runs_one_cleaning_chunk_before_it_ends()
    {
        await using var store = await OpenAsync();
        store.NeedsCleaning = _ => true;
        var operation = await store.SubmitAsync(chunks: 2, isLocal: false);
        var chunk = (await store.ClaimAsync(slots: 1))[0];
        await store.Store.AbortAsync(operation.Id, store, Token);
        await store.ReportAsync(new Report.Released(chunk, 0, 0, true, null));

        var waiting = await store.GetAsync(operation.Id);
        var cleaning = await store.ClaimAsync();
        await store.ReportAsync(new Report.Settled(cleaning[0], new ChunkResult(), 0));

        Assert.Equal((OperationState.Running, true), (waiting.State, waiting.IsAbortRequested));
        Assert.Equal(ChunkPurpose.Undo, Assert.Single(cleaning).Purpose);
        var end = await store.GetAsync(operation.Id);
        Assert.Equal((OperationState.Aborted, 20L, 0L, 0L), (end.State, end.AbortedItems, end.LeasedItems, end.PendingItems));
        var left = await store.Store.ListLeftAsync(operation.Id, long.MinValue, 10, Token);
        Assert.Equal([0L, 1L], left.Select(c => c.Number));
    }

    [Fact]
    public async Task A_paused_operation_that_left_something_elsewhere_is_cleaned_when_it_is_aborted()
    {
        await using var store = await OpenAsync();
        store.NeedsCleaning = _ => true;
        var operation = await store.SubmitAsync(chunks: 1, isLocal: false);
        var chunk = (await store.ClaimAsync())[0];
        await store.Store.PauseAsync(operation.Id, store, Token);
        await store.ReportAsync(new Report.Released(chunk, 0, 0, true, null));
        await store.Store.AbortAsync(operation.Id, store, Token);

        var cleaning = Assert.Single(await store.ClaimAsync());
        var between = await store.GetAsync(operation.Id);
        await store.ReportAsync(new Report.Settled(cleaning, new ChunkResult(), 0));

        Assert.Equal(OperationState.Paused, between.State);
        Assert.Equal(OperationState.Aborted, (await store.GetAsync(operation.Id)).State);
    }

    [Fact]
    public async Task The_cleaning_chunk_of_a_dead_node_is_taken_over()
    {
        await using var store = await OpenAsync();
        store.NeedsCleaning = _ => true;
        await store.EnterNodeAsync("n1");
        await store.EnterNodeAsync("n2");
        var operation = await store.SubmitAsync(chunks: 1, isLocal: false);
        var chunk = (await store.ClaimAsync("n1"))[0];
        await store.Store.AbortAsync(operation.Id, store, Token);
        await store.ReportAsync(new Report.Released(chunk, 0, 0, true, null));
        var first = Assert.Single(await store.ClaimAsync("n1"));
        await store.Store.DeclareDeadAsync("n1", 0, Token);
        await store.Store.ReleaseLeasesOfTheDeadAsync(store, Token);

        var second = Assert.Single(await store.ClaimAsync("n2"));
        var late = await store.ReportAsync(new Report.Settled(first, new ChunkResult(), 0));
        var open = await store.GetAsync(operation.Id);
        await store.ReportAsync(new Report.Settled(second, new ChunkResult(), 0));

        Assert.Equal([ReportAnswer.Lost], late);
        Assert.False(open.State.IsFinal);
        Assert.Equal(OperationState.Aborted, (await store.GetAsync(operation.Id)).State);
    }

    [Fact]
    public async Task Records_of_done_items_have_a_bound_of_their_own_and_never_crowd_out_a_failure()
    {
        await using var store = await OpenAsync(new EngineOptions { MaxItemRecords = 3 });
        store.MaxDoneRecords = 2;
        var operation = await store.SubmitAsync(chunks: 1, itemsPerChunk: 10, isLocal: false);
        var chunk = (await store.ClaimAsync())[0];

        await store.ReportAsync(Journal(chunk, 1, done: [0, 1, 2], failed: [3, 4]));
        await store.ReportAsync(Journal(chunk, 2, done: [5], failed: [6, 7]));

        var read = await store.GetAsync(operation.Id);
        Assert.Equal((2L, 3L, 1L, true), (read.KeptDone, read.KeptItems, read.DroppedItems, read.IsItemsTruncated));
        var items = await store.Store.ReadItemsAsync(read, _ => [], null, 0, 100, Token);
        Assert.Equal([0L, 1, 3, 4, 6], items.Select(i => i.Outcome.Index));
        Assert.Equal(40, read.BytesDone);
    }

    [Fact]
    public async Task Kept_records_are_read_in_the_order_of_settling_and_a_place_never_changes()
    {
        await using var store = await OpenAsync();
        store.MaxDoneRecords = 100;
        var operation = await store.SubmitAsync(chunks: 2, itemsPerChunk: 100, isLocal: false);
        var chunks = await store.ClaimAsync();
        var expected = new List<long>();
        for (var part = 1; part <= 40; part++)
        {
            var chunk = chunks[part % 2];
            long[] failed = [chunk.FirstIndex + (2 * part), chunk.FirstIndex + (2 * part) + 1];
            await store.ReportAsync(Journal(chunk, part, done: [chunk.FirstIndex + part - 1], failed: failed));
            expected.AddRange(failed);
            var from = Math.Max(0, expected.Count - 5);
            var page = await store.Store.ReadKeptAsync(operation.Id, from, 3, Token);
            Assert.Equal(expected.Skip(from).Take(3), page.Select(r => r.Outcome.Index));
        }

        Assert.Equal(expected, (await store.Store.ReadKeptAsync(operation.Id, 0, 1_000, Token)).Select(r => r.Outcome.Index));
        Assert.Empty(await store.Store.ReadKeptAsync(operation.Id, expected.Count, 10, Token));
    }

    [Fact]
    public async Task A_plan_waits_while_too_many_items_are_found_and_not_settled()
    {
        await using var store = await OpenAsync();
        store.PlanAheadItems = 100;
        var operation = await PlanAsync(store);
        var plan = Assert.Single(await store.ClaimAsync());
        await store.ReportAsync(new Report.Planned(plan, new PlanPage([new(60, 0, [1]), new(60, 60, [2])], [9])));

        var both = await store.ClaimAsync();
        await store.SettleAsync(both[0]);
        var next = await store.ClaimAsync();

        Assert.All(both, c => Assert.Equal(ChunkPurpose.Run, c.Purpose));
        Assert.Equal(2, both.Count);
        Assert.Equal(ChunkPurpose.Plan, Assert.Single(next).Purpose);
        Assert.Equal(120, (await store.GetAsync(operation.Id)).Total);
    }

    [Fact]
    public async Task The_stored_input_of_a_settled_chunk_goes_at_once()
    {
        await using var store = await OpenAsync();
        await store.SubmitAsync(chunks: 3, isLocal: false);
        var chunks = await store.ClaimAsync();

        await store.SettleAsync(chunks[0] with { HasInput = true });

        Assert.Equal(2, await store.CountAsync("inputs"));
    }

    [Fact]
    public async Task Chunks_and_a_plan_behind_them_are_one_operation()
    {
        await using var store = await OpenAsync();
        var result = await SubmitAsync(store, planFrom: [7], chunks: 2);
        Assert.False(result.IsRefused(out _, out var submitted));
        var id = submitted!.Operation!.Id;
        var claimed = await store.ClaimAsync();
        var plan = claimed.Single(c => c.Purpose == ChunkPurpose.Plan);
        await store.SettleAsync([.. claimed.Where(c => c != plan)]);
        var between = await store.GetAsync(id);

        await store.ReportAsync(new Report.Planned(plan, new PlanPage([new(5, 20, [3])], null)));
        var last = Assert.Single(await store.ClaimAsync());
        await store.SettleAsync(last);

        Assert.Equal([7], plan.Progress);
        Assert.Equal((OperationState.Running, false), (between.State, between.IsTotalFinal));
        Assert.Equal(2, last.Number);
        var end = await store.GetAsync(id);
        Assert.Equal((OperationState.Completed, 25L), (end.State, end.Total));
    }

    [Fact]
    public async Task Rows_beside_a_chunk_are_written_only_while_its_lease_holds()
    {
        await using var store = await OpenAsync();
        await store.EnterNodeAsync("n1");
        await store.EnterNodeAsync("n2");
        await store.SubmitAsync(isLocal: false);
        var first = (await store.ClaimAsync("n1"))[0];
        var held = await WriteAsync(first, "a");
        await store.Store.DeclareDeadAsync("n1", 0, Token);
        await store.Store.ReleaseLeasesOfTheDeadAsync(store, Token);
        var second = (await store.ClaimAsync("n2"))[0];

        var late = await WriteAsync(first, "b");
        var now = await WriteAsync(second, "c");

        Assert.Equal((true, false, true), (held, late, now));
        Assert.Equal(2, await store.CountAsync("uploads"));

        Task<bool> WriteAsync(ClaimedChunk chunk, string id) => store.Store.WriteForChunkAsync(
            chunk,
            async (session, token) => await session.Sql("insert into uploads (operation_id, created_at) values (@id, 1)").With("@id", id).ExecuteAsync(token),
            Token);
    }

    [Fact]
    public async Task A_resume_that_is_declined_within_its_transaction_changes_nothing()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync(isLocal: false);
        await store.Store.PauseAsync(operation.Id, store, Token);

        var result = await store.Store.ResumeAsync(operation.Id, store, Token, null, (_, _, _) => new(new Refusal(RefusalCode.LaneFull, "full")));

        Assert.True(result.IsRefused(out var refusal, out _));
        Assert.Equal(RefusalCode.LaneFull, refusal!.Code);
        Assert.Equal(OperationState.Paused, (await store.GetAsync(operation.Id)).State);
    }

    private protected abstract Task<StoreUnderTest> OpenAsync(EngineOptions? options = null);

    private static Report.Released Hold(ClaimedChunk chunk, string reason, Action? within = null) =>
        new(chunk, 0, 0, true, null)
        {
            Hold = new Hold(reason, (_, _, _) =>
            {
                within?.Invoke();
                return default;
            }),
        };

    private static Report.Journaled Journal(ClaimedChunk chunk, long part, long[] done, long[] failed) => new(
        chunk,
        new byte[(chunk.ItemCount + 7) / 8],
        part,
        new ItemCounts(done.Length, 0, failed.Length),
        OutcomeBlob.Pack([.. failed.Select(i => new ItemOutcome(i, $"k{i}", ItemState.Failed, Failure: new OperationFailure("x", "y")))]),
        part)
    {
        Done = OutcomeBlob.Pack([.. done.Select(i => new ItemOutcome(i, $"k{i}", ItemState.Succeeded, "copied"))]),
        Tallies = Tallies.Of((Tallies.BytesName, 10L * done.Length)),
    };

    private static async Task<Operation> PlanAsync(StoreUnderTest store)
    {
        Assert.False((await SubmitAsync(store, isPlanned: true)).IsRefused(out _, out var submitted));
        return submitted!.Operation!;
    }

    private static Task<Result<Submitted>> SubmitAsync(
        StoreUnderTest store,
        Func<DbSession, Operation, CancellationToken, ValueTask<Refusal?>>? within = null,
        byte[]? planFrom = null,
        int chunks = 1,
        bool isPlanned = false) => store.Store.SubmitAsync(
            new NewOperation(
                new Operation
                {
                    Id = OperationId.From(store.Ids.NewV4()),
                    Account = "acme",
                    Kind = "test",
                    IsAtomic = false,
                    IsLocal = false,
                    SubmittedBy = "root",
                    Parameters = "{}",
                    CreatedAt = store.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
                },
                1_000,
                [],
                isPlanned ? null : [.. Enumerable.Range(0, chunks).Select(i => new ChunkInput(10, 10 * i, () => [1]))],
                null,
                PlanFrom: planFrom,
                Within: within),
            Token);

    private static Task<string?> FirstAsync(StoreUnderTest store, string sql) =>
        store.Database.ReadAsync((session, token) => session.Sql(sql).FirstAsync(r => r.GetString(0), token), Token).AsTask();
}

public sealed class ElsewhereOnSqlite : ElsewhereContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null)
    {
        var folder = new TempFolder();
        return StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder, options);
    }
}

public sealed class ElsewhereOnPostgres : ElsewhereContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null) =>
        StoreUnderTest.OpenAsync(new PostgresTarget(PostgresCluster.NewDatabase()), null, options);
}
