using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Copying;

public sealed class CopyPropertyTests
{
    [Theory]
    [InlineData(true, true, false)]
    [InlineData(true, true, true)]
    [InlineData(false, true, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    public async Task Whatever_goes_wrong_the_target_is_right_or_nothing_wrong_is_left(bool overwrite, bool isConditional, bool isSameStore)
    {
        for (var seed = 1; seed <= 400; seed++)
        {
            using var scene = new CopyScene { Overwrite = overwrite, HasConditionalCreate = isConditional, IsSameStore = isSameStore };
            scene.Target.IgnoresConditions = !isConditional;
            scene.Target.CopiesFrom = isSameStore ? scene.Source : null;
            scene.Copier.Endpoints.Find("https://source.test/from").Plain.Kept();
            scene.Copier.Endpoints.Find("https://source.test/from").Composite.Kept();
            scene.Copier.Endpoints.Find("https://target.test/to").Plain.Kept();
            scene.Copier.Endpoints.Find("https://target.test/to").Composite.Kept();
            var random = new Random(seed);
            var key = Seed(scene, random);
            var rate = random.NextDouble() * 0.6;
            var told = new System.Collections.Concurrent.ConcurrentQueue<string>();
            scene.Source.Script = call => Throw(random, rate, call, told, "from");
            scene.Target.Script = call => Throw(random, rate, call, told, "to");

            var outcome = await scene.CopyAsync(key, isListed: random.Next(4) > 0);

            scene.Target.Script = null;
            var story = $"seed {seed}, {outcome}: {string.Join(", ", told)}";
            switch (outcome)
            {
                case CopyOutcome.Copied:
                    Assert.True(scene.Target[key]?.Bytes.AsSpan().SequenceEqual(scene.Source[key]!.Bytes), story);
                    scene.AssertSame(key, sameETag: false);
                    break;
                case CopyOutcome.Failed failed:
                    Assert.True(failed.IsRetriable, story);
                    if (scene.Target[key] is { } left)
                    {
                        Assert.True(left.Bytes.AsSpan().SequenceEqual(scene.Source[key]!.Bytes), story);
                    }

                    if (scene.Target.UploadCount > 0)
                    {
                        Assert.NotNull(scene.Journal.Recorded);
                        await scene.Copier.AbandonAsync(scene.Target, key, scene.Journal.Recorded, TestContext.Current.CancellationToken);
                        Assert.Equal(0, scene.Target.UploadCount);
                    }

                    break;
                default:
                    Assert.Fail(story);
                    break;
            }

            Assert.Equal(0, scene.Budget.Small.Used + scene.Budget.Large.Used);
            Assert.Equal(0, scene.Target.UnderWay + scene.Source.UnderWay);
        }
    }

    private static string Seed(CopyScene scene, Random random)
    {
        var key = ((string[])["a b+c%20", "/lead//ing/", "\u00fcn\u00efcode \U0001f600", "x", new string('k', 1_024)])[random.Next(5)];
        var size = ((int[])[0, 1, CopyScene.Small, CopyScene.Small + 1, CopyScene.Single, CopyScene.Single + 1, 99_999, 130_000])[random.Next(8)];
        var bytes = CopyScene.Bytes(size, random.Next());
        var headers = random.Next(2) == 0 ? CopyScene.Dressed : ObjectHeaders.None;
        if (size > 2 && random.Next(3) == 0)
        {
            var part = random.Next((size / 9) + 1, size);
            scene.Source.Seed(key, bytes, headers, [.. Enumerable.Range(0, (size + part - 1) / part).Select(i => (long)Math.Min(part, size - (i * part)))]);
        }
        else
        {
            scene.Source.Seed(key, bytes, headers);
        }

        return key;
    }

    private static Mishap? Throw(Random random, double rate, StoreCall call, System.Collections.Concurrent.ConcurrentQueue<string> told, string where)
    {
        var mishap = Throw(random, rate, call);
        told.Enqueue($"{call.Verb} {where} {call.Part}: {mishap}");
        return mishap;
    }

    private static Mishap? Throw(Random random, double rate, StoreCall call)
    {
        lock (random)
        {
            if (random.NextDouble() >= rate)
            {
                return null;
            }

            var isWrite = call.Verb is "PUT" or "PART";
            return random.Next(9) switch
            {
                0 => Mishap.Fault(StoreFault.Passing, 500, "InternalError"),
                1 => Mishap.Fault(StoreFault.Throttled, 503, "SlowDown", random.Next(2) == 0 ? TimeSpan.FromSeconds(2) : null),
                2 => Mishap.LostReply(),
                3 => Mishap.Fault(StoreFault.Passing),
                4 when call.Verb == "GET" => new Mishap { CorruptsBody = true },
                5 when call.Verb == "GET" => new Mishap { CutAt = random.Next(3_000) },
                6 when isWrite => new Mishap { CorruptsWrite = true },
                7 when isWrite => new Mishap { SaysETag = ScriptedStore.Md5([(byte)random.Next(256)]) },
                8 when isWrite => Mishap.Fault(StoreFault.Conflict, 409, "ConditionalRequestConflict"),
                _ => null,
            };
        }
    }
}
