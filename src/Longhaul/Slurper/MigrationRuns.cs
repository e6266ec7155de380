using System.Collections.Concurrent;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;
using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper;

/// <summary>
/// The jobs that this node has in its hands, with their stores open. A job's stores are opened by its first chunk and closed when it is
/// paused or has ended; other credentials open it anew.
/// </summary>
internal sealed class MigrationRuns(
    Database database, SecretBox box, IBucketAccess access, SlurperOptions options, TimeProvider clock) : IDisposable
{
    private readonly ConcurrentDictionary<OperationId, MigrationRun> _runs = new();

    /// <summary>The open job. Completes with the one that is in hand, if its credentials are still those that are stored.</summary>
    public async ValueTask<MigrationRun> OpenAsync(Operation operation, CancellationToken cancellationToken)
    {
        var row = await database.ReadOneAsync((session, token) => JobStore.FindAsync(session, operation.Id, token), cancellationToken)
            ?? throw new InvalidDataException($"job {operation.Id} has no row");
        if (_runs.TryGetValue(operation.Id, out var open) && open.SecretsVersion == row.SecretsVersion)
        {
            return open;
        }

        var secrets = SpecText.ReadSecrets(box.Open(row.Secrets ?? throw new InvalidDataException($"job {operation.Id} has no credentials any more")));
        var made = Open(operation, row, secrets);
        var kept = _runs.AddOrUpdate(operation.Id, made, (_, other) => other.SecretsVersion >= made.SecretsVersion ? other : made);
        if (!ReferenceEquals(kept, made))
        {
            made.Close();
        }

        return kept;
    }

    /// <summary>Closes a job that is not wanted for now; what is in flight keeps its stores until it has ended.</summary>
    public void Close(OperationId id)
    {
        if (_runs.TryRemove(id, out var run))
        {
            run.Close();
        }
    }

    public void Dispose()
    {
        foreach (var id in _runs.Keys)
        {
            Close(id);
        }
    }

    private MigrationRun Open(Operation operation, JobRow row, JobSecrets secrets)
    {
        var spec = row.Stored.Spec;
        var source = access.ResolveSource(operation.Account, spec.Source, secrets.Source);
        var target = access.ResolveTarget(operation.Account, spec.Target, secrets.Target);
        return new MigrationRun(
            new CopyJob
            {
                Source = access.OpenSource(source),
                Target = access.OpenTarget(target),
                SourceEndpoint = NameOf(source),
                TargetEndpoint = NameOf(target),
                Overwrite = spec.Overwrite,
                HasConditionalCreate = row.Stored.HasConditionalCreate,
                SameStoreBucket = source is S3Spec s3 && IsSameStore(s3, target) ? s3.Bucket : null,
                AcceptedAt = DateTimeOffset.FromUnixTimeMilliseconds(operation.CreatedAt),
                Options = new CopyOptions
                {
                    PartBytes = options.PartBytes,
                    SinglePutBytes = options.SinglePutBytes,
                    MaxSinglePutBytes = options.MaxSinglePutBytes,
                    MaxObjectBytes = options.MaxObjectBytes,
                    CopyTags = options.CopyTags,
                },
            },
            row,
            new FaultWindow(TimeSpan.FromSeconds(options.FatalRetrySeconds), clock));
    }

    private static bool IsSameStore(S3Spec source, S3Spec target) =>
        source.Endpoint == target.Endpoint && source.AccessKeyId == target.AccessKeyId && source.SecretAccessKey == target.SecretAccessKey;

    private static string NameOf(StoreSpec spec) => spec switch
    {
        S3Spec s3 => $"{s3.Endpoint.GetLeftPart(UriPartial.Authority)}/{s3.Bucket}",
        GcsSpec gcs => $"{gcs.Endpoint.GetLeftPart(UriPartial.Authority)}/{gcs.Bucket}",
        _ => spec.Bucket,
    };
}

/// <summary>One job in the hands of this node.</summary>
internal sealed class MigrationRun(CopyJob copy, JobRow row, FaultWindow faults)
{
    public CopyJob Copy => copy;

    public StoredSpec Stored => row.Stored;

    public long SecretsVersion => row.SecretsVersion;

    /// <summary>How long the job as a whole has not worked.</summary>
    public FaultWindow Faults => faults;

    /// <summary>Gives the stores up. Requests in flight end by themselves: a store holds no connection of its own.</summary>
    public void Close()
    {
        copy.Source.Dispose();
        copy.Target.Dispose();
    }
}

/// <summary>
/// Counts how long a job as a whole has been failing, from the first failure after a success. Safe for concurrent use.
/// </summary>
internal sealed class FaultWindow(TimeSpan window, TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();
    private long? _since;
    private int _failures;

    /// <summary>Something worked.</summary>
    public void Succeeded()
    {
        if (Volatile.Read(ref _failures) == 0)
        {
            return;
        }

        lock (_gate)
        {
            (_since, _failures) = (null, 0);
        }
    }

    /// <summary>
    /// Something failed for the whole job. Returns how long to wait before the next try, or null when the window is over. What the store asks
    /// for (up to five minutes) is waited for even beyond the window.
    /// </summary>
    public TimeSpan? Failed(TimeSpan? retryAfter = null)
    {
        lock (_gate)
        {
            _since ??= clock.GetTimestamp();
            _failures++;
            var left = window - clock.GetElapsedTime(_since.Value);
            if (left <= TimeSpan.Zero)
            {
                return null;
            }

            var pause = FirstPause * Math.Pow(2, Math.Min(_failures - 1, 10));
            pause = pause < LongestPause ? pause : LongestPause;
            pause = pause < left ? pause : left;
            var asked = retryAfter ?? TimeSpan.Zero;
            asked = asked < EndpointThrottle.LongestPause ? asked : EndpointThrottle.LongestPause;
            return pause > asked ? pause : asked;
        }
    }
}

/// <summary>From what a job says to buckets that can be read and written.</summary>
internal interface IBucketAccess
{
    /// <summary>Where a source is.</summary>
    StoreSpec ResolveSource(string account, JobSource source, StoreSecret secret);

    /// <summary>Where a target is.</summary>
    S3Spec ResolveTarget(string account, JobTarget target, StoreSecret secret);

    IObjectStore OpenSource(StoreSpec spec);

    IObjectTarget OpenTarget(S3Spec spec);

    /// <summary>Tries a source as section 9 of the contract says. Completes with null, or with the reason.</summary>
    Task<string?> CheckSourceAsync(StoreSpec spec, string? prefix, string? firstKey, CancellationToken cancellationToken);

    /// <summary>Tries a target. Completes with null, or with the reason.</summary>
    Task<string?> CheckTargetAsync(S3Spec spec, CancellationToken cancellationToken);

    /// <summary>True when the target honours <c>If-None-Match: *</c> on PUT.</summary>
    Task<bool> ProbeConditionalCreateAsync(S3Spec spec, CancellationToken cancellationToken);
}
