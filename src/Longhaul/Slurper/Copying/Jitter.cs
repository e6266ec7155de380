namespace Longhaul.Slurper.Copying;

/// <summary>How long to wait before a repetition: anything up to 100 ms, doubled with each failure up to 20 s. Safe for concurrent use.</summary>
internal sealed class Jitter(Random random)
{
    private const double FirstMilliseconds = 100;
    private const double MostMilliseconds = 20_000;

    private readonly Lock _lock = new();

    /// <summary>The wait after so many failures (from 1); at least what the store asks for, up to five minutes.</summary>
    public TimeSpan After(int failures, TimeSpan? retryAfter)
    {
        var most = Math.Min(MostMilliseconds, FirstMilliseconds * Math.Pow(2, Math.Clamp(failures - 1, 0, 20)));
        double share;
        lock (_lock)
        {
            share = random.NextDouble();
        }

        var wait = TimeSpan.FromMilliseconds(most * share);
        var asked = retryAfter ?? TimeSpan.Zero;
        asked = asked < EndpointThrottle.LongestPause ? asked : EndpointThrottle.LongestPause;
        return wait > asked ? wait : asked;
    }
}
