using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Contracts.SmallWorlds;

/// <summary>
/// A small world in the real store, where a report is one transaction that nobody comes between. States are kept in tables beside the
/// store's own, so that every event can be tried from every state.
/// </summary>
internal sealed class StoredWorld(StoreUnderTest store, WorldRules rules)
{
    private const string Kind = "test";

    private static readonly string[] Tables = ["operations", "chunks", "nodes", "effects"];

    private readonly List<string> _save = [];
    private readonly List<string> _restore = [];
    private OperationId _id;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async Task StartAsync()
    {
        await RunAsync(["create table effects (chunk bigint not null, item bigint not null, primary key (chunk, item))"]);
        foreach (var table in Tables)
        {
            var columns = await store.Database.ReadAsync(
                (session, token) => session.Sql("select group_concat(name) from pragma_table_info(@table)").With("@table", table).FirstAsync(r => r.GetString(0), token), Token);
            await RunAsync([$"create table saved_{table} as select 0 as world, t.* from {table} t where false", $"create index saved_{table}_by_world on saved_{table} (world)"]);
            _save.Add($"insert into saved_{table} select @world, t.* from {table} t where @world >= 0");
            _restore.Add($"delete from {table} where @world >= 0");
            _restore.Add($"insert into {table} ({columns}) select {columns} from saved_{table} where world = @world");
        }

        // Who did what when is not compared, and a state that is visited again would write it again.
        _restore.Add("delete from audit where @world >= 0");
        await store.EnterNodeAsync("n1");
        await store.EnterNodeAsync("n2");
        await SubmitAsync();
    }

    public Task SaveAsync(int world) => RunAsync(_save, world);

    public Task RestoreAsync(int world) => RunAsync(_restore, world);

    /// <summary>Does in the store what an event does in the model.</summary>
    public async Task<ReportAnswer?> DoAsync(SmallWorld world, WorldEvent what, bool finishFails, Dictionary<int, ClaimedChunk> hands, int nextHand)
    {
        store.Finish = (_, _) => new(finishFails
            ? FinishResult.Failed(new OperationFailure(OperationFailure.CapacityExceededSlug, "as asked for"))
            : FinishResult.Completed("{}"));
        switch (what.Kind)
        {
            case WorldEventKind.Claim:
                foreach (var chunk in await store.ClaimAsync($"n{what.Which}", what.Option))
                {
                    hands[nextHand++] = chunk;
                }

                return null;
            case WorldEventKind.Begin:
                return (await store.ReportAsync(ReportOf(world.Leases[what.Which], what.Report, hands)))[0];
            case WorldEventKind.Die:
                Assert.True(await store.Store.DeclareDeadAsync("n1", 0, Token));
                return null;
            case WorldEventKind.ReleaseDead:
                Assert.NotEqual(0, await store.Store.ReleaseLeasesOfTheDeadAsync(store, Token));
                return null;
            case WorldEventKind.Abort:
                await store.Store.AbortAsync(_id, store, Token);
                return null;
            case WorldEventKind.Pause:
                await store.Store.PauseAsync(_id, store, Token);
                return null;
            case WorldEventKind.Resume:
                await store.Store.ResumeAsync(_id, store, Token);
                return null;
            default:
                throw new ArgumentOutOfRangeException(nameof(what));
        }
    }

    /// <summary>What the store holds, in the words of <see cref="Told(SmallWorld)"/>.</summary>
    public async Task<string> TellAsync()
    {
        var rows = await store.Database.ReadAsync(
            (session, token) => session.Sql(
                    """
                    select c.number, c.purpose, c.is_settled, c.done_count, coalesce(c.owner, 'nobody'), (select count(*) from effects e where e.chunk = c.number)
                    from chunks c order by c.number
                    """)
                .ListAsync(r => Line(r.GetInt64(0), (ChunkPurpose)r.GetInt64(1), r.GetBoolean(2), r.GetInt64(3), r.GetString(4), r.GetInt64(5)), token),
            Token);
        var effects = await store.Database.ReadAsync(
            (session, token) => session.Sql("select count(*) from effects").FirstAsync(r => r.GetInt64(0), token), Token);
        return Told(await store.GetAsync(_id), rows, effects);
    }

    public static string Told(SmallWorld world)
    {
        var rows = world.Rows.Select((r, i) => r.IsGone ? null : Line(i - 1, r.Purpose, r.IsSettled, r.Done, r.Owner == 0 ? "nobody" : $"n{r.Owner}", world.Operation.IsAtomic ? r.Effects : 0));
        return Told(world.Operation, rows.OfType<string>(), world.Operation.IsAtomic ? world.Rows.Sum(r => r.Effects) : 0);
    }

