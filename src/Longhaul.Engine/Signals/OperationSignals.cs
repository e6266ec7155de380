using System.Collections.Concurrent;
using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Signals;

/// <summary>
/// "Something changed", within this process. Carries wake-ups only: the truth is in the database. Safe for concurrent use; costs
/// a dictionary look-up where nobody listens.
/// </summary>
public sealed class OperationSignals : IDisposable
{
    private readonly ConcurrentDictionary<OperationId, Watch> _watches = new();
    private readonly ConcurrentDictionary<OperationChanges, bool> _followers = new();
    private readonly SemaphoreSlim _work = new(0, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Fires when the process begins to stop: everybody who waits should answer with what is known.</summary>
    public Task Stopping => _stopping.Task;

    /// <summary>The same as a token.</summary>
    public CancellationToken StoppingToken => _stop.Token;

    /// <summary>
    /// Raised when work in flight for an operation should end early, on the thread that committed the reason; must return at once. True
    /// when the operation is going to end, not only to pause.
    /// </summary>
    internal event Action<OperationId, bool>? Halted;

    /// <summary>
    /// Starts to watch one operation. What changes after this call completes the watch's task, so: watch, read, then wait.
    /// </summary>
    public Watch Begin(OperationId id)
    {
        while (true)
        {
            var watch = _watches.GetOrAdd(id, static (key, owner) => new Watch(owner, key), this);
            if (watch.TryJoin())
            {
                return watch;
            }

            _watches.TryRemove(new KeyValuePair<OperationId, Watch>(id, watch));
        }
    }

    /// <summary>Starts to follow the operations of a filter. What changes after this call is offered to the follower.</summary>
    public OperationChanges Follow(OperationFilter filter, TimeProvider clock)
    {
        var changes = new OperationChanges(this, filter, clock);
        _followers[changes] = true;
        return changes;
    }

    /// <summary>Completes when there may be work to claim, or after the given time.</summary>
    public Task<bool> WaitForWorkAsync(TimeSpan atMost, CancellationToken cancellationToken) => _work.WaitAsync(atMost, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _work.Dispose();
        _stop.Dispose();
    }

    /// <summary>A new version of an operation is durable.</summary>
    internal void Raise(Operation operation)
    {
        Raise(operation.Id, operation.IsHalted, operation.IsEnding);
        foreach (var (follower, _) in _followers)
        {
            follower.Offer(operation);
        }
    }

    internal void Unfollow(OperationChanges changes) => _followers.TryRemove(changes, out _);

    internal void Raise(OperationId id, bool isHalted, bool isEnding)
    {
        if (_watches.TryGetValue(id, out var watch))
        {
            watch.Fire();
        }

        if (isHalted)
        {
            Halted?.Invoke(id, isEnding);
        }
    }

    internal void RaiseWork()
    {
        try
        {
            if (_work.CurrentCount == 0)
            {
                _work.Release();
            }
        }
        catch (SemaphoreFullException)
        {
            // Somebody else raised it in the same instant; once is enough.
        }
        catch (ObjectDisposedException)
        {
            // A host that is disposed without being stopped still commits; nobody is left to claim.
        }
    }

    internal void Stop()
    {
        _stopping.TrySetResult();
        _stop.Cancel();
    }

    /// <summary>One operation, watched by any number of waiters; each disposes it once.</summary>
    public sealed class Watch : IDisposable
    {
        private readonly OperationSignals _owner;
        private readonly OperationId _id;
        private readonly Lock _gate = new();
        private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _waiters;

        internal Watch(OperationSignals owner, OperationId id)
        {
            _owner = owner;
            _id = id;
        }

        /// <summary>Completes at the next change. Take it before reading the operation.</summary>
        public Task Next
        {
            get
            {
                lock (_gate)
                {
                    return _next.Task;
                }
            }
        }

        /// <summary>One waiter less; the last one ends the watch.</summary>
        public void Dispose()
        {
            lock (_gate)
            {
                if (--_waiters > 0)
                {
                    return;
                }

                _waiters = -1;
            }

            _owner._watches.TryRemove(new KeyValuePair<OperationId, Watch>(_id, this));
        }

        internal bool TryJoin()
        {
            lock (_gate)
            {
                if (_waiters < 0)
                {
                    return false;
                }

                _waiters++;
                return true;
            }
        }

        internal void Fire()
        {
            TaskCompletionSource fired;
            lock (_gate)
            {
                fired = _next;
                _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            fired.TrySetResult();
        }
    }
}
