using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>
/// A kind of operation: how its chunks are run and how it finishes. One instance serves every operation of the kind, concurrently.
/// Chunks may run again after a crash: an effect in the engine's database goes through <see cref="ChunkResult.Effect"/> and happens
/// once, an effect elsewhere must be idempotent and is journaled.
/// </summary>
public abstract class OperationKind
{
    /// <summary>The name, such as <c>noop</c>; never changes once operations of it exist.</summary>
    public abstract string Name { get; }

    /// <summary>One sentence on what it does.</summary>
    public abstract string Description { get; }

    /// <summary>True when everything becomes visible at one instant or nothing does; needs <see cref="UndoAsync"/>.</summary>
    public virtual bool IsAtomic => false;

    /// <summary>True when it can be paused. Defaults to the opposite of atomic.</summary>
    public virtual bool IsPausable => !IsAtomic;

    /// <summary>True when <see cref="RetryAsync"/> can repeat what an operation of the kind has not done.</summary>
    public virtual bool IsRetryable => false;

    /// <summary>True when operations of the kind can be submitted by <see cref="CheckAsync"/>. Defaults to true.</summary>
    public virtual bool IsSubmittable => true;

    /// <summary>Items that one submit may bring or find; null when the API's own bound is the only one.</summary>
    public virtual long? MaxItems => null;

    /// <summary>True when the work goes to the engine's own database: a share of the workers is kept for it.</summary>
    public virtual bool IsLocal => true;

    /// <summary>True when its items are bytes that are moved: <see cref="Tallies.BytesName"/> counts them.</summary>
    public virtual bool MovesBytes => false;

    /// <summary>
    /// How many outcomes of succeeded items are kept, the first ones, under a bound of their own, so that they never crowd out a failure;
    /// null puts all outcomes under <see cref="EngineOptions.MaxItemRecords"/>. Then they have to be journaled.
    /// </summary>
    public virtual long? MaxDoneRecords => null;

    /// <summary>How many items may be found and not yet settled before the plan waits; null leaves it to <see cref="EngineOptions.PlanAheadChunks"/>.</summary>
    public virtual long? PlanAheadItems => null;

    /// <summary>True when an operation every item of which failed counts as completed.</summary>
    public virtual bool CompletesWhenAllFail => false;

    /// <summary>Finds the next page of chunks. Called again from the same cursor after a crash.</summary>
    public virtual ValueTask<PlanPage> PlanAsync(Operation operation, byte[] cursor, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"kind '{Name}' does not plan");

    /// <summary>
    /// Runs one chunk. The token is cancelled when the lease is lost or the process must stop at once; an exception means a passing
    /// fault and the chunk is tried again, up to <see cref="EngineOptions.MaxAttempts"/> times.
    /// </summary>
    public abstract ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken);

    /// <summary>
    /// Takes back what a settled chunk of an atomic operation wrote, through <see cref="ChunkResult.Effect"/>. For other kinds: takes back
    /// what an operation that is about to end has left elsewhere, once, when <see cref="NeedsCleaningAsync"/> asked for it.
    /// </summary>
    public virtual ValueTask<ChunkResult> UndoAsync(ChunkContext chunk, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"kind '{Name}' does not undo");

    /// <summary>
    /// Runs inside the transaction that writes the final state, after every chunk was settled; keep it small. The operation's row is
    /// locked.
    /// </summary>
    public virtual ValueTask<FinishResult> FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        new(FinishResult.Completed("{}"));

    /// <summary>
    /// For kinds that are not atomic: true when an operation that is to fail or to be aborted has left something elsewhere; then
    /// <see cref="UndoAsync"/> runs once before the final state is written. Inside a transaction; the operation's row is locked.
    /// </summary>
    public virtual ValueTask<bool> NeedsCleaningAsync(DbSession session, Operation operation, CancellationToken cancellationToken) => new(false);

    /// <summary>
    /// Runs inside the transaction that pauses, resumes or ends an operation, whoever asked for it; keep it small. The state is the new
    /// one and the operation's row is locked. Not called for its acceptance (<see cref="Submission.Within"/>) nor for its first start.
    /// </summary>
    public virtual ValueTask ChangedAsync(DbSession session, Operation operation, CancellationToken cancellationToken) => default;

    /// <summary>Runs inside the transaction that forgets an ended operation: rows of the kind's own go with it.</summary>
    public virtual ValueTask ForgottenAsync(DbSession session, OperationId id, CancellationToken cancellationToken) => default;

    /// <summary>
    /// Checks what a resume brings. Completes with everything that is wrong with it, or with what has to happen in the transaction that
    /// resumes. Defaults to refusing any parameters.
    /// </summary>
    public virtual ValueTask<ResumeCheck> CheckResumeAsync(Operation operation, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken) =>
        new(parameters.IsEmpty ? ResumeCheck.Nothing : ResumeCheck.Invalid([new SubmitFault($"kind '{Name}' takes no params at a resume", "/params")]));

    /// <summary>Names the items of a stored input slice, for an atomic operation that was not applied.</summary>
    public virtual IEnumerable<(long Index, string Key)> ReadInput(byte[] payload) => [];

    /// <summary>
    /// Checks a submit of the operations API. Completes with a submission, or with everything that is wrong. A kind that does not
    /// override it cannot be submitted there.
    /// </summary>
    public virtual ValueTask<SubmitAnswer> CheckAsync(SubmitRequest request, CancellationToken cancellationToken) =>
        new(SubmitAnswer.Invalid([new SubmitFault($"kind '{Name}' cannot be submitted here", "/kind")]));

    /// <summary>
    /// Says how the wanted items of an ended operation are done again: with input of their own, by the original's whole input
    /// (<see cref="Submission.InputOf"/>), or by planning anew. Called for kinds that are <see cref="IsRetryable"/>.
    /// </summary>
    public virtual ValueTask<SubmitAnswer> RetryAsync(RetryRequest request, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"kind '{Name}' does not retry");
}

