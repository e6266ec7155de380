using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Signals;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine;

/// <summary>
/// The engine as its users see it: submit, read, wait, control. Safe for concurrent use. Every method may throw
/// <see cref="StoreUnavailableException"/>, and then nothing was changed.
/// </summary>
public sealed class DurableOperations
{
    private const int ChangedPerRead = 200;

    private readonly OperationStore _store;
    private readonly OperationSignals _signals;
    private readonly KindRegistry _kinds;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;
    private readonly EngineMeter _meter;
    private readonly TimeSpan _pollInterval;
    private readonly bool _isShared;
    private readonly int _maxItemRecords;

    internal DurableOperations(
        OperationStore store, Database database, OperationSignals signals, KindRegistry kinds, IdSource ids, TimeProvider clock, EngineMeter meter, EngineOptions options)
    {
        _store = store;
        _signals = signals;
        _kinds = kinds;
        _ids = ids;
        _clock = clock;
        _meter = meter;
        _pollInterval = TimeSpan.FromMilliseconds(options.PollMilliseconds);
        _isShared = database.IsShared;
        _maxItemRecords = options.MaxItemRecords;
    }

    /// <summary>Completes when this process begins to stop: whoever waits for an operation is answered then.</summary>
    public Task Stopping => _signals.Stopping;

    /// <summary>The same as a token, for those who write to somebody who may not read.</summary>
    public CancellationToken StoppingToken => _signals.StoppingToken;