    private static string Told(Operation o, IEnumerable<string> rows, long effects) =>
        $"{o.State.Word} {(o.IsAbortRequested ? "abort" : "")} {(o.IsUndoing ? "undoing" : "")} {o.Failure?.Slug} total {o.Total} {o.IsTotalFinal} {o.Counts.Succeeded} {o.Counts.Failed} "
        + $"{o.AbortedItems} leased {o.LeasedItems} open {o.OpenChunks} held {o.LeasedChunks} of {o.ChunkCount} written {o.Written.Succeeded} effects {effects}\n{string.Join('\n', rows)}";

    private static string Line(long number, ChunkPurpose purpose, bool isSettled, long done, string owner, long effects) =>
        $"  {number} {purpose} {(isSettled ? "settled" : "open")} {done} {owner} {effects}";

    private Report ReportOf(SmallWorld.Lease lease, WorldReport report, Dictionary<int, ClaimedChunk> hands)
    {
        var claimed = hands[lease.Hand];
        var journaled = lease.Done - claimed.DoneCount;
        if (rules.IsAtomic && journaled > 0)
        {
            claimed = claimed with { DoneCount = lease.Done, Progress = [lease.Done] };
            journaled = 0;
        }

        var fatal = new OperationFailure("fatal", "as asked for");
        var first = claimed.FirstIndex + lease.Done;
        return report switch
        {
            WorldReport.SettleGood => new Report.Settled(claimed, Result(lease, new ItemCounts(lease.Left)), journaled),
            WorldReport.SettleBad => new Report.Settled(claimed, Result(lease, new ItemCounts(0, 0, lease.Left)), journaled),
            WorldReport.SettleFatal => new Report.Settled(claimed, new ChunkResult { Failure = fatal }, journaled),
            WorldReport.StepGood when rules.IsAtomic => new Report.Advanced(claimed, Result(lease, new ItemCounts(1), [(byte)(lease.Done + 1)]), lease.Done),
            WorldReport.StepGood => new Report.Journaled(claimed, [1], lease.Done + 1, new ItemCounts(1), null, lease.Done),
            WorldReport.StepBad => new Report.Journaled(claimed, [1], lease.Done + 1, new ItemCounts(0, 0, 1), null, lease.Done),
            WorldReport.Release => new Report.Released(claimed, journaled, 0, true, null),
            WorldReport.ReleaseFatal => new Report.Released(claimed, journaled, 0, true, fatal),
            WorldReport.PlanPage => new Report.Planned(claimed, new PlanPage([new PlannedChunk(rules.ItemsPerChunk, first, null)], [1])),
            WorldReport.PlanLastPage => new Report.Planned(claimed, new PlanPage([new PlannedChunk(rules.ItemsPerChunk, first, null)], null)),
            WorldReport.PlanNothingMore => new Report.Planned(claimed, new PlanPage([], null)),
            _ => throw new ArgumentOutOfRangeException(nameof(report)),
        };
    }

    private ChunkResult Result(SmallWorld.Lease lease, ItemCounts counts, byte[]? continuation = null) => new()
    {
        Counts = counts,
        Continuation = continuation,
        Effect = !rules.IsAtomic ? null : async (session, token) =>
        {
            if (lease.Purpose == ChunkPurpose.Undo)
            {
                await session.Sql("delete from effects where chunk = @chunk").With("@chunk", lease.Row - 1).ExecuteAsync(token);
                return;
            }

            for (var item = 0; item < counts.Settled; item++)
            {
                await session.Sql("insert into effects (chunk, item) values (@chunk, @item)")
                    .With("@chunk", lease.Row - 1).With("@item", lease.Done + item).ExecuteAsync(token);
            }
        },
    };

    private async Task SubmitAsync()
    {
        var operation = new Operation
        {
            Id = OperationId.From(store.Ids.NewV4()),
            Account = "acme",
            Kind = Kind,
            IsAtomic = rules.IsAtomic,
            IsLocal = true,
            SubmittedBy = "root",
            Parameters = "{}",
            MaxFailedItems = rules.MaxFailedItems,
            CreatedAt = store.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        var input = Enumerable.Range(0, rules.Chunks).Select(i => new ChunkInput(rules.ItemsPerChunk, i * rules.ItemsPerChunk, () => [1])).ToList();
        var submission = new NewOperation(operation, 1_000, [], rules.IsPlanned ? null : input, null);
        Assert.False((await store.Store.SubmitAsync(submission, Token)).IsRefused(out var refusal, out _), refusal?.Detail);
        _id = operation.Id;
    }

    private async Task RunAsync(IReadOnlyList<string> statements, int? world = null) =>
        await store.Database.WriteAsync(
            async (session, token) =>
            {
                foreach (var statement in statements)
                {
                    var sql = session.Sql(statement);
                    await (world is { } number ? sql.With("@world", number) : sql).ExecuteAsync(token);
                }

                return true;
            },
            WriteWeight.Small,
            Token);
}
