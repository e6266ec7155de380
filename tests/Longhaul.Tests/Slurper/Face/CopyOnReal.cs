using Longhaul.TestStores;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>Section "copying" by whole jobs, on objects of the sizes that decide how they go over: S-40 and S-43.</summary>
[Collection(RealPlaces.Name)]
public sealed class CopyOnReal(RealPlace place)
{
    private const int MiB = 1 << 20;

    [Theory]
    [InlineData("s3", "s3", S3Verb.PutObject, S3Verb.UploadPart)]
    [InlineData("r2", "r2", S3Verb.CopyObject, S3Verb.UploadPartCopy)]
    public async Task S40_objects_of_every_size_and_name_arrive_by_bytes_and_within_one_store(string from, string to, S3Verb whole, S3Verb part)
    {
        using var client = place.NewAccount();
        var (source, target) = (place.SourceOf(from).CreateBucket($"sizes-{from}"), place.TargetOf(to).CreateBucket($"sizes-to-{to}"));
        (string Key, int Size)[] objects =
        [
            ("empty", 0), ("marker/", 0), ("/one", 1), ("a b", (8 * MiB) - 1), ("a+b", 8 * MiB), ("100%", (8 * MiB) + 1),
            ("\u00fc\n", RealPlace.MaxSinglePutBytes), ("large", RealPlace.MaxSinglePutBytes + 1), ("larger", 64 * MiB),
        ];
        foreach (var (key, size) in objects)
        {
            source.Put(key, new SyntheticContent(SyntheticContent.SeedOf(key), size), new ObjectDetails
            {
                Headers = new Dictionary<string, string> { ["content-type"] = "text/x", ["cache-control"] = "no-store", ["x-amz-meta-size"] = $"{size}" },
            });
        }

        var id = await client.CreateAsync(SlurperClient.Job(place.Source(from, source.Name), place.Target(to, target.Name)));

        Assert.Equal(("completed", objects.Length, objects.Length, 0L, 0L), await place.EndedAsync(client, id));
        Assert.Equal(source.Keys, target.Keys);
        Assert.All(source.Objects.Zip(target.Objects), pair =>
        {
            Assert.Equal((pair.First.Size, Convert.ToHexString(pair.First.Content.Md5())), (pair.Second.Size, Convert.ToHexString(pair.Second.Content.Md5())));
            Assert.Equal(pair.First.Details.Headers.OrderBy(h => h.Key), pair.Second.Details.Headers.OrderBy(h => h.Key));
        });
        Assert.Empty(target.Uploads);
        var verbs = place.TargetOf(to).Log.Requests.Where(r => r.Bucket == target.Name && r.Status == 200).ToLookup(r => r.Key, r => r.Verb);
        Assert.All(objects, o => Assert.Contains(o.Size > RealPlace.MaxSinglePutBytes ? part : whole, verbs[o.Key]));
        place.SourceOf(from).DeleteBucket(source.Name);
        place.TargetOf(to).DeleteBucket(target.Name);
    }

    [Theory]
    [InlineData(4 * MiB)]
    [InlineData(24 * MiB)]
    public async Task S43_an_object_that_is_replaced_while_it_is_read_arrives_as_one_version(int size)
    {
        using var client = place.NewAccount();
        var (source, target) = (place.Elsewhere.CreateBucket($"replaced-{size}"), place.Other.CreateBucket($"replaced-to-{size}"));
        source.Put("k", new SyntheticContent(1, size));
        var replacement = new SyntheticContent(2, size);
        var (gate, fault) = (new TestGate(), new Fault(Effect.After(_ => source.Put("k", replacement)))
        {
            Bucket = source.Name,
            Verbs = [S3Verb.GetObject],
            When = r => r.Header("range") != "bytes=0-0",
            Times = 1,
        });
        place.Elsewhere.Faults.Add(fault);

        // What was begun of the first version is held until the second one is there.
        place.Other.Faults.Add(new Fault(Effect.Gate(gate)) { Bucket = target.Name, Verbs = [S3Verb.PutObject, S3Verb.UploadPart] });
        var id = await client.CreateAsync(SlurperClient.Job(place.Source("s3", source.Name), place.Target("s3", target.Name)));
        await gate.ArrivedAsync();
        gate.Open();

        Assert.Equal(("completed", 1L, 1L, 0L, 0L), await place.EndedAsync(client, id));
        Assert.Equal(1, fault.HitCount);
        string[] versions = [Convert.ToHexString(new SyntheticContent(1, size).Md5()), Convert.ToHexString(replacement.Md5())];
        Assert.Contains(Convert.ToHexString(target["k"]!.Content.Md5()), size > RealPlace.MaxSinglePutBytes ? versions[1..] : versions);
        Assert.Empty(target.Uploads);
    }
}
