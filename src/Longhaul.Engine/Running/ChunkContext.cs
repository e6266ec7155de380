using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>One leased chunk, as its kind sees it.</summary>
public abstract class ChunkContext
{
    /// <summary>The operation, as it was when the chunk was leased.</summary>
    public required Operation Operation { get; init; }

    /// <summary>The chunk's number, from 0.</summary>
    public required long Number { get; init; }

    /// <summary>How many items it holds.</summary>
    public required long ItemCount { get; init; }

    /// <summary>Index of its first item.</summary>
    public required long FirstIndex { get; init; }

    /// <summary>The stored input slice; empty for a planned chunk without one.</summary>
    public required byte[] Payload { get; init; }

    /// <summary>Where an earlier run has left off (<see cref="Storage.ChunkResult.Continuation"/>); null at the beginning.</summary>
    public byte[]? Progress { get; init; }

    /// <summary>Which run this is, from 1. One that was given back without a fault, by a pause or a node that stops, does not count.</summary>
    public required long Attempt { get; init; }

    /// <summary>
    /// True when the chunk was leased before, however that ended: an effect elsewhere may be there although nothing of it was journaled. A run
    /// that a pause has ended can have lost the answer to a request just then, and is no <see cref="Attempt"/>.
    /// </summary>
    public bool IsRepeated { get; init; }

    /// <summary>
    /// Cancelled when nothing new should be started: abort, pause, or a node that stops. What is in flight may end; the kind then
    /// returns, and the rest of the chunk goes back with its journal.
    /// </summary>
    public required CancellationToken StopRequested { get; init; }

    /// <summary>
    /// Cancelled when the operation is going to end, by an abort or a failure: what is in flight has only a grace left. A pause and a node
    /// that stops cancel <see cref="StopRequested"/> alone.
    /// </summary>
    public required CancellationToken EndRequested { get; init; }

    /// <summary>
    /// True while the lease surely lasts a while yet, by this node's monotonic clock: only then may a kind write to something elsewhere, which
    /// cannot tell a late worker from the one that took its chunk over.
    /// </summary>
    public abstract bool MayWrite { get; }

    /// <summary>True when an earlier run has journaled the item at this place of the chunk; it must not be done again.</summary>
    public abstract bool IsDone(long offset);

    /// <summary>
    /// Records what became of the item at a place of the chunk. Returns at once; the record is durable within 50 ms or so, and the
    /// chunk is settled only after it.
    /// </summary>
    /// <param name="offset">Place in the chunk, from 0.</param>
    /// <param name="state">Succeeded, skipped or failed.</param>
    /// <param name="outcome">Kept with the operation's items, or null where it is only counted.</param>
    /// <param name="bytes">Bytes that it moved, for kinds that count them.</param>
    public abstract void Journal(long offset, ItemState state, ItemOutcome? outcome, long bytes = 0);

    /// <summary>
    /// Writes rows of the kind's own for this chunk while it runs, in a transaction that holds only as long as the lease does. Completes
    /// when they are durable; with false when the lease is lost, and then nothing was written.
    /// </summary>
    public abstract Task<bool> WriteAsync(Func<DbSession, CancellationToken, ValueTask> write, CancellationToken cancellationToken);
}
