using System.Globalization;
using System.Net;

namespace Longhaul.Slurper.Objects;

/// <summary>Copies on the server's side, and uploads in parts.</summary>
internal sealed partial class S3Store
{
    // A thousand uploads of one key in each; more than that are left to the store's own clean-up.
    private const int MaxUploadPages = 20;

    public async Task<WrittenObject> CopyAsync(string key, CopyRequest request, CancellationToken cancellationToken)
    {
        var call = new S3Call(HttpMethod.Put, "CopyObject", key);
        AddSource(call, request);
        call.Signed.Add(new("x-amz-metadata-directive", "REPLACE"));
        HeaderText.Add(request.Headers, call.Signed, call.Unsigned);
        AddCondition(call, request.OnlyIfAbsent);
        var body = await ReadOutcomeAsync(call, cancellationToken);
        return new WrittenObject(StoreXml.Unquote(StoreXml.FindValue(body, "CopyObjectResult", "ETag")));
    }

    public async Task<string> BeginUploadAsync(string key, ObjectHeaders headers, CancellationToken cancellationToken)
    {
        var call = new S3Call(HttpMethod.Post, "CreateMultipartUpload", key) { Query = "uploads=", NotFound = StoreFault.NoSuchBucket };
        HeaderText.Add(headers, call.Signed, call.Unsigned);
        var body = await ReadWholeAsync(call, cancellationToken);
        return StoreXml.FindValue(body, "InitiateMultipartUploadResult", "UploadId")
            ?? throw new StoreException(StoreFault.Passing, 200, null, "CreateMultipartUpload was answered without an upload id");
    }

    public async Task<UploadedPart> PutPartAsync(string key, string uploadId, PartRequest request, CancellationToken cancellationToken)
    {
        var call = new S3Call(HttpMethod.Put, "UploadPart", key)
        {
            Query = PartQuery(request.Number, uploadId),
            Body = request.Body,
            NotFound = StoreFault.NoSuchUpload,
        };
        using var response = await SendAsync(call, cancellationToken);
        return StoreXml.Unquote(HeaderText.Find(response.Headers.NonValidated, "ETag")) is { } etag
            ? new UploadedPart(request.Number, etag, request.Body.Length)
            : throw new StoreException(StoreFault.Passing, (int)response.StatusCode, null, "UploadPart was answered without an ETag");
    }

    public async Task<UploadedPart> CopyPartAsync(
        string key, string uploadId, int number, CopyRequest source, ByteRange range, CancellationToken cancellationToken)
    {
        var call = new S3Call(HttpMethod.Put, "UploadPartCopy", key) { Query = PartQuery(number, uploadId), NotFound = StoreFault.NoSuchUpload };
        AddSource(call, source);
        call.Signed.Add(new("x-amz-copy-source-range", $"bytes={ObjectPath.Number(range.First)}-{ObjectPath.Number(range.Last)}"));
        var body = await ReadOutcomeAsync(call, cancellationToken);
        return StoreXml.Unquote(StoreXml.FindValue(body, "CopyPartResult", "ETag")) is { } etag
            ? new UploadedPart(number, etag, range.Length)
            : throw new StoreException(StoreFault.Passing, 200, null, "UploadPartCopy was answered without an ETag");
    }

    public async Task<IReadOnlyList<UploadedPart>?> ListPartsAsync(string key, string uploadId, CancellationToken cancellationToken)
    {
        var all = new List<UploadedPart>();
        string? marker = null;
        do
        {
            var call = new S3Call(HttpMethod.Get, "ListParts", key)
            {
                Query = ObjectPath.Query(("uploadId", uploadId), ("max-parts", "1000"), ("part-number-marker", marker)),
                NotFound = StoreFault.NoSuchUpload,
            };
            ReadOnlyMemory<byte> body;
            try
            {
                body = await ReadWholeAsync(call, cancellationToken);
            }
            catch (StoreException e) when (e.Fault is StoreFault.NoSuchUpload or StoreFault.NoSuchKey)
            {
                return null;
            }

            (var parts, marker) = StoreXml.ReadParts(body);
            all.AddRange(parts);
            if (marker is not null && (parts.Count == 0 || marker != ObjectPath.Number(parts[^1].Number)))
            {
                throw new StoreException(StoreFault.Permanent, 200, null, "ListParts says that it goes on and does not say where");
            }
        }
        while (marker is not null);

        return all;
    }

