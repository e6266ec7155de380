using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>Thrown by a kind: the chunk (or the plan) goes back and is tried again after a pause; no attempt is counted.</summary>
public sealed class ChunkPostponedException : Exception
{
    /// <summary>Makes it with the pause and the reason, for the log.</summary>
    public ChunkPostponedException(TimeSpan pause, string reason, Exception? inner = null)
        : base(reason, inner) => Pause = pause;

    /// <summary>How long it waits at least.</summary>
    public TimeSpan Pause { get; }
}

/// <summary>
/// Thrown by a kind: the operation as a whole cannot go on until somebody has looked; it is paused, and resumes where it stands. The chunk
/// goes back; no attempt is counted.
/// </summary>
public sealed class OperationHeldException : Exception
{
    /// <summary>Makes it with one sentence for people, which becomes the state's reason.</summary>
    public OperationHeldException(string reason, Func<DbSession, Operation, CancellationToken, ValueTask>? within = null, Exception? inner = null)
        : base(reason, inner) => Within = within;

    /// <summary>Runs inside the transaction that pauses, before the state changes; not when it cannot be paused any more. Or null.</summary>
    public Func<DbSession, Operation, CancellationToken, ValueTask>? Within { get; }
}
