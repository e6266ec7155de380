using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Slurper.Copying;

namespace Longhaul.Slurper;

/// <summary>Remembers the upload of one object of a chunk, as long as the chunk is leased.</summary>
/// <param name="database">Where it is read from.</param>
/// <param name="chunk">The leased chunk.</param>
/// <param name="place">The object's place in it.</param>
/// <param name="key">The object's key.</param>
/// <param name="mayExist">False when no earlier run can have left an upload, so that nothing is read.</param>
/// <param name="clock">Says when an upload was intended.</param>
internal sealed class UploadJournal(
    Database database, ChunkContext chunk, long place, string key, bool mayExist, TimeProvider clock) : IUploadJournal
{
    private bool _mayExist = mayExist;

    public async Task<RecordedUpload?> FindAsync(CancellationToken cancellationToken) => !_mayExist
        ? null
        : (await database.ReadOneAsync(
            (session, token) => JobStore.FindUploadAsync(session, chunk.Operation.Id, chunk.Number, place, token), cancellationToken))?.Upload;

    public async Task IntendAsync(string key, string sourceETag, long size, long partBytes, CancellationToken cancellationToken)
    {
        _mayExist = true;
        var row = new UploadRow(chunk.Number, place, key, new RecordedUpload(null, sourceETag, size, partBytes, clock.GetUtcNow()));
        await WriteAsync((session, token) => JobStore.IntendUploadAsync(session, chunk.Operation.Id, row, token), cancellationToken);
    }

    public Task BeganAsync(string uploadId, CancellationToken cancellationToken) =>
        WriteAsync((session, token) => JobStore.BeganUploadAsync(session, chunk.Operation.Id, chunk.Number, place, uploadId, token), cancellationToken);

    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        if (_mayExist)
        {
            await WriteAsync((session, token) => JobStore.ForgetUploadAsync(session, chunk.Operation.Id, chunk.Number, place, token), cancellationToken);
            _mayExist = false;
        }
    }

    /// <summary>The object that it is about.</summary>
    public override string ToString() => key;

    private async Task WriteAsync(Func<DbSession, CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        if (!await chunk.WriteAsync(write, cancellationToken))
        {
            throw new OperationCanceledException("the chunk is not this node's any more");
        }
    }
}
