using System.Globalization;
using System.Text.Json.Nodes;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Http;

namespace Longhaul.TestStores.Gcs;

/// <summary>Buckets and objects as the JSON API and Google's headers show them.</summary>
internal static class GcsObject
{
    private static readonly (string Member, string Header)[] Members =
    [
        ("contentType", "content-type"), ("cacheControl", "cache-control"), ("contentDisposition", "content-disposition"),
        ("contentEncoding", "content-encoding"), ("contentLanguage", "content-language"),
    ];

    public static JsonObject Of(Bucket bucket) => new()
    {
        ["kind"] = "storage#bucket",
        ["id"] = bucket.Name,
        ["name"] = bucket.Name,
        ["location"] = "US",
        ["storageClass"] = "STANDARD",
        ["timeCreated"] = Xml.Time(bucket.CreatedAt),
        ["metageneration"] = "1",
    };

    public static JsonObject Of(Bucket bucket, StoredObject value)
    {
        var json = new JsonObject
        {
            ["kind"] = "storage#object",
            ["id"] = $"{bucket.Name}/{value.Key}/{Generation(value)}",
            ["name"] = value.Key,
            ["bucket"] = bucket.Name,
            ["generation"] = Generation(value),
            ["metageneration"] = "1",
            ["size"] = value.Size.ToString(CultureInfo.InvariantCulture),
            ["md5Hash"] = Convert.ToBase64String(value.Content.Md5()),
            ["crc32c"] = Crc32C(value),
            ["etag"] = value.ETag,
            ["storageClass"] = value.Details.StorageClass,
            ["timeCreated"] = Xml.Time(value.LastModified),
            ["updated"] = Xml.Time(value.LastModified),
        };
        foreach (var (member, header) in Members)
        {
            if (value.Header(header) is { } text)
            {
                json[member] = text;
            }
        }

        var own = value.Details.Headers.Where(h => h.Key.StartsWith("x-amz-meta-", StringComparison.Ordinal)).ToArray();
        if (own.Length > 0)
        {
            json["metadata"] = new JsonObject(own.Select(h => KeyValuePair.Create(h.Key["x-amz-meta-".Length..], (JsonNode?)JsonValue.Create(h.Value))));
        }

        return json;
    }

    public static ObjectDetails Details(JsonNode? metadata, string? contentType)
    {
        var headers = new Dictionary<string, string>();
        if (contentType is not null)
        {
            headers["content-type"] = contentType;
        }

        foreach (var (member, header) in Members)
        {
            if ((string?)metadata?[member] is { } text)
            {
                headers[header] = text;
            }
        }

        foreach (var (name, value) in metadata?["metadata"]?.AsObject() ?? [])
        {
            headers[$"x-amz-meta-{name.ToLowerInvariant()}"] = (string)value!;
        }

        return new ObjectDetails { Headers = headers, StorageClass = (string?)metadata?["storageClass"] ?? "STANDARD" };
    }

    public static (string Name, string Value)[] Headers(StoredObject value) =>
    [
        ("x-goog-hash", $"crc32c={Crc32C(value)},md5={Convert.ToBase64String(value.Content.Md5())}"),
        ("x-goog-generation", Generation(value)),
        ("x-goog-metageneration", "1"),
        ("x-goog-stored-content-length", value.Size.ToString(CultureInfo.InvariantCulture)),
        ("x-goog-stored-content-encoding", value.Header("content-encoding") ?? "identity"),
    ];

    private static string Generation(StoredObject value) => (value.LastModified.ToUnixTimeMilliseconds() * 1000).ToString(CultureInfo.InvariantCulture);

    private static string Crc32C(StoredObject value)
    {
        using var digest = Digest.Of("crc32c");
        digest.Append(value.ToArray());
        return Convert.ToBase64String(digest.Finish());
    }
}
