using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>A checked request for an operation, ready to be made durable.</summary>
public sealed record Submission
{
    /// <summary>The tenant.</summary>
    public required string Account { get; init; }

    /// <summary>The kind that will run it.</summary>
    public required OperationKind Kind { get; init; }

    /// <summary>What the kind needs to run it; the kind's own encoding, without U+0000.</summary>
    public required string Parameters { get; init; }

    /// <summary>JSON object of facts to show; never secrets.</summary>
    public string Metadata { get; init; } = "{}";

    /// <summary>JSON object of the caller's labels.</summary>
    public string Labels { get; init; } = "{}";

    /// <summary>Who submits.</summary>
    public required string SubmittedBy { get; init; }

    /// <summary>The lane that runs one operation at a time, or null.</summary>
    public string? Lane { get; init; }

    /// <summary>How many operations may be pending in the lane.</summary>
    public long LaneLimit { get; init; } = long.MaxValue;

    /// <summary>
    /// Kinds of which the account may have no other unfinished operation when this one is accepted; empty where any number may be
    /// under way.
    /// </summary>
    public IReadOnlyCollection<string> ExclusiveKinds { get; init; } = [];

    /// <summary>Number of items, or null when planning finds them.</summary>
    public long? ItemCount { get; init; }

    /// <summary>
    /// The input, slice by slice; read once and only a few slices at a time. Null for a kind that plans.
    /// </summary>
    public IReadOnlyList<ChunkInput>? Chunks { get; init; }

    /// <summary>
    /// The cursor from which the kind plans further chunks behind <see cref="Chunks"/>; null when these are all, or when there are none and
    /// it plans from the beginning.
    /// </summary>
    public byte[]? PlanFrom { get; init; }

    /// <summary>So many items may fail, one more ends it as failed; null without such a budget. Not for atomic kinds.</summary>
    public long? MaxFailedItems { get; init; }

    /// <summary>The operation whose items this one repeats, or null.</summary>
    public OperationId? RetryOf { get; init; }

    /// <summary>
    /// The operation whose whole stored input becomes this one's, copied within the database; null otherwise. Goes without
    /// <see cref="Chunks"/>.
    /// </summary>
    public OperationId? InputOf { get; init; }

    /// <summary>
    /// Runs inside the transaction that creates the operation, whose row and number are there: for rows of the kind's own, or a last check.
    /// A refusal gives the submit up. May run more than once before it is committed once. Or null.
    /// </summary>
    public Func<DbSession, Operation, CancellationToken, ValueTask<Refusal?>>? Within { get; init; }

    /// <summary>The request that submits, for the audit trail; null when there is none.</summary>
    public string? RequestId { get; init; }

    /// <summary>The key under which a repetition gets the first answer again, or null.</summary>
    public IdempotencyKey? Idempotency { get; init; }
}
