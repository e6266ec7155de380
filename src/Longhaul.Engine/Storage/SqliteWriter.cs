using SQLitePCL;

namespace Longhaul.Engine.Storage;

/// <summary>
/// The one writer of a SQLite database: a thread that gathers waiting units into one transaction, each in its own savepoint, so that
/// concurrent submits share a sync of the disk and a bad one does not sink its group. Small groups and single bulk units take turns: that
/// bounds how long anybody waits.
/// </summary>
/// <remarks>Queues and flags belong to <c>_gate</c>; the session belongs to the writer's thread.</remarks>
internal sealed class SqliteWriter : IDisposable
{
    private const int MaxGroup = 256;
    private const int MaxWaiting = 20_000;
    private const int BusyGroup = 3;
    private const int GatherMilliseconds = 2;
    private const int CheckpointPages = 2_000;

    // A checkpoint's sync holds up the commits beside it, the longer the more there is to sync. Where bulk units fill the log within
    // milliseconds it is cut into small ones; small writes alone would only pay for more of them.
    private const int BulkPageWeight = 8;
    private const int CacheWriteStatus = 9;

    private readonly object _gate = new();
    private readonly Queue<Unit> _small = new();
    private readonly Queue<Unit> _bulk = new();
    private readonly SqliteSession _session;
    private readonly Action _checkpointDue;
    private readonly Thread _thread;
    private Unit<bool>? _checkpoint;
    private bool _isBulkNext;
    private bool _isBulkGroup;
    private int _wanted;
    private int _lastSmallGroup;
    private bool _isClosing;
    private int _pagesSinceCheckpoint;

    public SqliteWriter(SqliteSession session, Action checkpointDue)
    {
        _session = session;
        _checkpointDue = checkpointDue;
        _thread = new Thread(Loop) { IsBackground = true, Name = "longhaul sqlite writer" };
        _thread.Start();
    }

