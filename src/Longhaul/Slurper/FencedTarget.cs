using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper;

/// <summary>
/// A target that is written to only while the lease surely lasts: the store cannot tell a late worker from the one that took its chunk over.
/// Every write asks right before it is sent; what is under way when the lease runs out is ended by the token of the run.
/// </summary>
internal sealed class FencedTarget(IObjectTarget inner, Func<bool> mayWrite) : IObjectTarget
{
    public Task<ListedPage> ListAsync(ListRequest request, CancellationToken cancellationToken) => inner.ListAsync(request, cancellationToken);

    public Task<ObjectContent> ReadAsync(string key, ReadRequest request, CancellationToken cancellationToken) =>
        inner.ReadAsync(key, request, cancellationToken);

    public Task<ObjectFacts?> HeadAsync(string key, int? partNumber, CancellationToken cancellationToken) =>
        inner.HeadAsync(key, partNumber, cancellationToken);

    public Task<IReadOnlyList<KeyValuePair<string, string>>> ReadTagsAsync(string key, CancellationToken cancellationToken) =>
        inner.ReadTagsAsync(key, cancellationToken);

    public Task<IReadOnlyList<UploadedPart>?> ListPartsAsync(string key, string uploadId, CancellationToken cancellationToken) =>
        inner.ListPartsAsync(key, uploadId, cancellationToken);

    public Task<IReadOnlyList<UnfinishedUpload>> ListUploadsAsync(string key, CancellationToken cancellationToken) =>
        inner.ListUploadsAsync(key, cancellationToken);

    public Task<WrittenObject> PutAsync(string key, PutRequest request, CancellationToken cancellationToken) =>
        Checked().PutAsync(key, request, cancellationToken);

    public Task<WrittenObject> CopyAsync(string key, CopyRequest request, CancellationToken cancellationToken) =>
        Checked().CopyAsync(key, request, cancellationToken);

    public Task<string> BeginUploadAsync(string key, ObjectHeaders headers, CancellationToken cancellationToken) =>
        Checked().BeginUploadAsync(key, headers, cancellationToken);

    public Task<UploadedPart> PutPartAsync(string key, string uploadId, PartRequest request, CancellationToken cancellationToken) =>
        Checked().PutPartAsync(key, uploadId, request, cancellationToken);

    public Task<UploadedPart> CopyPartAsync(
        string key, string uploadId, int number, CopyRequest source, ByteRange range, CancellationToken cancellationToken) =>
        Checked().CopyPartAsync(key, uploadId, number, source, range, cancellationToken);

    public Task<WrittenObject> CompleteUploadAsync(
        string key, string uploadId, IReadOnlyList<UploadedPart> parts, bool onlyIfAbsent, CancellationToken cancellationToken) =>
        Checked().CompleteUploadAsync(key, uploadId, parts, onlyIfAbsent, cancellationToken);

    public Task AbortUploadAsync(string key, string uploadId, CancellationToken cancellationToken) =>
        Checked().AbortUploadAsync(key, uploadId, cancellationToken);

    public Task DeleteAsync(string key, CancellationToken cancellationToken) => Checked().DeleteAsync(key, cancellationToken);

    public Task WriteTagsAsync(string key, IReadOnlyList<KeyValuePair<string, string>> tags, CancellationToken cancellationToken) =>
        Checked().WriteTagsAsync(key, tags, cancellationToken);

    // The stores belong to the job, not to a chunk of it.
    public void Dispose()
    {
    }

    private IObjectTarget Checked() => mayWrite()
        ? inner
        : throw new OperationCanceledException("the lease of this chunk is about to run out");
}
