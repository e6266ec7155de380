namespace Longhaul.Tests.Slurper.Copying;

/// <summary>A clock that has no patience: whoever waits makes time pass, and every wait is remembered.</summary>
internal sealed class RushingClock : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<TimeSpan> _waits = [];
    private DateTimeOffset _now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_gate)
            {
                return [.. _waits];
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public void Advance(TimeSpan by)
    {
        lock (_gate)
        {
            _now += by;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new RushedTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class RushedTimer(RushingClock owner, TimerCallback callback, object? state) : ITimer
    {
        private bool _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                return true;
            }

            lock (owner._gate)
            {
                owner._waits.Add(dueTime);
                owner._now += dueTime;
            }

            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    if (!Volatile.Read(ref _isDisposed))
                    {
                        callback(state);
                    }
                },
                null);
            return true;
        }

        public void Dispose() => Volatile.Write(ref _isDisposed, true);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return default;
        }
    }
}
