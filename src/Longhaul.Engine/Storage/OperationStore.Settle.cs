using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <content>
/// Settle: the reports that are ready go into one transaction. First each chunk, conditional on its fence, and its effect, in a
/// savepoint of its own; then the operations, in the order of their ids, each under its row's lock; there, and only there, it is
/// decided that an operation is over.
/// </content>
internal sealed partial class OperationStore
{
    private const int InlineResidueChunks = 4;

    /// <summary>Completes when what was reported is durable, with an answer for each report, in order.</summary>
    public Task<ReportAnswer[]> ReportAsync(
        IReadOnlyList<Report> reports, IFinisher finisher, WriteWeight weight, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async (session, token) =>
            {
                var answers = new ReportAnswer[reports.Count];
                for (var i = 0; i < reports.Count; i++)
                {
                    answers[i] = await WriteChunkAsync(session, reports[i], token);
                }

                var kept = reports.Where((_, i) => answers[i] == ReportAnswer.Kept).GroupBy(r => r.Chunk.Operation.Id).OrderBy(g => g.Key);
                foreach (var group in kept)
                {
                    await ApplyAsync(session, group.Key, group, finisher, token);
                }

                return Array.ConvertAll(answers, a => a == ReportAnswer.KeptBefore ? ReportAnswer.Kept : a);
            },
            weight,
            cancellationToken);

    private static async ValueTask<ReportAnswer> WriteChunkAsync(DbSession session, Report report, CancellationToken cancellationToken)
    {
        if (report.Written?.Effect is not { } effect)
        {
            return await WriteChunkRowAsync(session, report, cancellationToken);
        }

        await session.SavepointAsync(cancellationToken);
        try
        {
            if (await WriteChunkRowAsync(session, report, cancellationToken) is not ReportAnswer.Kept and var other)
            {
                await session.ReleaseAsync(cancellationToken);
                return other;
            }

            await effect(session, cancellationToken);
            await session.ReleaseAsync(cancellationToken);
            return ReportAnswer.Kept;
        }
        catch (Exception exception) when (session.CanGoOnAfter(exception))
        {
            await session.RollbackToSavepointAsync(cancellationToken);
            report.Written!.EffectFault = exception;
            return ReportAnswer.Faulted;
        }
    }

    private static async ValueTask<ReportAnswer> WriteChunkRowAsync(DbSession session, Report report, CancellationToken cancellationToken)
    {
        const string Mine = "where operation_id = @id and number = @number and fence = @fence and owner = @owner";
        var chunk = report.Chunk;
        SqlStatement Fenced(SqlStatement statement) => statement
            .With("@id", chunk.Operation.Id.Value)
            .With("@number", chunk.Number)
            .With("@fence", chunk.Fence)
            .With("@owner", chunk.Owner);

        // A report is repeated when nobody knows whether its commit came through. What ends a lease finds it gone then; a part must not count
        // twice under the lease that still stands. An undo counts nothing, and its parts look alike.
        var advancedOnce = chunk.Purpose == ChunkPurpose.Undo ? "" : " and progress is distinct from @progress";
        var statement = report switch
        {
            // A chunk in which the whole work failed says which of its items were done: a retry reads that.
            Report.Settled settled when chunk.Purpose == ChunkPurpose.Run && (chunk.Operation.IsAtomic || settled.Result.Failure is not null) =>
                Fenced(session.Sql($"update chunks set is_settled = true, owner = null {Mine}")),
            Report.Settled or Report.Planned { Page.Cursor: null } => Fenced(session.Sql($"delete from chunks {Mine}")),
            Report.Advanced advanced => Fenced(session.Sql($"update chunks set progress = @progress, done_count = done_count + @done {Mine}{advancedOnce}")
                .With("@progress", advanced.Result.Continuation)
                .With("@done", advanced.Result.Counts.Settled)),
            Report.Planned planned => Fenced(session.Sql($"update chunks set owner = null, attempts = 0, progress = @progress {Mine}")
                .With("@progress", planned.Page.Cursor)),
            Report.Journaled journaled => Fenced(session.Sql($"update chunks set progress = @progress, done_count = @done {Mine} and done_count < @done")
                .With("@progress", journaled.Bitmap)
                .With("@done", journaled.DoneCount)),
            Report.Released released => Fenced(session.Sql($"update chunks set owner = null, not_before = @not_before, attempts = attempts - @free {Mine}")
                .With("@not_before", released.NotBefore)
                .With("@free", released.IsAttemptFree ? 1 : 0)),
            _ => throw new ArgumentOutOfRangeException(nameof(report)),
        };
        if (await statement.ExecuteAsync(cancellationToken) != 1)
        {
            return await IsWrittenAsync() ? ReportAnswer.KeptBefore : ReportAnswer.Lost;
        }

        if (report is Report.Settled { Result.Failure: null } && chunk is { HasInput: true, Operation.IsAtomic: false })
        {
            // What is stored follows the work in flight, not the size of the job.
            await session.Sql("delete from inputs where operation_id = @id and number = @number")
                .With("@id", chunk.Operation.Id.Value)
                .With("@number", chunk.Number)
                .ExecuteAsync(cancellationToken);
        }

        return ReportAnswer.Kept;

        async ValueTask<bool> IsWrittenAsync() => report switch
        {
            Report.Journaled journaled => await Fenced(session.Sql($"select number from chunks {Mine} and done_count >= @done"))
                .With("@done", journaled.DoneCount)
                .FirstAsync(_ => true, cancellationToken),
            Report.Advanced advanced => await Fenced(session.Sql($"select number from chunks {Mine} and progress = @progress"))
                .With("@progress", advanced.Result.Continuation)
                .FirstAsync(_ => true, cancellationToken),
            _ => false,
        };
    }

