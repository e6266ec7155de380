using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>Copies objects between stores. Safe for concurrent use; its callers decide how many copies there are at once, it how many requests.</summary>
internal sealed class ObjectCopier : IObjectCopier
{
    private readonly Jitter _jitter;

    /// <param name="endpoints">The limiters, shared with whoever lists.</param>
    /// <param name="budget">The memory of all copies of the process.</param>
    /// <param name="clock">For waits, rates and the comparison with what stores say about time.</param>
    /// <param name="random">For the jitter of waits; used under a lock.</param>
    public ObjectCopier(StoreEndpoints endpoints, CopyBudget budget, TimeProvider clock, Random random)
    {
        Endpoints = endpoints;
        Budget = budget;
        Clock = clock;
        _jitter = new Jitter(random);
    }

    public StoreEndpoints Endpoints { get; }

    public CopyBudget Budget { get; }

    public TimeProvider Clock { get; }

    public async Task<CopyOutcome> CopyAsync(CopyJob job, CopyItem item, IUploadJournal journal, bool isRepeated, CopySignals signals)
    {
        signals.Lost.ThrowIfCancellationRequested();
        if (signals.Stop.IsCancellationRequested || signals.Cut.IsCancellationRequested)
        {
            return new CopyOutcome.Stopped();
        }

        using var copy = new ObjectCopy(this, job, item, journal, isRepeated, signals);
        return await copy.RunAsync();
    }

    public async Task AbandonAsync(IObjectTarget target, string key, RecordedUpload recorded, CancellationToken cancellationToken)
    {
        if (recorded.UploadId is { } uploadId)
        {
            await UploadCleaning.AbortAsync(target, key, uploadId, cancellationToken);
        }

        await UploadCleaning.SweepAsync(target, key, recorded.IntendedAt, cancellationToken);
    }

    /// <summary>The wait after so many failures.</summary>
    public TimeSpan WaitAfter(int failures, TimeSpan? retryAfter) => _jitter.After(failures, retryAfter);
}
