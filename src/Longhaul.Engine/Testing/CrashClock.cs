namespace Longhaul.Engine.Testing;

/// <summary>
/// A clock on which more than a minute goes by between two looks and no timer ever fires: a test waits for no back-off, and no tick of
/// the engine comes between two points.
/// </summary>
internal sealed class CrashClock : TimeProvider
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private long _looks;

    public override DateTimeOffset GetUtcNow() => Start + (Interlocked.Increment(ref _looks) * TimeSpan.FromSeconds(61));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Never();

    private sealed class Never : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => default;
    }
}
