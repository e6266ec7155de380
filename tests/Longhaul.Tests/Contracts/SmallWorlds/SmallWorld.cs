using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Tests.Contracts.SmallWorlds;

/// <summary>
/// One operation with its chunk rows, the nodes that work on it and their open transactions: the state of a small world. The operation
/// and its transitions are the real ones; the rows follow the statements of the store. A transaction has two steps, as with read
/// committed: it writes and locks its chunk rows, then it locks the operation's row, decides and commits; anything may happen between.
/// What only ever tells the time (heartbeat, rate) stands still.
/// </summary>
internal sealed partial class SmallWorld
{
    private const long Now = 1;
    private const int Nodes = 2;
    private const int Mortal = 1;

    private static readonly OperationId TheId = OperationId.From(new IdSource().NewV4());

    private readonly WorldRules _rules;
    private Operation _operation;
    private Row[] _rows;
    private List<Lease> _leases = [];
    private List<Transaction> _transactions = [];
    private bool _isDead;
    private int _hands;

    public SmallWorld(WorldRules rules)
    {
        _rules = rules;
        _operation = new Operation
        {
            Id = TheId,
            Account = "acme",
            Kind = "test",
            IsAtomic = rules.IsAtomic,
            IsLocal = true,
            SubmittedBy = "root",
            Parameters = "{}",
            CreatedAt = Now,
            MaxFailedItems = rules.MaxFailedItems,
        };

        // The first row is the plan, numbered -1; a planned chunk takes its place among the others when it is found.
        _rows = new Row[1 + rules.Chunks];
        _rows[0] = new Row { Purpose = ChunkPurpose.Plan, IsGone = !rules.IsPlanned };
        for (var i = 1; i < _rows.Length; i++)
        {
            _rows[i] = new Row { Purpose = ChunkPurpose.Run, Items = (byte)rules.ItemsPerChunk, IsGone = rules.IsPlanned };
        }

        _operation.Accept(
            rules.IsPlanned ? null : rules.Chunks * rules.ItemsPerChunk, !rules.IsPlanned, rules.IsPlanned ? 1 : rules.Chunks, hasTurn: true);
        _operation.TakeChanges();
    }

    private SmallWorld(SmallWorld other)
    {
        _rules = other._rules;
        _operation = Copy(other._operation);
        _rows = [.. other._rows];
        _leases = [.. other._leases];
        _transactions = [.. other._transactions];
        _isDead = other._isDead;
        _hands = other._hands;
    }

    public Operation Operation => _operation;

    public IReadOnlyList<Row> Rows => _rows;

    public IReadOnlyList<Lease> Leases => _leases;

    public bool HasTransaction => _transactions.Count > 0;

    /// <summary>Everything that can happen next.</summary>
    public IEnumerable<WorldEvent> Events()
    {
        for (var node = 1; node <= Nodes && _operation.IsClaimable; node++)
        {
            yield return new WorldEvent(WorldEventKind.Claim, node, Option: 1);
            yield return new WorldEvent(WorldEventKind.Claim, node, Option: 2);
        }

        for (var i = 0; i < _leases.Count; i++)
        {
            foreach (var report in Reports(_leases[i]))
            {
                yield return new WorldEvent(WorldEventKind.Begin, i, report);
            }
        }

        for (var i = 0; i < _transactions.Count; i++)
        {
            yield return new WorldEvent(WorldEventKind.Commit, i);
            yield return new WorldEvent(WorldEventKind.RollBack, i);
            if (_rules.LosesAnswers)
            {
                yield return new WorldEvent(WorldEventKind.CommitUnseen, i);
            }

            if (_rules.IsAtomic)
            {
                yield return new WorldEvent(WorldEventKind.Commit, i, Option: 1);
            }
        }

        if (_rules.HasDeath && !_isDead)
        {
            yield return new WorldEvent(WorldEventKind.Die);
        }

        if (DeadRows().Any())
        {
            yield return new WorldEvent(WorldEventKind.ReleaseDead);
        }

        yield return new WorldEvent(WorldEventKind.Abort);
        if (!_rules.IsAtomic)
        {
            yield return new WorldEvent(WorldEventKind.Pause);
            yield return new WorldEvent(WorldEventKind.Resume);
        }
    }