    public async Task<WrittenObject> CompleteUploadAsync(
        string key, string uploadId, IReadOnlyList<UploadedPart> parts, bool onlyIfAbsent, CancellationToken cancellationToken)
    {
        var call = new S3Call(HttpMethod.Post, "CompleteMultipartUpload", key)
        {
            Query = ObjectPath.Query(("uploadId", uploadId)),
            Body = InMemory(StoreXml.WriteParts(parts)),
            NotFound = StoreFault.NoSuchUpload,
        };
        call.Signed.Add(new("content-type", "application/xml"));
        AddCondition(call, onlyIfAbsent);
        var body = await ReadOutcomeAsync(call, cancellationToken);
        return new WrittenObject(StoreXml.Unquote(StoreXml.FindValue(body, "CompleteMultipartUploadResult", "ETag")));
    }

    public async Task AbortUploadAsync(string key, string uploadId, CancellationToken cancellationToken)
    {
        var call = new S3Call(HttpMethod.Delete, "AbortMultipartUpload", key)
        {
            Query = ObjectPath.Query(("uploadId", uploadId)),
            NotFound = StoreFault.NoSuchUpload,
        };
        try
        {
            using var response = await SendAsync(call, cancellationToken);
        }
        catch (StoreException e) when (e.Fault is StoreFault.NoSuchUpload or StoreFault.NoSuchKey)
        {
            // It is not there, as was asked for.
        }
    }

    public async Task<IReadOnlyList<UnfinishedUpload>> ListUploadsAsync(string key, CancellationToken cancellationToken)
    {
        var found = new List<UnfinishedUpload>();
        string? keyMarker = null, idMarker = null;
        for (var page = 0; page < MaxUploadPages; page++)
        {
            var listing = StoreXml.ReadUploads(await ReadWholeAsync(
                new S3Call(HttpMethod.Get, "ListMultipartUploads", null)
                {
                    Query = ObjectPath.Query(
                        ("uploads", ""), ("prefix", key), ("encoding-type", "url"), ("max-uploads", "1000"), ("key-marker", keyMarker), ("upload-id-marker", idMarker)),
                    NotFound = StoreFault.NoSuchBucket,
                },
                cancellationToken));

            // Ceph encodes the keys and does not say so.
            found.AddRange(listing.Uploads.Where(u => u.Key == key || (!listing.IsEncoded && WebUtility.UrlDecode(u.Key) == key)).Select(u => u.Upload));

            // The key itself stands before all others that begin with it.
            if (!listing.IsTruncated || listing.NextKeyMarker != key)
            {
                break;
            }

            (keyMarker, idMarker) = (listing.NextKeyMarker, listing.NextUploadIdMarker);
        }

        return found;
    }

    private static string PartQuery(int number, string uploadId) =>
        $"partNumber={number.ToString(CultureInfo.InvariantCulture)}&uploadId={ObjectPath.EncodeQuery(uploadId)}";

    private static void AddSource(S3Call call, CopyRequest request)
    {
        call.Signed.Add(new("x-amz-copy-source", $"/{ObjectPath.EncodeQuery(request.SourceBucket)}/{ObjectPath.Encode(request.SourceKey)}"));
        call.Signed.Add(new("x-amz-copy-source-if-match", $"\"{request.IfMatch}\""));
    }

    // These requests may be answered 200 before they are done; the body then tells how they ended.
    private async Task<ReadOnlyMemory<byte>> ReadOutcomeAsync(S3Call call, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(call, cancellationToken);
        var body = await StoreAnswers.ReadAsync(response, StoreXml.MaxBytes, cancellationToken);
        return StoreXml.FindError(body) is { } error
            ? throw StoreAnswers.Failure(call.Name, response, error, call.NotFound, _secrets)
            : body;
    }
}
