namespace Longhaul.Engine.Operations;

/// <summary>Why an operation or an item failed, kept as data. Never holds a stack trace or a type name.</summary>
/// <param name="Slug">The kind of failure, a short stable word such as <c>capacity-exceeded</c>.</param>
/// <param name="Detail">One sentence for people that names the thing and the way out.</param>
/// <param name="Errors">Where every item failed: JSON array with <c>detail</c> and <c>pointer</c> of the first few; else null.</param>
public sealed record OperationFailure(string Slug, string Detail, string? Errors = null)
{
    /// <summary>Slug of an operation that was stopped by request.</summary>
    public const string AbortedSlug = "aborted";

    /// <summary>Slug of a bound that was reached, such as a full list.</summary>
    public const string CapacityExceededSlug = "capacity-exceeded";

    /// <summary>Slug of a target that was removed meanwhile.</summary>
    public const string TargetGoneSlug = "target-gone";

    /// <summary>Slug of an operation every item of which failed.</summary>
    public const string AllItemsFailedSlug = "all-items-failed";

    /// <summary>Slug of an operation that has spent its error budget.</summary>
    public const string TooManyFailuresSlug = "too-many-failures";

    /// <summary>Slug of a fault of the program after its retries.</summary>
    public const string InternalSlug = "internal";
}
