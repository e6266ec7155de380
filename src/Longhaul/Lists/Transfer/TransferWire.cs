using Longhaul.Hosting.Cloudflare;
using Microsoft.Net.Http.Headers;

namespace Longhaul.Lists.Transfer;

/// <summary>What headers and query say about a transfer.</summary>
internal static class TransferWire
{
    private const int InvalidParameterCode = 19034;

    /// <summary>The format of an export: the query's, else the one that the caller likes best, else JSON lines.</summary>
    public static TransferFormat ReadExportFormat(HttpRequest request)
    {
        var name = request.Query["format"].ToString();
        if (name.Length > 0)
        {
            return TransferFormats.Find(name) is { } format and not TransferFormat.JsonArray
                ? format
                : throw Refused("format must be csv, text or jsonl");
        }

        return request.GetTypedHeaders().Accept
            .Where(a => a.Quality is not 0)
            .OrderByDescending(a => a.Quality ?? 1)
            .Select(a => a.MediaType == "*/*" ? TransferFormat.JsonLines : TransferFormats.FindMedia(a.MediaType.ToString()))
            .FirstOrDefault(f => f is not null and not TransferFormat.JsonArray) ?? TransferFormat.JsonLines;
    }

    /// <summary>The format of an import: the query's, else that of the content type.</summary>
    public static TransferFormat ReadImportFormat(HttpRequest request)
    {
        var hasType = MediaTypeHeaderValue.TryParse(request.ContentType, out var type);
        if (hasType && type!.MediaType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
        {
            throw new CloudflareRefusedException(ListsRefusal.Multipart());
        }

        var name = request.Query["format"].ToString();
        if (name.Length > 0)
        {
            return TransferFormats.Find(name) ?? throw Refused("format must be csv, text, jsonl or json");
        }

        return (hasType ? TransferFormats.FindMedia(type!.MediaType.ToString()) : null) ?? throw new CloudflareRefusedException(CloudflareRefusal.Of(
            415,
            19033,
            "send text/csv, text/plain, application/x-ndjson or application/json, or say format=csv, text, jsonl or json in the query"));
    }

    /// <summary>True for <c>mode=replace</c>, false for <c>mode=append</c> and without a mode.</summary>
    public static bool ReadIsReplace(HttpRequest request) => request.Query["mode"].ToString() switch
    {
        "" or "append" => false,
        "replace" => true,
        _ => throw Refused("mode must be append or replace"),
    };

    /// <summary>True when the caller takes gzip and does not like it less than the plain bytes.</summary>
    public static bool TakesGzip(HttpRequest request)
    {
        var codings = request.GetTypedHeaders().AcceptEncoding;
        double Quality(string name) => codings.FirstOrDefault(c => c.Value.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } named ? named.Quality ?? 1 : -1;
        var gzip = Quality("gzip") is >= 0 and var own ? own : Quality("*");
        return gzip > 0 && gzip >= Quality("identity");
    }

    /// <summary>
    /// The tag of an export: strong, for a revision never changes; weak when packed, since the packer may pack otherwise tomorrow.
    /// </summary>
    public static EntityTagHeaderValue Tag(RulesList list, TransferFormat format, bool isGzip) =>
        new($"\"{list.Id}-{list.Revision:d}-{format.Name()}\"", isGzip);

    /// <summary>True when the caller has what the tag stands for.</summary>
    public static bool Has(HttpRequest request, EntityTagHeaderValue tag) =>
        request.GetTypedHeaders().IfNoneMatch.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Compare(tag, useStrongComparison: false));

    public static void SetHeaders(HttpResponse response, RulesList list, EntityTagHeaderValue tag)
    {
        response.Headers.ETag = tag.ToString();
        response.Headers.LastModified = DateTimeOffset.FromUnixTimeSeconds(list.ModifiedOn).ToString("R");
        response.Headers.Vary = "Accept, Accept-Encoding";
        response.Headers.CacheControl = "private, no-cache";
    }

    public static void SetContent(HttpResponse response, RulesList list, TransferFormat format, bool isGzip)
    {
        response.ContentType = format.Media();
        response.Headers.ContentDisposition = $"attachment; filename=\"{list.Name}.{format.Extension()}\"";
        if (isGzip)
        {
            response.Headers.ContentEncoding = "gzip";
        }
    }

    private static CloudflareRefusedException Refused(string explanation) =>
        new(CloudflareRefusal.Of(400, InvalidParameterCode, $"filters.api.invalid_parameter: {explanation}"));
}
