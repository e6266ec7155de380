using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper;

/// <summary>
/// A migration: lists the source page by page, copies each object and journals what became of it. What runs where after a crash: a page
/// that was not recorded is listed again from the cursor, an object that was not journaled is copied again, an upload that was recorded
/// goes on with its parts.
/// </summary>
internal sealed class MigrateOperation(
    MigrationRuns runs,
    IObjectCopier copier,
    JobIntake intake,
    Database database,
    SlurperOptions options,
    TimeProvider clock) : OperationKind
{
    public const string KindName = "slurper.migrate";

    /// <summary>Objects of a chunk that are copied side by side; the limiter of the endpoints decides how many of them really run.</summary>
    private const int Width = 32;

    private const int PageTries = 3;

    public override string Name => KindName;

    public override string Description => "Copies the objects of a bucket to another one, between any two S3-compatible stores.";

    public override bool IsLocal => false;

    public override bool IsRetryable => true;

    public override bool MovesBytes => true;

    public override bool CompletesWhenAllFail => true;

    public override long? MaxDoneRecords => options.ObjectRecords;

    public override long? PlanAheadItems => options.ListAhead;

    public override async ValueTask<PlanPage> PlanAsync(Operation operation, byte[] cursor, CancellationToken cancellationToken)
    {
        var run = await runs.OpenAsync(operation, cancellationToken);
        var at = ListingCursor.Parse(cursor);
        for (var tries = 1; ; tries++)
        {
            try
            {
                var page = await ListAsync(run, at, cancellationToken);
                var (objects, next, trouble) = at.Take(page);
                if (trouble is null)
                {
                    run.Faults.Succeeded();
                    return new PlanPage(JobIntake.Cut([.. objects.Select(ToItem)], at.NextIndex), next?.ToBytes());
                }

                if (tries >= PageTries)
                {
                    throw Postponed(run, LogTypes.FailedContinuation, trouble, null);
                }
            }
            catch (StoreException exception) when (exception is { Fault: StoreFault.Permanent, Status: 200 })
            {
                // The page came, and nothing can be gone on from it.
                if (tries >= PageTries)
                {
                    throw Postponed(run, LogTypes.FailedContinuation, exception.Message, exception);
                }
            }
            catch (StoreException exception)
                when (!exception.IsPassing || exception.Fault == StoreFault.Throttled || exception.RetryAfter is not null || tries >= PageTries)
            {
                // A store that asks for patience is not asked again at once.
                throw Postponed(run, LogTypes.Error, $"listing failed: {exception.Message}", exception);
            }
            catch (StoreException)
            {
                // A listing error is never an end: the same page once more.
            }
        }
    }

    public override async ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        var run = await runs.OpenAsync(chunk.Operation, cancellationToken);
        using var objects = new ChunkObjects(chunk, run, copier, database, clock, TimeSpan.FromSeconds(options.AbortGraceSeconds));
        if (await objects.CopyAsync(Width, cancellationToken) is { } fault)
        {
            throw Postponed(run, LogTypes.Error, fault.Message, fault);
        }

        return new ChunkResult();
    }

    /// <summary>Aborts the uploads that dead or paused runs have recorded, so that nothing is left behind an aborted job.</summary>
    public override async ValueTask<ChunkResult> UndoAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        var run = await runs.OpenAsync(chunk.Operation, cancellationToken);
        var target = new FencedTarget(run.Copy.Target, () => chunk.MayWrite);
        while (true)
        {
            var rows = await database.ReadOneAsync((session, token) => JobStore.ListUploadsAsync(session, chunk.Operation.Id, 100, token), cancellationToken);
            if (rows.Count == 0)
            {
                return new ChunkResult();
            }

            foreach (var row in rows)
            {
                var note = await TryAbortUploadAsync(run, target, row, cancellationToken);
                await chunk.WriteAsync(
                    async (session, token) =>
                    {
                        await JobStore.ForgetUploadAsync(session, chunk.Operation.Id, row.Chunk, row.Place, token);
                        if (note is not null)
                        {
                            await JobStore.AddEventAsync(session, chunk.Operation, Now, LogTypes.Error, note, token);
                        }
                    },
                    cancellationToken);
            }
        }
    }

    public override ValueTask<bool> NeedsCleaningAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        JobStore.HasUploadsAsync(session, operation.Id, cancellationToken);

    public override ValueTask<FinishResult> FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        new(FinishResult.Completed(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"transferred\":{operation.Counts.Succeeded},\"skipped\":{operation.Counts.Skipped},\"failed\":{operation.Counts.Failed},\"bytes\":{operation.BytesDone ?? 0}}}")));

    public override async ValueTask ChangedAsync(DbSession session, Operation operation, CancellationToken cancellationToken)
    {
        var (logType, message) = Tell(operation);
        await JobStore.AddEventAsync(session, operation, Now, logType, message, cancellationToken);
        if (operation.State.IsFinal)
        {
            await JobStore.WipeSecretsAsync(session, operation.Id, cancellationToken);
        }

        if (operation.State != OperationState.Running)
        {
            var id = operation.Id;
            session.OnCommitted(() => runs.Close(id));
        }
    }

    public override ValueTask ForgottenAsync(DbSession session, OperationId id, CancellationToken cancellationToken) =>
        JobStore.RemoveAsync(session, id, cancellationToken);

    public override IEnumerable<(long Index, string Key)> ReadInput(byte[] payload) => ObjectChunk.Decode(payload).Select((o, i) => ((long)i, o.Key));

    public override async ValueTask<SubmitAnswer> CheckAsync(SubmitRequest request, CancellationToken cancellationToken) =>
        await intake.CheckAsync(this, request, cancellationToken);

    public override async ValueTask<SubmitAnswer> RetryAsync(RetryRequest request, CancellationToken cancellationToken) =>
        await intake.RetryAsync(this, request, cancellationToken);

    public override async ValueTask<ResumeCheck> CheckResumeAsync(
        Operation operation, ReadOnlyMemory<byte> parameters, CancellationToken cancellationToken) =>
        await intake.CheckResumeAsync(this, operation, parameters, cancellationToken);

    /// <summary>The row of a job, or null.</summary>
    public ValueTask<JobRow?> FindRowAsync(OperationId id, CancellationToken cancellationToken) =>
        database.ReadOneAsync((session, token) => JobStore.FindAsync(session, id, token), cancellationToken);

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static async Task<ListedPage> ListAsync(MigrationRun run, ListingCursor at, CancellationToken cancellationToken)
    {
        var request = new ListRequest(run.Stored.ListPrefix, at.Token is null ? at.After : null, at.Token);
        try
        {
            return await run.Copy.Source.ListAsync(request, cancellationToken);
        }
        catch (StoreException exception) when (exception.Fault == StoreFault.Permanent && at is { Token: not null, After: not null })
        {
            // Tokens may expire while a job is paused; the last key does not.
            return await run.Copy.Source.ListAsync(request with { StartAfter = at.After, Token = null }, cancellationToken);
        }
    }

    private static CopyItem ToItem(ListedObject listed) => new(listed.Key, listed.Size, listed.ETag, listed.StorageClass);

    private static (string LogType, string Message) Tell(Operation operation)
    {
        var counts = operation.Counts;
        var left = operation.IsItemsTruncated
            ? string.Create(CultureInfo.InvariantCulture, $"; {operation.DroppedItems} records of objects were left out")
            : "";
        return operation.State switch
        {
            OperationState.Running => (LogTypes.Resume, "resumed"),
            OperationState.Paused => (LogTypes.Pause, operation.StateReason == Operation.PausedByRequest ? "paused by request" : "paused automatically"),
            OperationState.Completed => (LogTypes.Complete, string.Create(
                CultureInfo.InvariantCulture,
                $"objects {operation.Total ?? 0}, transferred {counts.Succeeded}, skipped {counts.Skipped}, failed {counts.Failed}{left}")),
            _ => (LogTypes.Abort, string.Create(
                CultureInfo.InvariantCulture,
                $"{(operation.State == OperationState.Aborted ? "aborted by request" : $"aborted: {operation.Failure?.Detail}")}; {operation.AbortedItems} objects not done{left}")),
        };
    }

    /// <summary>The job as a whole does not work: later again, and when that has gone on for too long, not before somebody has looked.</summary>
    private Exception Postponed(MigrationRun run, string logType, string cause, Exception? inner) =>
        run.Faults.Failed((inner as StoreException)?.RetryAfter) is { } pause
            ? new ChunkPostponedException(pause, cause, inner)
            : Held(logType, cause, inner);

    private OperationHeldException Held(string logType, string cause, Exception? inner) => new(
        $"paused by itself: {cause}",
        async (session, operation, token) => await JobStore.AddEventAsync(session, operation, Now, logType, cause, token),
        inner);

    // Null when it is given up; a sentence when it could not be and the job has waited long enough for it.
    private async Task<string?> TryAbortUploadAsync(MigrationRun run, FencedTarget target, UploadRow row, CancellationToken cancellationToken)
    {
        try
        {
            await copier.AbandonAsync(target, row.Key, row.Upload, cancellationToken);
            run.Faults.Succeeded();
            return null;
        }
        catch (StoreException exception)
        {
            return run.Faults.Failed() is { } pause
                ? throw new ChunkPostponedException(pause, $"an unfinished upload cannot be aborted: {exception.Message}", exception)
                : $"an unfinished upload of '{row.Key}' could not be aborted: {exception.Message}";
        }
    }

    /// <summary>What is kept of a copied object: JSON text.</summary>
    internal static string ToRecord(CopyOutcome.Copied copied)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteNumber("size", copied.Size);
            writer.WriteString("sourceETag", copied.SourceETag);
            writer.WriteString("targetETag", copied.TargetETag);
            writer.WriteNumber("attempts", copied.Attempts);
            writer.WriteNumber("ms", copied.Milliseconds);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
