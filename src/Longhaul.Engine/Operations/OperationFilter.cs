namespace Longhaul.Engine.Operations;

/// <summary>Which operations are wanted; what is null is left open, and everything that is given must hold.</summary>
public sealed record OperationFilter
{
    /// <summary>Every operation.</summary>
    public static OperationFilter All { get; } = new();

    /// <summary>Of one of these accounts.</summary>
    public IReadOnlyCollection<string>? Accounts { get; init; }

    /// <summary>Of one of these kinds: what the caller may see.</summary>
    public IReadOnlyCollection<string>? VisibleKinds { get; init; }

    /// <summary>Of one of these kinds, or of a kind below a prefix such as <c>lists.*</c>: what the caller asks for.</summary>
    public IReadOnlyCollection<string>? Kinds { get; init; }

    /// <summary>In one of these states.</summary>
    public IReadOnlyCollection<OperationState>? States { get; init; }

    /// <summary>In a final state, or not.</summary>
    public bool? IsDone { get; init; }

    /// <summary>With all of these labels.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>Accepted later than this, in milliseconds since 1970.</summary>
    public long? CreatedAfter { get; init; }

    /// <summary>Accepted earlier than this, in milliseconds since 1970.</summary>
    public long? CreatedBefore { get; init; }

    /// <summary>Repeating items of this operation.</summary>
    public OperationId? RetryOf { get; init; }

    /// <summary>One of these operations.</summary>
    public IReadOnlyCollection<OperationId>? Ids { get; init; }

    /// <summary>True for an operation that is wanted.</summary>
    public bool Matches(Operation operation) =>
        (Ids is null || Ids.Contains(operation.Id))
        && (Accounts is null || Accounts.Contains(operation.Account))
        && (VisibleKinds is null || VisibleKinds.Contains(operation.Kind))
        && (Kinds is null || Kinds.Any(k => IsOfKind(operation.Kind, k)))
        && (States is null || States.Contains(operation.State))
        && (IsDone is null || IsDone == operation.State.IsFinal)
        && Labels.All(l => operation.Labels.Contains(OperationLabels.Piece(l.Key, l.Value), StringComparison.Ordinal))
        && !(operation.CreatedAt <= CreatedAfter)
        && !(operation.CreatedAt >= CreatedBefore)
        && (RetryOf is null || RetryOf.Value.Value == operation.RetryOf);

    /// <summary>The prefix that a pattern such as <c>lists.*</c> stands for, with its dot; null for the name of one kind.</summary>
    internal static string? PrefixOf(string kind) => kind.EndsWith(".*", StringComparison.Ordinal) ? kind[..^1] : null;

    private static bool IsOfKind(string kind, string wanted) =>
        PrefixOf(wanted) is { } prefix ? kind.StartsWith(prefix, StringComparison.Ordinal) : kind == wanted;
}
