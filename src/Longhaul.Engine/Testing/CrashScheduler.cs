namespace Longhaul.Engine.Testing;

/// <summary>
/// Runs the code of a kind, one piece at a time and in the order in which the pieces become ready. Each piece is what stands between two
/// awaits, so each is a point: a dead process never runs the next one.
/// </summary>
internal sealed class CrashScheduler(ProcessLife life) : TaskScheduler
{
    [ThreadStatic]
    private static bool _isRunning;

    private readonly Lock _gate = new();
    private readonly Queue<Task> _ready = new();
    private bool _isPumping;
    private string _call = "";
    private int _piece;

    /// <summary>True on a thread that is running a piece of a kind.</summary>
    public static bool IsRunning => _isRunning;

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>The latest call that was begun.</summary>
    public string LastCall
    {
        get
        {
            lock (_gate)
            {
                return _call;
            }
        }
    }

    /// <summary>Names the call whose pieces come now.</summary>
    public void Begin(string call)
    {
        lock (_gate)
        {
            (_call, _piece) = (call, 0);
        }
    }

    protected override void QueueTask(Task task)
    {
        lock (_gate)
        {
            _ready.Enqueue(task);
            if (_isPumping)
            {
                return;
            }

            _isPumping = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static s => s.Pump(), this, preferLocal: false);
    }

    // Every piece goes through the queue, so that every one is counted.
    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks()
    {
        lock (_gate)
        {
            return [.. _ready];
        }
    }

    private void Pump()
    {
        while (TryTake(out var task, out var name))
        {
            if (!life.TryPass(name))
            {
                continue;
            }

            _isRunning = true;
            try
            {
                TryExecuteTask(task);
            }
            finally
            {
                _isRunning = false;
            }
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Task? task, out string name)
    {
        lock (_gate)
        {
            _isPumping = _ready.TryDequeue(out task);
            name = _piece == 0 ? $"at the beginning of {_call}" : $"in {_call}, where await {_piece} resumes";
            _piece += _isPumping ? 1 : 0;
            return task is not null;
        }
    }
}
