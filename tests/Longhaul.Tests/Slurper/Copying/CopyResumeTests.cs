using Longhaul.Slurper.Copying;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class CopyResumeTests
{
    private const int Size = 85_000;
    private const int Parts = 9;

    public static TheoryData<int, bool> KillPoints
    {
        get
        {
            var points = new TheoryData<int, bool>();
            for (var k = 1; k <= Parts + 4; k++)
            {
                points.Add(k, true);
                points.Add(k, false);
            }

            return points;
        }
    }

    [Theory]
    [MemberData(nameof(KillPoints))]
    public async Task A_copy_killed_at_any_request_goes_on_where_it_was(int request, bool isBefore)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(Size), CopyScene.Dressed);
        scene.Target.Script = call =>
        {
            if (call.Index < request)
            {
                return null;
            }

            Exception Die()
            {
                scene.Lost.Cancel();
                return new OperationCanceledException(scene.Lost.Token);
            }

            return isBefore ? new Mishap { Before = Die } : new Mishap { After = Die };
        };
        try
        {
            await scene.CopyAsync("a");
        }
        catch (OperationCanceledException)
        {
            // It died.
        }

        await RunAgainAsync(scene);
    }

    [Theory]
    [InlineData("intend")]
    [InlineData("began")]
    [InlineData("forget")]
    public async Task A_copy_killed_at_any_entry_of_its_journal_goes_on(string entry)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(Size), CopyScene.Dressed);
        scene.Journal.Before = name =>
        {
            if (name == entry)
            {
                scene.Lost.Cancel();
                throw new OperationCanceledException(scene.Lost.Token);
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scene.CopyAsync("a"));

        await RunAgainAsync(scene);
    }

    [Fact]
    public async Task An_upload_of_another_object_is_not_gone_on_with()
    {
        using var scene = new CopyScene();
        await KilledInTheMiddleAsync(scene);
        scene.Source.Seed("a", CopyScene.Bytes(Size, seed: 2));

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a", isRepeated: true));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(Parts, scene.Target.CountOf("PART"));
    }

    [Fact]
    public async Task An_upload_goes_on_with_the_parts_it_was_begun_with()
    {
        using var scene = new CopyScene();
        await KilledInTheMiddleAsync(scene);
        scene.Options = scene.Options with { PartBytes = 30_000 };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a", isRepeated: true));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(Parts, scene.Target["a"]!.PartSizes.Count);
    }

    [Fact]
    public async Task An_object_that_became_small_leaves_no_upload_behind()
    {
        using var scene = new CopyScene();
        await KilledInTheMiddleAsync(scene);
        scene.Source.Seed("a", CopyScene.Bytes(10));

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a", isRepeated: true));

        scene.AssertSame("a");
    }

    [Fact]
    public async Task Uploads_that_began_before_ours_was_intended_are_left_alone()
    {
        using var scene = new CopyScene();
        var foreign = scene.Target.BeginForeign("a", scene.Clock.GetUtcNow() - TimeSpan.FromSeconds(5));
        scene.Journal.Recorded = new RecordedUpload(null, "x", Size, CopyScene.Part, scene.Clock.GetUtcNow());
        scene.Target.BeginForeign("a", scene.Clock.GetUtcNow());
        scene.Source.Seed("a", CopyScene.Bytes(Size));

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a", isRepeated: true));

        Assert.Equal([foreign], (await scene.Target.ListUploadsAsync("a", TestContext.Current.CancellationToken)).Select(u => u.UploadId));
    }

    private static async Task KilledInTheMiddleAsync(CopyScene scene)
    {
        scene.Source.Seed("a", CopyScene.Bytes(Size));
        scene.Target.Script = call =>
        {
            if (call is { Verb: "PART", Part: Parts })
            {
                scene.Lost.CancelAfter(0);
                return new Mishap { HeldUntil = new TaskCompletionSource().Task };
            }

            return null;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scene.CopyAsync("a"));
        scene.Target.Script = null;
        scene.Target.ClearCalls();
        scene.Renew();
    }

    private static async Task RunAgainAsync(CopyScene scene)
    {
        scene.Target.Script = null;
        scene.Journal.Before = null;
        scene.Target.ClearCalls();
        scene.Renew();
        var recorded = scene.Journal.Recorded;
        var isComplete = scene.Target["a"] is not null;
        var finished = recorded?.UploadId is { } id
            ? await scene.Target.ListPartsAsync("a", id, TestContext.Current.CancellationToken) ?? []
            : [];

        // A new process knows nothing of what the old one had learned.
        scene.Copier = new ObjectCopier(new StoreEndpoints(scene.Clock), scene.Budget, scene.Clock, new Random(8));
        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a", isRepeated: true));

        scene.AssertSame("a", sameETag: false);
        Assert.Empty(finished.Select(part => $"PART a {part.Number}").Intersect(scene.Target.Calls));
        if (isComplete && recorded is not null)
        {
            Assert.Equal(0, scene.Target.CountOf("PART"));
        }
    }
}
