using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Running;

/// <summary>What became of one item.</summary>
public readonly record struct ItemResult
{
    private ItemResult(ItemState state, string? outcome, OperationFailure? failure = null, bool isRetriable = false)
    {
        State = state;
        Outcome = outcome;
        Failure = failure;
        IsRetriable = isRetriable;
    }

    /// <summary>Succeeded, skipped or failed.</summary>
    public ItemState State { get; }

    /// <summary>The kind's word for it, such as <c>sent</c>, or null.</summary>
    public string? Outcome { get; }

    /// <summary>Why it failed, when it did.</summary>
    public OperationFailure? Failure { get; }

    /// <summary>False when repeating the item is pointless.</summary>
    public bool IsRetriable { get; }

    /// <summary>The item is done.</summary>
    public static ItemResult Succeeded(string? outcome = null) => new(ItemState.Succeeded, outcome);

    /// <summary>The item was looked at and left alone, for a reason that is no failure.</summary>
    public static ItemResult Skipped(string? outcome = null) => new(ItemState.Skipped, outcome);

    /// <summary>The item cannot be done; for a passing fault throw instead, and the rest of the chunk is tried again.</summary>
    /// <param name="slug">The kind of failure, a short stable word such as <c>unknown-address</c>.</param>
    /// <param name="detail">One sentence for people.</param>
    /// <param name="isRetriable">False when repeating the item is pointless.</param>
    public static ItemResult Failed(string slug, string detail, bool isRetriable = true) =>
        new(ItemState.Failed, null, new OperationFailure(slug, detail), isRetriable);
}
