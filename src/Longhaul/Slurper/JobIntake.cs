using System.Buffers;
using System.Text;
using System.Text.Json;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;
using Longhaul.Slurper.Bodies;
using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper;

/// <summary>
/// From a request that was read to a submission: tries both sides, finds out what the copying has to know, cuts explicit keys into chunks.
/// Nothing is durable before the submit; then the job's row, its sealed secrets and its first line of log come with the operation.
/// </summary>
internal sealed class JobIntake(IBucketAccess access, IEndpointRules rules, SecretBox box, SlurperOptions options, TimeProvider clock)
{
    /// <summary>Objects of a chunk.</summary>
    public const int ChunkObjects = 250;

    /// <summary>Bytes of the objects of a chunk, unless it is a single one.</summary>
    private const long ChunkBytes = 256L << 20;

    private static readonly OperationState[] Running = [OperationState.Pending, OperationState.Running];

    /// <summary>Cuts objects that follow each other into chunks.</summary>
    public static List<PlannedChunk> Cut(IReadOnlyList<CopyItem> items, long firstIndex)
    {
        var chunks = new List<PlannedChunk>();
        for (var from = 0; from < items.Count;)
        {
            var count = 1;
            for (var bytes = items[from].Size; count < ChunkObjects && from + count < items.Count && bytes + items[from + count].Size <= ChunkBytes; count++)
            {
                bytes += items[from + count].Size;
            }

            chunks.Add(new PlannedChunk(count, firstIndex + from, ObjectChunk.Encode([.. items.Skip(from).Take(count)])));
            from += count;
        }

        return chunks;
    }

    /// <summary>
    /// Tries both sides and makes the submission. Completes with it, or with everything that is wrong; pointers begin with
    /// <paramref name="prefix"/>.
    /// </summary>
    public async Task<(Submission? Submission, IReadOnlyList<JobFault> Faults)> PrepareAsync(
        OperationKind kind, JobCreate create, string prefix, CancellationToken cancellationToken)
    {
        var (spec, secrets) = (create.Request.Spec, create.Request.Secrets);
        var (stored, faults) = await TryBothSidesAsync(create.Account, create.Request, prefix, cancellationToken);
        if (stored is null)
        {
            return (null, faults);
        }

        var items = spec.Source.Keys?.Where(k => k.StartsWith(spec.Source.PathPrefix ?? "", StringComparison.Ordinal)).Select(k => new CopyItem(k, -1, null, null)).ToList();
        return (Submit(kind, create, stored, items, null, secrets), []);
    }

    /// <summary>A submit of the operations API.</summary>
    public async Task<SubmitAnswer> CheckAsync(OperationKind kind, SubmitRequest request, CancellationToken cancellationToken)
    {
        var faults = new List<JobFault>();
        if (!request.Items.IsEmpty)
        {
            faults.Add(new JobFault(FaultCodes.InvalidMember, "a migration takes no items; name single objects in params.source.keys", "/items"));
        }

        var read = JobReader.ReadCreate(request.Parameters, "/params", rules, faults);
        if (read is null || faults.Count > 0)
        {
            return Invalid(faults);
        }

        var create = new JobCreate(
            request.Account, read, request.SubmittedBy, request.Labels, request.Idempotency, [], IsRepetition: false, RequestId: null);
        var (submission, found) = await PrepareAsync(kind, create, "/params", cancellationToken);
        return submission is null ? Invalid(found) : SubmitAnswer.Valid(submission);
    }

    /// <summary>A retry: the objects that were not copied, under credentials that have to be brought again.</summary>
    public async Task<SubmitAnswer> RetryAsync(MigrateOperation kind, RetryRequest request, CancellationToken cancellationToken)
    {
        var row = await kind.FindRowAsync(request.Original.Id, cancellationToken);
        if (row is null)
        {
            return SubmitAnswer.Impossible($"operation {request.Original.Id} has no job any more");
        }

        var faults = new List<JobFault>();
        var brought = JobReader.ReadSecrets(request.Parameters, "/params", row.Stored.Spec, faults);
        if (faults.Count == 0 && brought is not { Source: not null, Target: not null })
        {
            faults.Add(new JobFault(
                FaultCodes.InvalidMember,
                "the credentials were wiped when the job ended; bring both again: {\"params\":{\"source\":{\"secret\":{…}},\"target\":{\"secret\":{…}}}}",
                "/params"));
        }

        if (faults.Count > 0)
        {
            return Invalid(faults);
        }

        var again = new JobRequest(row.Stored.Spec, new JobSecrets(brought.Source!, brought.Target!));
        var (stored, found) = await TryBothSidesAsync(request.Original.Account, again, "/params", cancellationToken);
        if (stored is null)
        {
            return Invalid(found);
        }

        var (items, planFrom) = await ReadUndoneAsync(request, cancellationToken);
        var create = new JobCreate(request.Original.Account, again, request.SubmittedBy, "{}", null, [], IsRepetition: false, RequestId: null);
        return SubmitAnswer.Valid(Submit(kind, create, stored with { ListPrefix = row.Stored.ListPrefix }, items, planFrom, again.Secrets));
    }

