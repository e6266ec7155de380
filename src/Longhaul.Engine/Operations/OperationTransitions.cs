using System.Globalization;

namespace Longhaul.Engine.Operations;

/// <summary>What the engine has to do with an operation after a change of it.</summary>
internal enum NextStep
{
    /// <summary>Nothing: work is open, or somebody else's move.</summary>
    None,

    /// <summary>Every chunk is settled: let the kind finish, then end by outcome.</summary>
    Finish,

    /// <summary>An atomic kind has to take back what it wrote before it may end.</summary>
    Undo,

    /// <summary>Write the failed or aborted state.</summary>
    End,
}

/// <content>
/// The transitions. Pure: the caller holds the row's lock and stores the result. Each method is one event of the table in
/// <c>contracts/operations.md</c> section 3; <see cref="Next"/> is the only place that decides that an operation is over.
/// </content>
public sealed partial class Operation
{
    /// <summary>The state's reason of an operation that somebody has paused; a kind that holds it gives its own.</summary>
    public const string PausedByRequest = "paused by request";

    private const double RateWindowSeconds = 10;

    // What happened to the state since the row was read; the audit trail takes it.
    private List<(OperationState? From, OperationState To)> _changes = [];

    /// <summary>Puts a new operation before its first claim.</summary>
    internal void Accept(long? total, bool isTotalFinal, long chunks, bool hasTurn)
    {
        Total = total;
        IsTotalFinal = isTotalFinal;
        OpenChunks = ChunkCount = chunks;
        UpdatedAt = CreatedAt;
        HasTurn = hasTurn;
        StateReason = hasTurn ? null : "waits for earlier operations of its lane";
        _changes.Add((null, State));
    }

    /// <summary>The lane is free and this is its next operation.</summary>
    internal void GrantTurn()
    {
        HasTurn = true;
        StateReason = null;
    }

    /// <summary>A worker leased chunks.</summary>
    internal void Claim(long chunks, long items, long now)
    {
        LeasedChunks += chunks;
        LeasedItems += items;
        HeartbeatAt = now;
        Start(now);
    }

    /// <summary>A worker gave a chunk back, or its lease ran out.</summary>
    internal void Release(long items)
    {
        LeasedChunks--;
        LeasedItems -= items;
    }

    /// <summary>Items of a chunk that goes on were journaled.</summary>
    internal void Journal(ItemCounts counts, Tallies tallies, long now)
    {
        LeasedItems -= counts.Settled;
        Count(counts, tallies, now);
    }

    /// <summary>A part of a chunk was written; the chunk goes on.</summary>
    internal void Advance(ItemCounts counts, Tallies tallies, long now)
    {
        if (IsUndoing)
        {
            HeartbeatAt = now;
            return;
        }

        if (!IsAtomic)
        {
            LeasedItems -= counts.Settled;
        }

        Count(counts, tallies, now);
    }

    /// <summary>A chunk was settled.</summary>
    internal void Settle(ItemCounts counts, Tallies tallies, long leasedItems, long now)
    {
        OpenChunks--;
        LeasedChunks--;
        if (IsUndoing)
        {
            HeartbeatAt = now;
            return;
        }

        if (!IsAtomic)
        {
            LeasedItems -= leasedItems;
        }

        Count(counts, tallies, now);
    }

    /// <summary>The plan found chunks; the last page closes the plan.</summary>
    internal void Plan(long chunks, long items, bool isLast)
    {
        OpenChunks += chunks;
        ChunkCount += chunks;
        Total = (Total ?? 0) + items;
        LeasedChunks--;
        if (isLast)
        {
            OpenChunks--;
            ChunkCount--;
            IsTotalFinal = true;
        }
    }

    /// <summary>The work as a whole cannot be done: nothing more is handed out.</summary>
    internal void Fail(OperationFailure failure)
    {
        Failure ??= failure;
        StateReason = Failure.Detail;
    }

