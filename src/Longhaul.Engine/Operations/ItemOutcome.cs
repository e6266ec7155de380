namespace Longhaul.Engine.Operations;

/// <summary>The state of one item of an operation.</summary>
public enum ItemState
{
    /// <summary>Not started.</summary>
    Pending,

    /// <summary>Being worked on.</summary>
    Running,

    /// <summary>Done.</summary>
    Succeeded,

    /// <summary>Looked at and left alone, for a reason that is no failure.</summary>
    Skipped,

    /// <summary>Could not be done.</summary>
    Failed,

    /// <summary>Not done because the operation ended before.</summary>
    Aborted,
}

/// <summary>What became of one item.</summary>
/// <param name="Index">Position in the input, or order of discovery; from 0.</param>
/// <param name="Key">The item's own name, as the kind defines it.</param>
/// <param name="State">Succeeded, skipped, failed or aborted.</param>
/// <param name="Outcome">The kind's word for it, such as <c>added</c>.</param>
/// <param name="Result">JSON text of what the kind tells about the item, or null.</param>
/// <param name="Failure">Why a failed item failed.</param>
/// <param name="IsRetriable">False when repeating the item is pointless.</param>
public sealed record ItemOutcome(
    long Index,
    string? Key,
    ItemState State,
    string? Outcome = null,
    string? Result = null,
    OperationFailure? Failure = null,
    bool IsRetriable = false);

/// <summary>Numbers of items by what became of them.</summary>
/// <param name="Succeeded">Items done.</param>
/// <param name="Skipped">Items left alone.</param>
/// <param name="Failed">Items that could not be done.</param>
public readonly record struct ItemCounts(long Succeeded, long Skipped = 0, long Failed = 0)
{
    /// <summary>All of them.</summary>
    public long Settled => Succeeded + Skipped + Failed;

    /// <summary>Adds two numbers of items.</summary>
    public static ItemCounts operator +(ItemCounts left, ItemCounts right) => new(
        left.Succeeded + right.Succeeded, left.Skipped + right.Skipped, left.Failed + right.Failed);

    /// <summary>Adds two numbers of items.</summary>
    public static ItemCounts Add(ItemCounts left, ItemCounts right) => left + right;
}
