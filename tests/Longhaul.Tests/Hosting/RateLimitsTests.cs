using Longhaul.Hosting;
using Longhaul.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Longhaul.Tests.Hosting;

/// <summary>The window of a credential, on a clock that stands still.</summary>
public sealed class RateLimitsTests
{
    private readonly ManualTimeProvider _clock = new();
    private readonly Caller _caller = Caller.Token("ci", Permissions.ListsRead, ["acme"]);

    [Fact]
    public void A_window_gives_so_many_requests_and_then_begins_anew()
    {
        var limits = Limits(2, 300);

        Assert.Equal((true, "1", "300", 59), Take(limits, _caller));
        _clock.Advance(TimeSpan.FromSeconds(250));
        Assert.Equal((true, "0", "50", 50), Take(limits, _caller));
        Assert.Equal((false, "0", "50", 50), Take(limits, _caller));
        _clock.Advance(TimeSpan.FromSeconds(49.5));
        Assert.Equal((false, "0", "1", 1), Take(limits, _caller));
        _clock.Advance(TimeSpan.FromSeconds(0.5));
        Assert.Equal((true, "1", "300", 59), Take(limits, _caller));
    }

    [Fact]
    public void Each_credential_has_a_window_of_its_own()
    {
        var limits = Limits(1, 300);
        var other = Caller.Token("other", Permissions.ListsRead, ["acme"]);

        Assert.True(Take(limits, _caller).IsTaken);
        Assert.False(Take(limits, _caller).IsTaken);
        Assert.True(Take(limits, other).IsTaken);
    }

    [Fact]
    public void Off_it_says_nothing()
    {
        var context = new DefaultHttpContext();

        Assert.True(Limits(0, 300).TryTake(context.Response, _caller, out _));
        Assert.Empty(context.Response.Headers);
    }

    private static (bool IsTaken, string Remaining, string Reset, int RetryAfter) Take(RateLimits limits, Caller caller)
    {
        var context = new DefaultHttpContext();
        var isTaken = limits.TryTake(context.Response, caller, out var retryAfter);
        return (isTaken, context.Response.Headers["x-ratelimit-remaining"].ToString(), context.Response.Headers["x-ratelimit-reset"].ToString(), retryAfter);
    }

    private RateLimits Limits(int requests, int seconds) =>
        new(Options.Create(new HostingOptions { RateLimitRequests = requests, RateLimitWindowSeconds = seconds }), _clock);
}
