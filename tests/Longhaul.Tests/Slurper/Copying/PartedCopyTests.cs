using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class PartedCopyTests
{
    [Theory]
    [InlineData(50_001, 6)]
    [InlineData(80_000, 8)]
    public async Task An_object_too_large_for_one_stream_goes_up_in_equal_parts(int size, int parts)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(size), CopyScene.Dressed);

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(parts, scene.Target.CountOf("PART"));
        Assert.All(scene.Target["a"]!.PartSizes.SkipLast(1), part => Assert.Equal(CopyScene.Part, part));
        Assert.Equal(1, scene.Source.CountOf("HEAD"));
        Assert.Equal(0, scene.Source.UnpinnedRanges);
    }

    [Theory]
    [InlineData(4_096, 3)]
    [InlineData(15_000, 4)]
    [InlineData(3_333, 7)]
    public async Task A_source_of_uniform_parts_keeps_its_ETag(int partBytes, int count)
    {
        using var scene = new CopyScene();
        var size = (partBytes * count) - 100;
        scene.Source.Seed("a", CopyScene.Bytes(size), null, Split(size, partBytes));

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.Equal(["HEAD a", "HEAD a 1"], scene.Source.Calls.Take(2));
    }

    [Fact]
    public async Task A_small_object_of_two_parts_keeps_its_ETag_too()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(3_000), null, 2_000, 1_000);

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
    }

    [Fact]
    public async Task A_small_object_of_one_part_goes_over_by_two_requests()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(3_000), null, 3_000);

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(["GET a"], scene.Source.Calls);
    }

    [Fact]
    public async Task A_source_of_unequal_parts_gets_equal_ones()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(30_000), null, 5_000, 20_000, 5_000);

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal([10_000, 10_000, 10_000], scene.Target["a"]!.PartSizes);
    }

    [Fact]
    public async Task Parts_that_the_target_finds_too_small_are_cut_anew()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(30_000), null, Split(30_000, 3_000));
        scene.Target.Script = call => call.Verb == "COMPLETE" && scene.Target.CountOf("COMPLETE") == 1
            ? Mishap.Fault(StoreFault.Permanent, 400, "EntityTooSmall")
            : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal([10_000, 10_000, 10_000], scene.Target["a"]!.PartSizes);
    }

    [Fact]
    public async Task A_source_replaced_while_it_is_read_never_gives_a_mixed_object()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        scene.Source.Script = call =>
        {
            if (call is { Verb: "GET", Index: 6 })
            {
                scene.Source.Seed("a", CopyScene.Bytes(90_000, seed: 2), CopyScene.Dressed);
            }

            return null;
        };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
    }

    [Fact]
    public async Task A_source_that_never_keeps_still_is_given_up_and_leaves_nothing()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        var seed = 1;
        scene.Source.Script = call =>
        {
            if (call.Verb == "GET")
            {
                scene.Source.Seed("a", CopyScene.Bytes(80_000, ++seed));
            }

            return null;
        };

        var failed = Assert.IsType<CopyOutcome.Failed>(await scene.CopyAsync("a"));

        Assert.True(failed.IsRetriable);
        Assert.Null(scene.Target["a"]);
        Assert.Equal(0, scene.Target.UploadCount);
        Assert.Null(scene.Journal.Recorded);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_part_that_arrives_wrong_is_sent_again_and_only_that(bool isStreamed)
    {
        using var scene = new CopyScene();
        if (isStreamed)
        {
            scene.Options = scene.Options with { SmallBytes = 10 };
        }

        scene.Copier.Endpoints.Find("https://target.test/to").Plain.Kept();
        scene.Source.Seed("a", CopyScene.Bytes(80_000), null, Split(80_000, 10_000));
        var once = 1;
        scene.Target.Script = call => call is { Verb: "PART", Part: 3 } && once-- > 0 ? new Mishap { CorruptsWrite = true } : null;

        var copied = Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(9, scene.Target.CountOf("PART"));
        Assert.Equal(2, copied.Attempts);
    }

    [Fact]
    public async Task A_part_of_a_store_that_has_shown_nothing_is_sent_again_with_its_MD5()
    {
        using var scene = new CopyScene { Options = new CopyScene().Options with { SmallBytes = 10 } };
        scene.Target.HasOpaqueETags = true;
        scene.Source.Seed("a", CopyScene.Bytes(80_000), null, Split(80_000, 10_000));

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
    }

    [Fact]
    public async Task Each_part_has_tries_of_its_own()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        var failures = new Dictionary<int, int>();
        scene.Target.Script = call =>
        {
            lock (failures)
            {
                return call.Verb == "PART" && (failures[call.Part] = failures.GetValueOrDefault(call.Part) + 1) < 10
                    ? Mishap.Fault(StoreFault.Passing, 500)
                    : null;
            }
        };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(80, scene.Target.CountOf("PART"));
    }

    [Fact]
    public async Task A_part_that_cannot_be_sent_fails_the_object_and_its_upload_is_gone()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        scene.Target.Script = call => call is { Verb: "PART", Part: 4 } ? Mishap.Fault(StoreFault.Passing, 500) : null;

        var failed = Assert.IsType<CopyOutcome.Failed>(await scene.CopyAsync("a"));

        Assert.True(failed.IsRetriable);
        Assert.Equal(10, scene.Target.Calls.Count(call => call == "PART a 4"));
        Assert.Equal(0, scene.Target.UploadCount);
        Assert.Null(scene.Journal.Recorded);
    }

    [Fact]
    public async Task Parts_that_do_not_make_the_source_are_not_completed()
    {
        using var scene = new CopyScene();
        scene.Copier.Endpoints.Find("https://source.test/from").Composite.Kept();
        scene.Source.Seed("a", CopyScene.Bytes(40_000), null, Split(40_000, 10_000));
        var once = 1;
        scene.Source.Script = call => call.Verb == "GET" && once-- > 0 ? new Mishap { CorruptsBody = true } : null;
        var wasThere = false;
        scene.Target.Script = call =>
        {
            wasThere |= call.Verb == "BEGIN" && scene.Target["a"] is not null;
            return null;
        };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.Equal(1, scene.Target.CountOf("COMPLETE"));
        Assert.False(wasThere);
    }

    [Fact]
    public async Task Parts_cut_otherwise_are_checked_by_the_checksum_of_the_whole()
    {
        using var scene = new CopyScene();
        var bytes = CopyScene.Bytes(83_000);
        var crc = BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(Crc64Nvme.Append(0, bytes)));
        scene.Source["a"] = scene.Source.Seed("a", bytes) with { Checksums = [new("crc64nvme", Convert.ToBase64String(crc))] };
        var once = 1;
        scene.Source.Script = call => call.Verb == "GET" && once-- > 0 ? new Mishap { CorruptsBody = true } : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(1, scene.Target.CountOf("COMPLETE"));
        Assert.Equal(2, scene.Target.CountOf("BEGIN"));
    }

    [Fact]
    public async Task Parts_of_which_only_the_MD5_of_the_whole_is_known_are_checked_by_that()
    {
        using var scene = new CopyScene();
        scene.Copier.Endpoints.Find("https://source.test/from").Plain.Kept();
        scene.Source.Seed("a", CopyScene.Bytes(83_000));
        var once = 1;
        scene.Source.Script = call => call.Verb == "GET" && once-- > 0 ? new Mishap { CorruptsBody = true } : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(1, scene.Target.CountOf("COMPLETE"));
    }

    [Fact]
    public async Task Parts_that_cannot_be_cut_as_at_the_source_are_checked_by_the_MD5s_of_its_parts()
    {
        using var scene = new CopyScene();
        scene.Copier.Endpoints.Find("https://source.test/from").Composite.Kept();
        scene.Source.Seed("a", CopyScene.Bytes(230_000), null, Split(230_000, 101_000));
        var once = 1;
        scene.Source.Script = call => call.Verb == "GET" && once-- > 0 ? new Mishap { CorruptsBody = true } : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(1, scene.Target.CountOf("COMPLETE"));
        Assert.Equal(2, scene.Target.CountOf("BEGIN"));
    }

    [Fact]
    public async Task Multipart_ETags_of_another_kind_are_found_out_by_reading_once_more()
    {
        using var scene = new CopyScene();
        foreach (var key in (string[])["a", "b"])
        {
            scene.Source[key] = scene.Source.Seed(key, CopyScene.Bytes(40_000), null, Split(40_000, 10_000))
                with
            { ETag = "0123456789abcdef0123456789abcdef-4" };
            Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync(key));
            scene.AssertSame(key, sameETag: false);
        }

        Assert.Equal(8 + 4, scene.Source.CountOf("GET"));
    }

    [Fact]
    public async Task A_completion_whose_answer_was_lost_is_looked_up_and_not_sent_again()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        scene.Target.Script = call => call.Verb == "COMPLETE" ? Mishap.LostReply() : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(1, scene.Target.CountOf("COMPLETE"));
        Assert.Equal(8, scene.Target.CountOf("PART"));
    }

    [Fact]
    public async Task A_completion_that_failed_with_a_200_is_asked_again()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        scene.Target.Seed("a", CopyScene.Bytes(80_000, seed: 4));
        scene.Rushing.Advance(TimeSpan.FromMinutes(1));
        var failures = 3;
        scene.Target.Script = call => call.Verb == "COMPLETE" && failures-- > 0 ? Mishap.Fault(StoreFault.Passing, 200, "InternalError") : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(4, scene.Target.CountOf("COMPLETE"));
        Assert.Equal(8, scene.Target.CountOf("PART"));
    }

    [Fact]
    public async Task A_completion_without_an_ETag_is_followed_by_a_HEAD()
    {
        using var scene = new CopyScene();
        scene.Target.LeavesETagOutOnComplete = true;
        scene.Source.Seed("a", CopyScene.Bytes(80_000));

        var copied = Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.Equal(scene.Target["a"]!.ETag, copied.TargetETag);
        Assert.Equal("HEAD a", scene.Target.Calls[^1]);
    }

    [Fact]
    public async Task A_target_that_makes_its_ETags_in_another_way_is_measured()
    {
        using var scene = new CopyScene();
        scene.Target.HasOwnCompositeETags = true;
        scene.Source.Seed("a", CopyScene.Bytes(80_000));

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(1, scene.Target.CountOf("HEAD"));
    }

    [Fact]
    public async Task A_whole_that_is_not_what_its_parts_were_does_not_stay()
    {
        using var scene = new CopyScene();
        scene.Copier.Endpoints.Find("https://target.test/to").Composite.Kept();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        var once = 1;
        scene.Target.Script = call => call.Verb == "COMPLETE" && once-- > 0 ? new Mishap { CorruptsWrite = true } : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(1, scene.Target.CountOf("DELETE"));
    }

    [Fact]
    public async Task An_upload_that_has_vanished_starts_over()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        var once = 1;
        scene.Target.Script = call => call is { Verb: "PART", Part: 5 } && once-- > 0
            ? Mishap.Fault(StoreFault.NoSuchUpload, 404, "NoSuchUpload")
            : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.Equal(2, scene.Target.CountOf("BEGIN"));
        Assert.Equal(scene.Source["a"]!.Bytes, scene.Target["a"]!.Bytes);
    }

    [Fact]
    public async Task A_beginning_whose_answer_was_lost_leaves_no_stray()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(80_000));
        var foreign = scene.Target.BeginForeign("a", scene.Clock.GetUtcNow() - TimeSpan.FromMinutes(1));
        var lost = 2;
        scene.Target.Script = call => call.Verb == "BEGIN" && lost-- > 0 ? Mishap.LostReply() : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.Equal([foreign], (await scene.Target.ListUploadsAsync("a", TestContext.Current.CancellationToken)).Select(u => u.UploadId));
    }

    [Fact]
    public void A_tebibyte_fits_into_ten_thousand_equal_parts_of_whole_mebibytes()
    {
        var plan = PartPlan.Of(1L << 40, 64L << 20);
        Assert.InRange(plan.Count, 1, 10_000);
        Assert.Equal(105L << 20, plan.PartBytes);

        var largest = PartPlan.Of(5L << 40, 64L << 20);
        Assert.InRange(largest.Count, 1, 10_000);
        Assert.Equal(0, largest.PartBytes % (1 << 20));
        Assert.Equal((5L << 40) - 1, largest.Range(largest.Count).Last);
        Assert.All(Enumerable.Range(2, largest.Count - 1), n => Assert.Equal(largest.Range(n - 1).Last + 1, largest.Range(n).First));
    }

    private static long[] Split(int size, int partBytes)
        => [.. Enumerable.Range(0, (size + partBytes - 1) / partBytes).Select(i => (long)Math.Min(partBytes, size - (i * partBytes)))];
}
