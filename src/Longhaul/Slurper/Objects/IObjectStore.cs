namespace Longhaul.Slurper.Objects;

/// <summary>
/// One bucket of one store under one credential, as the copier sees it. Safe for concurrent use. Nothing here retries: every method
/// makes the requests that it names, once, and throws <see cref="StoreException"/> with what the store said; who calls decides.
/// No address, key or secret of a request is ever part of a message.
/// </summary>
internal interface IObjectStore : IDisposable
{
    /// <summary>Lists a page of keys in the store's order (one ListObjectsV2).</summary>
    Task<ListedPage> ListAsync(ListRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Opens an object or a range of it (one GET). Completes when the headers are there; the caller reads the raw body, never
    /// decompressed, and disposes what it got.
    /// </summary>
    Task<ObjectContent> ReadAsync(string key, ReadRequest request, CancellationToken cancellationToken);

    /// <summary>Reads the headers of an object (one HEAD), with a part number those of that part; null when there is none.</summary>
    Task<ObjectFacts?> HeadAsync(string key, int? partNumber, CancellationToken cancellationToken);

    /// <summary>Reads the tags of an object.</summary>
    Task<IReadOnlyList<KeyValuePair<string, string>>> ReadTagsAsync(string key, CancellationToken cancellationToken);
}

/// <summary>A bucket that can be written to.</summary>
internal interface IObjectTarget : IObjectStore
{
    /// <summary>
    /// Writes a whole object (one PUT with Content-Length; the body is read once, from where it stands). With
    /// <see cref="PutRequest.OnlyIfAbsent"/> an existing object gives <see cref="StoreFault.PreconditionFailed"/>.
    /// </summary>
    Task<WrittenObject> PutAsync(string key, PutRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Copies on the server's side from a bucket of the same store (one CopyObject), pinned to an ETag of the source where the store looks at
    /// it: Ceph 16 copies whatever is there.
    /// </summary>
    Task<WrittenObject> CopyAsync(string key, CopyRequest request, CancellationToken cancellationToken);

    /// <summary>Begins a multipart upload. Completes with its id.</summary>
    Task<string> BeginUploadAsync(string key, ObjectHeaders headers, CancellationToken cancellationToken);

    /// <summary>Writes one part (numbers from 1). Completes with the part's ETag as the store gave it.</summary>
    Task<UploadedPart> PutPartAsync(string key, string uploadId, PartRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Copies one part on the server's side (UploadPartCopy). Ceph 16 decodes the source's key twice and answers
    /// <see cref="StoreFault.NoSuchKey"/> for one with a percent sign.
    /// </summary>
    Task<UploadedPart> CopyPartAsync(string key, string uploadId, int number, CopyRequest source, ByteRange range, CancellationToken cancellationToken);

    /// <summary>
    /// Lists the parts that an upload has, all pages; null when there is no such upload. Swift still lists those of one that was completed.
    /// </summary>
    Task<IReadOnlyList<UploadedPart>?> ListPartsAsync(string key, string uploadId, CancellationToken cancellationToken);

    /// <summary>
    /// Completes an upload. An answer of 200 whose body is an error throws like any error. The ETag is null where the store leaves it out.
    /// For an upload that is not there Ceph 16 answers 500, hence <see cref="StoreFault.Passing"/>.
    /// </summary>
    Task<WrittenObject> CompleteUploadAsync(
        string key, string uploadId, IReadOnlyList<UploadedPart> parts, bool onlyIfAbsent, CancellationToken cancellationToken);

    /// <summary>Gives an upload up; one that is not there counts as given up.</summary>
    Task AbortUploadAsync(string key, string uploadId, CancellationToken cancellationToken);

    /// <summary>Lists the unfinished uploads of exactly this key, with the instant at which the store says they began.</summary>
    Task<IReadOnlyList<UnfinishedUpload>> ListUploadsAsync(string key, CancellationToken cancellationToken);

    /// <summary>Deletes an object.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);

    /// <summary>Writes the tags of an object.</summary>
    Task WriteTagsAsync(string key, IReadOnlyList<KeyValuePair<string, string>> tags, CancellationToken cancellationToken);
}

/// <summary>What to list.</summary>
/// <param name="Prefix">Raw prefix, or empty.</param>
/// <param name="StartAfter">Only keys after this one, or null.</param>
/// <param name="Token">The continuation token of the page before, or null.</param>
/// <param name="MaxKeys">Keys in the page, at most 1,000.</param>
internal sealed record ListRequest(string Prefix, string? StartAfter = null, string? Token = null, int MaxKeys = 1_000);

/// <summary>A page of a listing.</summary>
/// <param name="Objects">In the store's order.</param>
/// <param name="NextToken">Continuation token; null when the store says that this was the last page.</param>
internal sealed record ListedPage(IReadOnlyList<ListedObject> Objects, string? NextToken);

/// <summary>An object as a listing shows it.</summary>
/// <param name="Key">Exact, after URL decoding where the store encodes.</param>
/// <param name="Size">Bytes.</param>
/// <param name="ETag">Without quotes; null where the listing has none.</param>
/// <param name="StorageClass">As the store writes it; null for the standard one.</param>
internal sealed record ListedObject(string Key, long Size, string? ETag, string? StorageClass);

/// <summary>A range of bytes, both ends included.</summary>
internal readonly record struct ByteRange(long First, long Last)
{
    /// <summary>Number of bytes.</summary>
    public long Length => Last - First + 1;
}

/// <summary>How to read.</summary>
/// <param name="Range">A part of it, or null for all.</param>
/// <param name="IfMatch">The ETag (without quotes) that it must have, or null.</param>
internal sealed record ReadRequest(ByteRange? Range = null, string? IfMatch = null);

/// <summary>The headers that are carried over from source to target; null where the source has none.</summary>
internal sealed record ObjectHeaders
{
    public static ObjectHeaders None { get; } = new();

    public string? ContentType { get; init; }
    public string? CacheControl { get; init; }
    public string? ContentDisposition { get; init; }
    public string? ContentEncoding { get; init; }
    public string? ContentLanguage { get; init; }

    /// <summary>The text as the source sent it; it need not be a date.</summary>
    public string? Expires { get; init; }

    /// <summary>User metadata, names without <c>x-amz-meta-</c>, lower case; values as raw header text.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Metadata { get; init; } = [];
}

/// <summary>What the headers of a GET or HEAD say.</summary>
/// <param name="Size">Bytes of the whole object (of the part, when a part was asked for).</param>
/// <param name="ETag">Without quotes; null where there is none.</param>
/// <param name="LastModified">When it was written, or null.</param>
/// <param name="StorageClass">As the store writes it; null for the standard one.</param>
/// <param name="Restore">The text of <c>x-amz-restore</c>, or null.</param>
/// <param name="ArchiveStatus">The text of <c>x-amz-archive-status</c>, or null.</param>
/// <param name="Encryption">The text of <c>x-amz-server-side-encryption</c> (<c>aws:kms</c> …), <c>SSE-C</c> for a customer key, or null.</param>
/// <param name="PartsCount"><c>x-amz-mp-parts-count</c>, or null.</param>
/// <param name="Checksums">What the store says beside the ETag: name in lower case (<c>crc64nvme</c>, <c>sha256</c> …), base64 value.</param>
/// <param name="Headers">What is carried over.</param>
internal sealed record ObjectFacts(
    long Size,
    string? ETag,
    DateTimeOffset? LastModified,
    string? StorageClass,
    string? Restore,
    string? ArchiveStatus,
    string? Encryption,
    int? PartsCount,
    IReadOnlyList<KeyValuePair<string, string>> Checksums,
    ObjectHeaders Headers);

/// <summary>An open object.</summary>
/// <param name="Facts">Its headers; <see cref="ObjectFacts.Size"/> is of the whole object, also for a range.</param>
/// <param name="Length">Bytes that the body must have.</param>
/// <param name="Body">The raw bytes. An end before <paramref name="Length"/> throws <see cref="StoreFault.Passing"/>, as does a lost connection.</param>
internal sealed record ObjectContent(ObjectFacts Facts, long Length, Stream Body) : IAsyncDisposable
{
    /// <summary>Gives the connection back, or ends it when the body was not read to its end.</summary>
    public ValueTask DisposeAsync() => Body.DisposeAsync();
}

/// <summary>A body to write: either bytes in memory or a stream that is read once.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="Bytes">The bytes, when they are in memory.</param>
/// <param name="Stream">The stream otherwise.</param>
/// <param name="ContentMd5">16 bytes that the store shall check, or null where they are not known beforehand.</param>
internal sealed record ObjectBody(long Length, ReadOnlyMemory<byte> Bytes, Stream? Stream, byte[]? ContentMd5);

/// <summary>A whole object to write.</summary>
internal sealed record PutRequest(ObjectBody Body, ObjectHeaders Headers, bool OnlyIfAbsent);

/// <summary>One part to write.</summary>
internal sealed record PartRequest(int Number, ObjectBody Body);

/// <summary>What to copy on the server's side.</summary>
/// <param name="SourceBucket">Bucket of the same store, readable by the target's credential.</param>
/// <param name="SourceKey">Exact key.</param>
/// <param name="IfMatch">ETag that the source must have.</param>
/// <param name="Headers">What the copy gets; written down (REPLACE), since not every store copies all of it.</param>
/// <param name="OnlyIfAbsent">Condition on the target.</param>
internal sealed record CopyRequest(string SourceBucket, string SourceKey, string IfMatch, ObjectHeaders Headers, bool OnlyIfAbsent);

/// <summary>An object that was written.</summary>
/// <param name="ETag">Without quotes; null where the store does not say.</param>
internal sealed record WrittenObject(string? ETag);

/// <summary>A part that the store has.</summary>
/// <param name="Number">From 1.</param>
/// <param name="ETag">Without quotes.</param>
/// <param name="Size">Bytes; -1 where not said.</param>
internal sealed record UploadedPart(int Number, string ETag, long Size);

/// <summary>An upload that was begun and neither completed nor aborted.</summary>
internal sealed record UnfinishedUpload(string UploadId, DateTimeOffset? BegunAt);
