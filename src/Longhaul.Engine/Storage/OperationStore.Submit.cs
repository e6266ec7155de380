using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <content>
/// Submit: large input is written as orphans in small transactions; one small transaction then makes the operation, its place in the
/// lane and its idempotency row. A crash before that one leaves orphans, which upkeep removes; a crash after it leaves an operation.
/// </content>
internal sealed partial class OperationStore
{
    private const int SmallInputChunks = 2;
    private const int UploadBatchChunks = 8;

    public async Task<Result<Submitted>> SubmitAsync(NewOperation submission, CancellationToken cancellationToken)
    {
        var isSmall = submission.InputOf is null && submission.Chunks?.Count <= SmallInputChunks;
        var encoded = submission.Chunks is null ? [PlanChunk] : (isSmall ? Encode(submission.Chunks, 0, SmallInputChunks) : null);
        var isUploaded = encoded is null;
        var inputBytes = encoded?.Sum(c => (long)(c.Payload?.Length ?? 0)) ?? await UploadAsync(submission, cancellationToken);
        if (inputBytes < 0)
        {
            return new Refusal(RefusalCode.WrongState, $"the input of operation {submission.InputOf} is gone; submit the items again");
        }

        try
        {
            return await _database.WriteAsync<Result<Submitted>>(
                async (session, token) => await CreateAsync(session, submission, encoded, inputBytes, isUploaded, token),
                WriteWeight.Small,
                cancellationToken);
        }
        catch (RefusedException refused)
        {
            return refused.Refusal;
        }
        catch (RacedException)
        {
            // Another request with the same key was first; its row is there now.
            return await _database.WriteAsync<Result<Submitted>>(
                async (session, token) => await CreateAsync(session, submission, encoded, inputBytes, isUploaded, token),
                WriteWeight.Small,
                cancellationToken);
        }
    }

    /// <summary>Looks a key up without keeping anything: the first answer, a refusal, or null where the key is free.</summary>
    public ValueTask<Result<Submitted>?> FindReplayAsync(byte[] scope, byte[] fingerprint, CancellationToken cancellationToken) =>
        _database.ReadAsync((session, token) => FindReplayAsync(session, scope, fingerprint, token), cancellationToken);

    /// <summary>
    /// Keeps the answer of a request that creates something else than an operation, in that something's own transaction. Completes with
    /// false when the key was taken meanwhile: the transaction must then be given up.
    /// </summary>
    public async ValueTask<bool> KeepAnswerAsync(
        DbSession session, byte[] scope, byte[] fingerprint, StoredAnswer answer, CancellationToken cancellationToken)
    {
        return await session.Sql(
                """
                insert into idempotency (scope, fingerprint, status, location, body, expires_at)
                values (@scope, @fingerprint, @status, @location, @body, @expires_at)
                on conflict (scope) do update set fingerprint = excluded.fingerprint, status = excluded.status, location = excluded.location,
                    body = excluded.body, expires_at = excluded.expires_at
                where idempotency.expires_at <= @now
                """)
            .With("@scope", scope)
            .With("@fingerprint", fingerprint)
            .With("@status", answer.Status)
            .With("@location", answer.Location)
            .With("@body", answer.Body)
            .With("@expires_at", Now + (_options.IdempotencyHours * 3_600_000L))
            .With("@now", Now)
            .ExecuteAsync(cancellationToken) == 1;
    }

    private static NewChunk PlanChunk => new(-1, ChunkPurpose.Plan, 0, 0, null);

    private static NewChunk CleaningChunk => new(-2, ChunkPurpose.Undo, 0, 0, null);

    private static List<NewChunk> Encode(IReadOnlyList<ChunkInput> chunks, int from, int count) =>
        [.. chunks.Skip(from).Take(count).Select((c, i) => new NewChunk(from + i, ChunkPurpose.Run, c.ItemCount, c.FirstIndex, c.Encode()))];

    private static List<NewChunk> Shape(IReadOnlyList<ChunkInput> chunks, int from, int count) =>
        [.. chunks.Skip(from).Take(count).Select((c, i) => new NewChunk(from + i, ChunkPurpose.Run, c.ItemCount, c.FirstIndex, null))];

