using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Contracts;

/// <summary>What the operation store promises, on whatever database.</summary>
public abstract class OperationStoreContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_submitted_operation_is_pending_and_readable_with_its_total()
    {
        await using var store = await OpenAsync();

        var operation = await store.SubmitAsync(chunks: 3, itemsPerChunk: 7);

        var read = await store.GetAsync(operation.Id);
        Assert.Equal(OperationState.Pending, read.State);
        Assert.Equal(21, read.Total);
        Assert.Equal(21, read.PendingItems);
        Assert.Equal(1, read.Version);
    }

    [Fact]
    public async Task Large_input_goes_in_by_parts_and_leaves_no_upload_behind()
    {
        await using var store = await OpenAsync();

        await store.SubmitAsync(chunks: 40);

        Assert.Equal(40, await store.CountAsync("chunks"));
        Assert.Equal(40, await store.CountAsync("inputs"));
        Assert.Equal(0, await store.CountAsync("uploads"));
    }

    [Fact]
    public async Task Settling_the_last_chunk_completes_the_operation()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync(chunks: 2);
        var chunks = await store.ClaimAsync();

        await store.SettleAsync(chunks[0]);
        var between = await store.GetAsync(operation.Id);
        await store.SettleAsync(chunks[1]);

        var end = await store.GetAsync(operation.Id);
        Assert.Equal((OperationState.Running, 10L, 10L), (between.State, between.Counts.Succeeded, between.LeasedItems));
        Assert.Equal((OperationState.Completed, 20L, 0L), (end.State, end.Counts.Succeeded, end.LeasedItems));
        Assert.Equal("{}", end.Response);
    }

    /// <summary>
    /// Rule 2 of the design. Two transactions that settle the last two chunks at once each see the other's chunk open, if they count
    /// rows; then nobody finishes. A naive finish fails here on PostgreSQL within a few rounds.
    /// </summary>
    [Fact]
    public async Task Two_last_settlements_at_the_same_moment_finish_the_operation_once()
    {
        await using var store = await OpenAsync();
        var finishes = 0;
        store.Finish = (_, _) =>
        {
            Interlocked.Increment(ref finishes);
            return new(FinishResult.Completed("{}"));
        };
        for (var round = 0; round < 25; round++)
        {
            var operation = await store.SubmitAsync(chunks: 2);
            var chunks = await store.ClaimAsync();
            var meeting = new Meeting(store.Database.IsShared ? 2 : 1);
            var answers = await Task.WhenAll(chunks.Select(c => store.ReportAsync(new Report.Settled(
                c,
                new ChunkResult { Counts = new ItemCounts(10), Effect = (_, token) => meeting.ArriveAsync(token) },
                0))));

            Assert.All(answers, a => Assert.Equal([ReportAnswer.Kept], a));
            Assert.Equal(OperationState.Completed, (await store.GetAsync(operation.Id)).State);
        }

        Assert.Equal(25, finishes);
    }

    /// <summary>
    /// Rule 3 of the design. Positions are taken under the lock of the lane's row: were they taken from a sequence, a later position could
    /// commit first and be run first. Many submits at once, then the order of running must be the order of positions and of numbers.
    /// </summary>
    [Fact]
    public async Task A_lane_runs_its_operations_one_at_a_time_in_the_order_of_their_positions()
    {
        await using var store = await OpenAsync();
        var submitted = Task.WhenAll(Enumerable.Range(0, 40).Select(_ => store.SubmitAsync(lane: "lane:a")));
        var ran = new List<Operation>();
        while (ran.Count < 40)
        {
            var chunks = await store.ClaimAsync();
            Assert.True(chunks.Count <= 1, "two operations of one lane ran at once");
            ran.AddRange(chunks.Select(c => c.Operation));
            await store.SettleAsync([.. chunks]);
        }

        await submitted;
        var positions = ran.ConvertAll(o => o.LanePosition);
        Assert.Equal(Enumerable.Range(1, 40).Select(i => (long)i), positions);
        Assert.Equal(ran.Select(o => o.Number).Order(), ran.Select(o => o.Number));
    }

    [Fact]
    public async Task A_later_position_cannot_be_claimed_while_an_earlier_one_is_uncommitted()
    {
        await using var store = await OpenAsync();
        var first = await store.SubmitAsync(lane: "lane:b");
        await store.SettleAsync([.. await store.ClaimAsync()]);
        var submits = Enumerable.Range(0, 30).Select(_ => store.SubmitAsync(lane: "lane:b")).ToList();
        long last = 1;
        while (last < 31)
        {
            foreach (var chunk in await store.ClaimAsync())
            {
                Assert.Equal(last + 1, chunk.Operation.LanePosition);
                last = chunk.Operation.LanePosition;
                await store.SettleAsync(chunk);
            }
        }

        await Task.WhenAll(submits);
        Assert.True(first.LanePosition == 1);
    }

    [Fact]
    public async Task A_full_lane_refuses_and_keeps_nothing()
    {
        await using var store = await OpenAsync();
        await store.SubmitAsync(lane: "lane:c", laneLimit: 1);
        await store.SubmitAsync(lane: "lane:c", laneLimit: 1);

        var third = await store.TrySubmitAsync(1, 1, "lane:c", false, "acme", 1, null);

        Assert.True(third.IsRefused(out var refusal, out _));
        Assert.Equal(RefusalCode.LaneFull, refusal!.Code);
        Assert.Equal(2, await store.CountAsync("operations"));
        Assert.Equal(2, await store.CountAsync("chunks"));
    }

    [Fact]
    public async Task Of_operations_that_want_their_account_to_themselves_one_is_taken_at_a_time()
    {
        await using var store = await OpenAsync();
        Task<Result<Submitted>> TryAsync(string account) => store.TrySubmitAsync(1, 1, null, false, account, 1_000, null, exclusiveKinds: ["test", "other"]);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TryAsync("acme")));
        var elsewhere = await TryAsync("other");

        var taken = Assert.Single(results, r => !r.IsRefused(out _, out _));
        taken.IsRefused(out _, out var first);
        foreach (var result in results)
        {
            if (result.IsRefused(out var refusal, out _))
            {
                Assert.Equal((RefusalCode.LaneFull, $"{first!.Operation!.Id} is in progress"), (refusal.Code, refusal.Detail));
            }
        }

        Assert.False(elsewhere.IsRefused(out _, out _));
        await store.SettleAsync([.. await store.ClaimAsync()]);
        Assert.False((await TryAsync("acme")).IsRefused(out _, out _));
    }

    [Fact]
    public async Task An_account_with_too_much_stored_input_is_refused_until_some_of_it_has_ended()
    {
        await using var store = await OpenAsync(new EngineOptions { MaxPendingBytesPerAccount = 5 });
        await store.SubmitAsync();

        var second = await store.TrySubmitAsync(1, 1, null, false, "acme", 1_000, null);
        var other = await store.SubmitAsync(account: "other");
        await store.SettleAsync([.. await store.ClaimAsync()]);
        await store.SubmitAsync();

        Assert.True(second.IsRefused(out var refusal, out _));
        Assert.Equal(RefusalCode.AccountFull, refusal!.Code);
        Assert.NotNull(other);
    }

    [Fact]
    public async Task A_late_worker_settles_nothing()
    {
        await using var store = await OpenAsync();
        await store.EnterNodeAsync("n2");
        var operation = await store.SubmitAsync();
        var late = (await store.ClaimAsync("dead"))[0];
        await store.Store.ReleaseLeasesOfTheDeadAsync(store, Token);
        var taken = (await store.ClaimAsync("n2"))[0];
        var wrote = 0;

        var answer = await store.ReportAsync(new Report.Settled(
            late,
            new ChunkResult
            {
                Counts = new ItemCounts(10),
                Effect = (_, _) =>
                {
                    wrote++;
                    return default;
                },
            },
            0));

        Assert.Equal(ReportAnswer.Lost, answer[0]);
        Assert.Equal(0, wrote);
        Assert.Equal(0, (await store.GetAsync(operation.Id)).Counts.Succeeded);
        Assert.Equal([ReportAnswer.Kept], await store.SettleAsync(taken));
        Assert.Equal(10, (await store.GetAsync(operation.Id)).Counts.Succeeded);
    }

    [Fact]
    public async Task An_effect_that_throws_costs_only_itself()
    {
        await using var store = await OpenAsync();
        var good = await store.SubmitAsync();
        var bad = await store.SubmitAsync();
        var chunks = await store.ClaimAsync();
        var reports = chunks.Select(c => (Report)new Report.Settled(
            c,
            new ChunkResult
            {
                Counts = new ItemCounts(10),
                Effect = async (session, token) =>
                {
                    await session.Sql("insert into lanes (name, next_position, running_operation, pending_count) values (@n, 1, null, 0)")
                        .With("@n", c.Operation.Id.Value).ExecuteAsync(token);
                    if (c.Operation.Id == bad.Id)
                    {
                        await session.Sql("insert into no_such_table values (1)").ExecuteAsync(token);
                    }
                },
            },
            0)).ToArray();

        var answers = await store.ReportAsync(reports);

        Assert.Equal(OperationState.Completed, (await store.GetAsync(good.Id)).State);
        Assert.Equal(OperationState.Running, (await store.GetAsync(bad.Id)).State);
        Assert.Equal(1, await store.CountAsync("lanes"));
        Assert.Contains(ReportAnswer.Faulted, answers);
    }

    [Fact]
    public async Task A_released_chunk_waits_for_its_instant_and_keeps_its_journal()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync();
        var chunk = (await store.ClaimAsync())[0];
        var later = store.Clock.GetUtcNow().AddSeconds(5).ToUnixTimeMilliseconds();
        await store.ReportAsync(new Report.Journaled(chunk, [0b111, 0], 3, new ItemCounts(2, 0, 1), null, 1));
        await store.ReportAsync(new Report.Released(chunk, 3, later, IsAttemptFree: false, null));

        var early = await store.ClaimAsync();
        store.Clock.Advance(TimeSpan.FromSeconds(6));
        var again = (await store.ClaimAsync())[0];

        Assert.Empty(early);
        Assert.Equal((3L, 2L, (byte)0b111), (again.DoneCount, again.Attempt, again.Progress![0]));
        var read = await store.GetAsync(operation.Id);
        Assert.Equal((2L, 1L, 7L, 0L), (read.Counts.Succeeded, read.Counts.Failed, read.LeasedItems, read.PendingItems));
    }

    [Fact]
    public async Task Aborting_a_pending_operation_ends_it_at_once_and_frees_its_place()
    {
        await using var store = await OpenAsync();
        await store.SubmitAsync(lane: "lane:d");
        var second = await store.SubmitAsync(lane: "lane:d");
        var third = await store.SubmitAsync(lane: "lane:d");

        await store.Store.AbortAsync(second.Id, store, Token);
        await store.SettleAsync([.. await store.ClaimAsync()]);
        var next = await store.ClaimAsync();

        var aborted = await store.GetAsync(second.Id);
        Assert.Equal((OperationState.Aborted, 10L, "aborted"), (aborted.State, aborted.AbortedItems, aborted.Failure!.Slug));
        Assert.Equal(third.Id, next.Single().Operation.Id);
    }

    [Fact]
    public async Task Aborting_a_running_operation_waits_for_its_worker()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync(chunks: 3, lane: "lane:e");
        var chunk = (await store.ClaimAsync(slots: 1))[0];

        await store.Store.AbortAsync(operation.Id, store, Token);
        var during = await store.GetAsync(operation.Id);
        var none = await store.ClaimAsync();
        await store.SettleAsync(chunk);

        var end = await store.GetAsync(operation.Id);
        Assert.Equal((OperationState.Running, true), (during.State, during.IsAbortRequested));
        Assert.Empty(none);
        Assert.Equal((OperationState.Aborted, 10L, 20L), (end.State, end.Counts.Succeeded, end.AbortedItems));
        Assert.Empty(await store.ClaimAsync());
        var next = await store.SubmitAsync(lane: "lane:e");
        Assert.Equal(next.Id, (await store.ClaimAsync()).Single().Operation.Id);
    }

    [Fact]
    public async Task An_abort_that_leaves_nothing_undone_ends_by_outcome()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync();
        var chunk = (await store.ClaimAsync())[0];

        await store.Store.AbortAsync(operation.Id, store, Token);
        await store.SettleAsync(chunk);

        Assert.Equal((OperationState.Completed, true), ((await store.GetAsync(operation.Id)).State, (await store.GetAsync(operation.Id)).IsAbortRequested));
    }

    [Fact]
    public async Task An_atomic_operation_that_is_aborted_takes_back_what_it_wrote_before_it_ends()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync(chunks: 3, lane: "lane:f", isAtomic: true);
        var waiting = await store.SubmitAsync(lane: "lane:f");
        var chunks = await store.ClaimAsync(slots: 2);
        await store.SettleAsync(chunks[0]);
        await store.Store.AbortAsync(operation.Id, store, Token);
        await store.SettleAsync(chunks[1]);

        var undo = await store.ClaimAsync();
        var during = await store.GetAsync(operation.Id);
        await store.ReportAsync([.. undo.Select(c => new Report.Settled(c, new ChunkResult(), 0))]);
        var end = await store.GetAsync(operation.Id);

        Assert.Equal([0L, 1L], undo.Select(c => c.Number).Order());
        Assert.All(undo, c => Assert.Equal(ChunkPurpose.Undo, c.Purpose));
        Assert.Equal((OperationState.Running, 0L), (during.State, during.Counts.Settled));
        Assert.Equal((OperationState.Aborted, 0L, 30L), (end.State, end.Counts.Settled, end.AbortedItems));
        Assert.Equal(waiting.Id, (await store.ClaimAsync()).Single().Operation.Id);
    }

    [Fact]
    public async Task A_finish_that_refuses_makes_an_atomic_operation_fail_after_its_undo()
    {
        await using var store = await OpenAsync();
        store.Finish = (_, _) => new(FinishResult.Failed(new OperationFailure("capacity-exceeded", "too full")));
        var operation = await store.SubmitAsync(isAtomic: true);
        await store.SettleAsync([.. await store.ClaimAsync()]);
        var undo = (await store.ClaimAsync()).Single();

        await store.ReportAsync(new Report.Settled(undo, new ChunkResult(), 0));

        var end = await store.GetAsync(operation.Id);
        Assert.Equal((OperationState.Failed, "capacity-exceeded", 10L), (end.State, end.Failure!.Slug, end.AbortedItems));
    }

    [Fact]
    public async Task A_paused_operation_hands_nothing_out_and_goes_on_when_resumed()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync(chunks: 2);
        var chunk = (await store.ClaimAsync(slots: 1))[0];

        await store.Store.PauseAsync(operation.Id, store, Token);
        await store.SettleAsync(chunk);
        var none = await store.ClaimAsync();
        await store.Store.ResumeAsync(operation.Id, store, Token);
        var rest = await store.ClaimAsync();

        Assert.Empty(none);
        await store.SettleAsync([.. rest]);
        Assert.Equal(OperationState.Completed, (await store.GetAsync(operation.Id)).State);
    }

    [Fact]
    public async Task A_paused_operation_whose_last_chunk_settles_completes_only_when_resumed()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync();
        var chunk = (await store.ClaimAsync())[0];
        await store.Store.PauseAsync(operation.Id, store, Token);
        await store.SettleAsync(chunk);
        var held = await store.GetAsync(operation.Id);

        await store.Store.ResumeAsync(operation.Id, store, Token);

        Assert.Equal(OperationState.Paused, held.State);
        Assert.Equal(OperationState.Completed, (await store.GetAsync(operation.Id)).State);
    }

    [Fact]
    public async Task One_key_makes_one_operation_however_often_and_at_once_it_is_used()
    {
        await using var store = await OpenAsync();
        IdempotencyKey Key(byte fingerprint) => new([1], [fingerprint], o => new StoredAnswer(202, "/there", [.. o.Id.Value.Select(c => (byte)c)]));

        var results = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => store.TrySubmitAsync(1, 1, "lane:g", false, "acme", 100, Key(7))));
        var other = await store.TrySubmitAsync(1, 1, "lane:g", false, "acme", 100, Key(8));

        Assert.Equal(1, await store.CountAsync("operations"));
        Assert.Equal(11, results.Count(r => !r.IsRefused(out _, out var s) && s!.Replayed is not null));
        Assert.True(other.IsRefused(out var refusal, out _));
        Assert.Equal(RefusalCode.KeyReused, refusal!.Code);
    }

    [Fact]
    public async Task A_key_is_free_again_after_its_life()
    {
        await using var store = await OpenAsync();
        var key = new IdempotencyKey([2], [2], _ => new StoredAnswer(202, null, []));
        await store.SubmitAsync(key: key);

        store.Clock.Advance(TimeSpan.FromHours(25));
        await store.SubmitAsync(key: key);

        Assert.Equal(2, await store.CountAsync("operations"));
    }

    [Fact]
    public async Task Claims_go_round_over_accounts_whatever_one_of_them_has_piled_up()
    {
        await using var store = await OpenAsync();
        for (var i = 0; i < 30; i++)
        {
            await store.SubmitAsync(account: "large");
        }

        await store.SubmitAsync(account: "small");

        var claimed = await store.ClaimAsync(slots: 4);

        Assert.Single(claimed, c => c.Operation.Account == "small");
        Assert.InRange(claimed.Count, 2, 4);
    }

    [Fact]
    public async Task Work_elsewhere_never_takes_the_share_of_local_work()
    {
        await using var store = await OpenAsync();
        for (var i = 0; i < 10; i++)
        {
            await store.SubmitAsync(isLocal: false);
        }

        await store.SubmitAsync(isLocal: true);

        var claimed = await store.ClaimAsync(slots: 8, remoteSlots: 3);

        Assert.Equal(3, claimed.Count(c => !c.Operation.IsLocal));
        Assert.Single(claimed, c => c.Operation.IsLocal);
    }

    [Fact]
    public async Task Outcomes_beyond_the_bound_are_only_counted_and_the_operation_says_so()
    {
        await using var store = await OpenAsync(new EngineOptions { MaxItemRecords = 10 });
        var operation = await store.SubmitAsync(chunks: 2, itemsPerChunk: 8);
        foreach (var chunk in await store.ClaimAsync())
        {
            var failures = Enumerable.Range(0, 8).Select(i => new ItemOutcome(chunk.FirstIndex + i, $"k{i}", ItemState.Failed, Failure: new OperationFailure("x", "y"))).ToList();
            await store.ReportAsync(new Report.Settled(chunk, new ChunkResult { Counts = new ItemCounts(0, 0, 8), Outcomes = OutcomeBlob.Pack(failures) }, 0));
        }

        var end = await store.GetAsync(operation.Id);
        var items = await store.Store.ReadItemsAsync(end, _ => [], null, 0, 100, Token);
        Assert.Equal((16L, true), (end.Counts.Failed, end.IsItemsTruncated));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), items.Select(i => i.Outcome.Index));
    }

    [Fact]
    public async Task Items_come_in_the_order_of_their_index_although_chunks_were_cut_by_key()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync(chunks: 4, itemsPerChunk: 25);
        foreach (var chunk in await store.ClaimAsync())
        {
            var outcomes = Enumerable.Range(0, 25).Select(i => new ItemOutcome((i * 4) + chunk.Number, $"{i}", ItemState.Succeeded)).ToList();
            await store.ReportAsync(new Report.Settled(chunk, new ChunkResult { Counts = new ItemCounts(25), Outcomes = OutcomeBlob.Pack(outcomes) }, 0));
        }

        var end = await store.GetAsync(operation.Id);
        var read = new List<long>();
        while (read.Count < 100)
        {
            var page = await store.Store.ReadItemsAsync(end, _ => [], null, read.Count, 7, Token);
            read.AddRange(page.Select(p => p.Outcome.Index));
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), read);
    }

    [Fact]
    public async Task Retention_forgets_a_finished_operation_with_everything_of_it()
    {
        await using var store = await OpenAsync();
        await store.SubmitAsync(chunks: 5);
        await store.SettleAsync([.. await store.ClaimAsync()]);
        while (await store.Store.RemoveResidueAsync(Token) > 0)
        {
        }

        var early = await store.Store.ForgetExpiredAsync(store, Token);
        store.Clock.Advance(TimeSpan.FromDays(31));
        var late = await store.Store.ForgetExpiredAsync(store, Token);

        Assert.Equal((0, 1), (early, late));
        Assert.Equal(0, await store.CountAsync("operations") + await store.CountAsync("inputs") + await store.CountAsync("chunks"));
    }

    [Fact]
    public async Task Input_that_never_became_an_operation_is_removed_after_an_hour()
    {
        await using var store = await OpenAsync(new EngineOptions { MaxPendingBytesPerAccount = 1 });
        await store.TrySubmitAsync(20, 1, null, false, "acme", 1_000, null);
        var early = await store.Store.RemoveOrphansAsync(Token);

        store.Clock.Advance(TimeSpan.FromMinutes(61));
        while (await store.Store.RemoveOrphansAsync(Token) > 0)
        {
        }

        Assert.Equal(0, early);
        Assert.Equal(0, await store.CountAsync("inputs") + await store.CountAsync("chunks") + await store.CountAsync("uploads"));
    }

    [Fact]
    public async Task The_version_moves_with_what_it_counts_and_with_nothing_else()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync(chunks: 2, lane: "lane:h");
        var first = (await store.ClaimAsync(slots: 1))[0];
        var running = await store.GetAsync(operation.Id);
        var second = (await store.ClaimAsync(slots: 1))[0];
        var leased = await store.GetAsync(operation.Id);
        await store.SettleAsync(first);
        var settled = await store.GetAsync(operation.Id);
        await store.ReportAsync(new Report.Released(second, 0, 0, true, null));
        var released = await store.GetAsync(operation.Id);

        Assert.Equal([2L, 2L, 3L, 3L], [running.Version, leased.Version, settled.Version, released.Version]);
        Assert.Equal(20, leased.LeasedItems);
    }

    private protected abstract Task<StoreUnderTest> OpenAsync(EngineOptions? options = null);

    /// <summary>
    /// Lets transactions go on only when all of them have come so far. On one writer they run one after the other and nobody waits.
    /// </summary>
    private sealed class Meeting(int expected)
    {
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _arrived;

        public async ValueTask ArriveAsync(CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _arrived) >= expected)
            {
                _complete.TrySetResult();
            }

            await _complete.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
        }
    }
}

public sealed class OperationStoreOnSqlite : OperationStoreContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null)
    {
        var folder = new TempFolder();
        return StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder, options);
    }
}

public sealed class OperationStoreOnPostgres : OperationStoreContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null) =>
        StoreUnderTest.OpenAsync(new PostgresTarget(PostgresCluster.NewDatabase()), null, options);
}
