using System.Globalization;
using System.Text.Json.Nodes;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Http;
using Longhaul.TestStores.S3;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Longhaul.TestStores.Gcs;

/// <summary>
/// Google Cloud Storage as far as a copier and the official client need it: tokens, the JSON API, and bearer tokens for the XML API, which is
/// the S3 face with other names for some headers.
/// </summary>
internal sealed class GcsFace(TestStore store)
{
    private const string Json = "/storage/v1/";
    private const string Upload = "/upload/storage/v1/";
    private const string Download = "/download/storage/v1/";

    private readonly Dictionary<string, Resumable> _resumables = [];

    public GcsAccounts Accounts { get; } = new(store.Options.Clock);

    public static S3Verb? VerbOf(S3Request request) =>
        request.RawPath == "/token" ? S3Verb.GcsToken
        : Prefixes(request.RawPath) ? S3Verb.GcsJson
        : null;

    /// <summary>Answers what is not the XML API; null where it is.</summary>
    public async Task<Answer?> TryHandleAsync(S3Request request)
    {
        if (VerbOf(request) is not { } verb)
        {
            return null;
        }

        if (verb == S3Verb.GcsToken)
        {
            return await new GcsToken(Accounts, store).AnswerAsync(request);
        }

        try
        {
            return await AnswerAsync(request);
        }
        catch (S3Exception error)
        {
            return Answer.Json(new JsonObject { ["error"] = new JsonObject { ["code"] = error.Status, ["message"] = error.Message } }.ToJsonString(), error.Status);
        }
    }

    /// <summary>True where a bearer token let the request in; an error where it is not good; false where there is none.</summary>
    public bool Authorize(S3Request request) => Authorize(request, request.Verb, isBucketGet: false);

    /// <summary>The answer of the S3 face with Google's names.</summary>
    public static Answer Rename(S3Request request, Answer answer, Bucket? bucket)
    {
        if (request.Verb is not (S3Verb.GetObject or S3Verb.HeadObject) || answer.ErrorCode is not null || bucket?.Find(request.Key) is not { } value)
        {
            return answer;
        }

        var headers = answer.Headers.Select(h => (h.Name.Replace("x-amz-", "x-goog-", StringComparison.Ordinal), h.Value)).ToList();
        headers.AddRange(GcsObject.Headers(value));
        return new Answer(answer.Status)
        {
            Headers = headers,
            Body = answer.Body,
            Offset = answer.Offset,
            Length = answer.Length,
            SendsBody = answer.SendsBody,
        };
    }

    private static bool Prefixes(string path) =>
        path.StartsWith(Json, StringComparison.Ordinal) || path.StartsWith(Upload, StringComparison.Ordinal) || path.StartsWith(Download, StringComparison.Ordinal);

    private bool Authorize(S3Request request, S3Verb verb, bool isBucketGet)
    {
        if (request.Header("Authorization") is not { } authorization || !authorization.StartsWith("Bearer ", StringComparison.Ordinal))
        {
            return false;
        }

        var email = Accounts.EmailOf(authorization["Bearer ".Length..]) ?? throw new S3Exception(401, "AuthenticationRequired", "Invalid Credentials");
        request.Log.KeyId = email;
        return Accounts.MayDo(email, verb, isBucketGet)
            ? true
            : throw new S3Exception(403, "AccessDenied", $"{email} does not have storage access to the Google Cloud Storage {(isBucketGet ? "bucket" : "object")}.");
    }