    public Task<T> EnqueueAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> write, WriteWeight weight, CancellationToken cancellationToken)
    {
        var unit = new Unit<T>(write, cancellationToken);
        lock (_gate)
        {
            if (_isClosing)
            {
                throw new StoreUnavailableException("the database is being closed");
            }

            if (_small.Count + _bulk.Count >= MaxWaiting)
            {
                throw new StoreUnavailableException("too many writes are waiting");
            }

            (weight == WriteWeight.Small ? _small : _bulk).Enqueue(unit);
            if (_small.Count >= _wanted || weight == WriteWeight.Bulk)
            {
                Monitor.Pulse(_gate);
            }
        }

        return unit.Task;
    }

    /// <summary>Folds what is left of the log into the file between two transactions. Completes when that is done.</summary>
    public Task CheckpointAsync()
    {
        var unit = new Unit<bool>(
            static (session, _) =>
            {
                ((SqliteSession)session).Run("pragma wal_checkpoint(passive)");
                return new ValueTask<bool>(true);
            },
            CancellationToken.None);
        lock (_gate)
        {
            if (_isClosing)
            {
                return Task.CompletedTask;
            }

            _checkpoint = unit;

            Monitor.Pulse(_gate);
        }

        return unit.Task;
    }

    /// <summary>Lets everything that waits be written, then ends the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isClosing = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
    }

    private void Loop()
    {
        var group = new List<Unit>();
        while (TakeGroup(group))
        {
            if (group.Count > 0)
            {
                RunGroup(group);
            }

            group.Clear();
        }
    }

    private bool TakeGroup(List<Unit> group)
    {
        Unit<bool>? checkpoint;
        lock (_gate)
        {
            while (_small.Count == 0 && _bulk.Count == 0 && _checkpoint is null && !_isClosing)
            {
                Monitor.Wait(_gate);
            }

            Gather();
            (checkpoint, _checkpoint) = (_checkpoint, null);
            TakeUnits(group);
        }

        if (checkpoint is not null)
        {
            RunCheckpoint(checkpoint);
        }

        return group.Count > 0 || checkpoint is not null;
    }

    /// <summary>
    /// Where many write at once, more are on their way: where the disk syncs faster than they come, a short wait lets them share the sync.
    /// Whoever writes alone never waits.
    /// </summary>
    private void Gather()
    {
        if (_lastSmallGroup >= BusyGroup && _small.Count > 0 && _bulk.Count == 0 && !_isClosing)
        {
            _wanted = _lastSmallGroup * 2;
            Monitor.Wait(_gate, GatherMilliseconds);
            _wanted = 0;
        }
    }

    /// <summary>
    /// All small units that wait, or one bulk unit, in turn where both wait: a small one never shares a transaction with thousands of
    /// rows, and thousands of rows are never held up for ever.
    /// </summary>
    private void TakeUnits(List<Unit> group)
    {
        if (_bulk.Count > 0 && (_isBulkNext || _small.Count == 0))
        {
            group.Add(_bulk.Dequeue());
            _isBulkNext = false;
            _isBulkGroup = true;
            return;
        }

        _isBulkGroup = false;

        while (group.Count < MaxGroup && _small.TryDequeue(out var small))
        {
            group.Add(small);
        }

        _lastSmallGroup = group.Count;
        _isBulkNext = true;
    }

    private void RunCheckpoint(Unit<bool> checkpoint)
    {
        try
        {
            checkpoint.Run(_session);
        }
        catch (Exception exception)
        {
            checkpoint.Fail(SqliteErrors.Classify(exception));
        }

        checkpoint.Complete();
    }

    private void RunGroup(List<Unit> group)
    {
        if (!TryCommit(group) && group.Count > 1)
        {
            foreach (var unit in group)
            {
                TryCommit([unit]);
            }
        }
    }

    /// <summary>Returns false when the transaction as a whole was lost; a unit alone has then been answered with the reason.</summary>
    private bool TryCommit(List<Unit> group)
    {
        try
        {
            _session.Run("begin immediate");
            foreach (var unit in group)
            {
                RunUnit(unit);
            }

            _session.Run("commit");
        }
        catch (Exception exception)
        {
            Abandon(group, exception);
            return false;
        }

        foreach (var action in _session.TakeCommitted())
        {
            action();
        }

        foreach (var unit in group)
        {
            unit.Complete();
        }

        CountPages();
        return true;
    }

    private void RunUnit(Unit unit)
    {
        if (!unit.TryBegin())
        {
            return;
        }

        var mark = _session.CommittedMark;
        _session.Run("savepoint unit");
        try
        {
            unit.Run(_session);
            _session.Run("release savepoint unit");
        }
        catch (Exception exception) when (_session.CanGoOnAfter(exception))
        {
            _session.Run("rollback to savepoint unit");
            _session.Run("release savepoint unit");
            _session.ForgetCommitted(mark);
            unit.Fail(exception);
        }
    }

    private void Abandon(List<Unit> group, Exception exception)
    {
        _session.TakeCommitted();
        if (!_session.IsIdle)
        {
            _session.Run("rollback");
        }

        if (group.Count == 1)
        {
            group[0].Fail(SqliteErrors.Classify(exception));
            group[0].Complete();
        }
    }

    private void CountPages()
    {
        _ = raw.sqlite3_db_status(_session.Handle, CacheWriteStatus, out var pages, out _, 1);
        _pagesSinceCheckpoint += pages * (_isBulkGroup ? BulkPageWeight : 1);
        if (_pagesSinceCheckpoint >= CheckpointPages)
        {
            _pagesSinceCheckpoint = 0;
            _checkpointDue();
        }
    }

    /// <summary>One write that waits; answered once, after the commit that holds it.</summary>
    private abstract class Unit(CancellationToken cancellationToken)
    {
        private bool _begun;

        protected Exception? Failure { get; private set; }

        public bool TryBegin()
        {
            if (!_begun && cancellationToken.IsCancellationRequested)
            {
                Failure = new OperationCanceledException(cancellationToken);
                return false;
            }

            _begun = true;
            Failure = null;
            return true;
        }

        public void Fail(Exception exception) => Failure = exception;

        public abstract void Run(SqliteSession session);

        public abstract void Complete();
    }

    private sealed class Unit<T>(Func<DbSession, CancellationToken, ValueTask<T>> write, CancellationToken cancellationToken)
        : Unit(cancellationToken)
    {
        private readonly TaskCompletionSource<T> _source = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _value;

        public Task<T> Task => _source.Task;

        // SQLite answers at once on the calling thread, so the value task is complete when it comes back.
        public override void Run(SqliteSession session) => _value = write(session, CancellationToken.None).AsTask().GetAwaiter().GetResult();

        public override void Complete()
        {
            switch (Failure)
            {
                case null:
                    _source.TrySetResult(_value!);
                    break;
                case OperationCanceledException canceled:
                    _source.TrySetCanceled(canceled.CancellationToken);
                    break;
                default:
                    _source.TrySetException(Failure);
                    break;
            }
        }
    }
}
