namespace Longhaul.Slurper.Copying;

/// <summary>
/// Lets as many requests of one kind to one endpoint and bucket be under way as the store bears, in the order of their arrival. Per
/// process. Safe for concurrent use.
/// </summary>
internal sealed class EndpointThrottle
{
    /// <summary>The longest that a <c>Retry-After</c> is obeyed.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _clock;
    private readonly FifoGate _gate = new(AdaptiveWidth.First);

    // Under the lock. The gate has a lock of its own and is never entered under this one but to change it.
    private readonly Lock _lock = new();
    private readonly AdaptiveWidth _width;
    private long _shutUntil;
    private ITimer? _opening;

    public EndpointThrottle(TimeProvider clock)
    {
        _clock = clock;
        _width = new AdaptiveWidth(clock.TimestampFrequency);
    }

    /// <summary>Requests that may be under way at once.</summary>
    public int Width => (int)_gate.Capacity;

    /// <summary>Requests that are under way.</summary>
    public int UnderWay => (int)_gate.Used;

    /// <summary>Waits for a place. Completes with the timestamp to leave with; either token ends the waiting.</summary>
    public ValueTask<long> EnterAsync(CancellationToken first, CancellationToken second)
    {
        var entering = _gate.EnterAsync(1, first, second);
        return entering.IsCompletedSuccessfully ? new ValueTask<long>(_clock.GetTimestamp()) : EnteredAsync(entering);
    }

    /// <summary>Gives the place back after a request that did not ask for fewer.</summary>
    /// <param name="isClean">False when it failed for a reason that may pass.</param>
    public void Leave(bool isClean = true)
    {
        var wasFull = _gate.Leave(1);
        lock (_lock)
        {
            var before = _width.Width;
            _width.Ended(_clock.GetTimestamp(), wasFull, isClean);
            Apply(before);
        }
    }

    /// <summary>Gives the place back after an answer that asks for fewer requests.</summary>
    public void LeaveThrottled(long enteredAt)
    {
        lock (_lock)
        {
            var before = _width.Width;
            _width.TooMuch(_clock.GetTimestamp(), enteredAt);
            Apply(before);
        }

        _gate.Leave(1);
    }

    /// <summary>Lets nobody in for a while: the store said for how long.</summary>
    public void Pause(TimeSpan duration)
    {
        if (duration <= TimeSpan.Zero)
        {
            return;
        }

        duration = duration < LongestPause ? duration : LongestPause;
        lock (_lock)
        {
            var until = _clock.GetTimestamp() + (long)(duration.TotalSeconds * _clock.TimestampFrequency);
            if (until <= _shutUntil)
            {
                return;
            }

            _shutUntil = until;
            _gate.Shut();
            _opening?.Dispose();
            _opening = _clock.CreateTimer(static state => ((EndpointThrottle)state!).Open(), this, duration, Timeout.InfiniteTimeSpan);
        }
    }

    private void Open()
    {
        lock (_lock)
        {
            var left = _clock.GetElapsedTime(_clock.GetTimestamp(), _shutUntil);
            if (left > TimeSpan.Zero)
            {
                _opening?.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }

            _opening?.Dispose();
            _opening = null;
            _gate.Open();
        }
    }

    private async ValueTask<long> EnteredAsync(ValueTask entering)
    {
        await entering;
        return _clock.GetTimestamp();
    }

    private void Apply(int before)
    {
        if (_width.Width != before)
        {
            _gate.Capacity = _width.Width;
        }
    }
}
