using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;
using Longhaul.TestStores;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Slurper.Copying;

/// <summary>The copier over real requests to the store in memory, with everything going wrong that it can make go wrong.</summary>
public sealed class CopyOverHttpTests
{
    private static readonly CopyOptions Options = new()
    {
        SmallBytes = 256 << 10,
        PartBytes = 256 << 10,
        SinglePutBytes = 512 << 10,
        MaxSinglePutBytes = 4 << 20,
    };

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 0.02)]
    [InlineData(false, 0.002)]
    public async Task All_objects_arrive_as_they_are(bool overwrite, double share)
    {
        var clock = new RushingClock();
        await using var source = await TestStore.StartAsync(StoreOptions(clock), "from");
        await using var target = await TestStore.StartAsync(StoreOptions(clock), "to");
        Seed(source.Bucket("from"));
        Break(source, share);
        Break(target, share);
        using var stores = new ObjectStores(
            new StoreSettings { AllowedEndpoints = [Origin(source), Origin(target)] }, TimeProvider.System);
        using var from = stores.OpenSource(new S3Spec("from", source.Address, "us-east-1", false, true, "key", "secret"));
        using var to = stores.OpenTarget(new S3Spec("to", target.Address, "us-east-1", false, true, "key", "secret"));
        var budget = new CopyBudget();
        var copier = new ObjectCopier(new StoreEndpoints(clock), budget, clock, new Random(5));
        var job = new CopyJob
        {
            Source = from,
            Target = to,
            SourceEndpoint = "source",
            TargetEndpoint = "target",
            Overwrite = overwrite,
            HasConditionalCreate = true,
            SameStoreBucket = null,
            AcceptedAt = clock.GetUtcNow(),
            Options = Options,
        };

        var objects = source.Bucket("from").Objects;
        var outcomes = await Task.WhenAll(objects.Select(o => copier.CopyAsync(
            job,
            new CopyItem(o.Key, o.Size, o.ETag.Trim('"'), null),
            new MemoryJournal(clock),
            isRepeated: false,
            new CopySignals(default, default, default))));

        Assert.All(outcomes, outcome => Assert.IsType<CopyOutcome.Copied>(outcome));
        Assert.Empty(target.Bucket("to").Uploads);
        Assert.Equal(0, budget.Small.Used + budget.Large.Used);
        foreach (var sent in objects)
        {
            var kept = target.Bucket("to")[sent.Key];
            Assert.NotNull(kept);
            Assert.True(sent.ToArray().AsSpan().SequenceEqual(kept.ToArray()), sent.Key);
            Assert.Equal(sent.Details.Headers, kept.Details.Headers);
            Assert.True(sent.ETag == kept.ETag || sent.Key == "parts", sent.Key);
        }
    }

    [Fact]
    public async Task Without_faults_a_small_object_takes_two_requests()
    {
        var clock = new RushingClock();
        await using var store = await TestStore.StartAsync(StoreOptions(clock), "from", "to");
        store.Bucket("from").Put("k", CopyScene.Bytes(1_000));
        using var stores = new ObjectStores(new StoreSettings { AllowedEndpoints = [Origin(store)] }, TimeProvider.System);
        using var from = stores.OpenSource(new S3Spec("from", store.Address, "us-east-1", false, true, "key", "secret"));
        using var to = stores.OpenTarget(new S3Spec("to", store.Address, "us-east-1", false, true, "key", "secret"));
        var copier = new ObjectCopier(new StoreEndpoints(clock), new CopyBudget(), clock, new Random(5));
        var job = new CopyJob
        {
            Source = from,
            Target = to,
            SourceEndpoint = "from",
            TargetEndpoint = "to",
            Overwrite = true,
            HasConditionalCreate = true,
            SameStoreBucket = null,
            AcceptedAt = clock.GetUtcNow(),
            Options = Options,
        };

        var copied = await copier.CopyAsync(
            job, new CopyItem("k", 1_000, null, null), new MemoryJournal(clock), false, new CopySignals(default, default, default));

        Assert.IsType<CopyOutcome.Copied>(copied);
        Assert.Equal([S3Verb.GetObject, S3Verb.PutObject], store.Log.Requests.Select(request => request.Verb));
    }

    private static TestStoreOptions StoreOptions(TimeProvider clock)
        => new() { RequireSignatures = false, AllowUnsignedPayloadOverHttp = true, MinPartBytes = 1, Clock = clock };

    private static string Origin(TestStore store) => store.Address.GetLeftPart(UriPartial.Authority);

    private static void Seed(TestStores.Data.Bucket bucket)
    {
        var random = new Random(11);
        for (var i = 0; i < 150; i++)
        {
            bucket.Put($"small/{i} \u00fc+%20", CopyScene.Bytes(random.Next(5_000), i), ("content-type", "text/x"), ("x-amz-meta-n", $"{i}"));
        }

        bucket.Put("stream", CopyScene.Bytes(400_000), ("content-type", "a/b"), ("cache-control", "no-cache"), ("content-encoding", "gzip"));
        bucket.Put("parts", CopyScene.Bytes(3_000_000), ("content-type", "a/b"), ("expires", "never"));
        bucket.PutMultipart(
            "uniform",
            CopyScene.Bytes(2_000_000),
            300_000,
            new TestStores.Data.ObjectDetails { Headers = new Dictionary<string, string> { ["content-type"] = "a/b" } });
    }

    private static void Break(TestStore store, double share)
    {
        if (share == 0)
        {
            return;
        }

        foreach (var effect in (Effect[])[Effect.SlowDown(), Effect.InternalError(), Effect.ResetBefore(), Effect.LostReply(), Effect.RequestTimeout()])
        {
            store.Faults.Add(new Fault(effect) { Probability = share });
        }

        foreach (var effect in (Effect[])[Effect.Truncate(), Effect.Corrupt(), Effect.ResetAfter(100)])
        {
            store.Faults.Add(new Fault(effect) { Probability = share, Verbs = [S3Verb.GetObject] });
        }

        foreach (var effect in (Effect[])[Effect.StoreCorrupted(), Effect.WrongETag()])
        {
            store.Faults.Add(new Fault(effect) { Probability = share, Verbs = [S3Verb.PutObject, S3Verb.UploadPart] });
        }

        store.Faults.Add(new Fault(Effect.ErrorIn200()) { Times = 1, Verbs = [S3Verb.CompleteMultipartUpload] });
        store.Faults.Add(new Fault(Effect.DoneButErrorIn200()) { Times = 1, Verbs = [S3Verb.CompleteMultipartUpload] });
    }
}
