namespace Longhaul.Slurper.Copying;

/// <summary>
/// A semaphore with weights that serves in the order of arrival, whose capacity can change and which can be shut for a while. What is
/// heavier than the whole capacity goes in alone. Safe for concurrent use.
/// </summary>
internal sealed class FifoGate(long capacity)
{
    private readonly Lock _lock = new();
    private readonly Queue<Waiter> _waiters = new();
    private long _capacity = capacity;
    private long _used;
    private long _peak;
    private bool _isShut;

    /// <summary>What may be inside at once.</summary>
    public long Capacity
    {
        get
        {
            lock (_lock)
            {
                return _capacity;
            }
        }

        set
        {
            lock (_lock)
            {
                _capacity = value;
                Wake();
            }
        }
    }

    /// <summary>What is inside now.</summary>
    public long Used
    {
        get
        {
            lock (_lock)
            {
                return _used;
            }
        }
    }

    /// <summary>The most that ever was inside.</summary>
    public long Peak
    {
        get
        {
            lock (_lock)
            {
                return _peak;
            }
        }
    }

    /// <summary>Goes in, or waits for its turn. Completes when it is inside; either token takes it out of the queue.</summary>
    public ValueTask EnterAsync(long weight, CancellationToken first, CancellationToken second)
    {
        first.ThrowIfCancellationRequested();
        second.ThrowIfCancellationRequested();
        Waiter waiter;
        lock (_lock)
        {
            if (_waiters.Count == 0 && Fits(weight))
            {
                Add(weight);
                return default;
            }

            waiter = new Waiter(weight);
            _waiters.Enqueue(waiter);
        }

        return new ValueTask(WaitAsync(waiter, first, second));
    }

    /// <summary>Goes out. True when there was no room left before.</summary>
    public bool Leave(long weight)
    {
        lock (_lock)
        {
            var wasFull = _used >= _capacity || _waiters.Count > 0;
            _used -= weight;
            Wake();
            return wasFull;
        }
    }

    /// <summary>Lets nobody in until <see cref="Open"/>.</summary>
    public void Shut()
    {
        lock (_lock)
        {
            _isShut = true;
        }
    }

    /// <summary>Ends <see cref="Shut"/>.</summary>
    public void Open()
    {
        lock (_lock)
        {
            _isShut = false;
            Wake();
        }
    }

    private async Task WaitAsync(Waiter waiter, CancellationToken first, CancellationToken second)
    {
        using var one = first.UnsafeRegister(static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter);
        using var two = second.UnsafeRegister(static (state, token) => ((Waiter)state!).TrySetCanceled(token), waiter);
        try
        {
            await waiter.Task;
        }
        catch (OperationCanceledException)
        {
            // It may have stood first and have been too heavy for what those behind it fit into.
            lock (_lock)
            {
                Wake();
            }

            throw;
        }
    }

    private bool Fits(long weight) => !_isShut && (_used + weight <= _capacity || _used == 0);

    private void Add(long weight)
    {
        _used += weight;
        _peak = Math.Max(_peak, _used);
    }

    private void Wake()
    {
        while (_waiters.TryPeek(out var waiter))
        {
            if (!waiter.Task.IsCompleted)
            {
                if (!Fits(waiter.Weight))
                {
                    return;
                }

                if (waiter.TrySetResult())
                {
                    Add(waiter.Weight);
                }
            }

            _waiters.Dequeue();
        }
    }

    private sealed class Waiter(long weight) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Weight { get; } = weight;
    }
}