    private static async ValueTask InsertChunksAsync(
        DbSession session, OperationId id, IReadOnlyList<NewChunk> chunks, CancellationToken cancellationToken)
    {
        foreach (var chunk in chunks)
        {
            await session.Sql(
                    """
                    insert into chunks (operation_id, number, purpose, is_settled, item_count, first_index, progress, done_count, attempts,
                        fence, owner, not_before)
                    values (@operation_id, @number, @purpose, false, @item_count, @first_index, @progress, 0, 0, 0, null, 0)
                    """)
                .With("@operation_id", id.Value)
                .With("@number", chunk.Number)
                .With("@purpose", (long)chunk.Purpose)
                .With("@item_count", chunk.ItemCount)
                .With("@first_index", chunk.FirstIndex)
                .With("@progress", chunk.Progress)
                .ExecuteAsync(cancellationToken);
            if (chunk.Payload is not null)
            {
                await session.Sql(
                        "insert into inputs (operation_id, number, item_count, payload) values (@operation_id, @number, @item_count, @payload)")
                    .With("@operation_id", id.Value)
                    .With("@number", chunk.Number)
                    .With("@item_count", chunk.ItemCount)
                    .With("@payload", chunk.Payload)
                    .ExecuteAsync(cancellationToken);
            }
        }
    }

    private async Task<long> UploadAsync(NewOperation submission, CancellationToken cancellationToken)
    {
        var (id, chunks) = (submission.Operation.Id, submission.Chunks!);
        await _database.WriteAsync(
            (session, token) => session.Sql("insert into uploads (operation_id, created_at) values (@id, @now)")
                .With("@id", id.Value).With("@now", Now).ExecuteAsync(token),
            WriteWeight.Small,
            cancellationToken);
        var bytes = 0L;
        for (var from = 0; from < chunks.Count; from += UploadBatchChunks)
        {
            if (submission.InputOf is { } source)
            {
                if (await CopyInputAsync(source, id, from, Shape(chunks, from, UploadBatchChunks), cancellationToken) is not (>= 0 and var copied))
                {
                    return -1;
                }

                bytes += copied;
                continue;
            }

            var batch = Encode(chunks, from, UploadBatchChunks);
            bytes += batch.Sum(c => (long)c.Payload!.Length);
            await _database.WriteAsync(
                async (session, token) =>
                {
                    await InsertChunksAsync(session, id, batch, token);
                    return true;
                },
                WriteWeight.Bulk,
                cancellationToken);
        }

        return bytes;
    }

    private async ValueTask<Result<Submitted>> CreateAsync(
        DbSession session, NewOperation submission, List<NewChunk>? encoded, long inputBytes, bool isUploaded, CancellationToken cancellationToken)
    {
        if (submission.Idempotency is { } key
            && await FindReplayAsync(session, key.Scope, key.Fingerprint, cancellationToken) is { } earlier)
        {
            return earlier;
        }

        var operation = submission.Operation.Copy(inputBytes);
        await RefuseBusyAccountAsync(session, operation, submission.ExclusiveKinds, cancellationToken);
        await RefuseFullAccountAsync(session, operation, cancellationToken);
        var hasTurn = await EnterLaneAsync(session, operation, submission.LaneLimit, cancellationToken);
        var total = submission.Chunks?.Sum(c => c.ItemCount);
        var plans = submission.Chunks is null || submission.PlanFrom is not null ? 1 : 0;
        operation.Accept(total, plans == 0, (submission.Chunks?.Count ?? 0) + plans, hasTurn);
        await OperationRow.InsertAsync(session, operation, cancellationToken);
        await WriteAuditAsync(
            session, operation, new Actor(operation.SubmittedBy, submission.RequestId), operation.CreatedAt, isAbortNew: false, cancellationToken);
        session.OnCommitted(() => _signals.Raise(operation));
        if (isUploaded)
        {
            await session.Sql("delete from uploads where operation_id = @id").With("@id", operation.Id.Value).ExecuteAsync(cancellationToken);
        }
        else
        {
            await InsertChunksAsync(session, operation.Id, encoded!, cancellationToken);
        }

        if (submission is { Chunks: not null, PlanFrom: { } cursor })
        {
            await InsertChunksAsync(session, operation.Id, [PlanChunk with { Progress = cursor }], cancellationToken);
        }

        if (submission.Within is { } within && await within(session, operation, cancellationToken) is { } refusal)
        {
            throw new RefusedException(refusal);
        }

        if (submission.Idempotency is { } unused)
        {
            if (!await KeepAnswerAsync(session, unused.Scope, unused.Fingerprint, unused.Answer(operation), cancellationToken))
            {
                throw new RacedException();
            }
        }

        if (hasTurn)
        {
            await TellWorkAsync(session, cancellationToken);
        }

        return new Submitted(operation, null);
    }

