using Longhaul.Slurper.Copying;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class EndpointThrottleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Sixteen_go_at_first_and_the_others_follow_in_order()
    {
        var throttle = new EndpointThrottle(_clock);
        for (var i = 0; i < 16; i++)
        {
            Assert.True(throttle.EnterAsync(Token, Token).AsTask().IsCompleted);
        }

        var second = throttle.EnterAsync(Token, Token).AsTask();
        var third = throttle.EnterAsync(Token, Token).AsTask();
        Assert.False(second.IsCompleted);
        throttle.Leave();

        await second;
        Assert.False(third.IsCompleted);
        Assert.Equal(16, throttle.UnderWay);
    }

    [Fact]
    public async Task Waiting_can_be_given_up_by_either_token()
    {
        var throttle = new EndpointThrottle(_clock);
        for (var i = 0; i < 16; i++)
        {
            await throttle.EnterAsync(Token, Token);
        }

        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        var one = throttle.EnterAsync(first.Token, Token).AsTask();
        var other = throttle.EnterAsync(Token, second.Token).AsTask();
        await first.CancelAsync();
        await second.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
        throttle.Leave();
        Assert.Equal(15, throttle.UnderWay);
    }

    [Fact]
    public async Task Too_much_narrows_once_per_round_trip()
    {
        var throttle = new EndpointThrottle(_clock);
        for (var i = 0; i < 16; i++)
        {
            await throttle.EnterAsync(Token, Token);
        }

        var sentAt = _clock.GetTimestamp();
        _clock.Advance(TimeSpan.FromMilliseconds(50));
        for (var i = 0; i < 16; i++)
        {
            throttle.LeaveThrottled(sentAt);
        }

        Assert.Equal(11, throttle.Width);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        throttle.LeaveThrottled(await throttle.EnterAsync(Token, Token));
        Assert.Equal(7, throttle.Width);
        Assert.Equal(0, throttle.UnderWay);
    }

    [Fact]
    public async Task It_never_narrows_to_nothing()
    {
        var throttle = new EndpointThrottle(_clock);
        for (var i = 0; i < 50; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            throttle.LeaveThrottled(await throttle.EnterAsync(Token, Token));
        }

        Assert.Equal(1, throttle.Width);
    }

    [Fact]
    public async Task Retry_After_lets_nobody_in_until_it_is_over()
    {
        var endpoint = new StoreEndpoint(_clock);
        endpoint.Pause(TimeSpan.FromSeconds(5));
        endpoint.Pause(TimeSpan.FromSeconds(2));
        var waiting = endpoint.Reads.EnterAsync(Token, Token).AsTask();

        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(waiting.IsCompleted);
        Assert.False(endpoint.Lists.EnterAsync(Token, Token).AsTask().IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.1));

        await waiting;
    }

    [Fact]
    public async Task A_pause_has_a_bound()
    {
        var throttle = new EndpointThrottle(_clock);
        throttle.Pause(TimeSpan.FromDays(3));
        var waiting = throttle.EnterAsync(Token, Token).AsTask();

        _clock.Advance(EndpointThrottle.LongestPause);

        await waiting;
    }

    [Theory]
    [InlineData(40)]
    [InlineData(200)]
    public void It_grows_to_what_the_store_bears_and_not_much_further(int bearable)
    {
        var width = Run(new AdaptiveWidth(TimeSpan.TicksPerSecond), intervals: 400, bearable, out _);

        Assert.InRange(width, bearable * 0.6, bearable * 2);
    }

    [Fact]
    public void It_never_grows_beyond_its_bound()
    {
        Assert.Equal(AdaptiveWidth.Most, Run(new AdaptiveWidth(TimeSpan.TicksPerSecond), intervals: 400, bearable: 10_000, out _));
    }

    [Fact]
    public void It_does_not_grow_where_it_is_not_used_up()
    {
        var width = new AdaptiveWidth(TimeSpan.TicksPerSecond);
        for (var now = 0L; now < 100 * TimeSpan.TicksPerSecond; now += TimeSpan.TicksPerMillisecond)
        {
            width.Ended(now, wasFull: false, isClean: true);
        }

        Assert.Equal(AdaptiveWidth.First, width.Width);
    }

    [Fact]
    public void After_too_much_it_grows_by_one_for_each_clean_interval()
    {
        var width = new AdaptiveWidth(TimeSpan.TicksPerSecond);
        width.TooMuch(now: 5, sentAt: 1);
        Assert.Equal(11, width.Width);

        Run(width, intervals: 1, bearable: 10_000, out var now);
        Assert.Equal(12, width.Width);
        Run(width, intervals: 1, bearable: 10_000, out now, now);
        Assert.Equal(13, width.Width);
    }

    [Fact]
    public void Failures_that_pass_keep_it_from_growing()
    {
        var width = new AdaptiveWidth(TimeSpan.TicksPerSecond);
        for (var now = 0L; now < 10 * TimeSpan.TicksPerSecond; now += TimeSpan.TicksPerMillisecond)
        {
            width.Ended(now, wasFull: true, isClean: now % (7 * TimeSpan.TicksPerMillisecond) != 0);
        }

        Assert.Equal(AdaptiveWidth.First, width.Width);
    }

    /// <summary>A store that answers within 100 ms as many requests at once as it bears, and takes longer in proportion beyond that.</summary>
    private static int Run(AdaptiveWidth width, int intervals, int bearable, out long now, long from = 10)
    {
        now = from;
        width.Ended(now, wasFull: true, isClean: true);
        for (var i = 0; i < intervals; i++)
        {
            var under = width.Width;
            var trip = TimeSpan.FromMilliseconds(100 * Math.Max(1, under / (double)bearable)).Ticks + 1;
            for (var request = 1; request <= under; request++)
            {
                width.Ended(now + (trip * request / under), wasFull: true, isClean: true);
            }

            now += trip;
        }

        return width.Width;
    }
}
