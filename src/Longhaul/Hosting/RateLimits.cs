using System.Globalization;
using Microsoft.Extensions.Options;

namespace Longhaul.Hosting;

/// <summary>
/// So many requests in so many seconds for each credential, in this process. The counters live with the callers, so there are never
/// more of them than credentials.
/// </summary>
internal sealed class RateLimits(IOptions<HostingOptions> options, TimeProvider clock)
{
    private const int MaxRetryAfterSeconds = 59;

    private readonly int _limit = options.Value.RateLimitRequests;
    private readonly TimeSpan _window = TimeSpan.FromSeconds(options.Value.RateLimitWindowSeconds);

    /// <summary>
    /// Counts a request and says in the answer's headers what is left. Returns false when it is one too many; then
    /// <paramref name="retryAfterSeconds"/> is when to come again, or to ask again.
    /// </summary>
    public bool TryTake(HttpResponse response, Caller caller, out int retryAfterSeconds)
    {
        retryAfterSeconds = 0;
        if (_limit == 0)
        {
            return true;
        }

        var used = caller.Requests.Take(clock, _window, out var left);
        var reset = (int)Math.Max(1, Math.Ceiling(left.TotalSeconds));
        response.Headers["x-ratelimit-limit"] = Text(_limit);
        response.Headers["x-ratelimit-remaining"] = Text(Math.Max(0, _limit - used));
        response.Headers["x-ratelimit-reset"] = Text(reset);
        retryAfterSeconds = Math.Min(reset, MaxRetryAfterSeconds);
        return used <= _limit;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A counter that begins anew when its window is over; the window begins with the first request in it.</summary>
internal sealed class RateWindow
{
    private readonly Lock _gate = new();
    private long _start;
    private long _used;

    /// <summary>Counts one request. Returns how many the window has seen with it, and how long the window still lasts.</summary>
    public long Take(TimeProvider clock, TimeSpan length, out TimeSpan left)
    {
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            if (_used == 0 || clock.GetElapsedTime(_start, now) >= length)
            {
                (_start, _used) = (now, 0);
            }

            left = length - clock.GetElapsedTime(_start, now);
            return ++_used;
        }
    }
}