    /// <summary>Writes rows of a kind as long as the chunk is this lease's. Completes with false when it is not.</summary>
    public Task<bool> WriteForChunkAsync(
        ClaimedChunk chunk, Func<DbSession, CancellationToken, ValueTask> write, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async (session, token) =>
            {
                var held = await session.Sql(
                        $"select number from chunks where operation_id = @id and number = @number and fence = @fence and owner = @owner {session.Dialect.ForUpdate}")
                    .With("@id", chunk.Operation.Id.Value)
                    .With("@number", chunk.Number)
                    .With("@fence", chunk.Fence)
                    .With("@owner", chunk.Owner)
                    .ListAsync(r => r.GetInt64(0), token);
                if (held.Count == 0)
                {
                    return false;
                }

                await write(session, token);
                return true;
            },
            WriteWeight.Small,
            cancellationToken);

    private async ValueTask ApplyAsync(
        DbSession session, OperationId id, IEnumerable<Report> reports, IFinisher finisher, CancellationToken cancellationToken)
    {
        // A chunk row that could be written belongs to an operation that exists: it is removed only after its end.
        var operation = await LockAsync(session, id, cancellationToken)
            ?? throw new InvalidOperationException($"operation {id} is gone under its leased chunk");
        var before = operation.Versioned;
        var by = Actor.Engine;
        foreach (var report in reports)
        {
            by = Actor.Node(report.Chunk.Owner);
            await ApplyAsync(session, operation, report, finisher, cancellationToken);
        }

        await AdvanceAsync(session, operation, before, finisher, cancellationToken);
        await SaveAsync(session, operation, before, by, cancellationToken);
    }

    private async ValueTask ApplyAsync(
        DbSession session, Operation operation, Report report, IFinisher finisher, CancellationToken cancellationToken)
    {
        var now = Now;
        var chunk = report.Chunk;
        switch (report)
        {
            case Report.Settled settled:
                await KeepOutcomesAsync(session, operation, chunk, settled.Result.Outcomes, long.MaxValue, cancellationToken);
                operation.Settle(settled.Result.Counts, settled.Result.Tallies, chunk.LeasedItems - settled.JournaledItems, now);
                if (settled.Result.Failure is { } failure)
                {
                    operation.Fail(failure);
                }

                break;
            case Report.Journaled journaled:
                await KeepOutcomesAsync(session, operation, chunk, journaled.Outcomes, journaled.Part, cancellationToken);
                await KeepDoneAsync(session, operation, journaled, finisher, cancellationToken);
                operation.Journal(journaled.Counts, journaled.Tallies, now);
                break;
            case Report.Advanced advanced:
                await KeepOutcomesAsync(session, operation, chunk, advanced.Result.Outcomes, advanced.Part, cancellationToken);
                operation.Advance(advanced.Result.Counts, advanced.Result.Tallies, now);
                break;
            case Report.Planned planned:
                await AddPlannedAsync(session, operation, planned.Page, cancellationToken);
                break;
            case Report.Released released:
                operation.Release(chunk.LeasedItems - released.JournaledItems);
                if (released.Failure is { } fatal)
                {
                    operation.Fail(fatal);
                }

                if (released.Hold is { } hold)
                {
                    await HoldAsync(session, operation, chunk, hold, cancellationToken);
                }

                break;
        }
    }

