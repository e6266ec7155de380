namespace Longhaul.TestStores.Injection;

/// <summary>Holds requests until a test lets them go; no clock is involved. Safe for concurrent use.</summary>
public sealed class TestGate
{
    private readonly Lock _gate = new();
    private readonly List<(int Count, TaskCompletionSource Source)> _waiting = [];
    private readonly Queue<TaskCompletionSource> _held = new();
    private int _arrived;
    private bool _open;

    /// <summary>How many requests have come to the gate.</summary>
    public int ArrivedCount
    {
        get
        {
            lock (_gate)
            {
                return _arrived;
            }
        }
    }

    /// <summary>Completes when so many requests have come.</summary>
    public Task ArrivedAsync(int count = 1)
    {
        lock (_gate)
        {
            if (_arrived >= count)
            {
                return Task.CompletedTask;
            }

            var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((count, source));
            return source.Task;
        }
    }

    /// <summary>Lets all go that are held, and everything that comes later.</summary>
    public void Open()
    {
        lock (_gate)
        {
            _open = true;
            while (_held.TryDequeue(out var held))
            {
                held.TrySetResult();
            }
        }
    }

    /// <summary>Lets one go that is held.</summary>
    public void ReleaseOne()
    {
        lock (_gate)
        {
            if (_held.TryDequeue(out var held))
            {
                held.TrySetResult();
            }
        }
    }

    /// <summary>Holds what comes from now on.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _open = false;
        }
    }

    internal Task PassAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _arrived++;
            foreach (var (_, source) in _waiting.Where(w => w.Count <= _arrived))
            {
                source.TrySetResult();
            }

            _waiting.RemoveAll(w => w.Count <= _arrived);
            if (_open)
            {
                return Task.CompletedTask;
            }

            var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _held.Enqueue(held);
            return held.Task.WaitAsync(cancellationToken);
        }
    }
}
