using Longhaul.TestStores.Data;

namespace Longhaul.Tests.Support;

/// <summary>
/// Objects that are hard to copy: keys that every encoding on the way may spoil, all system headers, metadata, empty and large ones. Their
/// bytes are computed, so that gigabytes need no memory.
/// </summary>
internal static class AwkwardObjects
{
    private const string DefaultType = "binary/octet-stream";

    private static readonly string[] Keys =
    [
        "a b", " begins and ends with a space ", "plus+plus", "per%cent", "%2Fencoded%20already", "ünïcödé/日本語/🚀", "/leading", "//two", "a//b///c",
        "folder/", "./dot", "../up", "a/../b", "new\nline", "tab\there", "quote\"'<>&amp;", "query?a=b&c#d", "semi;colon,comma=equals", "back\\slash", "{braces}[0]|~^`",
        "\uE000before the surrogates", "\uFFFDafter them", "e\u0301 is not \u00e9", "\u00e9", new string('k', 1024), string.Concat(Enumerable.Repeat("é", 512)),
    ];

    /// <summary>Fills a bucket with so many objects of so many bytes in all.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="count">Objects.</param>
    /// <param name="bytes">Their sum.</param>
    /// <param name="large">Sizes of the large ones: the first came in parts of 5 MiB, the others in one piece.</param>
    /// <param name="random">Chooses the other sizes.</param>
    public static void Fill(Bucket bucket, int count, long bytes, long[] large, Random random)
    {
        for (var i = 0; i < large.Length; i++)
        {
            var key = $"f{i * 7 % 10}/large {i}";
            var content = new SyntheticContent(SyntheticContent.SeedOf(key), large[i]);
            var details = new ObjectDetails { Headers = Headers(i) };
            _ = i == 0 ? bucket.PutMultipart(key, content, 5 << 20, details) : bucket.Put(key, content, details);
        }

        var weights = Enumerable.Range(0, count - large.Length).Select(i => i % 20 == 0 ? 0 : -Math.Log(1 - random.NextDouble())).ToArray();
        var (rest, sum) = (bytes - large.Sum(), weights.Sum());
        var left = rest;
        for (var i = 0; i < weights.Length; i++)
        {
            var key = i < Keys.Length ? Keys[i] : $"f{i % 10}/ä+{i:D6}%.bin";
            var size = i == weights.Length - 1 ? left : (long)(weights[i] / sum * rest);
            left -= size;
            bucket.Put(key, new SyntheticContent(SyntheticContent.SeedOf(key), size), new ObjectDetails { Headers = Headers(i) });
        }
    }

    /// <summary>Holds a target against its source: keys, bytes by their hashes, headers.</summary>
    /// <param name="source">What was copied.</param>
    /// <param name="target">What is there. Its ETags are hashes of what arrived.</param>
    /// <param name="sameETags">Objects up to this size have the ETag of the source too.</param>
    public static void AssertSame(Bucket source, Bucket target, long sameETags)
    {
        Assert.Equal(source.Keys, target.Keys);
        foreach (var (from, to) in source.Objects.Zip(target.Objects))
        {
            Assert.True(from.Size == to.Size, $"{from.Key}: {to.Size} bytes instead of {from.Size}");
            Assert.True(to.Tag == ETag.Of(from.Content, to.Details.PartSizes), $"{from.Key}: other bytes than the source");
            Assert.True(from.Size > sameETags || from.Tag == to.Tag, $"{from.Key}: ETag {to.ETag} instead of {from.ETag}");
            Assert.Equal(Shown(from), Shown(to));
        }
    }

    private static List<string> Shown(StoredObject value)
    {
        var headers = value.Details.Headers.Where(h => h.Key != "content-type").Select(h => $"{h.Key}: {h.Value}");
        return [.. headers.Order(StringComparer.Ordinal), $"content-type: {value.Header("content-type") ?? DefaultType}", value.Key];
    }

    private static Dictionary<string, string> Headers(int number) => (number % 4) switch
    {
        0 => [],
        1 => new() { ["content-type"] = "text/html; charset=\"utf-8\"", ["x-amz-meta-number"] = $"{number}" },
        2 => new()
        {
            ["content-type"] = "image/jpeg",
            ["cache-control"] = "public, max-age=3600, immutable",
            ["content-disposition"] = "attachment; filename=\"a b;c.bin\"; filename*=UTF-8''a%20b",
            ["content-encoding"] = "gzip",
            ["content-language"] = "de-CH, en",
            ["expires"] = "Thu, 01 Dec 2033 16:00:00 GMT",
        },
        _ => new() { ["x-amz-meta-empty-not"] = "a, b;  c=\"d\"", ["x-amz-meta-utf8"] = "grün ✓", ["expires"] = "0" },
    };
}
