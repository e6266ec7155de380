using Longhaul.Engine.Running;

namespace Longhaul.Engine.Testing;

/// <summary>Where a process dies: the number of a point, and whether the journal of that moment becomes durable first.</summary>
internal sealed record Death(int Point, bool KeepsJournal);

/// <summary>
/// The life of one process of a run: counts the points that it comes by and dies at the one it is told to. Dead, it runs no further
/// continuation of its kind and writes nothing.
/// </summary>
/// <remarks>Everything below <c>_gate</c> belongs to it; points come from the kind's scheduler, the writer's thread and the reporter.</remarks>
internal sealed class ProcessLife
{
    private readonly Lock _gate = new();
    private readonly Death? _death;
    private readonly List<(string Name, bool HasJournal)> _points = [];
    private readonly List<string> _escapes = [];
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isCounting;
    private bool _isDying;
    private LeasedChunk? _chunk;
    private Task _report = Task.CompletedTask;

    public ProcessLife(Death? death)
    {
        _death = death;
        Scheduler = new CrashScheduler(this);
    }

    /// <summary>Runs what belongs to the kind.</summary>
    public CrashScheduler Scheduler { get; }

    /// <summary>Completes when it has died.</summary>
    public Task Died => _died.Task;

    public bool IsDead => _died.Task.IsCompleted;

    /// <summary>The points so far, and at which of them items were journaled but not durably so.</summary>
    public List<(string Name, bool HasJournal)> Points
    {
        get
        {
            lock (_gate)
            {
                return [.. _points];
            }
        }
    }

    public List<string> Escapes
    {
        get
        {
            lock (_gate)
            {
                return [.. _escapes];
            }
        }
    }

    /// <summary>Makes a journal durable; set before the process runs.</summary>
    public Func<LeasedChunk, Task>? Flush { get; set; }

    /// <summary>Completes when no report is under way: the end of an operation is seen before its last report has come to its end.</summary>
    public Task Reported
    {
        get
        {
            lock (_gate)
            {
                return _report;
            }
        }
    }

    /// <summary>A report is under way until the result is disposed.</summary>
    public IDisposable BeginReport()
    {
        lock (_gate)
        {
            var report = new Reporting();
            _report = report.Ended;
            return report;
        }
    }

    /// <summary>From here on points count.</summary>
    public void BeginCounting()
    {
        lock (_gate)
        {
            _isCounting = true;
        }
    }

    /// <summary>Which chunk is being run, or null.</summary>
    public void Hold(LeasedChunk? chunk)
    {
        lock (_gate)
        {
            _chunk = chunk;
        }
    }

    public void Escape(string call)
    {
        lock (_gate)
        {
            if (_isCounting && !_isDying)
            {
                _escapes.Add(call);
            }
        }
    }

    /// <summary>A point; false when the process dies here or has died before: what comes behind the point must not happen.</summary>
    public bool TryPass(string name)
    {
        LeasedChunk? journal = null;
        lock (_gate)
        {
            if (_isDying)
            {
                return false;
            }

            if (!_isCounting)
            {
                return true;
            }

            var hasJournal = _chunk is { } chunk && chunk.DoneCount > chunk.Claimed.DoneCount + chunk.JournaledItems;
            _points.Add((name, hasJournal));
            if (_points.Count - 1 != _death?.Point)
            {
                return true;
            }

            _isDying = true;
            journal = _death.KeepsJournal ? _chunk : null;
        }

        _ = DieAsync(journal);
        return false;
    }

    /// <summary>The same where nothing but an exception leads out.</summary>
    public void Pass(string name)
    {
        if (!TryPass(name))
        {
            throw new ProcessDiedException();
        }
    }

    /// <summary>True for a write that comes from the journal which is kept in the moment of death, which is no point of its own.</summary>
    public bool IsLastFlush
    {
        get
        {
            lock (_gate)
            {
                return _isDying && _death!.KeepsJournal && !IsDead;
            }
        }
    }

    public void ThrowIfDead()
    {
        if (IsDead)
        {
            throw new ProcessDiedException();
        }
    }

    private async Task DieAsync(LeasedChunk? journal)
    {
        if (journal is not null)
        {
            await Flush!(journal);
        }

        _died.TrySetResult();
    }

    private sealed class Reporting : IDisposable
    {
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ended => _ended.Task;

        public void Dispose() => _ended.TrySetResult();
    }
}