    private async ValueTask<Result<Submitted>?> FindReplayAsync(
        DbSession session, byte[] scope, byte[] fingerprint, CancellationToken cancellationToken)
    {
        var found = await session.Sql("select fingerprint, status, location, body from idempotency where scope = @scope and expires_at > @now")
            .With("@scope", scope)
            .With("@now", Now)
            .FirstAsync(
                r => (Fingerprint: (byte[])r[0], Answer: new StoredAnswer(r.GetInt32(1), r.IsDBNull(2) ? null : r.GetString(2), (byte[])r[3])),
                cancellationToken);
        if (found.Answer is null)
        {
            await ForgetExpiredKeyAsync(session, scope, cancellationToken);
            return null;
        }

        return found.Fingerprint.AsSpan().SequenceEqual(fingerprint)
            ? new Submitted(null, found.Answer)
            : new Refusal(RefusalCode.KeyReused, "Idempotency-Key was used with a different request");
    }

    private async ValueTask ForgetExpiredKeyAsync(DbSession session, byte[] scope, CancellationToken cancellationToken)
    {
        if (session.CanWrite)
        {
            await session.Sql("delete from idempotency where scope = @scope and expires_at <= @now")
                .With("@scope", scope).With("@now", Now).ExecuteAsync(cancellationToken);
        }
    }

    private static async ValueTask RefuseBusyAccountAsync(
        DbSession session, Operation operation, IReadOnlyCollection<string> kinds, CancellationToken cancellationToken)
    {
        if (kinds.Count == 0)
        {
            return;
        }

        // Two submits at once must not both find the account free.
        await AccountLock.TakeAsync(session, operation.Account, cancellationToken);
        var other = await session.Sql(
                $"select id from operations where account = @account and ended_at is null and {session.Dialect.InTexts("kind", "@kinds")} limit 1")
            .With("@account", operation.Account)
            .WithSet("@kinds", kinds)
            .FirstAsync(r => r.GetString(0), cancellationToken);
        if (other is not null)
        {
            throw new RefusedException(new Refusal(RefusalCode.LaneFull, $"{other} is in progress"));
        }
    }

    private async ValueTask RefuseFullAccountAsync(DbSession session, Operation operation, CancellationToken cancellationToken)
    {
        if (operation.InputBytes == 0)
        {
            return;
        }

        // The sum is numeric in one database and an integer in the other.
        var stored = await session.Sql("select cast(coalesce(sum(input_bytes), 0) as bigint) from operations where account = @account and ended_at is null")
            .With("@account", operation.Account)
            .FirstAsync(r => r.GetInt64(0), cancellationToken);
        if (stored + operation.InputBytes > _options.MaxPendingBytesPerAccount)
        {
            throw new RefusedException(new Refusal(
                RefusalCode.AccountFull,
                $"the unfinished operations of account '{operation.Account}' hold {stored} bytes of input, limit {_options.MaxPendingBytesPerAccount}; wait for some to end"));
        }
    }

    /// <summary>
    /// Takes the next position under the lock of the lane's row, so that positions commit in order. Returns true when the lane was free
    /// and is now this operation's.
    /// </summary>
    private static async ValueTask<bool> EnterLaneAsync(
        DbSession session, Operation operation, long limit, CancellationToken cancellationToken)
    {
        if (operation.Lane is null)
        {
            return true;
        }

        var (position, running, pending) = await session.Sql(
                """
                insert into lanes (name, next_position, running_operation, pending_count) values (@lane, 1, @id, 0)
                on conflict (name) do update set
                    next_position = lanes.next_position + 1,
                    running_operation = case when lanes.running_operation is null and lanes.pending_count = 0
                        then excluded.running_operation else lanes.running_operation end,
                    pending_count = case when lanes.running_operation is null and lanes.pending_count = 0
                        then 0 else lanes.pending_count + 1 end
                returning next_position, running_operation, pending_count
                """)
            .With("@lane", operation.Lane)
            .With("@id", operation.Id.Value)
            .FirstAsync(r => (r.GetInt64(0), r.IsDBNull(1) ? null : r.GetString(1), r.GetInt64(2)), cancellationToken);
        if (pending > limit)
        {
            throw new RefusedException(new Refusal(
                RefusalCode.LaneFull, $"{pending - 1} operations are pending, limit {limit}; wait for some to end"));
        }

        operation.LanePosition = position;
        return running == operation.Id.Value;
    }

    /// <summary>Rolls the transaction back and answers with a refusal.</summary>
    private sealed class RefusedException(Refusal refusal) : Exception
    {
        public Refusal Refusal => refusal;
    }

    /// <summary>Rolls the transaction back: the key was taken while it ran.</summary>
    private sealed class RacedException : Exception;
}
