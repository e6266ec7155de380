using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class OverwriteTests
{
    public static TheoryData<int, bool, bool> Ways
    {
        get
        {
            var ways = new TheoryData<int, bool, bool>();
            foreach (var size in (int[])[100, 30_000, 80_000, 150_000])
            {
                ways.Add(size, true, false);
                ways.Add(size, false, false);
                ways.Add(size, true, true);
            }

            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_exists_stays_when_it_must(int size, bool hasConditionalCreate, bool isSameStore)
    {
        using var scene = Scene(hasConditionalCreate, isSameStore);
        scene.Source.Seed("a", CopyScene.Bytes(size));
        var foreign = scene.Target.Seed("a", CopyScene.Bytes(size, seed: 5));

        Assert.IsType<CopyOutcome.Exists>(await scene.CopyAsync("a"));

        Assert.Same(foreign, scene.Target["a"]);
        Assert.Equal(0, scene.Target.UploadCount);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_does_not_exist_is_copied(int size, bool hasConditionalCreate, bool isSameStore)
    {
        using var scene = Scene(hasConditionalCreate, isSameStore);
        scene.Source.Seed("a", CopyScene.Bytes(size), CopyScene.Dressed);

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: size < 80_000);
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(30_000, false)]
    [InlineData(80_000, false)]
    [InlineData(150_000, false)]
    [InlineData(100, true)]
    [InlineData(80_000, true)]
    [InlineData(150_000, true)]
    public async Task What_appears_while_the_object_is_being_read_stays_where_the_store_can_see_to_it(int size, bool isSameStore)
    {
        using var scene = Scene(hasConditionalCreate: true, isSameStore);
        scene.Source.Seed("a", CopyScene.Bytes(size));
        StoredObject? foreign = null;
        scene.Target.Script = call =>
        {
            if (call.Verb is "PUT" or "COMPLETE" or "COPY")
            {
                foreign ??= scene.Target.Seed("a", CopyScene.Bytes(7, seed: 5));
            }

            return null;
        };

        Assert.IsType<CopyOutcome.Exists>(await scene.CopyAsync("a"));

        Assert.Same(foreign, scene.Target["a"]);
        Assert.Equal(0, scene.Target.UploadCount);
    }

    [Fact]
    public async Task A_store_that_ignores_the_condition_on_completion_is_asked_right_before()
    {
        using var scene = Scene(hasConditionalCreate: true, isSameStore: false);
        scene.Target.IgnoresConditionOnComplete = true;
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        StoredObject? foreign = null;
        scene.Target.Script = call =>
        {
            if (call is { Verb: "PART", Part: 3 })
            {
                foreign = scene.Target.Seed("a", CopyScene.Bytes(7, seed: 5));
            }

            return null;
        };

        Assert.IsType<CopyOutcome.Exists>(await scene.CopyAsync("a"));

        Assert.Same(foreign, scene.Target["a"]);
        Assert.Equal(0, scene.Target.UploadCount);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_write_whose_answer_was_lost_is_known_to_be_ours(int size, bool hasConditionalCreate, bool isSameStore)
    {
        using var scene = Scene(hasConditionalCreate, isSameStore);
        scene.Source.Seed("a", CopyScene.Bytes(size));
        var isLost = false;
        scene.Target.Script = call =>
        {
            if (isLost || call.Verb is not ("PUT" or "COMPLETE" or "COPY"))
            {
                return null;
            }

            isLost = true;
            return Mishap.LostReply();
        };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.True(isLost);
        scene.AssertSame("a", sameETag: false);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_an_earlier_run_wrote_and_did_not_record_counts_as_copied(int size, bool hasConditionalCreate, bool isSameStore)
    {
        using var scene = Scene(hasConditionalCreate, isSameStore);
        scene.Source.Seed("a", CopyScene.Bytes(size));
        scene.Target.Seed("a", CopyScene.Bytes(size));

        // The store tells time in whole seconds.
        scene.AcceptedAt = scene.Target["a"]!.LastModified + TimeSpan.FromMilliseconds(900);

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a", isRepeated: true));
        scene.AcceptedAt += TimeSpan.FromSeconds(1);
        Assert.IsType<CopyOutcome.Exists>(await scene.CopyAsync("a", isRepeated: true));
        scene.AcceptedAt -= TimeSpan.FromSeconds(1);
        scene.Target.Seed("a", CopyScene.Bytes(size + 1));
        Assert.IsType<CopyOutcome.Exists>(await scene.CopyAsync("a", isRepeated: true));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(30_000)]
    [InlineData(80_000)]
    public async Task A_conflict_is_done_again(int size)
    {
        using var scene = Scene(hasConditionalCreate: true, isSameStore: false);
        scene.Source.Seed("a", CopyScene.Bytes(size));
        var conflicts = 2;
        scene.Target.Script = call => call.Verb is "PUT" or "COMPLETE" && conflicts-- > 0
            ? Mishap.Fault(StoreFault.Conflict, 409, "ConditionalRequestConflict")
            : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);

        // Such an upload is dead: from scratch means a new one each time.
        Assert.Equal(size == 80_000 ? 3 : 0, scene.Target.CountOf("BEGIN"));
    }

    private static CopyScene Scene(bool hasConditionalCreate, bool isSameStore)
    {
        var scene = new CopyScene { Overwrite = false, HasConditionalCreate = hasConditionalCreate, IsSameStore = isSameStore };
        scene.Target.IgnoresConditions = !hasConditionalCreate;
        scene.Target.CopiesFrom = isSameStore ? scene.Source : null;
        return scene;
    }
}
