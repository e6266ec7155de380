using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>
/// One object on its way, with all its tries. Every try begins anew and finds out by itself what is there already: the headers at the
/// source, the parts at the target.
/// </summary>
internal sealed partial class ObjectCopy : IDisposable
{
    // In the room of keys that the checks of a target use.
    private const string ReservedKey = ".longhaul-check/access";
    private const string CustomerKey =
        "it is encrypted with a key of the customer (SSE-C), which is not ours to have; copy it with a tool that has the key";

    private readonly ObjectCopier _copier;
    private readonly long _begunAt;
    private readonly bool _isRepeated;
    private int _failures;
    private int _retries;
    private bool _isStarted;
    private bool _isJournalRead;
    private bool _streamsOnly;

    // What earlier tries have done to the target, if they have.
    private bool _mayHaveLanded;
    private bool _isWrongLeft;
    private CopyOutcome.Copied? _copied;

    public ObjectCopy(ObjectCopier copier, CopyJob job, CopyItem item, IUploadJournal journal, bool isRepeated, CopySignals signals)
    {
        _copier = copier;
        _isRepeated = isRepeated;
        _begunAt = copier.Clock.GetTimestamp();
        Job = job;
        Item = item;
        Journal = journal;
        Tokens = new CopyTokens(signals, copier.Clock);
        Source = copier.Endpoints.Find(job.SourceEndpoint);
        Target = copier.Endpoints.Find(job.TargetEndpoint);
        Proof = new SourceProof(Source);
    }

    public CopyJob Job { get; }

    public CopyItem Item { get; }

    public IUploadJournal Journal { get; }

    public CopyTokens Tokens { get; }

    public StoreEndpoint Source { get; }

    public StoreEndpoint Target { get; }

    public SourceProof Proof { get; }

    public CopyBudget Budget => _copier.Budget;

    public TimeProvider Clock => _copier.Clock;

    /// <summary>The upload that is under way, if there is one.</summary>
    public OpenUpload? Upload { get; set; }

    /// <summary>True once the target refused the source's own split into parts.</summary>
    public bool HasOwnSplit { get; set; }

    /// <summary>True when a write has to be one that fails where something is.</summary>
    public bool IsConditional => !Job.Overwrite && Job.HasConditionalCreate;

    /// <summary>Copies it. Completes with what became of it.</summary>
    public async Task<CopyOutcome> RunAsync()
    {
        try
        {
            return await TryAllAsync();
        }
        catch (OperationCanceledException) when (Tokens.IsCut && !Tokens.IsLost)
        {
            await DeleteSuspectAsync();
            await DiscardUploadAsync();
            return new CopyOutcome.Stopped();
        }
        catch (OperationCanceledException) when (Tokens.IsStopped && !Tokens.IsLost)
        {
            await DeleteSuspectAsync();
            return new CopyOutcome.Stopped();
        }
    }

    public void Dispose() => Tokens.Dispose();

    /// <summary>Counts a repetition that was not one of the whole object.</summary>
    public void CountRetry() => Interlocked.Increment(ref _retries);

    /// <summary>A request of ours may have put the object there although it seemed to fail.</summary>
    public void MayHaveLanded() => _mayHaveLanded = true;

    /// <summary>The store will not copy this object by itself.</summary>
    public void StreamOnly() => _streamsOnly = true;

    /// <summary>The outcome of an object that is there and right.</summary>
    public CopyOutcome.Copied Copied(long size, string? sourceETag, string? targetETag)
        => new(size, sourceETag, targetETag, Attempts, (long)Clock.GetElapsedTime(_begunAt).TotalMilliseconds);

