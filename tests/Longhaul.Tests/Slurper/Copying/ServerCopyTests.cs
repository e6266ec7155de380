using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class ServerCopyTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(CopyScene.MaxSingle)]
    public async Task One_store_copies_an_object_by_itself(int size)
    {
        using var scene = Scene();
        scene.Source.Seed("a", CopyScene.Bytes(size), CopyScene.Dressed);

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.Equal(["HEAD a"], scene.Source.Calls);
        Assert.Equal(["COPY a", "HEAD a"], scene.Target.Calls);
    }

    [Fact]
    public async Task A_larger_object_is_copied_in_parts_by_the_store()
    {
        using var scene = Scene();
        scene.Source.Seed("a", CopyScene.Bytes(CopyScene.MaxSingle + 1), CopyScene.Dressed);

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(11, scene.Target.CountOf("COPYPART"));
        Assert.Equal(0, scene.Source.CountOf("GET"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(CopyScene.MaxSingle + 1)]
    public async Task A_store_that_cannot_is_asked_only_once(int size)
    {
        using var scene = Scene();
        scene.Source.Seed("a", CopyScene.Bytes(size));
        scene.Target.Script = call => call.Verb is "COPY" or "COPYPART" ? Mishap.Fault(StoreFault.NotImplemented, 501, "NotImplemented") : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));
        scene.AssertSame("a", sameETag: false);
        var asked = scene.Target.CountOf("COPY") + scene.Target.CountOf("COPYPART");
        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.InRange(asked, 1, 8);
        Assert.Equal(asked, scene.Target.CountOf("COPY") + scene.Target.CountOf("COPYPART"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(CopyScene.MaxSingle + 1)]
    public async Task An_object_that_the_store_will_not_copy_comes_through_here(int size)
    {
        using var scene = Scene();
        scene.Source.Seed("a", CopyScene.Bytes(size));
        scene.Target.Script = call => call.Verb is "COPY" or "COPYPART" ? Mishap.Fault(StoreFault.Permanent, 400, "InvalidRequest") : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
    }

    [Theory]
    [InlineData(10, "COPY")]
    [InlineData(CopyScene.MaxSingle + 1, "COPYPART")]
    public async Task An_object_that_is_replaced_meanwhile_starts_over(int size, string verb)
    {
        using var scene = Scene();
        scene.Source.Seed("a", CopyScene.Bytes(size));
        var isReplaced = false;
        scene.Target.Script = call =>
        {
            if (call.Verb == verb && !isReplaced)
            {
                isReplaced = true;
                scene.Source.Seed("a", CopyScene.Bytes(size, seed: 2), CopyScene.Dressed);
            }

            return null;
        };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
    }

    [Fact]
    public async Task A_copy_that_is_not_like_its_source_is_made_by_the_bytes()
    {
        using var scene = Scene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        scene.Target.Script = call =>
        {
            if (call.Verb == "HEAD" && scene.Target["a"] is { } wrong && scene.Target.CountOf("PUT") == 0 && scene.Target.CountOf("HEAD") == 1)
            {
                scene.Target["a"] = wrong with { Bytes = CopyScene.Bytes(10, seed: 3), ETag = ScriptedStore.Md5(CopyScene.Bytes(10, seed: 3)) };
            }

            return null;
        };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.Equal(1, scene.Target.CountOf("PUT"));
    }

    private static CopyScene Scene()
    {
        var scene = new CopyScene { IsSameStore = true };
        scene.Target.CopiesFrom = scene.Source;
        return scene;
    }
}