    private Task<Answer> AnswerAsync(S3Request request)
    {
        // b/{bucket}[/o[/{object}]], the members encoded.
        var path = request.RawPath[(request.RawPath.IndexOf("/v1/", StringComparison.Ordinal) + 4)..].Split('/').Select(Uri.UnescapeDataString).ToArray();
        var uploads = request.RawPath.StartsWith(Upload, StringComparison.Ordinal);
        var verb = request.Method is "GET" ? (path.Length > 3 ? S3Verb.GetObject : S3Verb.ListObjectsV2) : S3Verb.PutObject;

        // The address of a resumable upload is the permission itself.
        var isSession = uploads && request.Method == "PUT";
        if (!isSession && !Authorize(request, verb, isBucketGet: path.Length == 2 && request.Method == "GET"))
        {
            throw new S3Exception(401, "required", "Anonymous caller does not have storage access.");
        }

        return (request.Method, path.Length) switch
        {
            ("POST", 1) => CreateBucketAsync(request),
            ("GET", 2) => Task.FromResult(Answer.Json(GcsObject.Of(BucketOf(path[1])).ToJsonString())),
            ("POST", 3) when uploads => UploadAsync(request, BucketOf(path[1])),
            ("PUT", 3) when uploads => ResumeAsync(request),
            ("GET", 3) => Task.FromResult(List(request, BucketOf(path[1]))),
            ("GET", 4) => Task.FromResult(Get(request, BucketOf(path[1]), path[3])),
            ("DELETE", 4) => Task.FromResult(Delete(BucketOf(path[1]), path[3])),
            _ => throw new S3Exception(501, "notImplemented", $"{request.Method} {request.RawPath} is not implemented"),
        };
    }

    private async Task<Answer> CreateBucketAsync(S3Request request)
    {
        var json = await JsonNode.ParseAsync(request.Http.Request.Body, cancellationToken: request.Aborted);
        var name = (string)json!["name"]!;
        return store.TryCreateBucket(name)
            ? Answer.Json(GcsObject.Of(BucketOf(name)).ToJsonString())
            : throw new S3Exception(409, "conflict", "Your previous request to create the named bucket succeeded and you already own it.");
    }

    private static Answer List(S3Request request, Bucket bucket)
    {
        var limit = int.Parse(request.Argument("maxResults") ?? "1000", CultureInfo.InvariantCulture);
        var token = request.Argument("pageToken") ?? "";
        var from = token.Length == 0 ? new ListFrom("", false) : new(Uri.UnescapeDataString(token[1..]), token[0] == 'g');
        var page = bucket.List(from, request.Argument("prefix") ?? "", request.Argument("delimiter") ?? "", Math.Min(limit, 1000));
        var answer = new JsonObject
        {
            ["kind"] = "storage#objects",
            ["items"] = new JsonArray([.. page.Objects.Select(o => (JsonNode)GcsObject.Of(bucket, o))]),
            ["prefixes"] = new JsonArray([.. page.Groups.Select(g => (JsonNode)JsonValue.Create(g))]),
        };
        if (page.IsTruncated)
        {
            answer["nextPageToken"] = (page.Last.SkipGroup ? "g" : "k") + Uri.EscapeDataString(page.Last.After);
        }

        return Answer.Json(answer.ToJsonString());
    }

    private static Answer Get(S3Request request, Bucket bucket, string key)
    {
        var value = Find(bucket, key);
        if (request.Argument("alt") != "media")
        {
            return Answer.Json(GcsObject.Of(bucket, value).ToJsonString());
        }

        var range = Ranges.Parse(request.Header("Range"), value.Size);
        var headers = GcsObject.Headers(value).Append(("Content-Type", value.Header("content-type") ?? "application/octet-stream")).ToList();
        if (range is { } part)
        {
            headers.Add(("Content-Range", $"bytes {part.Offset}-{part.Offset + part.Length - 1}/{value.Size}"));
        }

        return new Answer(range is null ? 200 : 206)
        {
            Headers = headers,
            Body = value.Content,
            Offset = range?.Offset ?? 0,
            Length = range?.Length ?? value.Size,
        };
    }

    private static Answer Delete(Bucket bucket, string key)
    {
        Find(bucket, key);
        bucket.Remove(key);
        return new Answer(204);
    }