    /// <summary>A resume of the operations API.</summary>
    public async Task<ResumeCheck> CheckResumeAsync(MigrateOperation kind, Operation operation, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken)
    {
        var row = await kind.FindRowAsync(operation.Id, cancellationToken);
        var faults = new List<JobFault>();
        var brought = row is null || parameters.IsEmpty ? BroughtSecrets.None : JobReader.ReadSecrets(parameters, "/params", row.Stored.Spec, faults);
        return faults.Count > 0
            ? ResumeCheck.Invalid([.. faults.Select(f => new SubmitFault(f.Message, f.Pointer ?? ""))])
            : new ResumeCheck([], ResumeWith(brought));
    }

    /// <summary>What happens in the transaction that resumes a job: its limit is kept, and its credentials are replaced where others come.</summary>
    public Func<DbSession, Operation, CancellationToken, ValueTask<Refusal?>> ResumeWith(BroughtSecrets brought) => async (session, operation, token) =>
    {
        if (await FindLimitRefusalAsync(session, operation.Account, 1, token) is { } refusal)
        {
            return refusal;
        }

        if (brought is not { Source: null, Target: null } && await JobStore.FindAsync(session, operation.Id, token) is { Secrets: { } packed })
        {
            var old = SpecText.ReadSecrets(box.Open(packed));
            var secrets = new JobSecrets(brought.Source ?? old.Source, brought.Target ?? old.Target);
            await JobStore.ReplaceSecretsAsync(session, operation.Id, box.Seal(SpecText.Write(secrets)), token);
        }

        return null;
    };

    private static SubmitAnswer Invalid(IReadOnlyList<JobFault> faults) =>
        SubmitAnswer.Invalid([.. faults.Select(f => new SubmitFault(f.Message, f.Pointer ?? ""))]);

    private static async Task<(List<CopyItem> Items, byte[]? PlanFrom)> ReadUndoneAsync(RetryRequest request, CancellationToken cancellationToken)
    {
        var items = new List<CopyItem>();
        await foreach (var failed in request.ReadFailedAsync(cancellationToken))
        {
            items.Add(new CopyItem(failed.Key!, -1, null, null));
        }

        ListingCursor? cursor = null;
        if (request.IsWithAborted)
        {
            await foreach (var left in request.ReadLeftAsync(cancellationToken))
            {
                if (left.IsPlan)
                {
                    cursor = ListingCursor.Parse(left.Progress ?? []);
                    continue;
                }

                items.AddRange(ObjectChunk.Decode(left.Payload).Where((_, place) => !left.IsDone(place)));
            }
        }

        return (items, cursor is null ? null : (cursor with { Token = null, NextIndex = items.Count }).ToBytes());
    }

    // Explicit keys, or what a retry found, become input; everything else is found by listing.
    private Submission Submit(
        OperationKind kind, JobCreate create, StoredSpec stored, List<CopyItem>? items, byte[]? planFrom, JobSecrets secrets)
    {
        var (specBytes, packed) = (SpecText.Write(stored), box.Seal(SpecText.Write(secrets)));
        var chunks = items is null ? null : Cut(items, 0).ConvertAll(c => new ChunkInput(c.ItemCount, c.FirstIndex, () => c.Payload!));
        return new Submission
        {
            Account = create.Account,
            Kind = kind,
            Parameters = "{}",
            Metadata = WriteMetadata(stored),
            Labels = create.Labels,
            SubmittedBy = create.SubmittedBy,
            ItemCount = items?.Count,
            Chunks = chunks is { Count: 0 } && planFrom is null ? [new ChunkInput(0, 0, () => ObjectChunk.Encode([]))] : chunks,
            PlanFrom = planFrom,
            Idempotency = create.Idempotency,
            RequestId = create.RequestId,
            Within = async (session, operation, token) =>
            {
                if (await FindLimitRefusalAsync(session, operation.Account, 0, token) is { } refusal)
                {
                    return refusal;
                }

                await JobStore.AddAsync(session, operation, create.BodyHash, specBytes, packed, token);
                await JobStore.AddEventAsync(session, operation, clock.GetUtcNow().ToUnixTimeMilliseconds(), LogTypes.Start, WriteStart(stored), token);
                return null;
            },
        };
    }

    // The operation itself is there already at a create (own = 0 more than what is counted), and not yet running at a resume.
    private async ValueTask<Refusal?> FindLimitRefusalAsync(DbSession session, string account, int own, CancellationToken cancellationToken)
    {
        await AccountLock.TakeAsync(session, account, cancellationToken);
        return await DurableOperations.CountAsync(session, account, MigrateOperation.KindName, Running, cancellationToken) + own > options.MaxRunningJobs
            ? new Refusal(RefusalCode.LaneFull, $"Maximum number of concurrent jobs has been reached (limit {options.MaxRunningJobs})")
            : null;
    }

