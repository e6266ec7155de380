using System.Text;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Http;
using Longhaul.TestStores.Injection;

namespace Longhaul.TestStores.S3;

internal sealed partial class S3Face
{
    private Answer ListV2(S3Request request)
    {
        var bucket = BucketOf(request);
        var token = request.Argument("continuation-token");
        var startAfter = Options.SupportsStartAfter ? request.Argument("start-after") : null;
        if (token is "")
        {
            throw new S3Exception(400, "InvalidArgument", "The continuation token provided is incorrect");
        }

        var from = token is null ? new ListFrom(startAfter ?? "", false) : FromToken(token);
        if (request.Struck(EffectKind.RepeatPage))
        {
            from = new(startAfter ?? "", false);
        }

        var (prefix, delimiter, limit, encode) = ListArguments(request);
        var page = bucket.List(from, prefix, delimiter, limit);
        var text = BeginList(bucket, prefix, delimiter, encode);
        Xml.Element(text, "KeyCount", page.Count);
        Xml.Element(text, "MaxKeys", limit);
        Xml.Element(text, "IsTruncated", page.IsTruncated);
        if (token is not null)
        {
            Xml.Element(text, "ContinuationToken", token);
        }

        if (startAfter is not null)
        {
            Xml.Element(text, "StartAfter", encode(startAfter));
        }

        if (page.IsTruncated && !request.Struck(EffectKind.MissingToken))
        {
            var stuck = request.Struck(EffectKind.StuckToken) ? token : null;
            Xml.Element(text, "NextContinuationToken", stuck ?? ToToken(page.Last));
        }

        return EndList(request, text, page, encode, withOwner: request.Argument("fetch-owner") == "true");
    }

    private Answer ListV1(S3Request request)
    {
        var bucket = BucketOf(request);
        var (prefix, delimiter, limit, encode) = ListArguments(request);
        var marker = request.Argument("marker") ?? "";
        if (request.Struck(EffectKind.RepeatPage))
        {
            marker = "";
        }

        // A marker that is a group is one that NextMarker named: the whole group lies behind.
        var isGroup = delimiter.Length > 0 && marker.EndsWith(delimiter, StringComparison.Ordinal)
            && marker.Length > prefix.Length && marker.StartsWith(prefix, StringComparison.Ordinal);
        var page = bucket.List(new(marker, isGroup), prefix, delimiter, limit);
        var text = BeginList(bucket, prefix, delimiter, encode);
        Xml.Element(text, "Marker", encode(marker));
        Xml.Element(text, "MaxKeys", limit);
        Xml.Element(text, "IsTruncated", page.IsTruncated);
        if (page.IsTruncated && delimiter.Length > 0)
        {
            Xml.Element(text, "NextMarker", encode(request.Struck(EffectKind.StuckToken) ? marker : page.Last.After));
        }

        return EndList(request, text, page, encode, withOwner: true);
    }

    private (string Prefix, string Delimiter, int Limit, Func<string, string> Encode) ListArguments(S3Request request)
    {
        var encoding = request.Argument("encoding-type");
        if (encoding is not (null or "url"))
        {
            throw new S3Exception(400, "InvalidArgument", "Invalid Encoding Method specified in Request");
        }

        var encodes = encoding is not null && Options.SupportsUrlEncoding;
        return (request.Argument("prefix") ?? "", request.Argument("delimiter") ?? "", Number(request, "max-keys", 1000, 1000),
            encodes ? Percent.EncodeForListing : key => key);
    }

    private static StringBuilder BeginList(Bucket bucket, string prefix, string delimiter, Func<string, string> encode)
    {
        var text = Xml.Begin("ListBucketResult");
        Xml.Element(text, "Name", bucket.Name);
        Xml.Element(text, "Prefix", encode(prefix));
        if (delimiter.Length > 0)
        {
            Xml.Element(text, "Delimiter", encode(delimiter));
        }

        if (encode("\n") != "\n")
        {
            Xml.Element(text, "EncodingType", "url");
        }

        return text;
    }

    private static Answer EndList(S3Request request, StringBuilder text, ListPage page, Func<string, string> encode, bool withOwner)
    {
        var restores = request.Header("x-amz-optional-object-attributes")?.Contains("RestoreStatus", StringComparison.Ordinal) ?? false;
        var objects = request.Struck(EffectKind.Reorder) ? page.Objects.AsEnumerable().Reverse() : page.Objects;
        foreach (var value in objects)
        {
            text.Append("<Contents>");
            Xml.Element(text, "Key", encode(value.Key));
            Xml.Element(text, "LastModified", Xml.Time(value.LastModified));
            Xml.Element(text, "ETag", Quoted(value.ETag));
            Xml.Element(text, "Size", value.Size);
            foreach (var name in value.Details.Checksums.Keys)
            {
                Xml.Element(text, "ChecksumAlgorithm", name.ToUpperInvariant());
            }

            if (withOwner)
            {
                text.Append("<Owner><ID>owner</ID><DisplayName>owner</DisplayName></Owner>");
            }

            Xml.Element(text, "StorageClass", value.Details.StorageClass);
            if (restores && value.Details.Restore is { } restore)
            {
                var running = restore.Contains("\"true\"", StringComparison.Ordinal);
                text.Append("<RestoreStatus>");
                Xml.Element(text, "IsRestoreInProgress", running);
                if (!running)
                {
                    Xml.Element(text, "RestoreExpiryDate", "2035-12-21T00:00:00.000Z");
                }

                text.Append("</RestoreStatus>");
            }

            text.Append("</Contents>");
        }

        foreach (var group in page.Groups)
        {
            text.Append("<CommonPrefixes>");
            Xml.Element(text, "Prefix", encode(group));
            text.Append("</CommonPrefixes>");
        }

        return Answer.Xml(Xml.End(text, "ListBucketResult"));
    }

    // Opaque to clients, stable over a restart of the store.
    private static string ToToken(ListFrom last) => Convert.ToBase64String(Encoding.UTF8.GetBytes((last.SkipGroup ? "g" : "k") + last.After));

    private static ListFrom FromToken(string token)
    {
        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(token));
            return new(text[1..], text[0] == 'g');
        }
        catch (FormatException)
        {
            throw new S3Exception(400, "InvalidArgument", "The continuation token provided is incorrect");
        }
    }
}