    /// <summary>Fails when more items have failed than its submitter allowed.</summary>
    internal void CheckBudget()
    {
        if (MaxFailedItems is { } budget && Counts.Failed > budget && !State.IsFinal)
        {
            Fail(new OperationFailure(
                OperationFailure.TooManyFailuresSlug,
                string.Create(CultureInfo.InvariantCulture, $"{Counts.Failed} items failed, maxFailedItems allows {budget}; what was done stays")));
        }
    }

    /// <summary>Somebody asks for the end.</summary>
    internal void RequestAbort()
    {
        if (!State.IsFinal)
        {
            IsAbortRequested = true;
            StateReason = "abort requested";
        }
    }

    /// <summary>Holds the operation; returns false where that is not possible.</summary>
    internal bool TryPause(long now)
    {
        if (State.IsFinal || IsAbortRequested || Failure is not null)
        {
            return false;
        }

        Start(now);
        MoveTo(OperationState.Paused);
        StateReason = PausedByRequest;
        return true;
    }

    /// <summary>The work holds itself, for a reason that somebody has to look at; where it cannot be held any more nothing changes.</summary>
    internal void Hold(string reason, long now)
    {
        if (TryPause(now))
        {
            StateReason = reason;
        }
    }

    /// <summary>Lets a paused operation go on; returns false where that is not possible.</summary>
    internal bool TryResume()
    {
        if (State.IsFinal || State == OperationState.Pending || IsAbortRequested || Failure is not null)
        {
            return false;
        }

        MoveTo(OperationState.Running);
        StateReason = null;
        return true;
    }

    /// <summary>Decides what has to happen now.</summary>
    internal NextStep Next()
    {
        if (State.IsFinal)
        {
            return NextStep.None;
        }

        if (IsUndoing)
        {
            return OpenChunks == 0 ? NextStep.End : NextStep.None;
        }

        var isHeld = State == OperationState.Paused && !IsAbortRequested;
        if (OpenChunks == 0 && Failure is null && !isHeld)
        {
            return NextStep.Finish;
        }

        if (!(IsAbortRequested || Failure is not null) || LeasedChunks > 0)
        {
            return NextStep.None;
        }

        // Any chunk that was ever leased may have written a part, settled or not: the rows know which.
        return IsAtomic && StartedAt is not null ? NextStep.Undo : NextStep.End;
    }

    /// <summary>Every written chunk has to be taken back.</summary>
    internal void EnterUndo(long writtenChunks)
    {
        IsUndoing = true;
        OpenChunks = writtenChunks;
        LeasedChunks = 0;
    }

    /// <summary>What the work has left elsewhere is taken back by one chunk more, before the operation ends.</summary>
    internal void EnterCleaning()
    {
        IsUndoing = true;
        OpenChunks = 1;
        LeasedChunks = 0;
    }

    /// <summary>Writes the completed state, or failed where every item failed.</summary>
    internal void Complete(string? response, bool completesWhenAllFail, EndTimes times)
    {
        if (IsAtomic)
        {
            Counts = Written;
        }

        if (!completesWhenAllFail && Total > 0 && Counts.Failed == Total)
        {
            Failure = new OperationFailure(OperationFailure.AllItemsFailedSlug, "every item failed; read the items to see why");
            EndIn(OperationState.Failed, times);
            return;
        }

        Response = response ?? "{}";
        EndIn(OperationState.Completed, times);
    }

    /// <summary>Says which items were the first to fail, where every one did.</summary>
    internal void NameFailedItems(string? errors) => Failure = Failure! with { Errors = errors };

    /// <summary>Writes the failed or the aborted state; what is not settled is aborted.</summary>
    internal void End(EndTimes times)
    {
        AbortedItems = (Total ?? 0) - Counts.Settled;
        var state = Failure is null ? OperationState.Aborted : OperationState.Failed;
        Failure ??= new OperationFailure(OperationFailure.AbortedSlug, "operation aborted");
        EndIn(state, times);
    }

    /// <summary>Some outcomes were kept, or only counted.</summary>
    internal void KeepItems(long kept, long dropped)
    {
        KeptItems += kept;
        DroppedItems += dropped;
        IsItemsTruncated |= dropped > 0;
    }

