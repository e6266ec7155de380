using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>One object to copy, as the plan found it.</summary>
/// <param name="Key">Exact key, the same on both sides.</param>
/// <param name="Size">Bytes by the listing; -1 when there was no listing (explicit keys).</param>
/// <param name="ETag">By the listing; null when not known.</param>
/// <param name="StorageClass">By the listing; null for the standard one or when not known.</param>
internal sealed record CopyItem(string Key, long Size, string? ETag, string? StorageClass);

/// <summary>What became of one object.</summary>
internal abstract record CopyOutcome
{
    private CopyOutcome()
    {
    }

    /// <summary>Copied and verified.</summary>
    public sealed record Copied(long Size, string? SourceETag, string? TargetETag, int Attempts, long Milliseconds) : CopyOutcome;

    /// <summary>Exists at the target and must not be overwritten.</summary>
    public sealed record Exists : CopyOutcome;

    /// <summary>Left out on purpose; the reason is one of the vendor's log types.</summary>
    public sealed record Skipped(string LogType, string Message) : CopyOutcome;

    /// <summary>Given up.</summary>
    public sealed record Failed(string Message, bool IsRetriable, int Attempts) : CopyOutcome;

    /// <summary>
    /// Not done because it was told to stop; nothing of it is left at the target but what the upload journal says. After a mere stop that
    /// is what a later run goes on with; after a cut it is only what could not be aborted.
    /// </summary>
    public sealed record Stopped : CopyOutcome;
}

/// <summary>The job as a whole cannot go on as things are: refused credentials, a bucket that is gone, a target that refuses every write.</summary>
internal sealed class JobFaultException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What all objects of a job have in common. Made once per job and node; safe for concurrent use.</summary>
internal sealed record CopyJob
{
    public required IObjectStore Source { get; init; }

    public required IObjectTarget Target { get; init; }

    /// <summary>Where the adaptive limiter counts requests: scheme, host, port and bucket of each side.</summary>
    public required string SourceEndpoint { get; init; }

    public required string TargetEndpoint { get; init; }

    /// <summary>False keeps what exists at the target.</summary>
    public required bool Overwrite { get; init; }

    /// <summary>True when the target was seen to honour <c>If-None-Match: *</c> on PUT.</summary>
    public required bool HasConditionalCreate { get; init; }

    /// <summary>The source's bucket where both sides are one store under one credential, so that the store can copy by itself; else null.</summary>
    public required string? SameStoreBucket { get; init; }

    /// <summary>When the job was accepted: what the target wrote since then under the same size counts as ours after a restart.</summary>
    public required DateTimeOffset AcceptedAt { get; init; }

    public required CopyOptions Options { get; init; }

    /// <summary>The last key that could be read: asked again when another one is refused, to tell a refused object from a refused job.</summary>
    public LastRead LastRead { get; } = new();
}

/// <summary>The key that was read last, written by every copy of a job.</summary>
internal sealed class LastRead
{
    public string? Key { get; set; }
}

/// <summary>The bounds of copying, from <c>Slurper</c>.</summary>
internal sealed record CopyOptions
{
    public long PartBytes { get; init; } = 64L << 20;
    public long SinglePutBytes { get; init; } = 512L << 20;
    public long MaxSinglePutBytes { get; init; } = 5L << 30;
    public long MaxObjectBytes { get; init; } = 5L << 40;
    public bool CopyTags { get; init; }

    /// <summary>Objects up to this size are copied by one GET into memory and one PUT.</summary>
    public long SmallBytes { get; init; } = 8L << 20;

    /// <summary>Tries of one object before it is given up.</summary>
    public int MaxTries { get; init; } = 10;
}

/// <summary>How one copy is told to end.</summary>
/// <param name="Stop">Nothing new is to be started; what is under way may end. A copy that is waiting for its turn returns <see cref="CopyOutcome.Stopped"/>.</param>
/// <param name="Cut">
/// The grace of an abort is over: give up at once, abort the object's upload, return <see cref="CopyOutcome.Stopped"/>. The uploads are
/// aborted with requests that this token does not cancel. A request that makes an object appear and is under way gets one second more to
/// end by itself, since giving it up would leave unknown whether it takes effect; what it made is then returned as copied.
/// </param>
/// <param name="Lost">
/// This node may not write any more (its lease is running out) or must end at once: every request ends, nothing is cleaned up, an
/// <see cref="OperationCanceledException"/> is thrown.
/// </param>
internal sealed record CopySignals(CancellationToken Stop, CancellationToken Cut, CancellationToken Lost);

/// <summary>
/// Remembers the unfinished multipart upload of one object across crashes. Every method is durable when it completes, and throws
/// <see cref="OperationCanceledException"/> when the lease is lost.
/// </summary>
internal interface IUploadJournal
{
    /// <summary>What is remembered of this object, or null.</summary>
    Task<RecordedUpload?> FindAsync(CancellationToken cancellationToken);

    /// <summary>Remembers, before the upload is begun, that it will be: a crash in between leaves an upload whose id nobody knows.</summary>
    Task IntendAsync(string key, string sourceETag, long size, long partBytes, CancellationToken cancellationToken);

    /// <summary>Remembers the id of the upload.</summary>
    Task BeganAsync(string uploadId, CancellationToken cancellationToken);

    /// <summary>Forgets it: completed, or aborted.</summary>
    Task ForgetAsync(CancellationToken cancellationToken);
}

/// <summary>An upload that an earlier run has begun.</summary>
/// <param name="UploadId">Its id; null when the run died between intending and knowing it.</param>
/// <param name="SourceETag">ETag of the source that its parts are of.</param>
/// <param name="Size">Bytes of the whole.</param>
/// <param name="PartBytes">Bytes of each part but the last.</param>
/// <param name="IntendedAt">When it was intended.</param>
internal sealed record RecordedUpload(string? UploadId, string SourceETag, long Size, long PartBytes, DateTimeOffset IntendedAt);

/// <summary>Copies one object after the other, or many at once. One per process: it holds the budget of memory and the limiters.</summary>
internal interface IObjectCopier
{
    /// <summary>
    /// Copies one object, with all its tries. Completes with what became of it; throws <see cref="JobFaultException"/> where the job as a
    /// whole cannot go on.
    /// </summary>
    /// <param name="job">What all its objects have in common.</param>
    /// <param name="item">The object.</param>
    /// <param name="journal">Its upload journal.</param>
    /// <param name="isRepeated">
    /// True when an earlier run may have copied it before it died or was stopped, unjournaled: an object at the target that was modified since the job
    /// was accepted and has the same size counts as copied, where it must not be overwritten.
    /// </param>
    /// <param name="signals">How it is told to end.</param>
    Task<CopyOutcome> CopyAsync(CopyJob job, CopyItem item, IUploadJournal journal, bool isRepeated, CopySignals signals);

    /// <summary>
    /// Aborts what an earlier run has left of an object that will not be copied any more: the recorded upload, and those of the key that
    /// were begun since it was intended. Throws <see cref="StoreException"/> with what the target said when that cannot be done now.
    /// </summary>
    Task AbandonAsync(IObjectTarget target, string key, RecordedUpload recorded, CancellationToken cancellationToken);
}
