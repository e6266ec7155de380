using Longhaul.Slurper.Copying;

namespace Longhaul.Tests.Slurper.Copying;

/// <summary>A journal that survives what the test lets die.</summary>
internal sealed class MemoryJournal(TimeProvider clock) : IUploadJournal
{
    public RecordedUpload? Recorded { get; set; }

    /// <summary>Runs before each entry is durable.</summary>
    public Action<string>? Before { get; set; }

    public Task<RecordedUpload?> FindAsync(CancellationToken cancellationToken) => Task.FromResult(Recorded);

    public Task IntendAsync(string key, string sourceETag, long size, long partBytes, CancellationToken cancellationToken)
    {
        Before?.Invoke("intend");
        Recorded = new RecordedUpload(null, sourceETag, size, partBytes, clock.GetUtcNow());
        return Task.CompletedTask;
    }

    public Task BeganAsync(string uploadId, CancellationToken cancellationToken)
    {
        Before?.Invoke("began");
        Recorded = Recorded! with { UploadId = uploadId };
        return Task.CompletedTask;
    }

    public Task ForgetAsync(CancellationToken cancellationToken)
    {
        Before?.Invoke("forget");
        Recorded = null;
        return Task.CompletedTask;
    }
}