    /// <summary>Some outcomes of done items were kept under the kind's own bound.</summary>
    internal void KeepDone(long kept) => KeptDone += kept;

    /// <summary>A worker holding chunks of it is alive.</summary>
    internal void Heartbeat(long now) => HeartbeatAt = now;

    /// <summary>Moves the version where anything changed that it counts.</summary>
    internal void MoveVersion(in VersionedPart before, long now)
    {
        if (before != Versioned)
        {
            Version++;
            UpdatedAt = Math.Max(now, UpdatedAt);
        }
    }

    /// <summary>All that the version counts.</summary>
    internal VersionedPart Versioned => new(State, IsAbortRequested, Total, IsTotalFinal, Counts, AbortedItems, Response);

    /// <summary>The moving average at an instant, in items per second, or null before the start.</summary>
    public double? ItemsPerSecond(long now)
    {
        if (StartedAt is not { } started || RateAt == 0)
        {
            return null;
        }

        var at = State.IsFinal ? EndedAt ?? now : now;
        var raw = RateMilli / 1000.0 * Math.Exp(-Seconds(RateAt, at) / RateWindowSeconds);
        return raw / (1 - Math.Exp(-Math.Max(0.001, Seconds(started, at)) / RateWindowSeconds));
    }

    /// <summary>Whole seconds to the end at the present rate, or null while that is a guess: before 1 % or 5 s.</summary>
    public long? EtaSeconds(long now)
    {
        if (State != OperationState.Running || !IsTotalFinal || ItemsPerSecond(now) is not { } rate || rate < 0.001)
        {
            return null;
        }

        var done = IsAtomic ? Written.Settled : Counts.Settled;
        var isEarly = done * 100 < Total && Seconds(StartedAt ?? now, now) < 5;
        return isEarly ? null : (long)Math.Ceiling(((Total ?? 0) - done) / rate);
    }

    /// <summary>Takes what happened to the state since the row was read, in order.</summary>
    internal IReadOnlyList<(OperationState? From, OperationState To)> TakeChanges()
    {
        var changes = _changes;
        _changes = [];
        return changes;
    }

    private static double Seconds(long from, long to) => Math.Max(0, to - from) / 1000.0;

    private void MoveTo(OperationState state)
    {
        if (State != state)
        {
            _changes.Add((State, state));
            State = state;
        }
    }

    private void Start(long now)
    {
        if (State == OperationState.Pending)
        {
            MoveTo(OperationState.Running);
            StateReason = null;
        }

        StartedAt ??= now;
    }

    private void Count(ItemCounts counts, Tallies tallies, long now)
    {
        if (IsAtomic)
        {
            Written += counts;
        }
        else
        {
            Counts += counts;
        }

        Tallies = Tallies.Plus(tallies);
        HeartbeatAt = now;
        if (counts.Settled > 0)
        {
            var last = RateAt == 0 ? StartedAt ?? now : RateAt;
            var raw = (RateMilli * Math.Exp(-Seconds(last, now) / RateWindowSeconds)) + (counts.Settled * 1000 / RateWindowSeconds);
            RateMilli = (long)raw;
            RateAt = now;
        }
    }

    private void EndIn(OperationState state, EndTimes times)
    {
        if (state == OperationState.Failed)
        {
            Start(times.Now);
        }

        MoveTo(state);
        StateReason = state == OperationState.Completed ? null : Failure?.Detail;
        EndedAt = times.Now;
        ExpiresAt = times.ExpiresAt;
        ResidueAt = state == OperationState.Completed ? times.Now : times.InputUntil;
        LeasedItems = 0;
        IsUndoing = false;
    }
}

/// <summary>What the version of an operation counts.</summary>
internal readonly record struct VersionedPart(
    OperationState State, bool IsAbortRequested, long? Total, bool IsTotalFinal, ItemCounts Counts, long AbortedItems, string? Response);

/// <summary>Instants that the end of an operation fixes.</summary>
internal readonly record struct EndTimes(long Now, long? ExpiresAt, long InputUntil);
