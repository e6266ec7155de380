using System.Diagnostics.CodeAnalysis;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Tests.Contracts.SmallWorlds;

/// <content>What must hold at every state, and how a state is told from another.</content>
internal sealed partial class SmallWorld
{
    private static readonly HashSet<(OperationState, OperationState)> Transitions =
    [
        (OperationState.Pending, OperationState.Running), (OperationState.Pending, OperationState.Aborted), (OperationState.Running, OperationState.Paused),
        (OperationState.Running, OperationState.Completed), (OperationState.Running, OperationState.Failed), (OperationState.Running, OperationState.Aborted),
        (OperationState.Paused, OperationState.Running), (OperationState.Paused, OperationState.Completed), (OperationState.Paused, OperationState.Failed),
        (OperationState.Paused, OperationState.Aborted),
    ];

    /// <summary>All that decides what can come after; two worlds with one key have one future.</summary>
    public string Key()
    {
        Span<char> key = stackalloc char[160];
        var at = 0;
        var o = _operation;
        key[at++] = (char)(((int)o.State << 4) | (o.IsAbortRequested ? 8 : 0) | (o.IsTotalFinal ? 4 : 0) | (o.IsUndoing ? 2 : 0) | (o.Failure is null ? 0 : 1));
        foreach (var count in (ReadOnlySpan<long>)[
            o.Total ?? 99, o.Counts.Succeeded, o.Counts.Failed, o.AbortedItems, o.LeasedItems, o.OpenChunks, o.LeasedChunks, o.ChunkCount, o.Written.Succeeded])
        {
            key[at++] = (char)(count + 1_000);
        }

        key[at++] = _isDead ? 'd' : 'a';
        foreach (var row in _rows)
        {
            key[at++] = (char)(((int)row.Purpose << 3) | (row.IsGone ? 4 : 0) | (row.IsSettled ? 2 : 0) | (row.IsLocked ? 1 : 0));
            key[at++] = (char)((row.Done << 8) | (row.Owner << 4) | row.Counted);
            key[at++] = (char)row.Effects;
        }

        _leases = [.. _leases.DistinctBy(Number).OrderBy(Number)];
        _transactions = [.. _transactions.OrderBy(t => Number(t.Lease)).ThenBy(t => t.Report).ThenBy(t => t.Rows)];
        foreach (var lease in _leases)
        {
            key[at++] = (char)Number(lease);
        }

        key[at++] = '|';
        foreach (var transaction in _transactions)
        {
            key[at++] = (char)Number(transaction.Lease);
            key[at++] = (char)(((int)transaction.Report << 8) | (transaction.Rows << 1) | (transaction.SawOthers && !_rules.DecidesOnOwnRow ? 1 : 0));
        }

        return new string(key[..at]);
    }

    public override string ToString() =>
        $"{_operation.State.Word}{(_operation.IsAbortRequested ? " abort" : "")}{(_operation.IsUndoing ? " undoing" : "")} failure={_operation.Failure?.Slug} "
        + $"total={_operation.Total} {_operation.Counts} aborted={_operation.AbortedItems} leased={_operation.LeasedItems} open={_operation.OpenChunks} "
        + $"held={_operation.LeasedChunks} of={_operation.ChunkCount} written={_operation.Written}\n    rows "
        + string.Join(" ", _rows.Select(r => r.IsGone ? "-" : $"{r.Purpose}{(r.IsSettled ? "!" : "")} {r.Done}/{r.Items} by {r.Owner} counted {r.Counted} effects {r.Effects};"))
        + $"\n    leases {string.Join(" ", _leases)}\n    transactions {string.Join(" ", _transactions)}";

    private static int Number(Lease lease) =>
        (lease.Node << 13) | (lease.Row << 11) | ((int)lease.Purpose << 9) | (lease.Done << 6) | (lease.IsStale ? 32 : 0) | (int)lease.Repeats;

    private static void Require([DoesNotReturnIf(false)] bool holds, string what)
    {
        if (!holds)
        {
            throw new WorldBrokenException(what);
        }
    }