    /// <summary>
    /// Makes an operation durable. Completes after the commit: what is answered then survives the death of the process. The token
    /// cancels the submit only as long as nothing is durable.
    /// </summary>
    public async Task<Result<Submitted>> SubmitAsync(Submission submission, CancellationToken cancellationToken)
    {
        var operation = new Operation
        {
            Id = OperationId.From(_ids.NewV4()),
            Account = submission.Account,
            Kind = submission.Kind.Name,
            IsAtomic = submission.Kind.IsAtomic,
            IsLocal = submission.Kind.IsLocal,
            Lane = submission.Lane,
            SubmittedBy = submission.SubmittedBy,
            Parameters = submission.Parameters,
            Metadata = submission.Metadata,
            Labels = OperationLabels.Normalize(submission.Labels),
            RetryOf = submission.RetryOf?.Value,
            MaxFailedItems = submission.MaxFailedItems,
            Tallies = submission.Kind.MovesBytes ? Tallies.NoBytes : Tallies.None,
            CreatedAt = _clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        var chunks = submission.InputOf is { } source ? await ReadShapeAsync(source, cancellationToken) : submission.Chunks;
        if (submission.InputOf is not null && chunks!.Count == 0)
        {
            return new Refusal(RefusalCode.WrongState, $"the input of operation {submission.InputOf} is gone; submit the items again");
        }

        var result = await _store.SubmitAsync(
            new NewOperation(
                operation, submission.LaneLimit, submission.ExclusiveKinds, chunks, submission.Idempotency, submission.InputOf, submission.RequestId, submission.PlanFrom, submission.Within),
            cancellationToken);
        if (!result.IsRefused(out _, out var submitted) && submitted.Operation is not null)
        {
            _meter.Submitted(submission.Kind.Name);
        }

        return result;
    }

    /// <summary>Finds what a request with an idempotency key was answered before: the answer, a refusal, or null for a free key.</summary>
    public ValueTask<Result<Submitted>?> FindReplayAsync(byte[] scope, byte[] fingerprint, CancellationToken cancellationToken) =>
        _store.FindReplayAsync(scope, fingerprint, cancellationToken);

    /// <summary>Reads an operation; null when it is unknown or forgotten.</summary>
    public ValueTask<Operation?> FindAsync(OperationId id, CancellationToken cancellationToken) => _store.FindAsync(id, cancellationToken);

    /// <summary>
    /// Waits until the operation satisfies a condition, at most for a time. Completes with the last state read; null when it is unknown.
    /// Costs neither a thread nor, on one node, a poll of the store. A stopping process answers at once.
    /// </summary>
    public async Task<Operation?> WaitAsync(
        OperationId id, Func<Operation, bool> until, TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var watch = _signals.Begin(id);
        var deadline = _clock.GetTimestamp();
        while (true)
        {
            var next = watch.Next;
            var operation = await _store.FindAsync(id, cancellationToken);
            var left = atMost - _clock.GetElapsedTime(deadline);
            if (operation is null || until(operation) || left <= TimeSpan.Zero || _signals.Stopping.IsCompleted)
            {
                return operation;
            }

            await WaitForAsync(next, left, cancellationToken);
        }
    }

    /// <summary>Lists operations newest first, before a number; null for the newest.</summary>
    public ValueTask<List<Operation>> ListAsync(OperationFilter filter, long? before, int count, CancellationToken cancellationToken) =>
        _store.ListAsync(filter, before, count, cancellationToken);

    /// <summary>
    /// Follows the operations of a filter from now on. The follower hears what this node commits at once; on a database that other nodes
    /// share it reads <see cref="ReadChangedAsync"/> now and then, each <see cref="FollowInterval"/>, for what came without a word.
    /// </summary>
    public OperationChanges Follow(OperationFilter filter) => _signals.Follow(filter, _clock);

    /// <summary>How often a follower has to look into the store; null where it hears everything.</summary>
    public TimeSpan? FollowInterval => _isShared ? _pollInterval : null;

    /// <summary>
    /// Reads the operations whose version changed at an instant or later, first unfinished ones, then ended ones, some at a time; without
    /// an instant, all that are unfinished.
    /// </summary>
    public async IAsyncEnumerable<Operation> ReadChangedAsync(
        OperationFilter filter, long? since, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<Operation> page = [];
        var number = 0L;
        do
        {
            page = await _store.ListOpenAsync(filter, since ?? 0, number, ChangedPerRead, cancellationToken);
            foreach (var operation in page)
            {
                yield return operation;
                number = operation.Number;
            }
        }
        while (page.Count == ChangedPerRead);

        var place = (EndedAt: long.MinValue, Number: 0L);
        while (since is { } ended)
        {
            page = await _store.ListEndedAsync(filter, ended, place, ChangedPerRead, cancellationToken);
            foreach (var operation in page)
            {
                yield return operation;
                place = (operation.EndedAt!.Value, operation.Number);
            }

            if (page.Count < ChangedPerRead)
            {
                yield break;
            }
        }
    }

    /// <summary>
    /// Finds out how the items of an ended operation are done again: the failed ones, or also the aborted ones; atomic kinds repeat the
    /// whole input. Completes with what the kind says, to be submitted, or with a refusal. <paramref name="parameters"/> is JSON text.
    /// </summary>
    public async Task<Result<SubmitAnswer>> CheckRetryAsync(
        Operation original, bool isWithAborted, ReadOnlyMemory<byte> parameters, string submittedBy, CancellationToken cancellationToken)
    {
        var kind = _kinds.Find(original.Kind);
        if (RefuseRetry(original, kind, isWithAborted) is { } refusal)
        {
            return new Refusal(RefusalCode.WrongState, refusal);
        }

        var request = new RetryRequest(_store, original, isWithAborted, parameters, submittedBy, _maxItemRecords);
        var answer = await kind!.RetryAsync(request, cancellationToken);
        return answer.Submission is not { } submission
            ? answer
            : SubmitAnswer.Valid(submission with { RetryOf = original.Id, Labels = original.Labels, MaxFailedItems = original.MaxFailedItems });
    }

    /// <summary>Reads kept item outcomes in the order of their index, from an index on.</summary>
    public ValueTask<List<ItemRecord>> ReadItemsAsync(
        Operation operation, IReadOnlySet<ItemState>? states, long fromIndex, int count, CancellationToken cancellationToken) =>
        _store.ReadItemsAsync(operation, _kinds.Find(operation.Kind) is { } kind ? kind.ReadInput : _ => [], states, fromIndex, count, cancellationToken);

    /// <summary>Asks for the end of an operation; one that has ended stays as it is. Completes when the request is durable.</summary>
    public Task<Result<Operation>> AbortAsync(OperationId id, Actor by, CancellationToken cancellationToken) =>
        _store.AbortAsync(id, _kinds, cancellationToken, by);

    /// <summary>Holds an operation of a kind that can be paused. Completes when that is durable; work in flight may still end.</summary>
    public async Task<Result<Operation>> PauseAsync(OperationId id, Actor by, CancellationToken cancellationToken) =>
        await RefuseUnpausableAsync(id, cancellationToken) is { } refusal ? refusal : await _store.PauseAsync(id, _kinds, cancellationToken, by);

    /// <summary>
    /// Lets a paused operation go on, with what its kind may take along (<paramref name="parameters"/>: JSON text, or empty). Completes when
    /// that is durable.
    /// </summary>
    public async Task<ResumeAnswer> ResumeAsync(OperationId id, ReadOnlyMemory<byte> parameters, Actor by, CancellationToken cancellationToken)
    {
        if (await _store.FindAsync(id, cancellationToken) is not { } operation || _kinds.Find(operation.Kind) is not { } kind)
        {
            return Answer(await _store.ResumeAsync(id, _kinds, cancellationToken, by));
        }

        if (!kind.IsPausable)
        {
            return new ResumeAnswer(null, Unpausable(kind), []);
        }

        var check = await kind.CheckResumeAsync(operation, parameters, cancellationToken);
        return check.Faults.Count > 0
            ? new ResumeAnswer(null, null, check.Faults)
            : Answer(await _store.ResumeAsync(id, _kinds, cancellationToken, by, check.Within));

        static ResumeAnswer Answer(Result<Operation> result) =>
            result.IsRefused(out var refusal, out var resumed) ? new ResumeAnswer(null, refusal, []) : new ResumeAnswer(resumed, null, []);
    }

    /// <summary>
    /// Lets a paused operation go on, with something that happens in the transaction that resumes it: for hosts with a face of their own.
    /// </summary>
    public async Task<Result<Operation>> ResumeAsync(
        OperationId id, Func<DbSession, Operation, CancellationToken, ValueTask<Refusal?>> within, Actor by, CancellationToken cancellationToken) =>
        await RefuseUnpausableAsync(id, cancellationToken) is { } refusal ? refusal : await _store.ResumeAsync(id, _kinds, cancellationToken, by, within);

    /// <summary>Counts the operations of an account and a kind in some states, inside a transaction.</summary>
    public static async ValueTask<long> CountAsync(
        DbSession session, string account, string kind, IReadOnlyCollection<OperationState> states, CancellationToken cancellationToken) =>
        await session.Sql($"select count(*) from operations where account = @account and kind = @kind and ended_at is null and {session.Dialect.InTexts("state", "@states")}")
            .With("@account", account)
            .With("@kind", kind)
            .WithSet("@states", [.. states.Select(s => s.Word)])
            .FirstAsync(r => r.GetInt64(0), cancellationToken);

    /// <summary>
    /// Reads kept outcomes in the order in which they were settled, without those under the kind's own bound. What is read at a place
    /// never changes while the operation is known.
    /// </summary>
    public ValueTask<List<ItemRecord>> ReadKeptAsync(OperationId id, long from, int count, CancellationToken cancellationToken) =>
        _store.ReadKeptAsync(id, from, count, cancellationToken);

    /// <summary>Forgets a finished operation. Completes when it is gone.</summary>
    public Task<Result<Operation>> ForgetAsync(OperationId id, CancellationToken cancellationToken) => _store.ForgetAsync(id, _kinds, cancellationToken);

    /// <summary>
    /// Keeps the answer of a keyed request that creates something else, inside that something's transaction. Completes with false when the
    /// key was taken meanwhile: the transaction must then be given up.
    /// </summary>
    public ValueTask<bool> KeepAnswerAsync(
        DbSession session, byte[] scope, byte[] fingerprint, StoredAnswer answer, CancellationToken cancellationToken) =>
        _store.KeepAnswerAsync(session, scope, fingerprint, answer, cancellationToken);

    private string? RefuseRetry(Operation original, OperationKind? kind, bool isWithAborted)
    {
        if (kind is not { IsRetryable: true })
        {
            return $"operations of kind '{original.Kind}' cannot be retried";
        }

        if (!original.State.IsFinal)
        {
            return $"operation {original.Id} is {original.State.Word}; only a finished one can be retried";
        }

        // What the plan had not found when it was ended was not done either.
        var hasAborted = isWithAborted && (original.AbortedItems > 0 || (!original.IsTotalFinal && original.State != OperationState.Completed));
        if (original.IsAtomic ? original.State == OperationState.Completed : original.Counts.Failed == 0 && !hasAborted)
        {
            return $"operation {original.Id} has no {(isWithAborted ? "unsuccessful" : "failed")} items to retry";
        }

        if (!original.IsAtomic && original.IsItemsTruncated)
        {
            return $"more items of operation {original.Id} failed than were kept ({original.KeptItems}), so it cannot be said which; submit them again";
        }

        return (original.IsAtomic || hasAborted) && !(original.ResidueAt > _clock.GetUtcNow().ToUnixTimeMilliseconds())
            ? $"the input of operation {original.Id} is gone, it is kept for Engine:InputHours after the end; submit the items again"
            : null;
    }

    private async Task<IReadOnlyList<ChunkInput>> ReadShapeAsync(OperationId source, CancellationToken cancellationToken)
    {
        var first = 0L;
        var chunks = new List<ChunkInput>();
        foreach (var count in await _store.ListInputSizesAsync(source, cancellationToken))
        {
            chunks.Add(new ChunkInput(count, first, () => throw new InvalidOperationException("a copied input is not encoded again")));
            first += count;
        }

        return chunks;
    }

    private async Task<Refusal?> RefuseUnpausableAsync(OperationId id, CancellationToken cancellationToken) =>
        await _store.FindAsync(id, cancellationToken) is { } operation && _kinds.Find(operation.Kind) is { IsPausable: false } kind
            ? Unpausable(kind)
            : null;

    private static Refusal Unpausable(OperationKind kind) =>
        new(RefusalCode.WrongState, $"operations of kind '{kind.Name}' cannot be paused or resumed");

    // On a shared database another node's change may come without a word; a slow look is the fallback.
    private async Task WaitForAsync(Task next, TimeSpan left, CancellationToken cancellationToken)
    {
        var wait = _isShared && _pollInterval < left ? _pollInterval : left;
        try
        {
            await Task.WhenAny(next, _signals.Stopping).WaitAsync(wait, _clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The caller looks once more and finds the time over.
        }
    }
}