    /// <summary>The world after an event; null where the event cannot happen or changes nothing.</summary>
    public SmallWorld? After(WorldEvent what)
    {
        var next = new SmallWorld(this);
        var isDone = what.Kind switch
        {
            WorldEventKind.Claim => next.Claim(what.Which, what.Option),
            WorldEventKind.Begin => next.Begin(what.Which, what.Report),
            WorldEventKind.Commit => next.Commit(what.Which, isSeen: true, what.Option == 1),
            WorldEventKind.CommitUnseen => next.Commit(what.Which, isSeen: false, finishFails: false),
            WorldEventKind.RollBack => next.RollBack(what.Which),
            WorldEventKind.Die => next.Die(),
            WorldEventKind.ReleaseDead => next.BeginReleaseOfTheDead(),
            WorldEventKind.Abort => next.Control(o => o.RequestAbort()),
            WorldEventKind.Pause => next.Control(o => _ = o.State == OperationState.Paused || o.TryPause(Now)),
            WorldEventKind.Resume => next.Control(o => _ = o.State == OperationState.Running || o.TryResume()),
            _ => throw new ArgumentOutOfRangeException(nameof(what)),
        };
        if (!isDone)
        {
            return null;
        }

        next.Check(_operation);
        return next;
    }

    private static IEnumerable<WorldReport> WholeReports(Lease lease) => lease.Purpose switch
    {
        ChunkPurpose.Plan => [WorldReport.PlanPage, WorldReport.PlanLastPage, WorldReport.PlanNothingMore, WorldReport.Release, WorldReport.ReleaseFatal],
        ChunkPurpose.Undo => [WorldReport.SettleGood, WorldReport.Release],
        _ => [WorldReport.SettleGood, WorldReport.SettleBad, WorldReport.SettleFatal, WorldReport.StepGood, WorldReport.StepBad, WorldReport.Release, WorldReport.ReleaseFatal],
    };

    private IEnumerable<WorldReport> Reports(Lease lease)
    {
        if (lease.Repeats != WorldReport.None)
        {
            return [lease.Repeats];
        }

        // A part is less than what is left: the last one is the settlement. In atomic kinds nothing fails by itself.
        return WholeReports(lease).Where(r => r switch
        {
            WorldReport.StepGood => _rules.HasSteps && lease.Left > (_rules.IsAtomic ? 1 : 0),
            WorldReport.StepBad => _rules.HasSteps && lease.Left > 0 && !_rules.IsAtomic,
            WorldReport.SettleBad => lease.Left > 0 && !_rules.IsAtomic,
            WorldReport.PlanPage => _operation.ChunkCount - 1 < _rules.Chunks,
            WorldReport.PlanLastPage => _operation.ChunkCount - 1 < _rules.Chunks,
            _ => true,
        });
    }

    private bool Claim(int node, int count)
    {
        var claimed = Enumerable.Range(0, _rows.Length).Where(i => _rows[i] is { IsGone: false, IsSettled: false, Owner: 0, IsLocked: false }).Take(count).ToList();
        if (claimed.Count < count)
        {
            return false;
        }

        foreach (var i in claimed)
        {
            MakeStale(i);
            _rows[i].Owner = (byte)node;
            _leases.Add(new Lease((byte)node, (byte)i, _rows[i].Purpose, _rows[i].Items, _rows[i].Done, false, WorldReport.None, ++_hands));
        }

        _operation.Claim(count, claimed.Sum(i => _rows[i].LeasedItems), Now);
        return true;
    }