    private static async ValueTask AddPlannedAsync(
        DbSession session, Operation operation, PlanPage page, CancellationToken cancellationToken)
    {
        // The plan chunk itself is counted among the chunks until the last page.
        var first = operation.ChunkCount - 1;
        var chunks = page.Chunks.Select((c, i) => new NewChunk(first + i, ChunkPurpose.Run, c.ItemCount, c.FirstIndex, c.Payload)).ToList();
        await InsertChunksAsync(session, operation.Id, chunks, cancellationToken);
        operation.Plan(chunks.Count, chunks.Sum(c => c.ItemCount), page.Cursor is null);
    }

    private async ValueTask KeepOutcomesAsync(
        DbSession session, Operation operation, ClaimedChunk chunk, OutcomeBlob? outcomes, long part, CancellationToken cancellationToken)
    {
        if (outcomes is null)
        {
            return;
        }

        var kept = outcomes.Take(_options.MaxItemRecords - operation.KeptItems);
        var keptFrom = operation.KeptItems;
        operation.KeepItems(kept?.Count ?? 0, outcomes.Count - (kept?.Count ?? 0));
        if (kept is not null)
        {
            await InsertOutcomesAsync(session, chunk, kept, part == long.MaxValue ? chunk.Fence << 32 : part, keptFrom, cancellationToken);
        }
    }

    private async ValueTask KeepDoneAsync(
        DbSession session, Operation operation, Report.Journaled journaled, IFinisher finisher, CancellationToken cancellationToken)
    {
        if (journaled.Done?.Take((finisher.MaxDoneRecords(operation.Kind) ?? 0) - operation.KeptDone) is { } kept)
        {
            operation.KeepDone(kept.Count);

            // Two blobs of one journal entry need two places.
            await InsertOutcomesAsync(session, journaled.Chunk, kept, ~journaled.Part, null, cancellationToken);
        }
    }

    private async ValueTask InsertOutcomesAsync(
        DbSession session, ClaimedChunk chunk, OutcomeBlob kept, long part, long? keptFrom, CancellationToken cancellationToken) =>
        await session.Sql(
                """
                insert into outcomes (operation_id, chunk, part, first_index, last_index, item_count, attempts, settled_at, payload, kept_from)
                values (@id, @chunk, @part, @first, @last, @count, @attempts, @now, @payload, @kept_from)
                """)
            .With("@id", chunk.Operation.Id.Value)
            .With("@chunk", chunk.Number)
            .With("@part", part)
            .With("@first", kept.FirstIndex)
            .With("@last", kept.LastIndex)
            .With("@count", kept.Count)
            .With("@attempts", chunk.Attempt)
            .With("@now", Now)
            .With("@payload", kept.Bytes)
            .With("@kept_from", keptFrom)
            .ExecuteAsync(cancellationToken);

    private async ValueTask HoldAsync(
        DbSession session, Operation operation, ClaimedChunk chunk, Hold hold, CancellationToken cancellationToken)
    {
        if (operation.State == OperationState.Paused || operation.State.IsFinal || operation.IsAbortRequested || operation.Failure is not null)
        {
            return;
        }

        // A chunk that was leased before a pause has nothing to say about the operation as it was resumed.
        var isStale = await session.Sql("select version from audit where operation_id = @id and version > @leased and to_state = 'paused' limit 1")
            .With("@id", operation.Id.Value)
            .With("@leased", chunk.Operation.Version)
            .FirstAsync(_ => true, cancellationToken);
        if (isStale)
        {
            return;
        }

        if (hold.Within is { } within)
        {
            await within(session, operation, cancellationToken);
        }

        operation.Hold(hold.Reason, Now);
    }

    /// <summary>Takes an operation as far as it can go now. The row is locked; the caller saves it.</summary>
    private async ValueTask AdvanceAsync(
        DbSession session, Operation operation, VersionedPart before, IFinisher finisher, CancellationToken cancellationToken)
    {
        await AdvanceAsync(session, operation, finisher, cancellationToken);
        var isResumed = before.State == OperationState.Paused && operation.State == OperationState.Running;
        if (before.State != operation.State && (isResumed || operation.State == OperationState.Paused || operation.State.IsFinal))
        {
            await finisher.ChangedAsync(session, operation, cancellationToken);
        }
    }

