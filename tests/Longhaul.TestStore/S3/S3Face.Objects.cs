using System.Globalization;
using System.Xml.Linq;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Http;
using Longhaul.TestStores.Injection;

namespace Longhaul.TestStores.S3;

internal sealed partial class S3Face
{
    private static readonly string[] SystemHeaders =
        ["content-type", "cache-control", "content-disposition", "content-encoding", "content-language", "expires"];

    private Answer GetObject(S3Request request)
    {
        var value = Find(request);
        var isHead = request.Verb == S3Verb.HeadObject;
        CheckReadConditions(request, value);
        if (!isHead && !value.Details.IsReadable)
        {
            throw new S3Exception(403, "InvalidObjectState", "The operation is not valid for the object's storage class", ("#StorageClass", value.Details.StorageClass));
        }

        var headers = ObjectHeaders(request, value);
        var (offset, length, status) = (0L, value.Size, 200);
        if (PartRange(request, value, headers) is { } part)
        {
            (offset, length, status) = (part.Offset, part.Length, 206);
        }
        else if (Ranges.Parse(request.Header("Range"), value.Size) is { } range)
        {
            (offset, length, status) = (range.Offset, range.Length, 206);
        }

        if (status == 206 && length > 0)
        {
            headers.Add(("Content-Range", $"bytes {offset}-{offset + length - 1}/{value.Size}"));
        }

        return new Answer(status) { Headers = headers, Body = value.Content, Offset = offset, Length = length, SendsBody = !isHead };
    }

