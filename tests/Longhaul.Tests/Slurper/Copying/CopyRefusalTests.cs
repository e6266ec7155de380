using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class CopyRefusalTests
{
    [Theory]
    [InlineData("GLACIER")]
    [InlineData("DEEP_ARCHIVE")]
    public async Task An_archived_object_is_skipped_before_any_GET(string storageClass)
    {
        using var scene = new CopyScene();
        scene.Source["a"] = scene.Source.Seed("a", CopyScene.Bytes(10)) with { StorageClass = storageClass };

        var skipped = Assert.IsType<CopyOutcome.Skipped>(await scene.CopyAsync("a"));

        Assert.Equal(("importSkippedStorageClass", storageClass), (skipped.LogType, skipped.Message));
        Assert.Equal(["HEAD a"], scene.Source.Calls);
        Assert.Empty(scene.Target.Calls);
    }

    [Fact]
    public async Task An_archived_object_that_was_brought_back_is_copied()
    {
        using var scene = new CopyScene();
        scene.Source["a"] = scene.Source.Seed("a", CopyScene.Bytes(10)) with
        {
            StorageClass = "GLACIER",
            Restore = "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2029 00:00:00 GMT\"",
        };
        scene.Source["b"] = scene.Source["a"]! with { Restore = "ongoing-request=\"true\"" };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));
        Assert.IsType<CopyOutcome.Skipped>(await scene.CopyAsync("b"));
    }

    [Fact]
    public async Task GLACIER_IR_is_copied_like_any_other()
    {
        using var scene = new CopyScene();
        scene.Source["a"] = scene.Source.Seed("a", CopyScene.Bytes(10)) with { StorageClass = "GLACIER_IR" };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.Equal(["GET a"], scene.Source.Calls);
    }

    [Fact]
    public async Task The_archive_tiers_of_intelligent_tiering_are_skipped_by_their_class()
    {
        using var scene = new CopyScene();
        scene.Source["a"] = scene.Source.Seed("a", CopyScene.Bytes(10)) with
        {
            StorageClass = "INTELLIGENT_TIERING",
            ArchiveStatus = "ARCHIVE_ACCESS",
        };

        var skipped = Assert.IsType<CopyOutcome.Skipped>(await scene.CopyAsync("a"));

        Assert.Equal(("importSkippedStorageClass", "INTELLIGENT_TIERING ARCHIVE_ACCESS"), (skipped.LogType, skipped.Message));
    }

    [Fact]
    public async Task What_only_the_GET_shows_to_be_archived_requires_retrieval()
    {
        using var scene = new CopyScene();
        scene.Source["a"] = scene.Source.Seed("a", CopyScene.Bytes(10)) with { StorageClass = "DEEP_ARCHIVE" };

        var skipped = Assert.IsType<CopyOutcome.Skipped>(await scene.CopyAsync("a", isListed: false));

        Assert.Equal(("importSkippedRequiresRetrieval", "DEEP_ARCHIVE"), (skipped.LogType, skipped.Message));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_object_that_is_too_large_is_skipped(bool isListed)
    {
        using var scene = new CopyScene { Options = new CopyScene().Options with { MaxObjectBytes = 99 } };
        scene.Source.Seed("a", CopyScene.Bytes(100));

        var skipped = Assert.IsType<CopyOutcome.Skipped>(await scene.CopyAsync("a", isListed));

        Assert.Equal(("importSkippedOversized", "100"), (skipped.LogType, skipped.Message));
        Assert.Equal(isListed ? 0 : 1, scene.Source.Calls.Count);
    }

    [Fact]
    public async Task A_key_that_does_not_exist_fails_without_a_repetition()
    {
        using var scene = new CopyScene();

        var failed = Assert.IsType<CopyOutcome.Failed>(await scene.CopyAsync("missing"));

        Assert.False(failed.IsRetriable);
        Assert.Equal("GET at the source: HTTP 404 NoSuchKey: no such key (1 attempt)", failed.Message);
        Assert.Single(scene.Source.Calls);
    }

    [Theory]
    [InlineData(StoreFault.NoSuchKey)]
    [InlineData(StoreFault.NoSuchBucket)]
    internal async Task A_large_object_that_is_gone_is_told_from_a_bucket_that_is_gone(StoreFault fault)
    {
        using var scene = new CopyScene();
        scene.Source.Script = call => call.Verb == "GET" ? Mishap.Fault(fault, 404, fault.ToString()) : null;
        var item = new CopyItem("gone", 80_000, ScriptedStore.Md5([1]), null);

        var copying = scene.Copier.CopyAsync(scene.Job, item, scene.Journal, isRepeated: false, new CopySignals(default, default, default));

        if (fault is StoreFault.NoSuchBucket)
        {
            await Assert.ThrowsAsync<JobFaultException>(() => copying);
        }
        else
        {
            Assert.False(Assert.IsType<CopyOutcome.Failed>(await copying).IsRetriable);
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(80_000)]
    public async Task An_object_under_a_key_of_the_customer_fails_and_says_why(int size)
    {
        using var scene = new CopyScene();
        scene.Source["a"] = scene.Source.Seed("a", CopyScene.Bytes(size)) with { Encryption = "SSE-C" };

        var failed = Assert.IsType<CopyOutcome.Failed>(await scene.CopyAsync("a"));

        Assert.Contains("SSE-C", failed.Message, StringComparison.Ordinal);
        Assert.False(failed.IsRetriable);
    }

    [Theory]
    [InlineData(StoreFault.Unauthenticated, true)]
    [InlineData(StoreFault.NoSuchBucket, true)]
    [InlineData(StoreFault.AddressRefused, true)]
    [InlineData(StoreFault.Unauthenticated, false)]
    [InlineData(StoreFault.NoSuchBucket, false)]
    [InlineData(StoreFault.AddressRefused, false)]
    internal async Task What_no_object_can_get_past_is_a_fault_of_the_job(StoreFault fault, bool isSource)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        (isSource ? scene.Source : scene.Target).Script = _ => Mishap.Fault(fault, 403, "Nope");

        var jobFault = await Assert.ThrowsAsync<JobFaultException>(() => scene.CopyAsync("a"));

        Assert.Contains(isSource ? "the source: HTTP 403 Nope" : "the target: HTTP 403 Nope", jobFault.Message, StringComparison.Ordinal);
        Assert.Empty(scene.Rushing.Waits);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_object_that_is_refused_fails_alone_when_its_bucket_is_not(bool isSource)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        (isSource ? scene.Source : scene.Target).Script =
            call => call.Key == "a" ? Mishap.Fault(StoreFault.AccessDenied, 403, "AccessDenied") : null;

        var failed = Assert.IsType<CopyOutcome.Failed>(await scene.CopyAsync("a"));

        Assert.Contains("AccessDenied", failed.Message, StringComparison.Ordinal);
        Assert.Equal(2, (isSource ? scene.Source : scene.Target).Calls.Count(c => !c.StartsWith("ABORT", StringComparison.Ordinal) && !c.StartsWith("LISTPARTS", StringComparison.Ordinal)));
        Assert.Equal(0, scene.Target.UploadCount);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_bucket_that_is_refused_as_a_whole_is_a_fault_of_the_job(bool isSource)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        (isSource ? scene.Source : scene.Target).Script = _ => Mishap.Fault(StoreFault.AccessDenied, 403, "AccessDenied");

        await Assert.ThrowsAsync<JobFaultException>(() => scene.CopyAsync("a"));
    }

    [Fact]
    public async Task A_source_that_may_not_be_listed_refuses_only_what_it_refuses()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        scene.Source.Seed("b", CopyScene.Bytes(10));
        scene.Source.Script = call => call.Verb == "LIST" || call.Key == "b" ? Mishap.Fault(StoreFault.AccessDenied, 403, "AccessDenied") : null;
        var job = scene.Job;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a", job: job));
        Assert.IsType<CopyOutcome.Failed>(await scene.CopyAsync("b", job: job));
    }

    [Fact]
    public async Task A_lasting_refusal_of_another_kind_fails_the_object()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(10));
        scene.Target.Script = _ => Mishap.Fault(StoreFault.NotImplemented, 501, "NotImplemented");

        var failed = Assert.IsType<CopyOutcome.Failed>(await scene.CopyAsync("a"));

        Assert.Equal("PUT at the target: HTTP 501 NotImplemented: said the script (1 attempt)", failed.Message);
    }
}