    private async Task<(StoredSpec? Stored, IReadOnlyList<JobFault> Faults)> TryBothSidesAsync(
        string account, JobRequest request, string prefix, CancellationToken cancellationToken)
    {
        var faults = new List<JobFault>();
        var source = Resolve(() => access.ResolveSource(account, request.Spec.Source, request.Secrets.Source), $"{prefix}/source", faults);
        var target = Resolve(() => access.ResolveTarget(account, request.Spec.Target, request.Secrets.Target), $"{prefix}/target", faults);
        if (source is null || target is null)
        {
            return (null, faults);
        }

        var sides = await Task.WhenAll(
            access.CheckSourceAsync(source, request.Spec.Source.PathPrefix, request.Spec.Source.FirstKey, cancellationToken),
            access.CheckTargetAsync(target, cancellationToken));
        AddFault(faults, sides[0], $"{prefix}/source");
        AddFault(faults, sides[1], $"{prefix}/target");
        if (faults.Count > 0)
        {
            faults.Insert(0, new JobFault(FaultCodes.ConnectivityFailed, "Preconnectivity failed, please verify tokens and try again", null));
            return (null, faults);
        }

        var isConditional = !request.Spec.Overwrite && await access.ProbeConditionalCreateAsync(target, cancellationToken);
        var listPrefix = await FindPrefixAsync(source, request.Spec.Source, cancellationToken);
        return (new StoredSpec(request.Spec, listPrefix, HostOf(source), HostOf(target), isConditional), []);
    }

    // A well-formed side can still lead nowhere: an R2 endpoint that is not configured right, an address that is not allowed.
    private static TSpec? Resolve<TSpec>(Func<TSpec> resolve, string pointer, List<JobFault> faults)
        where TSpec : StoreSpec
    {
        try
        {
            return resolve();
        }
        catch (StoreException exception)
        {
            faults.Add(new JobFault(FaultCodes.EndpointNotAllowed, exception.Message, pointer));
            return null;
        }
    }

    private static void AddFault(List<JobFault> faults, string? reason, string pointer)
    {
        if (reason is not null)
        {
            faults.Add(new JobFault(FaultCodes.ConnectivityFailed, reason, pointer));
        }
    }

    // A prefix is meant literally; but people write a leading slash where keys have none.
    private async Task<string> FindPrefixAsync(StoreSpec spec, JobSource source, CancellationToken cancellationToken)
    {
        var prefix = source.PathPrefix ?? "";
        if (source.Keys is not null || !prefix.StartsWith('/'))
        {
            return prefix;
        }

        using var store = access.OpenSource(spec);
        try
        {
            return (await store.ListAsync(new ListRequest(prefix, MaxKeys: 1), cancellationToken)).Objects.Count > 0 ? prefix : prefix[1..];
        }
        catch (StoreException)
        {
            return prefix;
        }
    }

    private static string WriteStart(StoredSpec stored)
    {
        var parts = new List<string> { $"conditional create: {(stored.HasConditionalCreate ? "on" : "off")}" };
        if (!stored.Spec.Overwrite && !stored.HasConditionalCreate)
        {
            parts.Add("the target does not honour If-None-Match, so each object is looked up before it is written");
        }

        if (stored.Spec.Source is { Keys: null, PathPrefix: { } asked } && asked != stored.ListPrefix)
        {
            parts.Add($"nothing begins with '{asked}', so '{stored.ListPrefix}' is listed");
        }

        parts.Add($"source host {stored.SourceHost}");
        parts.Add($"target host {stored.TargetHost}");
        return string.Join("; ", parts);
    }

    private static string HostOf(StoreSpec spec) => spec switch
    {
        S3Spec s3 => s3.Endpoint.Authority,
        GcsSpec gcs => gcs.Endpoint.Authority,
        _ => "unknown",
    };

    private static string WriteMetadata(StoredSpec stored)
    {
        var spec = stored.Spec;
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("overwrite", spec.Overwrite);
            writer.WriteStartObject("source");
            writer.WriteString("vendor", spec.Source.Vendor);
            writer.WriteString("bucket", spec.Source.Bucket);
            WriteGiven(writer, "endpoint", spec.Source.Endpoint);
            WriteGiven(writer, "jurisdiction", spec.Source.Jurisdiction);
            WriteGiven(writer, "pathPrefix", spec.Source.PathPrefix);
            if (spec.Source.Keys is { } keys)
            {
                writer.WriteNumber("keyCount", keys.Count);
            }

            writer.WriteEndObject();
            writer.WriteStartObject("target");
            writer.WriteString("vendor", spec.Target.Vendor);
            writer.WriteString("bucket", spec.Target.Bucket);
            WriteGiven(writer, "endpoint", spec.Target.Endpoint);
            WriteGiven(writer, "jurisdiction", spec.Target.Jurisdiction);
            writer.WriteEndObject();
            writer.WriteString("jobName", spec.Name);
            writer.WriteBoolean("conditionalCreate", stored.HasConditionalCreate);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void WriteGiven(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }
}
