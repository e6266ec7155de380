namespace Longhaul.TestStores.Data;

/// <summary>An upload that has begun; its parts are guarded by the lock of the bucket.</summary>
public sealed class MultipartUpload(string id, string key, DateTimeOffset initiatedAt, ObjectDetails details, string? checksumAlgorithm, string? checksumType)
{
    public string Id => id;

    public string Key => key;

    public DateTimeOffset InitiatedAt => initiatedAt;

    public ObjectDetails Details => details;

    public string? ChecksumAlgorithm => checksumAlgorithm;

    public string? ChecksumType => checksumType;

    public SortedDictionary<int, UploadedPart> Parts { get; } = [];
}

/// <summary>One part; a later upload of the same number takes its place.</summary>
public sealed record UploadedPart(int Number, Content Content, byte[] Md5, DateTimeOffset LastModified, IReadOnlyDictionary<string, string> Checksums)
{
    public string ETag => Convert.ToHexStringLower(Md5);
}