    private bool Begin(int which, WorldReport report)
    {
        var lease = _leases[which];
        ref var row = ref _rows[lease.Row];
        if (row.IsLocked)
        {
            return false;
        }

        _leases.RemoveAt(which);
        var isMine = !row.IsGone && (!_rules.ChecksOwner || row.Owner == lease.Node) && !(_rules.ChecksFence && lease.IsStale);
        if (!isMine)
        {
            return true;
        }

        if (report is WorldReport.StepGood or WorldReport.StepBad && _rules.KnowsRepeats && row.Done > lease.Done)
        {
            _leases.Add(lease with { Done = (byte)(lease.Done + 1), Repeats = WorldReport.None });
            return true;
        }

        row.IsLocked = true;
        var sawOthers = Enumerable.Range(0, _rows.Length).Any(i => i != lease.Row && _rows[i] is { IsGone: false, IsSettled: false });
        _transactions.Add(new Transaction(lease, report, 1 << lease.Row, sawOthers));
        return true;
    }

    private bool BeginReleaseOfTheDead()
    {
        var rows = DeadRows().ToList();
        foreach (var i in rows)
        {
            _rows[i].IsLocked = true;
        }

        _transactions.Add(new Transaction(default, WorldReport.None, rows.Aggregate(0, (mask, i) => mask | (1 << i)), false));
        return true;
    }

    private IEnumerable<int> DeadRows() =>
        Enumerable.Range(0, _rows.Length).Where(i => !_rows[i].IsGone && !_rows[i].IsLocked && _isDead && _rows[i].Owner == Mortal);

    private bool RollBack(int which)
    {
        var transaction = _transactions[which];
        _transactions.RemoveAt(which);
        Unlock(transaction.Rows);
        if (transaction.Report != WorldReport.None)
        {
            _leases.Add(transaction.Lease);
        }

        return true;
    }

    private bool Die() => _isDead = true;

    private bool Control(Action<Operation> change)
    {
        var before = _operation.Versioned;
        change(_operation);
        if (before == _operation.Versioned)
        {
            return false;
        }

        Decide(finishFails: false, sawOthers: false);
        return true;
    }

    private void Unlock(int rows)
    {
        for (var i = 0; i < _rows.Length; i++)
        {
            _rows[i].IsLocked &= (rows & (1 << i)) == 0;
        }
    }

    private void MakeStale(int row)
    {
        for (var i = 0; i < _leases.Count; i++)
        {
            _leases[i] = _leases[i].Row == row ? _leases[i] with { IsStale = true } : _leases[i];
        }

        // One lease that is over is as good as many: each can only say something that counts for nothing.
        while (_leases.FindLastIndex(l => l.IsStale) is var last && last != _leases.FindIndex(l => l.IsStale))
        {
            _leases.RemoveAt(last);
        }

        for (var i = 0; i < _transactions.Count; i++)
        {
            _transactions[i] = _transactions[i].Lease.Row == row && _transactions[i].Report != WorldReport.None
                ? _transactions[i] with { Lease = _transactions[i].Lease with { IsStale = true } }
                : _transactions[i];
        }
    }

    public struct Row
    {
        public ChunkPurpose Purpose;
        public bool IsGone;
        public bool IsSettled;
        public bool IsLocked;
        public byte Items;
        public byte Done;
        public byte Owner;

        // What nobody in the world knows: how many items were counted, and how many effects are there.
        public byte Counted;
        public byte Effects;

        public readonly long LeasedItems => Purpose == ChunkPurpose.Run ? Items - Done : 0;
    }

    // Done: items done before the lease and in it. The hand tells one lease from another and has no part in what can come after.
    public readonly record struct Lease(byte Node, byte Row, ChunkPurpose Purpose, byte Items, byte Done, bool IsStale, WorldReport Repeats, int Hand)
    {
        public int Left => Purpose == ChunkPurpose.Run ? Items - Done : 0;
    }

    // Without a report it is the release of what the dead held.
    private readonly record struct Transaction(Lease Lease, WorldReport Report, int Rows, bool SawOthers);
}