    private async ValueTask AdvanceAsync(DbSession session, Operation operation, IFinisher finisher, CancellationToken cancellationToken)
    {
        operation.CheckBudget();
        if (operation.Next() == NextStep.Finish)
        {
            var result = await FinishAsync(session, operation, finisher, cancellationToken);
            if (result.Failure is { } failure)
            {
                operation.Fail(failure);
            }
            else
            {
                operation.Complete(result.Response, finisher.CompletesWhenAllFail(operation.Kind), EndTimes());
                if (operation.Failure is not null)
                {
                    operation.NameFailedItems(await ReadFirstFailedAsync(session, operation.Id, cancellationToken));
                }

                await CloseAsync(session, operation, cancellationToken);
                return;
            }
        }

        if (operation.Next() == NextStep.Undo)
        {
            await EnterUndoAsync(session, operation, cancellationToken);
        }

        if (operation.Next() == NextStep.End && !operation.IsUndoing && await finisher.NeedsCleaningAsync(session, operation, cancellationToken))
        {
            await InsertChunksAsync(session, operation.Id, [CleaningChunk], cancellationToken);
            operation.EnterCleaning();
        }

        if (operation.Next() == NextStep.End)
        {
            operation.End(EndTimes());
            await CloseAsync(session, operation, cancellationToken);
        }
        else if (operation.IsClaimable)
        {
            session.OnCommitted(_signals.RaiseWork);
        }
    }

    private static async ValueTask<FinishResult> FinishAsync(
        DbSession session, Operation operation, IFinisher finisher, CancellationToken cancellationToken)
    {
        await session.SavepointAsync(cancellationToken);
        try
        {
            var result = await finisher.FinishAsync(session, operation, cancellationToken);
            await session.ReleaseAsync(cancellationToken);
            return result;
        }
        catch (Exception exception) when (session.CanGoOnAfter(exception))
        {
            await session.RollbackToSavepointAsync(cancellationToken);
            return FinishResult.Failed(new OperationFailure(OperationFailure.InternalSlug, $"internal error (operation {operation.Id})"));
        }
    }

    private static async ValueTask EnterUndoAsync(DbSession session, Operation operation, CancellationToken cancellationToken)
    {
        // A chunk that goes on from somewhere has written what lies before it, and is taken back as one that is settled.
        await session.Sql("delete from chunks where operation_id = @id and not is_settled and (progress is null or purpose <> 0)")
            .With("@id", operation.Id.Value).ExecuteAsync(cancellationToken);
        await session.Sql("delete from outcomes where operation_id = @id").With("@id", operation.Id.Value).ExecuteAsync(cancellationToken);
        var written = await session.Sql(
                """
                update chunks set is_settled = false, purpose = 2, owner = null, attempts = 0, not_before = 0, fence = fence + 1, progress = null, done_count = 0
                where operation_id = @id
                """)
            .With("@id", operation.Id.Value)
            .ExecuteAsync(cancellationToken);
        operation.EnterUndo(written);
    }

    private EndTimes EndTimes()
    {
        var now = Now;
        return new EndTimes(
            now,
            _options.RetentionDays == 0 ? null : now + (_options.RetentionDays * 86_400_000L),
            now + (_options.InputHours * 3_600_000L));
    }

    /// <summary>The operation has ended: its lane goes on, and what it leaves behind is removed, now where it is little.</summary>
    private async ValueTask CloseAsync(DbSession session, Operation operation, CancellationToken cancellationToken)
    {
        if (operation.State == OperationState.Completed && operation.ChunkCount <= InlineResidueChunks)
        {
            await RemoveResidueAsync(session, operation.Id, long.MaxValue, cancellationToken);
            operation.ResidueAt = null;
        }

        if (operation.Lane is not null)
        {
            await LeaveLaneAsync(session, operation, cancellationToken);
            await TellWorkAsync(session, cancellationToken);
        }
    }

    private static async ValueTask LeaveLaneAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        await session.Sql(operation.HasTurn
                ? "update lanes set running_operation = null where name = @lane and running_operation = @id"
                : "update lanes set pending_count = pending_count - 1 where name = @lane and @id is not null")
            .With("@lane", operation.Lane)
            .With("@id", operation.Id.Value)
            .ExecuteAsync(cancellationToken);
}
