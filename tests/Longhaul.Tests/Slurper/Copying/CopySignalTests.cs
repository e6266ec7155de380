using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class CopySignalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_copy_told_to_stop_before_it_began_makes_no_request()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        await scene.Stop.CancelAsync();

        Assert.IsType<CopyOutcome.Stopped>(await scene.CopyAsync("a"));

        Assert.Empty(scene.Source.Calls);
    }

    [Fact]
    public async Task A_copy_that_waits_for_its_turn_stops()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        var reads = scene.Copier.Endpoints.Find("https://source.test/from").Reads;
        for (var i = 0; i < 16; i++)
        {
            await reads.EnterAsync(Token, Token);
        }

        var copying = scene.CopyAsync("a");
        Assert.False(copying.IsCompleted);
        await scene.Stop.CancelAsync();

        Assert.IsType<CopyOutcome.Stopped>(await copying);
        Assert.Empty(scene.Source.Calls);
        Assert.Equal(0, scene.Budget.Small.Used);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(30_000)]
    [InlineData(80_000)]
    public async Task A_copy_that_is_under_way_ends_after_a_stop(int size)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(size));
        scene.Source.Script = call =>
        {
            scene.Stop.Cancel();
            return null;
        };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
    }

    [Fact]
    public async Task A_copy_that_would_have_to_try_again_stops_and_keeps_its_upload_for_the_next_run()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        scene.Target.Script = call =>
        {
            if (call is not { Verb: "PART", Part: 8 })
            {
                return null;
            }

            scene.Stop.Cancel();
            return Mishap.Fault(StoreFault.Passing, 500);
        };

        Assert.IsType<CopyOutcome.Stopped>(await scene.CopyAsync("a"));

        Assert.NotNull(scene.Journal.Recorded?.UploadId);
        Assert.Equal(0, scene.Target.UnderWay);
        scene.Renew();
        scene.Target.Script = null;
        var kept = await scene.Target.ListPartsAsync("a", scene.Journal.Recorded.UploadId, TestContext.Current.CancellationToken);
        scene.Target.ClearCalls();
        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a", isRepeated: true));
        scene.AssertSame("a", sameETag: false);
        Assert.Equal(8 - kept!.Count, scene.Target.CountOf("PART"));
    }

    [Theory]
    [InlineData(10, "GET", true)]
    [InlineData(30_000, "GET", true)]
    [InlineData(80_000, "GET", true)]
    [InlineData(80_000, "PART", false)]
    public async Task After_a_cut_nothing_is_written_any_more_and_the_upload_is_gone(int size, string verb, bool isSource)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(size));
        var never = new TaskCompletionSource();
        (isSource ? scene.Source : scene.Target).Script = call =>
        {
            if (call.Verb != verb)
            {
                return null;
            }

            scene.Cut.CancelAfter(0);
            return new Mishap { HeldUntil = never.Task };
        };

        Assert.IsType<CopyOutcome.Stopped>(await scene.CopyAsync("a"));

        Assert.Equal(0, scene.Target.UnderWay);
        Assert.Equal(0, scene.Target.UploadCount);
        Assert.Null(scene.Target["a"]);
        Assert.Null(scene.Journal.Recorded);
        Assert.Equal(0, scene.Budget.Small.Used + scene.Budget.Large.Used);
    }

    [Theory]
    [InlineData(10, "PUT")]
    [InlineData(80_000, "COMPLETE")]
    public async Task A_write_that_makes_an_object_appear_may_end_within_a_second_of_the_cut(int size, string verb)
    {
        var clock = new ManualTimeProvider();
        using var scene = new CopyScene(clock);
        scene.Source.Seed("a", CopyScene.Bytes(size));
        var reached = new TaskCompletionSource();
        var held = new TaskCompletionSource();
        scene.Target.Script = call =>
        {
            if (call.Verb != verb)
            {
                return null;
            }

            reached.TrySetResult();
            return new Mishap { HeldUntil = held.Task };
        };

        var copying = scene.CopyAsync("a");
        await reached.Task;
        await scene.Cut.CancelAsync();
        clock.Advance(CopyTokens.Patience / 2);
        Assert.Equal(1, scene.Target.WritesUnderWay);
        held.SetResult();

        Assert.IsType<CopyOutcome.Copied>(await copying);
        scene.AssertSame("a", sameETag: false);
    }

    [Theory]
    [InlineData(10, "PUT")]
    [InlineData(30_000, "PUT")]
    [InlineData(80_000, "COMPLETE")]
    [InlineData(80_000, "BEGIN")]
    public async Task A_write_that_does_not_end_within_a_second_of_the_cut_is_given_up(int size, string verb)
    {
        var clock = new ManualTimeProvider();
        using var scene = new CopyScene(clock);
        scene.Source.Seed("a", CopyScene.Bytes(size));
        var reached = new TaskCompletionSource();
        scene.Target.Script = call =>
        {
            if (call.Verb != verb)
            {
                return null;
            }

            reached.TrySetResult();
            return new Mishap { HeldUntil = new TaskCompletionSource().Task };
        };

        var copying = scene.CopyAsync("a");
        await reached.Task;
        await scene.Cut.CancelAsync();
        clock.Advance(CopyTokens.Patience);

        Assert.IsType<CopyOutcome.Stopped>(await copying);
        Assert.Equal(0, scene.Target.UnderWay);
        Assert.Equal(0, scene.Target.UploadCount);
        Assert.Null(scene.Journal.Recorded);
    }

    [Fact]
    public async Task A_cut_does_not_wait_for_a_store_that_asked_for_patience()
    {
        var clock = new ManualTimeProvider();
        using var scene = new CopyScene(clock);
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        var reached = new TaskCompletionSource();
        scene.Target.Script = call =>
        {
            if (call is not { Verb: "PART", Part: 8 })
            {
                return null;
            }

            reached.TrySetResult();
            return Mishap.Fault(StoreFault.Throttled, 503, "SlowDown", TimeSpan.FromMinutes(2));
        };

        var copying = scene.CopyAsync("a");
        await reached.Task;
        await scene.Cut.CancelAsync();

        Assert.IsType<CopyOutcome.Stopped>(await copying);
        Assert.Equal(0, scene.Target.UploadCount);
        Assert.Null(scene.Journal.Recorded);
    }

    [Theory]
    [InlineData(10, "PUT")]
    [InlineData(30_000, "PUT")]
    [InlineData(80_000, "PART")]
    [InlineData(80_000, "COMPLETE")]
    public async Task A_lost_lease_ends_every_request_and_cleans_nothing_up(int size, string verb)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(size));
        scene.Target.Script = call =>
        {
            if (call.Verb != verb)
            {
                return null;
            }

            scene.Lost.CancelAfter(0);
            return new Mishap { HeldUntil = new TaskCompletionSource().Task };
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scene.CopyAsync("a"));

        Assert.Equal(0, scene.Target.UnderWay);
        Assert.Equal(0, scene.Target.CountOf("ABORT"));
        Assert.Equal(size == 80_000, scene.Journal.Recorded is not null);
    }

    [Fact]
    public async Task A_journal_that_has_lost_the_lease_ends_the_copy()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        scene.Journal.Before = entry => throw new OperationCanceledException("the lease is lost");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scene.CopyAsync("a"));

        Assert.Equal(0, scene.Target.CountOf("BEGIN"));
    }

    [Fact]
    public async Task An_upload_that_cannot_be_aborted_stays_in_the_journal()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        scene.Target.Script = call =>
        {
            if (call is { Verb: "PART", Part: 3 })
            {
                scene.Cut.CancelAfter(0);
                return new Mishap { HeldUntil = new TaskCompletionSource().Task };
            }

            return call.Verb == "ABORT" ? Mishap.Fault(StoreFault.Passing, 500) : null;
        };

        Assert.IsType<CopyOutcome.Stopped>(await scene.CopyAsync("a"));

        Assert.NotNull(scene.Journal.Recorded?.UploadId);
        scene.Target.Script = null;
        await scene.Copier.AbandonAsync(scene.Target, "a", scene.Journal.Recorded!, TestContext.Current.CancellationToken);
        Assert.Equal(0, scene.Target.UploadCount);
    }
}
