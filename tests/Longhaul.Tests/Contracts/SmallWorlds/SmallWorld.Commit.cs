using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Tests.Contracts.SmallWorlds;

/// <content>The second step of a transaction: what the store does under the lock of the operation's row.</content>
internal sealed partial class SmallWorld
{
    private static readonly OperationFailure Fatal = new("fatal", "as asked for");

    private bool Commit(int which, bool isSeen, bool finishFails)
    {
        var transaction = _transactions[which];
        _transactions.RemoveAt(which);
        Unlock(transaction.Rows);
        if (transaction.Report == WorldReport.None)
        {
            if (!isSeen)
            {
                return false;
            }

            ReleaseDead(transaction.Rows);
        }
        else
        {
            var lease = Apply(transaction.Lease, transaction.Report);
            if (!isSeen)
            {
                _leases.Add(transaction.Lease with { Repeats = transaction.Report });
            }
            else if (lease is { } goesOn)
            {
                _leases.Add(goesOn);
            }
        }

        Decide(finishFails, transaction.SawOthers);
        return true;
    }

    private void ReleaseDead(int rows)
    {
        for (var i = 0; i < _rows.Length; i++)
        {
            if ((rows & (1 << i)) != 0)
            {
                _rows[i].Owner = 0;
                MakeStale(i);
                _operation.Release(_rows[i].LeasedItems);
            }
        }
    }

    /// <summary>Writes a report to row and operation; gives back the lease where it goes on.</summary>
    private Lease? Apply(Lease lease, WorldReport report)
    {
        ref var row = ref _rows[lease.Row];
        switch (report)
        {
            case WorldReport.SettleGood or WorldReport.SettleBad or WorldReport.SettleFatal:
                Settle(ref row, lease, report);
                return null;
            case WorldReport.StepGood or WorldReport.StepBad:
                var part = report == WorldReport.StepGood ? new ItemCounts(1) : new ItemCounts(0, 0, 1);
                row.Done = (byte)(row.Done + 1);
                row.Counted++;
                row.Effects++;
                if (_rules.IsAtomic)
                {
                    _operation.Advance(part, Tallies.None, Now);
                }
                else
                {
                    _operation.Journal(part, Tallies.None, Now);
                }

                return lease with { Done = (byte)(lease.Done + 1), Repeats = WorldReport.None };
            case WorldReport.Release or WorldReport.ReleaseFatal:
                row.Owner = 0;
                _operation.Release(lease.Left);
                if (report == WorldReport.ReleaseFatal)
                {
                    _operation.Fail(Fatal);
                }

                return null;
            default:
                Plan(ref row, report);
                return null;
        }
    }

    private void Settle(ref Row row, Lease lease, WorldReport report)
    {
        var counts = (lease.Purpose, report) switch
        {
            (ChunkPurpose.Undo, _) or (_, WorldReport.SettleFatal) => default,
            (_, WorldReport.SettleBad) => new ItemCounts(0, 0, lease.Left),
            _ => new ItemCounts(lease.Left),
        };
        row.Owner = 0;
        row.IsSettled = lease.Purpose == ChunkPurpose.Run && (_rules.IsAtomic || report == WorldReport.SettleFatal);
        row.IsGone = !row.IsSettled;
        row.Counted += (byte)counts.Settled;
        row.Effects = lease.Purpose == ChunkPurpose.Undo ? (byte)0 : (byte)(row.Effects + counts.Settled);
        _operation.Settle(counts, Tallies.None, lease.Left, Now);
        if (report == WorldReport.SettleFatal)
        {
            _operation.Fail(Fatal);
        }
    }

    private void Plan(ref Row row, WorldReport report)
    {
        var chunks = report == WorldReport.PlanNothingMore ? 0 : 1;
        var isLast = report != WorldReport.PlanPage;
        if (chunks == 1)
        {
            // Numbered from 0, and the first row here is the plan.
            var place = (int)_operation.ChunkCount;
            Require(_rows[place].IsGone && _rows[place].Counted == 0, "a page of the plan came twice");
            _rows[place].IsGone = false;
        }

        row.Owner = 0;
        row.IsGone = isLast;
        _operation.Plan(chunks, chunks * _rules.ItemsPerChunk, isLast);
    }

    /// <summary>The store's own steps after a change, in the same order.</summary>
    private void Decide(bool finishFails, bool sawOthers)
    {
        _operation.CheckBudget();
        if (_operation.Next() == NextStep.Finish)
        {
            if (!_rules.DecidesOnOwnRow && sawOthers)
            {
                return;
            }

            if (!finishFails)
            {
                _operation.Complete("{}", completesWhenAllFail: false, new EndTimes(Now, null, Now));
                RemoveRows(_ => true);
                return;
            }

            _operation.Fail(new OperationFailure(OperationFailure.CapacityExceededSlug, "as asked for"));
        }

        if (_operation.Next() == NextStep.Undo)
        {
            EnterUndo();
        }

        if (_operation.Next() == NextStep.End)
        {
            _operation.End(new EndTimes(Now, null, Now));
        }
    }

    private void EnterUndo()
    {
        Require(_transactions.Count == 0, "the undo begins while a transaction holds a chunk");
        RemoveRows(r => !r.IsSettled && !(_rules.UndoesParts && r.Done > 0));
        var written = 0;
        for (var i = 0; i < _rows.Length; i++)
        {
            if (!_rows[i].IsGone)
            {
                written++;
                MakeStale(i);
                _rows[i] = _rows[i] with { Purpose = ChunkPurpose.Undo, IsSettled = false, Owner = 0, Done = 0 };
            }
        }

        _operation.EnterUndo(written);
    }

    private void RemoveRows(Func<Row, bool> which)
    {
        for (var i = 0; i < _rows.Length; i++)
        {
            _rows[i].IsGone |= which(_rows[i]);
        }
    }
}
