using System.Globalization;
using System.Security.Cryptography;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Http;
using Longhaul.TestStores.Injection;

namespace Longhaul.TestStores.S3;

internal sealed partial class S3Face
{
    private Answer CreateUpload(S3Request request)
    {
        CheckMultipart();
        CheckKey(request.Key);
        var upload = new MultipartUpload(
            store.NextUploadId(), request.Key, Now, Details(request), request.Header("x-amz-checksum-algorithm")?.ToLowerInvariant(), request.Header("x-amz-checksum-type"));
        BucketOf(request).WithUploads(uploads => uploads[upload.Id] = upload);
        var text = Xml.Begin("InitiateMultipartUploadResult");
        Xml.Element(text, "Bucket", request.Bucket);
        Xml.Element(text, "Key", request.Key);
        Xml.Element(text, "UploadId", upload.Id);
        return Answer.Xml(Xml.End(text, "InitiateMultipartUploadResult"));
    }

    private async Task<Answer> UploadPartAsync(S3Request request)
    {
        CheckMultipart();
        var upload = UploadOf(request);
        var number = PartNumber(request);
        if (request.Http.Request.ContentLength > Options.MaxSinglePutBytes)
        {
            throw new S3Exception(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
        }

        var body = await Body.ReadAsync(request, Options.DiscardContent, store.Faults, upload.ChecksumAlgorithm);
        AddPart(request, new(number, body.Content, body.Md5, Now, body.Checksums));
        var answer = new Answer(200) { Headers = [("ETag", Quoted(Convert.ToHexStringLower(body.Md5)))] };
        answer.Headers.AddRange(body.Checksums.Select(c => ($"x-amz-checksum-{c.Key}", c.Value)));
        return answer;
    }

    private Answer UploadPartCopy(S3Request request)
    {
        CheckMultipart();
        if (!Options.SupportsPartCopy)
        {
            throw NotImplemented("UploadPartCopy is not implemented.");
        }

        var upload = UploadOf(request);
        var source = CopySource(request);
        var range = (Offset: 0L, Length: source.Size);
        if (request.Header("x-amz-copy-source-range") is { } header)
        {
            range = Ranges.Parse(header, source.Size)
                ?? throw new S3Exception(400, "InvalidArgument", "The x-amz-copy-source-range value must be of the form bytes=first-last");
        }

        var content = new SliceContent(source.Content, range.Offset, range.Length);
        if (request.Struck(EffectKind.ErrorIn200))
        {
            return ErrorIn200(request);
        }

        var part = new UploadedPart(PartNumber(request), content, content.Md5(), Now, Checksums(content, upload.ChecksumAlgorithm));
        AddPart(request, part);
        var text = Xml.Begin("CopyPartResult");
        Xml.Element(text, "LastModified", Xml.Time(part.LastModified));
        Xml.Element(text, "ETag", Quoted(part.ETag));
        return Answer.Xml(Xml.End(text, "CopyPartResult"));
    }

    private async Task<Answer> CompleteUploadAsync(S3Request request)
    {
        CheckMultipart();
        var bucket = BucketOf(request);
        var root = await ReadXmlAsync(request);
        var wanted = root.Elements().Where(e => e.Name.LocalName == "Part")
            .Select(p => (Number: int.Parse(Child(p, "PartNumber")!.Value, CultureInfo.InvariantCulture), ETag: Child(p, "ETag")!.Value.Trim('"'))).ToArray();
        if (request.Struck(EffectKind.ErrorIn200))
        {
            return ErrorIn200(request);
        }

        var condition = WriteCondition(request, Options.ConditionalComplete);
        var upload = UploadOf(request);
        var value = Join(upload, bucket.WithUploads(_ => Choose(upload, wanted)));
        if (!bucket.TryPut(value, condition))
        {
            throw Precondition("If-None-Match");
        }

        bucket.WithUploads(uploads => uploads.Remove(upload.Id));
        var text = Xml.Begin("CompleteMultipartUploadResult");
        Xml.Element(text, "Location", $"http://{request.Http.Request.Host}/{request.Bucket}/{Percent.Encode(request.Key, keepSlash: true)}");
        Xml.Element(text, "Bucket", request.Bucket);
        Xml.Element(text, "Key", request.Key);
        Xml.Element(text, "ETag", Options.EmptyETagOnComplete ? "" : Quoted(value.ETag));
        foreach (var (name, checksum) in value.Details.Checksums)
        {
            Xml.Element(text, $"Checksum{name.ToUpperInvariant()}", checksum);
            Xml.Element(text, "ChecksumType", value.Details.ChecksumType);
        }

        return request.Struck(EffectKind.DoneButErrorIn200) ? ErrorIn200(request) : Answer.Xml(Xml.End(text, "CompleteMultipartUploadResult"));
    }

    private Answer AbortUpload(S3Request request)
    {
        CheckMultipart();
        var upload = UploadOf(request);
        BucketOf(request).WithUploads(uploads => uploads.Remove(upload.Id));
        return new Answer(204);
    }

    private Answer ListParts(S3Request request)
    {
        CheckMultipart();
        var upload = UploadOf(request);
        var marker = Number(request, "part-number-marker", 0, int.MaxValue);
        var limit = Number(request, "max-parts", 1000, 1000);
        var parts = BucketOf(request).WithUploads(_ => upload.Parts.Values.Where(p => p.Number > marker).Take(limit + 1).ToArray());
        var text = Xml.Begin("ListPartsResult");
        Xml.Element(text, "Bucket", request.Bucket);
        Xml.Element(text, "Key", upload.Key);
        Xml.Element(text, "UploadId", upload.Id);
        Xml.Element(text, "PartNumberMarker", marker);
        Xml.Element(text, "MaxParts", limit);
        Xml.Element(text, "IsTruncated", parts.Length > limit);
        if (parts.Length > limit && limit > 0)
        {
            Xml.Element(text, "NextPartNumberMarker", parts[limit - 1].Number);
        }

        foreach (var part in parts.Take(limit))
        {
            text.Append("<Part>");
            Xml.Element(text, "PartNumber", part.Number);
            Xml.Element(text, "LastModified", Xml.Time(part.LastModified));
            Xml.Element(text, "ETag", Quoted(part.ETag));
            Xml.Element(text, "Size", part.Content.Size);
            text.Append("</Part>");
        }

        return Answer.Xml(Xml.End(text, "ListPartsResult"));
    }

    private Answer ListUploads(S3Request request)
    {
        CheckMultipart();
        var (prefix, _, _, encode) = ListArguments(request);
        var limit = Number(request, "max-uploads", 1000, 1000);
        var (keyMarker, idMarker) = (request.Argument("key-marker") ?? "", request.Argument("upload-id-marker") ?? "");
        var uploads = BucketOf(request).Uploads
            .Where(u => u.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Where(u => KeyOrder.Compare(u.Key, keyMarker) > 0 || (idMarker.Length > 0 && u.Key == keyMarker && string.CompareOrdinal(u.Id, idMarker) > 0))
            .Take(limit + 1).ToArray();
        var text = Xml.Begin("ListMultipartUploadsResult");
        Xml.Element(text, "Bucket", request.Bucket);
        Xml.Element(text, "KeyMarker", encode(keyMarker));
        Xml.Element(text, "UploadIdMarker", idMarker);
        Xml.Element(text, "Prefix", encode(prefix));
        Xml.Element(text, "MaxUploads", limit);
        Xml.Element(text, "IsTruncated", uploads.Length > limit);
        if (uploads.Length > limit && limit > 0)
        {
            Xml.Element(text, "NextKeyMarker", encode(uploads[limit - 1].Key));
            Xml.Element(text, "NextUploadIdMarker", uploads[limit - 1].Id);
        }

        foreach (var upload in uploads.Take(limit))
        {
            text.Append("<Upload>");
            Xml.Element(text, "Key", encode(upload.Key));
            Xml.Element(text, "UploadId", upload.Id);
            Xml.Element(text, "Initiated", Xml.Time(upload.InitiatedAt));
            text.Append("</Upload>");
        }

        return Answer.Xml(Xml.End(text, "ListMultipartUploadsResult"));
    }

    private void CheckMultipart()
    {
        if (!Options.SupportsMultipart)
        {
            throw NotImplemented("Multipart uploads are not implemented.");
        }
    }

    private MultipartUpload UploadOf(S3Request request)
    {
        var id = request.Argument("uploadId")!;
        return BucketOf(request).WithUploads(uploads => uploads.TryGetValue(id, out var found) && found.Key == request.Key ? found : null)
            ?? throw new S3Exception(
                404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.");
    }

    private int PartNumber(S3Request request)
    {
        var number = Number(request, "partNumber", 0, int.MaxValue);
        return number >= 1 && number <= Options.MaxParts
            ? number
            : throw new S3Exception(400, "InvalidArgument", $"Part number must be an integer between 1 and {Options.MaxParts}, inclusive");
    }

    private void AddPart(S3Request request, UploadedPart part) => BucketOf(request).WithUploads(uploads =>
        uploads.TryGetValue(request.Argument("uploadId")!, out var upload)
            ? upload.Parts[part.Number] = part
            : throw new S3Exception(404, "NoSuchUpload", "The specified upload does not exist."));

    /// <summary>The parts the client names, which must be there, in order and large enough.</summary>
    private UploadedPart[] Choose(MultipartUpload upload, (int Number, string ETag)[] wanted)
    {
        if (wanted.Length == 0)
        {
            throw new S3Exception(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
        }

        var parts = new UploadedPart[wanted.Length];
        for (var i = 0; i < wanted.Length; i++)
        {
            if (i > 0 && wanted[i].Number <= wanted[i - 1].Number)
            {
                throw new S3Exception(400, "InvalidPartOrder", "The list of parts was not in ascending order.");
            }

            if (!upload.Parts.TryGetValue(wanted[i].Number, out var part) || part.ETag != wanted[i].ETag)
            {
                throw new S3Exception(
                    400, "InvalidPart", "One or more of the specified parts could not be found.", ("#PartNumber", $"{wanted[i].Number}"), ("#ETag", wanted[i].ETag));
            }

            parts[i] = part;
        }

        if (parts[..^1].Any(p => p.Content.Size < Options.MinPartBytes))
        {
            throw new S3Exception(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
        }

        if (Options.EqualParts && (parts[..^1].Any(p => p.Content.Size != parts[0].Content.Size) || parts[^1].Content.Size > parts[0].Content.Size))
        {
            throw new S3Exception(400, "InvalidPart", "All non-trailing parts must have the same length.");
        }

        return parts;
    }

    private StoredObject Join(MultipartUpload upload, UploadedPart[] parts)
    {
        var hash = MD5.HashData(parts.SelectMany(p => p.Md5).ToArray());
        if (Options.UnpredictableMultipartETags)
        {
            hash = MD5.HashData([.. hash, .. System.Text.Encoding.UTF8.GetBytes(upload.Id)]);
        }

        Content content = Options.DiscardContent ? new DiscardedContent(parts.Sum(p => p.Content.Size)) : new JoinedContent(parts.Select(p => p.Content));
        var details = upload.Details with { PartSizes = [.. parts.Select(p => p.Content.Size)] };
        if (upload.ChecksumAlgorithm is { } algorithm)
        {
            var whole = upload.ChecksumType == "FULL_OBJECT" || algorithm == "crc64nvme";
            details = details with
            {
                Checksums = whole ? Checksums(content, algorithm) : Composite(parts, algorithm),
                ChecksumType = whole ? "FULL_OBJECT" : "COMPOSITE",
            };
        }

        return new(upload.Key, content, ETag.Of(hash, parts.Length), Now, details);
    }

    private static Dictionary<string, string> Composite(UploadedPart[] parts, string algorithm)
    {
        using var digest = Digest.Of(algorithm);
        foreach (var part in parts)
        {
            digest.Append(Convert.FromBase64String(part.Checksums[algorithm]));
        }

        return new() { [algorithm] = $"{Convert.ToBase64String(digest.Finish())}-{parts.Length}" };
    }

    private static Dictionary<string, string> Checksums(Content content, string? algorithm)
    {
        if (algorithm is null)
        {
            return [];
        }

        using var digest = Digest.Of(algorithm);
        var buffer = new byte[1 << 16];
        for (long at = 0; at < content.Size; at += buffer.Length)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, content.Size - at));
            content.Read(at, piece);
            digest.Append(piece);
        }

        return new() { [algorithm] = Convert.ToBase64String(digest.Finish()) };
    }
}