    private void Check(Operation before)
    {
        var o = _operation;
        foreach (var (from, to) in o.TakeChanges())
        {
            Require(from is { } known && Transitions.Contains((known, to)), $"no such transition: {from} to {to}");
        }

        var unsettled = (o.Total ?? 0) - o.Counts.Settled - o.AbortedItems - o.LeasedItems;
        Require(unsettled >= 0 && o.LeasedItems >= 0 && o.LeasedChunks >= 0 && o.OpenChunks >= 0, "a counter is below 0");
        Require(o.PendingItems + o.LeasedItems + o.Counts.Settled + o.AbortedItems == (o.Total ?? 0), "the six counters are not the total");
        Require(
            o.Counts.Succeeded >= before.Counts.Succeeded && o.Counts.Failed >= before.Counts.Failed && o.AbortedItems >= before.AbortedItems,
            "a settled counter fell");
        Require(_rows.All(r => r.Counted <= r.Items), "an item was counted twice");
        Require((_rules.IsAtomic ? o.Written : o.Counts).Settled == _rows.Sum(r => r.Counted), "the counters are not what was reported");
        if (before.State.IsFinal)
        {
            Require(o.State == before.State && o.Versioned == before.Versioned && o.EndedAt == before.EndedAt, "a final state changed");
        }

        if (o.State.IsFinal)
        {
            CheckEnd(o);
        }
        else
        {
            CheckRows(o);
        }
    }

    private void CheckEnd(Operation o)
    {
        Require(o.LeasedItems == 0 && o.PendingItems == 0 && o.EndedAt is not null, "an end left something");
        Require(o.State != OperationState.Completed || o.Counts.Settled == o.Total, "a completed one has items that were not done");
        Require(o.State == OperationState.Completed || o.Failure is not null, "an end without a reason");
        if (_rules.IsAtomic)
        {
            var isWhole = o.State == OperationState.Completed;
            Require(_rows.All(r => r.Effects == (isWhole ? r.Items : 0)), "an atomic end is neither all nor nothing");
        }
    }

    private void CheckRows(Operation o)
    {
        var open = _rows.Where(r => !r.IsGone && !r.IsSettled).ToList();
        Require(o.OpenChunks == open.Count, "the open chunks are not the rows");
        Require(o.LeasedChunks == open.Count(r => r.Owner != 0), "the leased chunks are not the rows");
        if (!o.IsUndoing)
        {
            var leased = _rows.Where(r => !r.IsGone && r.Purpose == ChunkPurpose.Run).Sum(r => _rules.IsAtomic
                ? (r.IsSettled || r.Owner != 0 ? r.Items : r.Done)
                : (!r.IsSettled && r.Owner != 0 ? r.Items - r.Done : 0));
            Require(o.LeasedItems == leased, $"{o.LeasedItems} running items, the rows have {leased}");
        }
    }

    private static Operation Copy(Operation o) => new()
    {
        Id = o.Id,
        Account = o.Account,
        Kind = o.Kind,
        IsAtomic = o.IsAtomic,
        IsLocal = o.IsLocal,
        SubmittedBy = o.SubmittedBy,
        Parameters = o.Parameters,
        CreatedAt = o.CreatedAt,
        MaxFailedItems = o.MaxFailedItems,
        State = o.State,
        StateReason = o.StateReason,
        IsAbortRequested = o.IsAbortRequested,
        StartedAt = o.StartedAt,
        EndedAt = o.EndedAt,
        Total = o.Total,
        IsTotalFinal = o.IsTotalFinal,
        Counts = o.Counts,
        AbortedItems = o.AbortedItems,
        LeasedItems = o.LeasedItems,
        OpenChunks = o.OpenChunks,
        LeasedChunks = o.LeasedChunks,
        ChunkCount = o.ChunkCount,
        Written = o.Written,
        IsUndoing = o.IsUndoing,
        Response = o.Response,
        Failure = o.Failure,
        HasTurn = o.HasTurn,
    };
}
