using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Signals;
using Longhaul.Engine.Storage;
using Longhaul.Lists;

namespace Longhaul.Tests.Support;

/// <summary>The operation store on a fresh database, without any loop around it: a test makes each step itself.</summary>
internal sealed class StoreUnderTest : IAsyncDisposable, IFinisher
{
    private readonly TempFolder? _folder;

    private StoreUnderTest(Database database, TempFolder? folder, EngineOptions options)
    {
        Database = database;
        _folder = folder;
        Options = options;
        Store = new OperationStore(database, Signals, Clock, options);
    }

    public Database Database { get; }

    public EngineOptions Options { get; }

    public OperationStore Store { get; }

    public OperationSignals Signals { get; } = new();

    public ManualTimeProvider Clock { get; } = new();

    public IdSource Ids { get; } = new();

    /// <summary>What the kind's finish comes to; runs inside the settling transaction.</summary>
    public Func<DbSession, Operation, ValueTask<FinishResult>> Finish { get; set; } = (_, _) => new(FinishResult.Completed("{}"));

    public static async Task<StoreUnderTest> OpenAsync(DatabaseTarget target, TempFolder? folder, EngineOptions? options = null, params MigrationLine[] lines)
    {
        var database = Database.For(target);
        await database.OpenAsync([EngineMigrations.Line, ListsMigrations.Line, .. lines], TestContext.Current.CancellationToken);
        return new StoreUnderTest(database, folder, options ?? new EngineOptions());
    }

    public async Task<Operation> SubmitAsync(
        int chunks = 1, int itemsPerChunk = 10, string? lane = null, bool isAtomic = false, string account = "acme", long laneLimit = 1_000, IdempotencyKey? key = null, bool isLocal = true)
    {
        var result = await TrySubmitAsync(chunks, itemsPerChunk, lane, isAtomic, account, laneLimit, key, isLocal);
        Assert.False(result.IsRefused(out var refusal, out var submitted), refusal?.Detail);
        return submitted!.Operation!;
    }

    public Task<Result<Submitted>> TrySubmitAsync(
        int chunks, int itemsPerChunk, string? lane, bool isAtomic, string account, long laneLimit, IdempotencyKey? key, bool isLocal = true, string[]? exclusiveKinds = null, long? maxFailedItems = null, OperationId? retryOf = null)
    {
        var operation = new Operation
        {
            Id = OperationId.From(Ids.NewV4()),
            Account = account,
            Kind = "test",
            IsAtomic = isAtomic,
            IsLocal = isLocal,
            Lane = lane,
            SubmittedBy = "root",
            Parameters = "{}",
            MaxFailedItems = maxFailedItems,
            RetryOf = retryOf?.Value,
            CreatedAt = Clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        var input = Enumerable.Range(0, chunks).Select(i => new ChunkInput(itemsPerChunk, i * itemsPerChunk, () => [1, 2, 3])).ToList();
        return Store.SubmitAsync(new NewOperation(operation, laneLimit, exclusiveKinds ?? [], input, key), TestContext.Current.CancellationToken);
    }

    public async Task<string> EnterNodeAsync(string name)
    {
        await Store.EnterNodeAsync(name, TestContext.Current.CancellationToken);
        return name;
    }

    public Task<List<ClaimedChunk>> ClaimAsync(string node = "n1", int slots = 100, int remoteSlots = 100) =>
        Store.ClaimAsync(node, ["test"], slots, remoteSlots, this, TestContext.Current.CancellationToken);

    public Task<ReportAnswer[]> SettleAsync(params ClaimedChunk[] chunks) =>
        ReportAsync([.. chunks.Select(c => new Report.Settled(c, new ChunkResult { Counts = new ItemCounts(c.ItemCount) }, 0))]);

    public Task<ReportAnswer[]> ReportAsync(params Report[] reports) =>
        Store.ReportAsync(reports, this, WriteWeight.Small, TestContext.Current.CancellationToken);

    public async Task<Operation> GetAsync(OperationId id) =>
        await Store.FindAsync(id, TestContext.Current.CancellationToken) ?? throw new InvalidOperationException($"no operation {id}");

    public Task<long> CountAsync(string table) => Database.ReadAsync(
        (session, token) => session.Sql($"select count(*) from {table}").FirstAsync(r => r.GetInt64(0), token), TestContext.Current.CancellationToken).AsTask();

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Signals.Dispose();
        _folder?.Dispose();
    }

    /// <summary>Whether an operation that is about to end has left something elsewhere.</summary>
    public Func<Operation, bool> NeedsCleaning { get; set; } = _ => false;

    /// <summary>Hears of pauses, resumes and ends, inside the transaction.</summary>
    public Func<DbSession, Operation, ValueTask> Changed { get; set; } = (_, _) => default;

    /// <summary>The bound of the outcomes of done items, apart from the others.</summary>
    public long? MaxDoneRecords { get; set; }

    /// <summary>How far a plan may run ahead.</summary>
    public long? PlanAheadItems { get; set; }

    bool IFinisher.CompletesWhenAllFail(string kind) => false;

    long? IFinisher.MaxDoneRecords(string kind) => MaxDoneRecords;

    long? IFinisher.PlanAheadItems(string kind) => PlanAheadItems;

    ValueTask<bool> IFinisher.NeedsCleaningAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        new(!operation.IsAtomic && NeedsCleaning(operation));

    ValueTask IFinisher.ChangedAsync(DbSession session, Operation operation, CancellationToken cancellationToken) => Changed(session, operation);

    ValueTask IFinisher.ForgottenAsync(DbSession session, string kind, OperationId id, CancellationToken cancellationToken) => default;

    ValueTask<FinishResult> IFinisher.FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken) => Finish(session, operation);
}
