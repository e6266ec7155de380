using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper;

/// <summary>The use cases of the face over the engine and the rows of jobs.</summary>
internal sealed class SlurperJobs(
    DurableOperations operations,
    Database database,
    MigrateOperation kind,
    JobIntake intake,
    IBucketAccess access,
    SlurperOptions options,
    TimeProvider clock) : IMigrationJobs
{
    public async Task<CreateAnswer> CreateAsync(JobCreate create, CancellationToken cancellationToken)
    {
        if (await FindEarlierAsync(create, cancellationToken) is { } earlier)
        {
            return earlier;
        }

        var (submission, faults) = await intake.PrepareAsync(kind, create, "", cancellationToken);
        if (submission is null)
        {
            return new CreateAnswer(null, null, null, faults);
        }

        return (await operations.SubmitAsync(submission, cancellationToken)).IsRefused(out var refusal, out var submitted)
            ? new CreateAnswer(null, null, refusal, [])
            : new CreateAnswer(submitted.Operation?.Id, submitted.Replayed, null, []);
    }

    public async Task<IReadOnlyList<MigrationJob>> ListAsync(string account, int limit, long offset, CancellationToken cancellationToken)
    {
        var rows = await database.ReadOneAsync((session, token) => JobStore.ListAsync(session, account, limit, offset, token), cancellationToken);
        var found = await operations.ListAsync(
            new OperationFilter { Ids = [.. rows.Select(r => OperationId.TryParse(r.Id, out var id) ? id : default)] }, null, limit, cancellationToken);
        var byId = found.ToDictionary(o => o.Id.Value, StringComparer.Ordinal);

        // One that was forgotten between the two reads is left out.
        return [.. rows.Where(r => byId.ContainsKey(r.Id)).Select(r => new MigrationJob(byId[r.Id], r.Spec.Spec))];
    }

    public async Task<MigrationJob?> FindAsync(string account, string id, CancellationToken cancellationToken) =>
        await FindOperationAsync(account, id, cancellationToken) is { } operation && await kind.FindRowAsync(operation.Id, cancellationToken) is { } row
            ? new MigrationJob(operation, row.Stored.Spec)
            : null;

    // Job ids are what they were answered as: any other spelling is another string.
    public async Task<Operation?> FindOperationAsync(string account, string id, CancellationToken cancellationToken) =>
        OperationId.TryParse(id, out var parsed)
            && parsed.Value == id
            && await operations.FindAsync(parsed, cancellationToken) is { } operation
            && operation.Account == account
            && operation.Kind == MigrateOperation.KindName
                ? operation
                : null;

    public async Task<IReadOnlyList<JobLog>?> ReadLogsAsync(string account, string id, int limit, long offset, CancellationToken cancellationToken)
    {
        if (await FindOperationAsync(account, id, cancellationToken) is not { } operation)
        {
            return null;
        }

        var events = await database.ReadOneAsync((session, token) => JobStore.ListEventsAsync(session, operation.Id, token), cancellationToken);
        var log = new JobLogPage(events);
        var (from, count) = log.RecordsOf(offset, limit);
        var records = await operations.ReadKeptAsync(operation.Id, from, count, cancellationToken);
        return log.Merge(offset, limit, from, [.. records.Select(ToLog)]);
    }

    public async Task<Result<Operation>> AbortAsync(string account, string id, Actor by, CancellationToken cancellationToken) =>
        await FindOperationAsync(account, id, cancellationToken) is { } operation ? await operations.AbortAsync(operation.Id, by, cancellationToken) : Unknown(id);

    public async Task<int> AbortAllAsync(string account, Actor by, CancellationToken cancellationToken)
    {
        var count = 0;
        var filter = new OperationFilter { Accounts = [account], Kinds = [MigrateOperation.KindName], IsDone = false };
        for (long? before = null; await operations.ListAsync(filter, before, 200, cancellationToken) is { Count: > 0 } page; before = page[^1].Number)
        {
            foreach (var operation in page.Where(o => !o.IsAbortRequested))
            {
                var result = await operations.AbortAsync(operation.Id, by, cancellationToken);
                count += !result.IsRefused(out _, out var aborted) && (aborted.IsAbortRequested || aborted.State == OperationState.Aborted) ? 1 : 0;
            }
        }

        return count;
    }

    public async Task<Result<Operation>> PauseAsync(string account, string id, Actor by, CancellationToken cancellationToken) =>
        await FindOperationAsync(account, id, cancellationToken) is not { } operation ? Unknown(id)
        : operation.State == OperationState.Paused ? new Refusal(RefusalCode.WrongState, "job is paused")
        : await operations.PauseAsync(operation.Id, by, cancellationToken);

    public async Task<Result<Operation>> ResumeAsync(
        string account, string id, BroughtSecrets secrets, Actor by, CancellationToken cancellationToken) =>
        await FindOperationAsync(account, id, cancellationToken) is not { } operation ? Unknown(id)
        : operation.State == OperationState.Paused ? await operations.ResumeAsync(operation.Id, intake.ResumeWith(secrets), by, cancellationToken)
        : new Refusal(RefusalCode.WrongState, "job is running");

    public async Task<Result<Operation>> DeleteAsync(string account, string id, CancellationToken cancellationToken) =>
        await FindOperationAsync(account, id, cancellationToken) is { } operation ? await operations.ForgetAsync(operation.Id, cancellationToken) : Unknown(id);

    public Task<ConnectivityAnswer> CheckSourceAsync(string account, JobSource source, StoreSecret secret, CancellationToken cancellationToken) => CheckAsync(
        () => access.CheckSourceAsync(access.ResolveSource(account, source, secret), source.PathPrefix, source.FirstKey, cancellationToken));

    public Task<ConnectivityAnswer> CheckTargetAsync(string account, JobTarget target, StoreSecret secret, CancellationToken cancellationToken) => CheckAsync(
        () => access.CheckTargetAsync(access.ResolveTarget(account, target, secret), cancellationToken));

    // A well-formed side can still lead nowhere, such as an R2 endpoint that is not configured right.
    private static async Task<ConnectivityAnswer> CheckAsync(Func<Task<string?>> check)
    {
        try
        {
            return new ConnectivityAnswer(await check());
        }
        catch (StoreException exception)
        {
            return new ConnectivityAnswer(exception.Message);
        }
    }

    private static Refusal Unknown(string id) => new(RefusalCode.UnknownOperation, $"job not found: {id}");

    private static JobLog ToLog(ItemRecord record)
    {
        var outcome = record.Outcome;
        return outcome.State == ItemState.Failed
            ? new JobLog(record.EndedAt ?? 0, LogTypes.RetryExhaustion, outcome.Key, outcome.Failure?.Detail)
            : new JobLog(record.EndedAt ?? 0, outcome.Outcome ?? LogTypes.SkippedStorageClass, outcome.Key, outcome.Reason());
    }

    // The same request once more: by its key, or because the client says so and the body is the same.
    private async Task<CreateAnswer?> FindEarlierAsync(JobCreate create, CancellationToken cancellationToken)
    {
        if (create.Idempotency is { } key && await operations.FindReplayAsync(key.Scope, key.Fingerprint, cancellationToken) is { } replay)
        {
            return replay.IsRefused(out var refusal, out var submitted)
                ? new CreateAnswer(null, null, refusal, [])
                : new CreateAnswer(submitted.Operation?.Id, submitted.Replayed, null, []);
        }

        if (!create.IsRepetition || options.CreateDedupeSeconds == 0)
        {
            return null;
        }

        var since = clock.GetUtcNow().AddSeconds(-options.CreateDedupeSeconds).ToUnixTimeMilliseconds();
        var first = await database.ReadOneAsync((session, token) => JobStore.FindRepeatedAsync(session, create.Account, create.BodyHash, since, token), cancellationToken);
        return OperationId.TryParse(first, out var id) ? new CreateAnswer(id, null, null, []) : null;
    }
}