    /// <summary>Waits before a repetition, unless nothing new is to be started.</summary>
    public async Task PauseAsync(TimeSpan wait, CancellationToken ending)
    {
        if (Tokens.IsStopped)
        {
            ending.ThrowIfCancellationRequested();
            Tokens.Stop.ThrowIfCancellationRequested();
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(ending, Tokens.Stop);
        await Task.Delay(wait, Clock, either.Token);
    }

    /// <summary>The wait after so many failures.</summary>
    public TimeSpan WaitAfter(int failures, TimeSpan? retryAfter) => _copier.WaitAfter(failures, retryAfter);

    /// <summary>
    /// Aborts the upload that is under way and forgets it. What cannot be aborted stays in the journal, for whoever cleans up after the job.
    /// </summary>
    public async Task DiscardUploadAsync()
    {
        if (Upload is not { } upload)
        {
            return;
        }

        try
        {
            if (upload.Id is { } id)
            {
                await UploadCleaning.AbortAsync(Job.Target, Item.Key, id, Tokens.Lost);
            }

            if (upload.Id is null || upload.IsInDoubt)
            {
                await UploadCleaning.SweepAsync(Job.Target, Item.Key, upload.IntendedAt, Tokens.Lost);
            }
        }
        catch (StoreException)
        {
            return;
        }

        await ForgetUploadAsync();
    }

    /// <summary>Forgets an upload that is no more.</summary>
    public async Task ForgetUploadAsync()
    {
        await Journal.ForgetAsync(Tokens.Lost);
        Upload = null;
    }

    private int Attempts => 1 + _failures + Volatile.Read(ref _retries);

    private async Task<CopyOutcome> TryAllAsync()
    {
        while (true)
        {
            try
            {
                _isStarted = false;
                var outcome = _copied ?? await AttemptAsync();
                if (outcome is CopyOutcome.Copied copied && Job.Options.CopyTags)
                {
                    _copied = copied;
                    await CopyTagsAsync();
                }

                return outcome;
            }
            catch (RequestFaultException fault)
            {
                if (await JudgeAsync(fault) is { } outcome)
                {
                    return outcome;
                }
            }
        }
    }

    private async Task<CopyOutcome> AttemptAsync()
    {
        if (Item.Size > Job.Options.MaxObjectBytes)
        {
            return Oversized(Item.Size);
        }

        ObjectFacts? facts = null;
        if (StorageClasses.IsArchive(Item.StorageClass))
        {
            facts = await HeadSourceAsync();
            if (StorageClasses.IsArchived(facts))
            {
                return new CopyOutcome.Skipped(StorageClasses.SkippedStorageClass, StorageClasses.Name(facts));
            }
        }

        if (Job.SameStoreBucket is { } bucket && !_streamsOnly && !Target.LacksCopy)
        {
            facts ??= await HeadSourceAsync();
            if (Refusal(facts) is { } refusal)
            {
                return refusal;
            }

            if (facts.ETag is not null && await CopyAtStoreAsync(bucket, facts) is { } outcome)
            {
                return outcome;
            }
        }

        return NeedsParts(Item.Size, Item.ETag)
            ? await CopyInPartsAsync(facts ?? await HeadSourceAsync())
            : await CopyWholeAsync();
    }

    private async Task<CopyOutcome> CopyInPartsAsync(ObjectFacts facts)
    {
        if (Refusal(facts) is { } refusal)
        {
            return refusal;
        }

        if (!NeedsParts(facts.Size, facts.ETag))
        {
            // It is another one than when it was listed.
            return await CopyWholeAsync();
        }

        return await new PartedCopy(this, facts, sourceBucket: null).RunAsync();
    }

    /// <summary>True for what goes up in parts: what is too large for one request, and what came in parts and can look the same.</summary>
    private bool NeedsParts(long size, string? etag)
    {
        var parts = ETags.Parts(etag);
        return size > Math.Min(Job.Options.SinglePutBytes, Job.Options.MaxSinglePutBytes)
            || (size > Job.Options.SmallBytes && parts > 0)
            || (size > 0 && parts > 1 && !Target.Composite.IsDenied);
    }

    private CopyOutcome? Refusal(ObjectFacts facts)
    {
        if (facts.Encryption == "SSE-C")
        {
            return new CopyOutcome.Failed(CustomerKey, IsRetriable: false, Attempts);
        }

        if (StorageClasses.IsArchived(facts))
        {
            return new CopyOutcome.Skipped(StorageClasses.SkippedStorageClass, StorageClasses.Name(facts));
        }

        return facts.Size > Job.Options.MaxObjectBytes ? Oversized(facts.Size) : null;
    }

    private static CopyOutcome.Skipped Oversized(long size)
        => new(StorageClasses.SkippedOversized, size.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>What an earlier run has left of an object that goes up whole now.</summary>
    private async Task DiscardRecordedAsync()
    {
        if (!_isRepeated || _isJournalRead)
        {
            return;
        }

        if (await Journal.FindAsync(Tokens.Ending) is { } recorded)
        {
            Upload = new OpenUpload(recorded.UploadId, recorded.IntendedAt) { IsInDoubt = true };
            await DiscardUploadAsync();
            Upload = null;
        }

        _isJournalRead = true;
    }
}

/// <summary>An upload that is under way.</summary>
/// <param name="id">Null while it is intended and its id not known.</param>
/// <param name="intendedAt">When it was intended.</param>
internal sealed class OpenUpload(string? id, DateTimeOffset intendedAt)
{
    public string? Id { get; set; } = id;

    public DateTimeOffset IntendedAt { get; } = intendedAt;

    /// <summary>True when there may be a second one, begun by a request whose answer was lost.</summary>
    public bool IsInDoubt { get; set; }
}
