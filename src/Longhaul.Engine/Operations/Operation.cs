namespace Longhaul.Engine.Operations;

/// <summary>
/// One durable operation as the store holds it. A reader gets a snapshot; only the engine changes one, inside the transaction
/// that has its row locked, by the transitions of <see cref="Operation"/> itself.
/// </summary>
public sealed partial class Operation
{
    /// <summary>The id that was answered at submit.</summary>
    public required OperationId Id { get; init; }

    /// <summary>Place in the order of acceptance of the whole store; 0 until stored.</summary>
    public long Number { get; internal init; }

    /// <summary>The tenant.</summary>
    public required string Account { get; init; }

    /// <summary>Name of the kind, such as <c>noop</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>True when all items become visible at one instant or none does.</summary>
    public required bool IsAtomic { get; init; }

    /// <summary>True when the work goes to the engine's own database.</summary>
    public required bool IsLocal { get; init; }

    /// <summary>The lane that runs one operation at a time, or null.</summary>
    public string? Lane { get; init; }

    /// <summary>Place in the lane, from 1, never given twice.</summary>
    public long LanePosition { get; internal set; }

    /// <summary>Who submitted it.</summary>
    public required string SubmittedBy { get; init; }

    /// <summary>What the kind needs to run it; the kind's own encoding.</summary>
    public required string Parameters { get; init; }

    /// <summary>JSON object of facts known at submit.</summary>
    public string Metadata { get; init; } = "{}";

    /// <summary>JSON object of the caller's labels.</summary>
    public string Labels { get; init; } = "{}";

    /// <summary>The operation whose items this one repeats, or null.</summary>
    public string? RetryOf { get; init; }

    /// <summary>When it was accepted; milliseconds since 1970, from the injected clock.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>So many items may fail; one failure more ends it as failed. Null without such a budget.</summary>
    public long? MaxFailedItems { get; init; }

    /// <summary>The state.</summary>
    public OperationState State { get; internal set; }

    /// <summary>One sentence on why it is in this state, or null.</summary>
    public string? StateReason { get; internal set; }

    /// <summary>True from an accepted abort on.</summary>
    public bool IsAbortRequested { get; internal set; }

    /// <summary>Grows with each change of what <c>contracts/operations.md</c> section 2 counts.</summary>
    public long Version { get; internal set; } = 1;

    /// <summary>Last change of the version.</summary>
    public long UpdatedAt { get; internal set; }

    /// <summary>First work, or null.</summary>
    public long? StartedAt { get; internal set; }

    /// <summary>Final state, or null.</summary>
    public long? EndedAt { get; internal set; }

    /// <summary>Last sign of life of a worker, or null.</summary>
    public long? HeartbeatAt { get; internal set; }

    /// <summary>When it will be forgotten, or null for never or not yet.</summary>
    public long? ExpiresAt { get; internal set; }

    /// <summary>Items known so far, or null before anything is known.</summary>
    public long? Total { get; internal set; }

    /// <summary>False while items are still being found.</summary>
    public bool IsTotalFinal { get; internal set; }

    /// <summary>Items settled, by what became of them.</summary>
    public ItemCounts Counts { get; internal set; }

    /// <summary>Items that were not done because the operation ended before.</summary>
    public long AbortedItems { get; internal set; }

    /// <summary>Items of leased chunks not yet settled; in atomic kinds of every claimed chunk until the finish.</summary>
    public long LeasedItems { get; internal set; }

    /// <summary>Chunks that are not settled, a plan cursor included.</summary>
    public long OpenChunks { get; internal set; }

    /// <summary>Open chunks that a worker holds.</summary>
    public long LeasedChunks { get; internal set; }

    /// <summary>All chunks found so far.</summary>
    public long ChunkCount { get; internal set; }

    /// <summary>Atomic kinds: what the settled chunks wrote, shown only by the finish.</summary>
    public ItemCounts Written { get; internal set; }

    /// <summary>The kind's own sums over all settled chunks.</summary>
    public Tallies Tallies { get; internal set; } = Tallies.None;

    /// <summary>Moving average of settled (in atomic kinds: written) items, in thousandths of an item per second.</summary>
    public long RateMilli { get; internal set; }

