namespace Longhaul.TestStores.Data;

/// <summary>What most objects of a bench do not have. Treated as immutable once it belongs to an object.</summary>
public sealed record ObjectDetails
{
    public static readonly ObjectDetails None = new();

    /// <summary>System headers (Content-Type, Cache-Control, …) and x-amz-meta-*, by lower-case name.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public string StorageClass { get; init; } = "STANDARD";

    /// <summary>ARCHIVE_ACCESS or DEEP_ARCHIVE_ACCESS of an INTELLIGENT_TIERING object.</summary>
    public string? ArchiveStatus { get; init; }

    /// <summary>The value of x-amz-restore; <see cref="Restored"/> and <see cref="Restoring"/> are the usual ones.</summary>
    public string? Restore { get; init; }

    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The sizes of the parts of a multipart upload, else empty.</summary>
    public long[] PartSizes { get; init; } = [];

    /// <summary>By lower-case name of the algorithm (crc32, crc32c, crc64nvme, sha1, sha256), base64.</summary>
    public IReadOnlyDictionary<string, string> Checksums { get; init; } = new Dictionary<string, string>();

    /// <summary>FULL_OBJECT or COMPOSITE.</summary>
    public string ChecksumType { get; init; } = "FULL_OBJECT";

    public const string Restored = "ongoing-request=\"false\", expiry-date=\"Fri, 21 Dec 2035 00:00:00 GMT\"";

    public const string Restoring = "ongoing-request=\"true\"";

    /// <summary>False where a GET is refused with InvalidObjectState.</summary>
    public bool IsReadable =>
        (StorageClass is not ("GLACIER" or "DEEP_ARCHIVE") && ArchiveStatus is null)
        || (Restore?.Contains("ongoing-request=\"false\"", StringComparison.Ordinal) ?? false);
}
