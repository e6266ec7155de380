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
    private readonly OperationStore _store;
    private readonly OperationSignals _signals;
    private readonly KindRegistry _kinds;
    private readonly IdSource _ids;
    private readonly TimeProvider _clock;
    private readonly EngineMeter _meter;
    private readonly TimeSpan _pollInterval;
    private readonly bool _isShared;

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
    }

    /// <summary>Completes when this process begins to stop: whoever waits for an operation is answered then.</summary>
    public Task Stopping => _signals.Stopping;

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
            Labels = submission.Labels,
            CreatedAt = _clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        var result = await _store.SubmitAsync(
            new NewOperation(operation, submission.LaneLimit, submission.ExclusiveKinds, submission.Chunks, submission.Idempotency), cancellationToken);
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

    /// <summary>Lists operations newest first, before a number; null for the newest. Accounts or kinds of null stand for all of them.</summary>
    public ValueTask<List<Operation>> ListAsync(
        IReadOnlyCollection<string>? accounts, IReadOnlyCollection<string>? kinds, long? before, int count, CancellationToken cancellationToken) =>
        _store.ListAsync(accounts, kinds, before, count, cancellationToken);

    /// <summary>Reads kept item outcomes in the order of their index, from an index on.</summary>
    public ValueTask<List<ItemRecord>> ReadItemsAsync(
        Operation operation, IReadOnlySet<ItemState>? states, long fromIndex, int count, CancellationToken cancellationToken) =>
        _store.ReadItemsAsync(operation, _kinds.Find(operation.Kind) is { } kind ? kind.ReadInput : _ => [], states, fromIndex, count, cancellationToken);

    /// <summary>Asks for the end of an operation; one that has ended stays as it is. Completes when the request is durable.</summary>
    public Task<Result<Operation>> AbortAsync(OperationId id, CancellationToken cancellationToken) => _store.AbortAsync(id, _kinds, cancellationToken);

    /// <summary>Holds an operation of a kind that can be paused. Completes when that is durable; work in flight may still end.</summary>
    public async Task<Result<Operation>> PauseAsync(OperationId id, CancellationToken cancellationToken) =>
        await RefuseUnpausableAsync(id, cancellationToken) is { } refusal ? refusal : await _store.PauseAsync(id, _kinds, cancellationToken);

    /// <summary>Lets a paused operation go on. Completes when that is durable.</summary>
    public async Task<Result<Operation>> ResumeAsync(OperationId id, CancellationToken cancellationToken) =>
        await RefuseUnpausableAsync(id, cancellationToken) is { } refusal ? refusal : await _store.ResumeAsync(id, _kinds, cancellationToken);

    /// <summary>Forgets a finished operation. Completes when it is gone.</summary>
    public Task<Result<Operation>> ForgetAsync(OperationId id, CancellationToken cancellationToken) => _store.ForgetAsync(id, cancellationToken);

    /// <summary>
    /// Keeps the answer of a keyed request that creates something else, inside that something's transaction. Completes with false when the
    /// key was taken meanwhile: the transaction must then be given up.
    /// </summary>
    public ValueTask<bool> KeepAnswerAsync(
        DbSession session, byte[] scope, byte[] fingerprint, StoredAnswer answer, CancellationToken cancellationToken) =>
        _store.KeepAnswerAsync(session, scope, fingerprint, answer, cancellationToken);

    private async Task<Refusal?> RefuseUnpausableAsync(OperationId id, CancellationToken cancellationToken) =>
        await _store.FindAsync(id, cancellationToken) is { } operation && _kinds.Find(operation.Kind) is { IsPausable: false }
            ? new Refusal(RefusalCode.WrongState, $"operations of kind '{operation.Kind}' cannot be paused or resumed")
            : null;

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