    /// <summary>True while an atomic kind takes back what it wrote.</summary>
    public bool IsUndoing { get; internal set; }

    /// <summary>JSON object of a completed operation, or null.</summary>
    public string? Response { get; internal set; }

    /// <summary>Why it failed or was aborted; while not final, why it is going to.</summary>
    public OperationFailure? Failure { get; internal set; }

    /// <summary>Item outcomes kept so far.</summary>
    public long KeptItems { get; internal set; }

    /// <summary>Item outcomes that were only counted because a bound was reached.</summary>
    public long DroppedItems { get; internal set; }

    /// <summary>Outcomes of done items kept so far under the kind's own bound (<c>OperationKind.MaxDoneRecords</c>).</summary>
    public long KeptDone { get; internal set; }

    /// <summary>Bytes moved by settled items; null for kinds that move none.</summary>
    public long? BytesDone => Tallies.Find(Tallies.BytesName);

    /// <summary>True once an outcome was only counted because a bound was reached.</summary>
    public bool IsItemsTruncated { get; internal set; }

    /// <summary>Stored bytes of its input that have not been removed.</summary>
    public long InputBytes { get; init; }

    /// <summary>When what is left of its input and chunks may be removed, or null.</summary>
    public long? ResidueAt { get; internal set; }

    /// <summary>The same operation before it was accepted, so that a repeated transaction starts from the same state.</summary>
    internal Operation Copy(long inputBytes) => new()
    {
        Id = Id,
        Account = Account,
        Kind = Kind,
        IsAtomic = IsAtomic,
        IsLocal = IsLocal,
        Lane = Lane,
        SubmittedBy = SubmittedBy,
        Parameters = Parameters,
        Metadata = Metadata,
        Labels = Labels,
        RetryOf = RetryOf,
        MaxFailedItems = MaxFailedItems,
        Tallies = Tallies,
        CreatedAt = CreatedAt,
        InputBytes = inputBytes,
    };

    /// <summary>Items neither settled nor leased.</summary>
    public long PendingItems => Math.Max(0, (Total ?? 0) - Counts.Settled - AbortedItems - LeasedItems);

    /// <summary>Share of the work that is done, 0 to 100, or null while the total can grow.</summary>
    public double? Percent => (IsTotalFinal, State, Total) switch
    {
        (_, OperationState.Completed, _) => 100,
        (false, _, _) => null,
        (_, _, null or 0) => 0,
        _ when IsAtomic => ChunkCount == 0 || IsUndoing ? 0 : 100.0 * (ChunkCount - OpenChunks) / ChunkCount,
        _ => 100.0 * (Counts.Settled + AbortedItems) / Total,
    };

    /// <summary>A word for what is being done, or null when nothing is.</summary>
    public string? Phase => State switch
    {
        OperationState.Running when IsUndoing => "undoing",
        OperationState.Running when !IsTotalFinal => "listing",
        OperationState.Running => BytesDone is null ? "applying" : "copying",
        _ => null,
    };

    /// <summary>True when state is completed and some items failed.</summary>
    public bool IsPartial => State == OperationState.Completed && Counts.Failed > 0;

    /// <summary>True when a worker may lease a chunk of it now.</summary>
    internal bool IsClaimable =>
        OpenChunks > LeasedChunks
        && (IsUndoing
            ? !State.IsFinal
            : (State == OperationState.Running || (State == OperationState.Pending && HasTurn)) && !IsAbortRequested && Failure is null);

    /// <summary>True when work in flight should end early: nothing more is wanted of it for now.</summary>
    internal bool IsHalted => !IsUndoing && (State == OperationState.Paused || (!State.IsFinal && (IsAbortRequested || Failure is not null)));

    /// <summary>True when it is going to end without everything done.</summary>
    internal bool IsEnding => !State.IsFinal && (IsAbortRequested || Failure is not null);

    /// <summary>True when its lane, if it has one, is its own.</summary>
    internal bool HasTurn { get; set; }

    internal long ClaimTurn { get; set; }

    internal long RateAt { get; set; }
}