    private async Task<Answer> UploadAsync(S3Request request, Bucket bucket)
    {
        var body = request.Http.Request.Body;
        switch (request.Argument("uploadType"))
        {
            case "multipart":
                var boundary = HeaderUtilities.RemoveQuotes(MediaTypeHeaderValue.Parse(request.Http.Request.ContentType).Boundary).Value!;
                var reader = new MultipartReader(boundary, body);
                var metadata = await JsonNode.ParseAsync((await reader.ReadNextSectionAsync(request.Aborted))!.Body, cancellationToken: request.Aborted);
                var section = (await reader.ReadNextSectionAsync(request.Aborted))!;
                return Stored(bucket, metadata, request.Argument("name"), await ReadAsync(section.Body, request.Aborted), section.ContentType);
            case "media":
                return Stored(bucket, null, request.Argument("name"), await ReadAsync(body, request.Aborted), request.Http.Request.ContentType);
            case "resumable":
                var given = await ReadAsync(body, request.Aborted);
                var id = store.NextUploadId();
                lock (_resumables)
                {
                    _resumables[id] = new(
                        bucket, given.Length == 0 ? null : JsonNode.Parse(given), request.Argument("name"), request.Header("X-Upload-Content-Type"), new MemoryStream());
                }

                return new Answer(200) { Headers = [("Location", $"{store.Address}upload/storage/v1/b/{bucket.Name}/o?uploadType=resumable&upload_id={id}")] };
            default:
                throw new S3Exception(400, "invalid", "uploadType must be multipart, media or resumable");
        }
    }

    private async Task<Answer> ResumeAsync(S3Request request)
    {
        Resumable resumable;
        lock (_resumables)
        {
            resumable = _resumables.GetValueOrDefault(request.Argument("upload_id") ?? "") ?? throw new S3Exception(404, "notFound", "No such upload");
        }

        await request.Http.Request.Body.CopyToAsync(resumable.Bytes, request.Aborted);
        if (!IsWhole(request.Header("Content-Range"), resumable.Bytes.Length))
        {
            return new Answer(308) { Headers = resumable.Bytes.Length == 0 ? [] : [("Range", $"bytes=0-{resumable.Bytes.Length - 1}")] };
        }

        return Stored(resumable.Bucket, resumable.Metadata, resumable.Name, resumable.Bytes.ToArray(), resumable.ContentType);
    }

    /// <summary>"bytes FIRST-*/*" is a stream to its end, "bytes */…" only a question, and "bytes FIRST-LAST/*" a chunk with more to come.</summary>
    private static bool IsWhole(string? range, long received)
    {
        var total = range?.Split('/')[^1];
        return total is null || range!.EndsWith("-*/*", StringComparison.Ordinal)
            || (total != "*" && long.Parse(total, CultureInfo.InvariantCulture) <= received);
    }

    private static Answer Stored(Bucket bucket, JsonNode? metadata, string? name, byte[] bytes, string? contentType)
    {
        var key = (string?)metadata?["name"] ?? name ?? throw new S3Exception(400, "required", "Required parameter: name");
        var value = bucket.Put(key, new ByteContent(bytes), GcsObject.Details(metadata, contentType));
        var expected = (string?)metadata?["md5Hash"];
        if (expected is not null && expected != Convert.ToBase64String(value.Content.Md5()))
        {
            bucket.Remove(key);
            throw new S3Exception(400, "invalid", "Provided MD5 hash doesn't match calculated MD5 hash");
        }

        return Answer.Json(GcsObject.Of(bucket, value).ToJsonString());
    }

    private static async Task<byte[]> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        using var memory = new MemoryStream();
        await body.CopyToAsync(memory, cancellationToken);
        return memory.ToArray();
    }

    private Bucket BucketOf(string name) => store.FindBucket(name) ?? throw new S3Exception(404, "notFound", "The specified bucket does not exist.");

    private static StoredObject Find(Bucket bucket, string key) =>
        bucket.Find(key) ?? throw new S3Exception(404, "notFound", $"No such object: {bucket.Name}/{key}");

    private sealed record Resumable(Bucket Bucket, JsonNode? Metadata, string? Name, string? ContentType, MemoryStream Bytes);
}
