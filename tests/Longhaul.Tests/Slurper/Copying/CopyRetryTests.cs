using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class CopyRetryTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_may_pass_is_tried_ten_times_with_growing_waits(bool isSource)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        (isSource ? scene.Source : scene.Target).Script = _ => Mishap.Fault(StoreFault.Passing, 503, "ServiceUnavailable");

        var failed = Assert.IsType<CopyOutcome.Failed>(await scene.CopyAsync("a"));

        Assert.True(failed.IsRetriable);
        Assert.Equal(10, failed.Attempts);
        Assert.Contains("HTTP 503 ServiceUnavailable", failed.Message, StringComparison.Ordinal);
        Assert.EndsWith("(10 attempts)", failed.Message, StringComparison.Ordinal);
        Assert.Equal(10, (isSource ? scene.Source : scene.Target).Calls.Count);
        var most = TimeSpan.FromMilliseconds(100);
        foreach (var wait in scene.Rushing.Waits)
        {
            Assert.InRange(wait, TimeSpan.Zero, most);
            most *= 2;
        }
    }

    [Fact]
    public void Waits_are_spread_over_all_that_is_allowed()
    {
        var jitter = new Jitter(new Random(1));

        var waits = Enumerable.Range(0, 1_000).Select(_ => jitter.After(20, null).TotalSeconds).ToList();

        Assert.InRange(waits.Min(), 0, 1);
        Assert.InRange(waits.Max(), 19, 20);
        Assert.InRange(waits.Average(), 9, 11);
        Assert.Equal(TimeSpan.FromSeconds(30), jitter.After(1, TimeSpan.FromSeconds(30)));
        Assert.Equal(TimeSpan.FromMinutes(5), jitter.After(1, TimeSpan.FromHours(30)));
    }

    [Fact]
    public async Task Retry_After_is_waited_for()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        var wait = TimeSpan.FromSeconds(42);
        scene.Target.Script = call => call.Index == 1 ? Mishap.Fault(StoreFault.Passing, 503, null, wait) : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.Contains(wait, scene.Rushing.Waits);
    }

    [Fact]
    public async Task A_short_wait_for_the_target_does_not_read_the_object_again()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        scene.Target.Script = call => call.Index <= 2 ? Mishap.Fault(StoreFault.Passing, 500) : null;

        var copied = Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.Equal(3, copied.Attempts);
        Assert.Equal(1, scene.Source.CountOf("GET"));
    }

    [Fact]
    public async Task A_long_wait_for_the_target_gives_the_buffer_back()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        scene.Target.Script = call => call.Index == 1 ? Mishap.Fault(StoreFault.Passing, 503, null, TimeSpan.FromSeconds(9)) : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.Equal(2, scene.Source.CountOf("GET"));
    }

    [Fact]
    public async Task A_request_that_was_ended_by_nobody_of_us_is_tried_again()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        scene.Source.Script = call => call.Index == 1 ? new Mishap { Before = () => new TaskCanceledException("too slow") } : null;
        scene.Target.Script = call => call.Index == 1 ? new Mishap { Before = () => new IOException("reset") } : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));
    }

    [Fact]
    public async Task SlowDown_narrows_the_endpoint_and_Retry_After_shuts_it()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        scene.Target.Script = call => call.Index == 1 ? Mishap.Fault(StoreFault.Throttled, 503, "SlowDown", TimeSpan.FromSeconds(3)) : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        var endpoint = scene.Copier.Endpoints.Find("https://target.test/to");
        Assert.Equal(11, endpoint.Writes.Width);
        Assert.Equal(16, endpoint.Reads.Width);
        Assert.Equal(16, scene.Copier.Endpoints.Find("https://source.test/from").Reads.Width);
    }
}
