using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <summary>What a chunk is for; the numbers stand in the store.</summary>
internal enum ChunkPurpose
{
    /// <summary>Its items are to be done.</summary>
    Run = 0,

    /// <summary>It finds further chunks; its progress is the plan's cursor.</summary>
    Plan = 1,

    /// <summary>What it wrote is to be taken back.</summary>
    Undo = 2,
}

/// <summary>A chunk before it is stored.</summary>
internal sealed record NewChunk(long Number, ChunkPurpose Purpose, long ItemCount, long FirstIndex, byte[]? Payload)
{
    /// <summary>Where a plan begins, or null for its beginning.</summary>
    public byte[]? Progress { get; init; }
}

/// <summary>
/// A chunk that this node has leased. The fence names this lease: every write about the chunk carries it, and a later lease makes
/// this one's writes void.
/// </summary>
internal sealed record ClaimedChunk(
    Operation Operation, long Number, ChunkPurpose Purpose, long ItemCount, long FirstIndex, byte[]? Progress, long DoneCount, long Attempt, long Fence, string Owner)
{
    /// <summary>True when it has stored input of its own.</summary>
    public bool HasInput { get; init; }

    /// <summary>How many of its items count as leased on the operation.</summary>
    public long LeasedItems => Purpose == ChunkPurpose.Run ? ItemCount - DoneCount : 0;
}

/// <summary>What a worker has to say about a chunk that it holds.</summary>
internal abstract record Report(ClaimedChunk Chunk)
{
    /// <summary>What it writes beside the chunk's own row, or null.</summary>
    public ChunkResult? Written => this switch
    {
        Settled settled => settled.Result,
        Advanced advanced => advanced.Result,
        _ => null,
    };

    /// <summary>Its items are settled, or what it wrote is taken back.</summary>
    public sealed record Settled(ClaimedChunk Chunk, ChunkResult Result, long JournaledItems) : Report(Chunk);

    /// <summary>Some of its items are settled; it goes on.</summary>
    public sealed record Journaled(ClaimedChunk Chunk, byte[] Bitmap, long DoneCount, ItemCounts Counts, OutcomeBlob? Outcomes, long Part) : Report(Chunk)
    {
        /// <summary>Outcomes of done items that stand under a bound of their own.</summary>
        public OutcomeBlob? Done { get; init; }

        /// <summary>Sums to add.</summary>
        public Tallies Tallies { get; init; } = Tallies.None;
    }

    /// <summary>A part of it is written, effect and all; it goes on in the same hands.</summary>
    public sealed record Advanced(ClaimedChunk Chunk, ChunkResult Result, long Part) : Report(Chunk);

    /// <summary>The plan found a page.</summary>
    public sealed record Planned(ClaimedChunk Chunk, PlanPage Page) : Report(Chunk);

    /// <summary>It goes back, to be leased again from an instant on; with a failure the operation ends instead.</summary>
    public sealed record Released(ClaimedChunk Chunk, long JournaledItems, long NotBefore, bool IsAttemptFree, OperationFailure? Failure) : Report(Chunk)
    {
        /// <summary>Why the operation holds itself, or null.</summary>
        public Hold? Hold { get; init; }
    }
}

/// <summary>What became of a report.</summary>
internal enum ReportAnswer
{
    /// <summary>It is durable.</summary>
    Kept,

    /// <summary>It has been durable since an earlier try; nothing was done again. Told to the worker as <see cref="Kept"/>.</summary>
    KeptBefore,

    /// <summary>The lease was not this worker's any more; nothing of it was kept.</summary>
    Lost,

    /// <summary>Its effect threw; nothing of it was kept, the lease still stands.</summary>
    Faulted,
}

/// <summary>Why an operation holds itself, and what is written with it.</summary>
/// <param name="Reason">One sentence for people.</param>
/// <param name="Within">Runs in the same transaction, or null.</param>
internal sealed record Hold(string Reason, Func<DbSession, Operation, CancellationToken, ValueTask>? Within);