    private async Task<Answer> PutObjectAsync(S3Request request)
    {
        var bucket = BucketOf(request);
        CheckKey(request.Key);
        if (request.Http.Request.ContentLength > Options.MaxSinglePutBytes)
        {
            throw new S3Exception(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size");
        }

        var condition = WriteCondition(request, Options.ConditionalPut);
        var body = await Body.ReadAsync(request, Options.DiscardContent, store.Faults, Options.KeepCrc64Nvme ? "crc64nvme" : null);
        var details = Details(request) with { Checksums = body.Checksums };
        var value = new StoredObject(request.Key, body.Content, ETag.Of(body.Md5), Now, Small(details));
        if (!bucket.TryPut(value, condition))
        {
            throw Precondition("If-None-Match");
        }

        var answer = new Answer(200) { Headers = [("ETag", Quoted(value.ETag))] };
        foreach (var (name, checksum) in body.Checksums)
        {
            answer.Headers.Add(($"x-amz-checksum-{name}", checksum));
        }

        return answer;
    }

    private Answer CopyObject(S3Request request)
    {
        var bucket = BucketOf(request);
        CheckKey(request.Key);
        var condition = WriteCondition(request, Options.ConditionalPut);
        var source = CopySource(request);
        if (source.Size > Options.MaxSinglePutBytes)
        {
            throw new S3Exception(400, "InvalidRequest", "The specified copy source is larger than the maximum allowable size for a copy source");
        }

        if (request.Struck(EffectKind.ErrorIn200))
        {
            return ErrorIn200(request);
        }

        var replaces = request.Header("x-amz-metadata-directive") == "REPLACE";
        var details = (replaces ? Details(request) : source.Details with { StorageClass = request.Header("x-amz-storage-class") ?? "STANDARD" })
            with
        { Checksums = source.Details.Checksums, ChecksumType = source.Details.ChecksumType, PartSizes = [], ArchiveStatus = null, Restore = null };

        // A copy in one piece is one part: its ETag is the MD5 of the whole, whatever the source's was.
        var value = source.Tag.Parts == 0
            ? new StoredObject(request.Key, source.Content, source.Tag, Now, Small(details))
            : new StoredObject(request.Key, source.Content, Now, Small(details));
        if (!bucket.TryPut(value, condition))
        {
            throw Precondition("If-None-Match");
        }

        var text = Xml.Begin("CopyObjectResult");
        Xml.Element(text, "LastModified", Xml.Time(value.LastModified));
        Xml.Element(text, "ETag", Quoted(value.ETag));
        return request.Struck(EffectKind.DoneButErrorIn200) ? ErrorIn200(request) : Answer.Xml(Xml.End(text, "CopyObjectResult"));
    }

    private Answer DeleteObject(S3Request request)
    {
        BucketOf(request).Remove(request.Key);
        return new Answer(204);
    }

    private async Task<Answer> DeleteObjectsAsync(S3Request request)
    {
        var bucket = BucketOf(request);
        var root = await ReadXmlAsync(request);
        var quiet = Child(root, "Quiet")?.Value == "true";
        var text = Xml.Begin("DeleteResult");
        foreach (var key in root.Elements().Where(e => e.Name.LocalName == "Object").Select(e => Child(e, "Key")!.Value))
        {
            bucket.Remove(key);
            if (!quiet)
            {
                text.Append("<Deleted>");
                Xml.Element(text, "Key", key);
                text.Append("</Deleted>");
            }
        }

        return Answer.Xml(Xml.End(text, "DeleteResult"));
    }

    private Answer GetTagging(S3Request request)
    {
        CheckTagging();
        var text = Xml.Begin("Tagging").Append("<TagSet>");
        foreach (var (name, value) in Find(request).Details.Tags)
        {
            text.Append("<Tag>");
            Xml.Element(text, "Key", name);
            Xml.Element(text, "Value", value);
            text.Append("</Tag>");
        }

        return Answer.Xml(Xml.End(text.Append("</TagSet>"), "Tagging"));
    }

    private async Task<Answer> PutTaggingAsync(S3Request request)
    {
        CheckTagging();
        var value = Find(request);
        var root = await ReadXmlAsync(request);
        var tags = root.Descendants().Where(e => e.Name.LocalName == "Tag").ToDictionary(t => Child(t, "Key")!.Value, t => Child(t, "Value")!.Value);
        BucketOf(request).Put(value.With(value.Details with { Tags = tags }));
        return new Answer(200);
    }

    private Answer DeleteTagging(S3Request request)
    {
        CheckTagging();
        var value = Find(request);
        BucketOf(request).Put(value.With(value.Details with { Tags = new Dictionary<string, string>() }));
        return new Answer(204);
    }

    private void CheckTagging()
    {
        if (!Options.SupportsTagging)
        {
            throw NotImplemented("Object tagging is not implemented.");
        }
    }

    private StoredObject Find(S3Request request) => BucketOf(request).Find(request.Key)
        ?? throw new S3Exception(404, "NoSuchKey", "The specified key does not exist.", ("#Key", request.Key));

    /// <summary>What must hold of the object that is there, or nothing; a 501 where the store does not know conditions.</summary>
    private static Func<StoredObject?, bool> WriteCondition(S3Request request, ConditionalWrites mode)
    {
        var noneMatch = request.Header("If-None-Match");
        var match = request.Header("If-Match");
        if ((noneMatch is null && match is null) || mode == ConditionalWrites.Ignored || request.Struck(EffectKind.IgnoreConditions))
        {
            return _ => true;
        }

        if (mode == ConditionalWrites.NotImplemented || noneMatch is not (null or "*"))
        {
            throw NotImplemented("A header you provided implies functionality that is not implemented");
        }

        return there => noneMatch is not null ? there is null : there is not null && Matches(match!, there);
    }

    private StoredObject CopySource(S3Request request)
    {
        var text = Percent.Decode(request.Header("x-amz-copy-source")!).TrimStart('/');
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            throw new S3Exception(400, "InvalidArgument", "Copy Source must mention the source bucket and key: sourcebucket/sourcekey");
        }

        var key = text[(slash + 1)..];
        var source = BucketOf(text[..slash]).Find(key) ?? throw new S3Exception(404, "NoSuchKey", "The specified key does not exist.", ("#Key", key));
        if (Options.SupportsCopyConditions && request.Header("x-amz-copy-source-if-match") is { } match && !Matches(match, source))
        {
            throw Precondition("x-amz-copy-source-If-Match");
        }

        if (Options.SupportsCopyConditions && request.Header("x-amz-copy-source-if-none-match") is { } none && Matches(none, source))
        {
            throw Precondition("x-amz-copy-source-If-None-Match");
        }

        return source.Details.IsReadable
            ? source
            : throw new S3Exception(403, "InvalidObjectState", "Operation is not valid for the source object's storage class", ("#StorageClass", source.Details.StorageClass));
    }

    private static void CheckReadConditions(S3Request request, StoredObject value)
    {
        if (request.Header("If-Match") is { } match && !Matches(match, value))
        {
            throw Precondition("If-Match");
        }

        if (request.Header("If-None-Match") is { } none && Matches(none, value))
        {
            throw new S3Exception(304, "NotModified", "Not Modified", ("ETag", Quoted(value.ETag)));
        }

        if (request.Header("If-Unmodified-Since") is { } before && Time(before) < value.LastModified)
        {
            throw Precondition("If-Unmodified-Since");
        }

        if (request.Header("If-Modified-Since") is { } after && Time(after) >= value.LastModified && request.Header("If-None-Match") is null)
        {
            throw new S3Exception(304, "NotModified", "Not Modified", ("ETag", Quoted(value.ETag)));
        }
    }

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static bool Matches(string list, StoredObject value) =>
        list.Split(',', StringSplitOptions.TrimEntries).Any(e => e == "*" || e.Trim('"') == value.ETag);

