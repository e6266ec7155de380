using System.Globalization;
using System.Net.Http.Headers;

namespace Longhaul.Slurper.Objects;

/// <summary>
/// Headers of objects, read and written as raw text: nothing is parsed that is only carried over, so that a date that is none or a
/// charset with a typing error arrives as it left.
/// </summary>
internal static class HeaderText
{
    private static readonly string[] ChecksumNames = ["crc64nvme", "crc32c", "crc32", "sha256", "sha1"];

    /// <summary>What the headers of a GET or HEAD say.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="size">Bytes of the whole.</param>
    /// <param name="vendor"><c>x-amz-</c> or <c>x-goog-</c>.</param>
    public static ObjectFacts Read(HttpResponseMessage response, long size, string vendor)
    {
        var headers = response.Headers.NonValidated;
        var content = response.Content.Headers.NonValidated;
        var isCustomerKey = headers.Contains("x-amz-server-side-encryption-customer-algorithm");
        return new ObjectFacts(
            size,
            StoreXml.Unquote(Find(headers, "ETag")),
            DateOf(Find(content, "Last-Modified")),
            StoreXml.ClassOf(Find(headers, vendor + "storage-class")),
            Find(headers, "x-amz-restore"),
            Find(headers, "x-amz-archive-status"),
            isCustomerKey ? "SSE-C" : Find(headers, "x-amz-server-side-encryption"),
            int.TryParse(Find(headers, "x-amz-mp-parts-count"), CultureInfo.InvariantCulture, out var parts) ? parts : null,
            vendor == "x-goog-" ? GoogleHashes(headers) : Checksums(headers),
            new ObjectHeaders
            {
                ContentType = Find(content, "Content-Type"),
                CacheControl = Find(headers, "Cache-Control"),
                ContentDisposition = Find(content, "Content-Disposition"),
                ContentEncoding = Find(content, "Content-Encoding"),
                ContentLanguage = Find(content, "Content-Language"),
                // Google has no such metadata: there it is the moment at which a cache shall forget this very answer.
                Expires = vendor == "x-goog-" ? null : Find(content, "Expires"),
                Metadata = Metadata(headers, vendor + "meta-"),
            });
    }

    /// <summary>The raw text of a header; several of one name are joined by commas; null when there is none.</summary>
    public static string? Find(HttpHeadersNonValidated headers, string name) =>
        headers.TryGetValues(name, out var values) ? TextOf(values) : null;

    /// <summary>Where an answer of 206 begins, and the bytes of the whole; null when the header is not of that form.</summary>
    public static (long First, long Total)? ContentRange(HttpResponseMessage response)
    {
        // bytes 0-99/1000
        var text = Find(response.Content.Headers.NonValidated, "Content-Range");
        if (text is null || !text.StartsWith("bytes ", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return dash > 6 && slash > dash
            && long.TryParse(text.AsSpan(6, dash - 6), CultureInfo.InvariantCulture, out var first)
            && long.TryParse(text.AsSpan(slash + 1), CultureInfo.InvariantCulture, out var total)
            ? (first, total)
            : null;
    }

    /// <summary>
    /// Adds what is carried over. Those that S3 wants signed go to <paramref name="signed"/>, the others to <paramref name="unsigned"/>.
    /// </summary>
    public static void Add(ObjectHeaders headers, List<KeyValuePair<string, string>> signed, List<KeyValuePair<string, string>> unsigned)
    {
        Add(signed, "content-type", headers.ContentType);
        Add(unsigned, "Cache-Control", headers.CacheControl);
        Add(unsigned, "Content-Disposition", headers.ContentDisposition);
        Add(unsigned, "Content-Encoding", headers.ContentEncoding);
        Add(unsigned, "Content-Language", headers.ContentLanguage);
        Add(unsigned, "Expires", headers.Expires);
        foreach (var (name, value) in headers.Metadata)
        {
            Add(signed, "x-amz-meta-" + name, value);
        }
    }

    /// <summary>Puts a header on a request as it stands.</summary>
    public static void Put(HttpRequestMessage request, string name, string value)
    {
        var isContent = name.StartsWith("content-", StringComparison.OrdinalIgnoreCase) || name.Equals("Expires", StringComparison.OrdinalIgnoreCase);
        if (isContent ? request.Content?.Headers.TryAddWithoutValidation(name, value) != true : !request.Headers.TryAddWithoutValidation(name, value))
        {
            throw new StoreException(StoreFault.Permanent, null, null, "a header of the object cannot be sent: its name is not a header's");
        }
    }

    private static void Add(List<KeyValuePair<string, string>> headers, string name, string? value)
    {
        if (value is null)
        {
            return;
        }

        foreach (var c in value)
        {
            if (c > '\u00ff' || (c < ' ' && c != '\t') || c == '\u007f')
            {
                throw new StoreException(StoreFault.Permanent, null, null, "a header of the object cannot be sent: it has control characters or is not bytes");
            }
        }

        headers.Add(new(name, value));
    }

    private static string TextOf(HeaderStringValues values) => values.Count == 1 ? values.ToString() : string.Join(',', values);

    private static DateTimeOffset? DateOf(string? text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;

    private static List<KeyValuePair<string, string>> Metadata(HttpHeadersNonValidated headers, string prefix)
    {
        var metadata = new List<KeyValuePair<string, string>>();
        foreach (var (name, values) in headers)
        {
            if (name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && name.Length > prefix.Length)
            {
                metadata.Add(new(name[prefix.Length..].ToLowerInvariant(), TextOf(values)));
            }
        }

        return metadata;
    }

    private static List<KeyValuePair<string, string>> Checksums(HttpHeadersNonValidated headers)
    {
        var checksums = new List<KeyValuePair<string, string>>();
        foreach (var name in ChecksumNames)
        {
            if (Find(headers, "x-amz-checksum-" + name) is { } value)
            {
                checksums.Add(new(name, value));
            }
        }

        return checksums;
    }

    // x-goog-hash: crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==
    private static List<KeyValuePair<string, string>> GoogleHashes(HttpHeadersNonValidated headers)
    {
        var checksums = new List<KeyValuePair<string, string>>();
        foreach (var hash in (Find(headers, "x-goog-hash") ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = hash.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                checksums.Add(new(hash[..equals].ToLowerInvariant(), hash[(equals + 1)..]));
            }
        }

        return checksums;
    }
}
