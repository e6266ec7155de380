using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Longhaul.TestStores.Http;

/// <summary>A request taken apart: bucket and key come from the target as it was sent, since the server's own path loses slashes and dots.</summary>
internal sealed class S3Request
{
    private S3Request(HttpContext http, string rawPath, List<(string Name, string Value)> query, string bucket, string key)
    {
        Http = http;
        RawPath = rawPath;
        Query = query;
        Bucket = bucket;
        Key = key;
        Verb = FindVerb();
    }

    public HttpContext Http { get; }

    public string Method => Http.Request.Method;

    public string RawPath { get; }

    /// <summary>Decoded, in the order they came.</summary>
    public List<(string Name, string Value)> Query { get; }

    public string Bucket { get; }

    public string Key { get; }

    public S3Verb Verb { get; }

    public CancellationToken Aborted => Http.RequestAborted;

    /// <summary>What the signature check found; for chunks that are signed too.</summary>
    public Signature? Signature { get; set; }

    public IReadOnlyList<Injection.Effect> Effects { get; set; } = [];

    public LoggedRequest Log { get; set; } = null!;

    public static S3Request From(HttpContext http, TestStoreOptions options)
    {
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (!target.StartsWith('/'))
        {
            target = target.IndexOf('/', target.IndexOf("//", StringComparison.Ordinal) + 2) is > 0 and var slash ? target[slash..] : "/";
        }

        var mark = target.IndexOf('?', StringComparison.Ordinal);
        var path = mark < 0 ? target : target[..mark];
        var query = new List<(string, string)>();
        if (mark >= 0)
        {
            foreach (var piece in target[(mark + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = piece.IndexOf('=', StringComparison.Ordinal);
                query.Add(equals < 0 ? (Percent.Decode(piece), "") : (Percent.Decode(piece[..equals]), Percent.Decode(piece[(equals + 1)..])));
            }
        }

        var host = http.Request.Host.Host;
        if (host.EndsWith("." + options.VirtualHostDomain, StringComparison.OrdinalIgnoreCase))
        {
            return new(http, path, query, host[..^(options.VirtualHostDomain.Length + 1)], Percent.Decode(path[1..]));
        }

        var end = path.IndexOf('/', 1);
        return end < 0
            ? new(http, path, query, Percent.Decode(path[1..]), "")
            : new(http, path, query, Percent.Decode(path[1..end]), Percent.Decode(path[(end + 1)..]));
    }

    public string? Header(string name) => Http.Request.Headers.TryGetValue(name, out var values) ? values.ToString() : null;

    public bool Has(string name) => Query.Exists(q => q.Name == name);

    public string? Argument(string name)
    {
        foreach (var (other, value) in Query)
        {
            if (other == name)
            {
                return value;
            }
        }

        return null;
    }

    public bool Struck(Injection.EffectKind kind)
    {
        foreach (var effect in Effects)
        {
            if (effect.Kind == kind)
            {
                return true;
            }
        }

        return false;
    }

    private S3Verb FindVerb()
    {
        if (Bucket.Length == 0)
        {
            return Method == "GET" ? S3Verb.ListBuckets : S3Verb.Unknown;
        }

        return Key.Length == 0 ? FindBucketVerb() : FindObjectVerb();
    }

    private S3Verb FindBucketVerb() => Method switch
    {
        "HEAD" => S3Verb.HeadBucket,
        "PUT" => S3Verb.CreateBucket,
        "DELETE" => S3Verb.DeleteBucket,
        "POST" when Has("delete") => S3Verb.DeleteObjects,
        "GET" when Has("location") => S3Verb.GetBucketLocation,
        "GET" when Has("uploads") => S3Verb.ListMultipartUploads,
        "GET" when Argument("list-type") == "2" => S3Verb.ListObjectsV2,
        "GET" when !Has("versioning") && !Has("acl") && !Has("policy") && !Has("versions") => S3Verb.ListObjects,
        _ => S3Verb.Unknown,
    };

    private S3Verb FindObjectVerb()
    {
        var copies = Http.Request.Headers.ContainsKey("x-amz-copy-source");
        return Method switch
        {
            "GET" when Has("tagging") => S3Verb.GetObjectTagging,
            "GET" when Has("uploadId") => S3Verb.ListParts,
            "GET" when !Has("acl") => S3Verb.GetObject,
            "HEAD" => S3Verb.HeadObject,
            "PUT" when Has("tagging") => S3Verb.PutObjectTagging,
            "PUT" when Has("uploadId") => copies ? S3Verb.UploadPartCopy : S3Verb.UploadPart,
            "PUT" when !Has("acl") => copies ? S3Verb.CopyObject : S3Verb.PutObject,
            "POST" when Has("uploads") => S3Verb.CreateMultipartUpload,
            "POST" when Has("uploadId") => S3Verb.CompleteMultipartUpload,
            "DELETE" when Has("uploadId") => S3Verb.AbortMultipartUpload,
            "DELETE" when Has("tagging") => S3Verb.DeleteObjectTagging,
            "DELETE" => S3Verb.DeleteObject,
            _ => S3Verb.Unknown,
        };
    }
}