    private static List<(string Name, string Value)> ObjectHeaders(S3Request request, StoredObject value)
    {
        var headers = new List<(string Name, string Value)>
        {
            ("ETag", Quoted(value.ETag)), ("Last-Modified", value.LastModified.ToString("R", CultureInfo.InvariantCulture)), ("Accept-Ranges", "bytes"),
        };
        headers.AddRange(value.Details.Headers.Select(h => (h.Key, h.Value)));
        if (!value.Details.Headers.ContainsKey("content-type"))
        {
            headers.Add(("Content-Type", "binary/octet-stream"));
        }

        Add("x-amz-storage-class", value.Details.StorageClass == "STANDARD" ? null : value.Details.StorageClass);
        Add("x-amz-archive-status", value.Details.ArchiveStatus);
        Add("x-amz-restore", value.Details.Restore);
        Add("x-amz-tagging-count", value.Details.Tags.Count == 0 ? null : value.Details.Tags.Count.ToString(CultureInfo.InvariantCulture));
        if (request.Header("x-amz-checksum-mode") == "ENABLED" && request.Header("Range") is null)
        {
            foreach (var (name, checksum) in value.Details.Checksums)
            {
                Add($"x-amz-checksum-{name}", checksum);
                Add("x-amz-checksum-type", value.Details.ChecksumType);
            }
        }

        return headers;

        void Add(string name, string? text)
        {
            if (text is not null)
            {
                headers.Add((name, text));
            }
        }
    }

    private (long Offset, long Length)? PartRange(S3Request request, StoredObject value, List<(string Name, string Value)> headers)
    {
        if (!request.Has("partNumber") || Options.PartReads == PartReads.Ignored)
        {
            return null;
        }

        if (Options.PartReads == PartReads.MethodNotAllowed)
        {
            throw new S3Exception(405, "MethodNotAllowed", "The specified method is not allowed against this resource.");
        }

        var number = Number(request, "partNumber", 1, int.MaxValue);
        var sizes = value.Details.PartSizes is { Length: > 0 } several ? several : [value.Size];
        if (number < 1 || number > sizes.Length)
        {
            throw new S3Exception(416, "InvalidPartNumber", "The requested partnumber is not satisfiable");
        }

        if (value.Details.PartSizes.Length > 0)
        {
            headers.Add(("x-amz-mp-parts-count", sizes.Length.ToString(CultureInfo.InvariantCulture)));
        }

        return (sizes.Take(number - 1).Sum(), sizes[number - 1]);
    }

    private ObjectDetails Details(S3Request request)
    {
        var headers = new Dictionary<string, string>();
        foreach (var (name, value) in request.Http.Request.Headers)
        {
            var lower = name.ToLowerInvariant();
            if (Array.IndexOf(SystemHeaders, lower) >= 0 || lower.StartsWith("x-amz-meta-", StringComparison.Ordinal))
            {
                headers[lower] = value.ToString();
            }
        }

        // The chunks are taken off, so what remains is the encoding of the object.
        if (headers.TryGetValue("content-encoding", out var encoding) && encoding.Contains("aws-chunked", StringComparison.Ordinal))
        {
            var rest = string.Join(',', encoding.Split(',', StringSplitOptions.TrimEntries).Where(e => e != "aws-chunked"));
            headers.Remove("content-encoding");
            if (rest.Length > 0)
            {
                headers["content-encoding"] = rest;
            }
        }

        return new ObjectDetails
        {
            Headers = headers,
            StorageClass = request.Header("x-amz-storage-class") ?? "STANDARD",
            Tags = request.Header("x-amz-tagging") is { } tags
                ? Options.SupportsTagging ? ParseTags(tags) : throw NotImplemented("Object tagging is not implemented.")
                : ObjectDetails.None.Tags,
        };
    }

    // A million plain objects share one instance.
    private static ObjectDetails? Small(ObjectDetails details) =>
        details is { Headers.Count: 0, Tags.Count: 0, Checksums.Count: 0, PartSizes.Length: 0, StorageClass: "STANDARD" } ? null : details;

    private static Dictionary<string, string> ParseTags(string text) => text.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(t => t.Split('=', 2)).ToDictionary(t => Percent.Decode(t[0]), t => t.Length > 1 ? Percent.Decode(t[1]) : "");

    private static void CheckKey(string key)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(key) > 1024)
        {
            throw new S3Exception(400, "KeyTooLongError", "Your key is too long");
        }
    }

    private async Task<XElement> ReadXmlAsync(S3Request request)
    {
        var body = await Body.ReadAsync(request, discard: false, store.Faults);
        try
        {
            return XDocument.Parse(body.Text, LoadOptions.PreserveWhitespace).Root!;
        }
        catch (System.Xml.XmlException)
        {
            throw new S3Exception(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema");
        }
    }

    private static XElement? Child(XElement parent, string name) => parent.Elements().FirstOrDefault(e => e.Name.LocalName == name);

    private static Answer ErrorIn200(S3Request request)
    {
        var code = request.Effects.First(e => e.Kind is EffectKind.ErrorIn200 or EffectKind.DoneButErrorIn200).Code;
        return Answer.Xml($"{Xml.Declaration}<Error><Code>{code}</Code><Message>injected</Message><RequestId>{request.Log.Number}</RequestId></Error>");
    }
}
