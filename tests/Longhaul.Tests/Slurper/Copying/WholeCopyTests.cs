using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class WholeCopyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(CopyScene.Small)]
    public async Task A_small_object_takes_one_GET_and_one_PUT(int size)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(size), CopyScene.Dressed);

        var copied = Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.Equal(["GET a"], scene.Source.Calls);
        Assert.Equal(["PUT a"], scene.Target.Calls);
        Assert.Equal((size, scene.Source["a"]!.ETag, scene.Source["a"]!.ETag, 1), (copied.Size, copied.SourceETag, copied.TargetETag, copied.Attempts));
    }

    [Theory]
    [InlineData(CopyScene.Small + 1)]
    [InlineData(CopyScene.Single)]
    public async Task A_larger_object_whose_ETag_is_an_MD5_goes_up_in_one_stream(int size)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(size), CopyScene.Dressed);

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.Equal(["GET a"], scene.Source.Calls);
        Assert.Equal(["PUT .longhaul-check/access", "PUT a"], scene.Target.Calls);
        Assert.Equal(0, scene.Budget.Small.Peak);

        // What the target was asked before the first one holds for the others.
        scene.Source.Seed("b", CopyScene.Bytes(size, 2));
        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("b"));
        Assert.Equal("PUT b", scene.Target.Calls[2]);
    }

    [Fact]
    public async Task A_body_that_went_wrong_is_refused_by_a_target_that_checks_and_read_again()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(30_000));
        scene.Source.Script = call => call.Index == 1 ? new Mishap { CorruptsBody = true } : null;

        var copied = Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.Equal(2, copied.Attempts);
        Assert.Equal(["PUT .longhaul-check/access", "PUT a", "PUT a"], scene.Target.Calls);
        scene.AssertSame("a");
    }

    [Fact]
    public async Task A_body_that_went_wrong_never_gets_to_the_end_at_a_target_that_checks_nothing()
    {
        using var scene = new CopyScene();
        scene.Target.IgnoresMd5 = true;
        scene.Source.Seed("a", CopyScene.Bytes(30_000));
        scene.Source.Script = call => call.Index <= 2 ? new Mishap { CorruptsBody = true } : null;
        var seen = new List<StoredObject?>();
        scene.Target.Script = call =>
        {
            seen.Add(scene.Target["a"]);
            return null;
        };

        scene.Copier.Endpoints.Find("https://source.test/from").Plain.Kept();
        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.All(seen, Assert.Null);
        Assert.Equal("DELETE .longhaul-check/access", scene.Target.Calls[1]);
        Assert.Null(scene.Target[".longhaul-check/access"]);
    }

    [Fact]
    public async Task A_target_that_lets_nobody_write_the_reserved_key_is_asked_once_and_the_bytes_hashed_here()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(30_000));
        scene.Source.Seed("b", CopyScene.Bytes(30_000, 2));
        scene.Target.Script = call => call.Key.StartsWith(".longhaul-check/", StringComparison.Ordinal) ? Mishap.Fault(StoreFault.AccessDenied, 403) : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));
        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("b"));

        scene.AssertSame("a");
        Assert.Equal(["PUT .longhaul-check/access", "PUT a", "PUT b"], scene.Target.Calls);
    }

    [Fact]
    public async Task A_target_that_could_not_be_asked_for_its_care_is_asked_before_the_next_object()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(30_000));
        scene.Source.Seed("b", CopyScene.Bytes(30_000, 2));
        scene.Target.Script = call => call.Index == 1 ? Mishap.Fault(StoreFault.Passing, 500) : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));
        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("b"));

        scene.AssertSame("a");
        Assert.Equal(2, scene.Target.Calls.Count(call => call == "PUT .longhaul-check/access"));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(20_000)]
    [InlineData(70_000)]
    public async Task A_key_of_unknown_size_is_copied_without_asking_for_it_first(int size)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(size), CopyScene.Dressed);

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a", isListed: false));

        scene.AssertSame("a", sameETag: size <= CopyScene.Single);
        Assert.Equal("GET a", scene.Source.Calls[0]);
        Assert.Equal(0, scene.Budget.Small.Used + scene.Budget.Large.Used);
    }

    [Fact]
    public async Task An_object_that_has_changed_since_it_was_listed_is_copied_as_it_is_now()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(30_000));

        var item = new CopyItem("a", 10, "00000000000000000000000000000000", null);
        var signals = new CopySignals(default, default, default);
        Assert.IsType<CopyOutcome.Copied>(await scene.Copier.CopyAsync(scene.Job, item, scene.Journal, isRepeated: false, signals));

        scene.AssertSame("a");
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(30_000)]
    public async Task A_corrupted_body_never_lands(int size)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(size));
        scene.Source.Script = call => call.Index <= 2 ? new Mishap { CorruptsBody = true } : null;
        scene.Target.Script = call => throw new InvalidOperationException("nothing may be written");

        // Twice the same wrong bytes would pass for an ETag that is no MD5; a store that has shown MD5s is held to them.
        scene.Copier.Endpoints.Find("https://source.test/from").Plain.Kept();
        scene.Target.Script = null;
        var copied = Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.Equal(3, copied.Attempts);
    }

    [Fact]
    public async Task A_body_corrupted_once_does_not_pass_at_a_store_that_has_shown_nothing_yet()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(500));
        scene.Source.Script = call => call.Index == 1 ? new Mishap { CorruptsBody = true } : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.Equal(1, scene.Target.CountOf("PUT"));
    }

    [Fact]
    public async Task A_body_that_stays_corrupt_is_given_up_and_nothing_is_written()
    {
        using var scene = new CopyScene();
        scene.Copier.Endpoints.Find("https://source.test/from").Plain.Kept();
        scene.Source.Seed("a", CopyScene.Bytes(30_000));
        scene.Source.Script = _ => new Mishap { CorruptsBody = true };

        var failed = Assert.IsType<CopyOutcome.Failed>(await scene.CopyAsync("a"));

        Assert.Equal(10, failed.Attempts);
        Assert.Null(scene.Target["a"]);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(30_000)]
    public async Task ETags_that_are_no_MD5_are_found_out_by_reading_twice_and_then_not_asked_any_more(int size)
    {
        using var scene = new CopyScene();
        for (var i = 0; i < 5; i++)
        {
            var key = $"k{i}";
            scene.Source[key] = scene.Source.Seed(key, CopyScene.Bytes(size, i)) with { ETag = ScriptedStore.Md5([(byte)i]) };
            Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync(key));
            scene.AssertSame(key, sameETag: false);
        }

        // A larger one is first left to the target to check, until that has been in vain once.
        Assert.Equal((3 * 2) + 2 + (size > CopyScene.Small ? 1 : 0), scene.Source.CountOf("GET"));
    }

    [Fact]
    public async Task An_ETag_under_a_key_of_the_store_is_not_compared()
    {
        using var scene = new CopyScene();
        scene.Copier.Endpoints.Find("https://source.test/from").Plain.Kept();
        scene.Source["a"] = scene.Source.Seed("a", CopyScene.Bytes(500)) with { ETag = ScriptedStore.Md5([1]), Encryption = "aws:kms" };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.Equal(1, scene.Source.CountOf("GET"));
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(30_000)]
    public async Task A_checksum_of_the_source_is_compared_where_the_ETag_says_nothing(int size)
    {
        using var scene = new CopyScene();
        var bytes = CopyScene.Bytes(size);
        var crc = BitConverter.GetBytes(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(Crc64Nvme.Append(0, bytes)));
        scene.Source["a"] = scene.Source.Seed("a", bytes) with { ETag = "opaque", Checksums = [new("crc64nvme", Convert.ToBase64String(crc))] };
        scene.Source.Script = call => call.Index == 1 ? new Mishap { CorruptsBody = true } : null;

        var copied = Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a", sameETag: false);
        Assert.Equal(2, copied.Attempts);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(30_000)]
    public async Task A_target_that_keeps_other_bytes_is_written_again_and_what_it_kept_does_not_stay(int size)
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(size));
        scene.Target.Script = call => call is { Verb: "PUT", Index: 1 } ? new Mishap { CorruptsWrite = true } : null;

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.Equal(1, scene.Target.CountOf("DELETE"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_target_that_always_keeps_other_bytes_ends_with_nothing_there(bool overwrite)
    {
        using var scene = new CopyScene { Overwrite = overwrite };
        scene.Source.Seed("a", CopyScene.Bytes(30_000));
        scene.Target.Script = call => call.Verb == "PUT" ? new Mishap { CorruptsWrite = true } : null;

        Assert.IsType<CopyOutcome.Failed>(await scene.CopyAsync("a"));

        Assert.Null(scene.Target["a"]);
    }

    [Fact]
    public async Task What_somebody_else_has_written_meanwhile_is_not_deleted()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(1_000));
        scene.Target.Script = call =>
        {
            if (call.Verb == "GET")
            {
                scene.Target.Seed("a", CopyScene.Bytes(20, seed: 9));
            }

            return call.Verb == "PUT" ? new Mishap { CorruptsWrite = true } : null;
        };

        Assert.IsType<CopyOutcome.Failed>(await scene.CopyAsync("a"));

        Assert.Equal(20, scene.Target["a"]!.Bytes.Length);
        Assert.Equal(0, scene.Target.CountOf("DELETE"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_wrong_write_that_could_not_be_looked_at_at_once_is_still_found(bool hasConditionalCreate)
    {
        using var scene = new CopyScene { Overwrite = false, HasConditionalCreate = hasConditionalCreate };
        scene.Source.Seed("a", CopyScene.Bytes(1_000));
        var (writes, reads) = (1, 1);
        scene.Target.Script = call => call.Verb switch
        {
            "PUT" when writes-- > 0 => new Mishap { CorruptsWrite = true },
            "GET" when reads-- > 0 => Mishap.Fault(StoreFault.Passing, 500),
            _ => null,
        };

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.Equal(1, scene.Target.CountOf("DELETE"));
    }

    [Fact]
    public async Task A_target_that_lies_about_the_ETag_is_believed_after_its_bytes_were_read()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(1_000));
        scene.Target.Script = call => call.Verb == "PUT" ? new Mishap { SaysETag = ScriptedStore.Md5([7]) } : null;

        var copied = Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.Equal(scene.Target["a"]!.ETag, copied.TargetETag);
        Assert.Equal(1, scene.Target.CountOf("PUT"));
    }

    [Fact]
    public async Task A_target_whose_ETags_are_never_MD5_is_read_back_thrice_and_then_trusted()
    {
        using var scene = new CopyScene();
        scene.Target.HasOpaqueETags = true;
        for (var i = 0; i < 5; i++)
        {
            scene.Source.Seed($"k{i}", CopyScene.Bytes(1_000, i));
            Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync($"k{i}"));
        }

        Assert.Equal(3, scene.Target.CountOf("GET"));
    }

    [Fact]
    public async Task A_stream_that_is_cut_off_starts_over()
    {
        using var scene = new CopyScene();
        scene.Source.Seed("a", CopyScene.Bytes(30_000));
        scene.Source.Script = call => call.Index <= 3 ? new Mishap { CutAt = 9_999 } : null;

        var copied = Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        scene.AssertSame("a");
        Assert.Equal(4, copied.Attempts);
    }

    [Fact]
    public async Task A_store_that_has_shown_MD5s_lets_the_target_check_a_stream()
    {
        using var scene = new CopyScene();
        scene.Copier.Endpoints.Find("https://source.test/from").Plain.Kept();
        scene.Source.Seed("a", CopyScene.Bytes(30_000));
        var stored = scene.Source["a"]!;
        var read = new ObjectContent(stored.Facts, 30_000, new MemoryStream(stored.Bytes));
        await read.DisposeAsync();

        Assert.Equal(Convert.FromHexString(stored.ETag), new SourceProof(scene.Copier.Endpoints.Find("https://source.test/from")).Promise(stored.Facts));
        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));
    }

    [Fact]
    public async Task Tags_go_over_where_that_is_asked_for_and_both_stores_know_them()
    {
        using var scene = new CopyScene { Options = new CopyScene().Options with { CopyTags = true } };
        scene.Source["a"] = scene.Source.Seed("a", CopyScene.Bytes(10)) with { Tags = [new("kind", "x y")] };
        scene.Source["b"] = scene.Source.Seed("b", CopyScene.Bytes(10));

        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));
        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("b"));
        scene.Target.LacksTags = true;
        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));
        Assert.IsType<CopyOutcome.Copied>(await scene.CopyAsync("a"));

        Assert.Equal(2, scene.Target.CountOf("PUTTAGS"));
        Assert.Equal(3, scene.Source.CountOf("GETTAGS"));
    }
}