/// <summary>A submit as the operations API received it.</summary>
/// <param name="Account">The tenant.</param>
/// <param name="Parameters">JSON text of <c>params</c>, or empty.</param>
/// <param name="Items">JSON text of <c>items</c>, or empty.</param>
/// <param name="MaxItems">How many items it may bring.</param>
/// <param name="Labels">JSON object of the labels.</param>
/// <param name="SubmittedBy">Who submits.</param>
/// <param name="Idempotency">The idempotency key, or null.</param>
public sealed record SubmitRequest(
    string Account, ReadOnlyMemory<byte> Parameters, ReadOnlyMemory<byte> Items, int MaxItems, string Labels, string SubmittedBy, IdempotencyKey? Idempotency);

/// <summary>Something wrong with a submit.</summary>
/// <param name="Detail">One sentence that names the thing and the way out.</param>
/// <param name="Pointer">JSON Pointer into the request body.</param>
public sealed record SubmitFault(string Detail, string Pointer)
{
    private const int MaxShown = 200;

    /// <summary>JSON Pointer (RFC 6901) to a member of what another one points to; a very long name is cut in it.</summary>
    public static string PointTo(string parent, string name) =>
        $"{parent}/{Show(name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    /// <summary>What of a client's own word is told back to it, at most 200 characters: a name of any length does not make a longer answer.</summary>
    public static string Show(string word) => word.Length <= MaxShown
        ? word
        : string.Concat(word.AsSpan(0, char.IsHighSurrogate(word[MaxShown - 1]) ? MaxShown - 1 : MaxShown), "…");
}

/// <summary>A submission, or everything that is wrong with it.</summary>
public sealed record SubmitAnswer
{
    private SubmitAnswer(Submission? submission, IReadOnlyList<SubmitFault> faults, bool isTooLarge, bool isImpossible = false)
    {
        Submission = submission;
        Faults = faults;
        IsTooLarge = isTooLarge;
        IsImpossible = isImpossible;
    }

    /// <summary>The submission in the good case.</summary>
    public Submission? Submission { get; }

    /// <summary>What is wrong otherwise.</summary>
    public IReadOnlyList<SubmitFault> Faults { get; }

    /// <summary>True when the one fault is the size of the request.</summary>
    public bool IsTooLarge { get; }

    /// <summary>True when nothing is wrong with the request but it cannot be done now; the one fault says why.</summary>
    public bool IsImpossible { get; }

    /// <summary>The good case.</summary>
    public static SubmitAnswer Valid(Submission submission) => new(submission, [], false);

    /// <summary>Something is wrong.</summary>
    public static SubmitAnswer Invalid(IReadOnlyList<SubmitFault> faults) => new(null, faults, false);

    /// <summary>It cannot be done as things are, whatever the request says.</summary>
    public static SubmitAnswer Impossible(string detail) => new(null, [new SubmitFault(detail, "")], false, isImpossible: true);

    /// <summary>There is too much of it.</summary>
    public static SubmitAnswer TooLarge(SubmitFault fault) => new(null, [fault], true);
}

/// <summary>What a kind says about a resume.</summary>
/// <param name="Faults">What is wrong with its parameters; empty in the good case.</param>
/// <param name="Within">Runs inside the transaction that resumes, before the state changes; a refusal gives the resume up. Or null.</param>
public sealed record ResumeCheck(IReadOnlyList<SubmitFault> Faults, Func<DbSession, Operation, CancellationToken, ValueTask<Refusal?>>? Within)
{
    /// <summary>There is nothing to do.</summary>
    public static ResumeCheck Nothing { get; } = new([], null);

    /// <summary>Something is wrong.</summary>
    public static ResumeCheck Invalid(IReadOnlyList<SubmitFault> faults) => new(faults, null);
}

/// <summary>What became of a resume: the operation, a refusal, or what is wrong with its parameters.</summary>
/// <param name="Operation">The operation, when it was resumed or was running already.</param>
/// <param name="Refusal">Why not, when the state or a limit forbids it.</param>
/// <param name="Faults">What is wrong with the parameters otherwise.</param>
public sealed record ResumeAnswer(Operation? Operation, Refusal? Refusal, IReadOnlyList<SubmitFault> Faults);
