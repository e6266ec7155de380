using System.Security.Cryptography;
using System.Xml.Linq;
using Longhaul.Tests.Slurper.Objects;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>Whole jobs between Ceph and Swift, both ways, on everything that has gone wrong somewhere: S-40, S-41, S-42 and S-46 on real servers.</summary>
[Collection(ServersPlaces.Name)]
public sealed class BetweenServersTests(ServersPlace place)
{
    private const int PartBytes = 5 << 20;

    private static readonly (string Name, string Value)[] Dressed =
    [
        ("content-type", "text/plain; charset=utf-8"),
        ("cache-control", "max-age=60, public"),
        ("content-disposition", "attachment; filename=\"a b.txt\""),
        ("content-encoding", "gzip"),
        ("content-language", "de, en"),
        ("expires", "Wed, 21 Oct 2026 07:28:00 GMT"),
        ("x-amz-meta-one", "1"),
        ("x-amz-meta-with-dash", "x=y; z"),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task S40_S41_S42_what_one_holds_the_other_holds_too(bool isFromCeph)
    {
        using var client = place.NewAccount();
        var (from, to) = isFromCeph ? (place.Ceph, place.Swift) : (place.Swift, place.Ceph);
        var source = await NewBucketAsync(from);
        var (target, chosen) = (await NewBucketAsync(to), await NewBucketAsync(to));
        var (sourceSide, targetSide) = (Side(isFromCeph, source, isTarget: false), Side(!isFromCeph, target, isTarget: true));
        var keys = ObjectStoreContract.Keys.Select(k => k.Data).ToList();
        foreach (var (key, i) in keys.Select((k, i) => (k, i)))
        {
            await from.PutAsync(source, key, Bytes(i * 37, i), i % 3 == 0 ? Dressed : [("content-type", $"text/x-{i}")]);
        }

        await from.PutAsync(source, "bare", Bytes(10, 1));
        await PutInPartsAsync(from, source, "in parts", Bytes(PartBytes + 12_345, 2));
        keys.AddRange(["bare", "in parts"]);
        await to.PutAsync(target, "a+b", "mine"u8.ToArray());
        await to.PutAsync(target, "/leading", "mine too"u8.ToArray());

        var careful = await client.CreateAsync(SlurperClient.Job(sourceSide, targetSide, ",\"overwrite\":false"));
        Assert.Equal(("completed", keys.Count, keys.Count - 2, 2L, 0L), await place.EndedAsync(client, careful));
        Assert.Equal(("mine", "mine too"), (await TextAsync("a+b"), await TextAsync("/leading")));
        var log = await ProgramPlace.LogsAsync(client, careful);
        Assert.StartsWith(isFromCeph ? "conditional create: off" : "conditional create: on", log[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(["migrationStart", "migrationComplete"], log.Select(l => l.GetProperty("logType").GetString()));

        var whole = await client.CreateAsync(SlurperClient.Job(sourceSide, targetSide));
        Assert.Equal(("completed", keys.Count, keys.Count, 0L, 0L), await place.EndedAsync(client, whole));
        Assert.Equal(await from.KeysAsync(source), await to.KeysAsync(target));
        Assert.Equal(keys.Order(StringComparer.Ordinal), (await to.KeysAsync(target)).Order(StringComparer.Ordinal));
        foreach (var key in keys)
        {
            var (sent, kept) = (await ReadAsync(from, source, key), await ReadAsync(to, target, key));
            Assert.True(sent.Bytes.AsSpan().SequenceEqual(kept.Bytes), key);
            Assert.Equal(sent.Headers, kept.Headers);
        }

        var chosenSide = Side(!isFromCeph, chosen, isTarget: true);
        var prefixed = await client.CreateAsync(SlurperClient.Job($"{sourceSide},\"pathPrefix\":\"a/.\"", chosenSide));
        var slashed = await client.CreateAsync(SlurperClient.Job($"{sourceSide},\"pathPrefix\":\"//t\"", chosenSide));
        var named = await client.CreateAsync(SlurperClient.Job($"{sourceSide},\"pathPrefix\":\"a\",\"keys\":[\"a//b\",\"a+b\",\"bare\",\"a missing one\"]", chosenSide));
        Assert.Equal(("completed", 2L, 2L, 0L, 0L), await place.EndedAsync(client, prefixed));
        Assert.Equal(("completed", 1L, 1L, 0L, 0L), await place.EndedAsync(client, slashed));
        Assert.Equal(("completed", 3L, 2L, 0L, 1L), await place.EndedAsync(client, named));
        Assert.Equal(((string[])["//two", "a+b", "a/../b", "a/./b", "a//b"]).Order(StringComparer.Ordinal), (await to.KeysAsync(chosen)).Order(StringComparer.Ordinal));
        var failure = Assert.Single(await ProgramPlace.LogsAsync(client, named), l => l.GetProperty("objectKey").ValueKind != System.Text.Json.JsonValueKind.Null);
        Assert.Equal(("importErrorRetryExhaustion", "a missing one"), (failure.GetProperty("logType").GetString(), failure.GetProperty("objectKey").GetString()));

        async Task<string> TextAsync(string key) => System.Text.Encoding.UTF8.GetString(await to.GetAsync(target, key));
    }

    /// <summary>Swift does not keep such text; that is no reason to fail the object.</summary>
    [Fact]
    public async Task Metadata_beyond_ascii_is_kept_by_ceph_and_stops_no_copy_to_swift()
    {
        using var client = place.NewAccount();
        using var handler = new SocketsHttpHandler
        {
            RequestHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8,
            ResponseHeaderEncodingSelector = (_, _) => System.Text.Encoding.UTF8,
        };
        using var ceph = new PlainS3(CephRgw.Address, CephRgw.KeyId, CephRgw.Secret, handler: handler);
        var (source, inCeph, inSwift) = (await NewBucketAsync(place.Ceph), await NewBucketAsync(place.Ceph), await NewBucketAsync(place.Swift));
        await ceph.PutAsync(source, "k", Bytes(100, 1), ("content-type", "text/x"), ("x-amz-meta-color", "gr\u00fcn"));

        var first = await client.CreateAsync(SlurperClient.Job(ServersPlace.InCeph(source), ServersPlace.InR2(inCeph)));
        var second = await client.CreateAsync(SlurperClient.Job(ServersPlace.InCeph(source), ServersPlace.InSwift(inSwift)));

        Assert.Equal(("completed", 1L, 1L, 0L, 0L), await place.EndedAsync(client, first));
        Assert.Equal(("completed", 1L, 1L, 0L, 0L), await place.EndedAsync(client, second));
        Assert.Equal("gr\u00fcn", (await ReadAsync(ceph, inCeph, "k")).Headers["x-amz-meta-color"]);
        var kept = await ReadAsync(place.Swift, inSwift, "k");
        Assert.Equal(Bytes(100, 1), kept.Bytes);
        Assert.Equal("text/x", kept.Headers["content-type"]);
    }

    private static string Side(bool isCeph, string bucket, bool isTarget) =>
        !isCeph ? ServersPlace.InSwift(bucket) : isTarget ? ServersPlace.InR2(bucket) : ServersPlace.InCeph(bucket);

    private static async Task<string> NewBucketAsync(PlainS3 store)
    {
        var name = $"b-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        await store.CreateBucketAsync(name);
        return name;
    }

    private static byte[] Bytes(int length, int seed)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task PutInPartsAsync(PlainS3 store, string bucket, string key, byte[] bytes)
    {
        using var begun = await store.SendAsync(HttpMethod.Post, bucket, key, [], [("uploads", "")], Dressed);
        var upload = Find(await begun.Content.ReadAsStringAsync(Token), "UploadId");
        var parts = new List<string>();
        for (var at = 0; at < bytes.Length; at += PartBytes)
        {
            var number = $"{parts.Count + 1}";
            using var part = await store.SendAsync(HttpMethod.Put, bucket, key, bytes[at..Math.Min(bytes.Length, at + PartBytes)], [("partNumber", number), ("uploadId", upload)]);
            parts.Add($"<Part><PartNumber>{number}</PartNumber><ETag>{part.Headers.NonValidated["ETag"]}</ETag></Part>");
        }

        using var done = await store.SendAsync(
            HttpMethod.Post, bucket, key, System.Text.Encoding.UTF8.GetBytes($"<CompleteMultipartUpload>{string.Concat(parts)}</CompleteMultipartUpload>"), [("uploadId", upload)]);
        Assert.True(done.IsSuccessStatusCode, await done.Content.ReadAsStringAsync(Token));
    }

    private static string Find(string xml, string element) => XDocument.Parse(xml).Descendants().Single(e => e.Name.LocalName == element).Value;

    // The headers that a job copies, and the ETag.
    private static async Task<(byte[] Bytes, SortedDictionary<string, string> Headers)> ReadAsync(PlainS3 store, string bucket, string key)
    {
        using var answer = await store.SendAsync(HttpMethod.Get, bucket, key, null);
        Assert.True(answer.IsSuccessStatusCode, $"{key}: {answer.StatusCode}");
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            var lower = name.ToLowerInvariant();
            if (lower is "etag" || Dressed.Any(d => d.Name == lower) || lower.StartsWith("x-amz-meta-", StringComparison.Ordinal))
            {
                headers[lower] = values.ToString();
            }
        }

        return (await answer.Content.ReadAsByteArrayAsync(Token), headers);
    }
}
