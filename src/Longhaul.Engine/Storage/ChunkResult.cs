using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <summary>What a run of a chunk came to.</summary>
public sealed class ChunkResult
{
    private ItemCounts _counts;
    private Tallies _tallies = Tallies.None;
    private OutcomeBlob? _outcomes;

    /// <summary>Items settled by this run; those that were journaled before it ended are not in it.</summary>
    public ItemCounts Counts
    {
        get => _counts;
        init => _counts = value;
    }

    /// <summary>Sums to add to the operation's.</summary>
    public Tallies Tallies
    {
        get => _tallies;
        init => _tallies = value;
    }

    /// <summary>What became of the items, as far as the kind keeps it; null for nothing.</summary>
    public OutcomeBlob? Outcomes
    {
        get => _outcomes;
        init => _outcomes = value;
    }

    /// <summary>
    /// Called by <see cref="Effect"/>, each time that it runs, when only it can tell what becomes of which item: the rows that it meets are
    /// others' too. The number of settled items must be the one that the run has given.
    /// </summary>
    public void Restate(ItemCounts counts, Tallies tallies, OutcomeBlob? outcomes)
    {
        if (counts.Settled != _counts.Settled)
        {
            throw new InvalidOperationException($"the run has settled {_counts.Settled} items, its effect {counts.Settled}");
        }

        (_counts, _tallies, _outcomes) = (counts, tallies, outcomes);
    }

    /// <summary>
    /// Writes the effect through the transaction that settles the chunk, so that it happens once. May run more than once before it is
    /// committed once. Rows that other operations write too must be locked in one order by everybody.
    /// </summary>
    public Func<DbSession, CancellationToken, ValueTask>? Effect { get; init; }

    /// <summary>About how many rows the effect writes; many of them get a transaction of their own.</summary>
    public int EffectRows { get; init; }

    /// <summary>
    /// Where the chunk goes on, when this run did only a part of it because all of it would be too much for one transaction; null
    /// when it is done. The counts and the effect are the part's. The next run gets it as <c>Progress</c>.
    /// </summary>
    public byte[]? Continuation { get; init; }

    /// <summary>Why the operation as a whole cannot be done, or null.</summary>
    public OperationFailure? Failure { get; init; }

    /// <summary>What the effect threw when it was run last, for the log; null while it has not failed.</summary>
    internal Exception? EffectFault { get; set; }
}

/// <summary>A page of chunks that a plan found.</summary>
/// <param name="Chunks">The chunks; may be empty.</param>
/// <param name="Cursor">Where the next page begins; null when this was the last.</param>
public sealed record PlanPage(IReadOnlyList<PlannedChunk> Chunks, byte[]? Cursor);

/// <summary>One chunk that a plan found.</summary>
/// <param name="ItemCount">How many items it holds.</param>
/// <param name="FirstIndex">The index of its first item.</param>
/// <param name="Payload">The kind's own encoding, or null when the numbers say it all.</param>
public sealed record PlannedChunk(long ItemCount, long FirstIndex, byte[]? Payload);

/// <summary>What the finish of an operation came to: a response, or the reason why it cannot complete.</summary>
/// <param name="Response">JSON object, when it completes.</param>
/// <param name="Failure">Why it fails, when it does.</param>
public sealed record FinishResult(string? Response, OperationFailure? Failure)
{
    /// <summary>It completes with this JSON object.</summary>
    public static FinishResult Completed(string response) => new(response, null);

    /// <summary>It fails.</summary>
    public static FinishResult Failed(OperationFailure failure) => new(null, failure);
}
