using System.Data.Common;
using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <summary>How an operation stands in its row: one list of columns, read and written in one order.</summary>
internal static class OperationRow
{
    public const string Columns =
        "number, id, account, kind, is_atomic, is_local, lane, lane_position, has_turn, submitted_by, parameters, metadata, labels, retry_of, "
        + "created_at, state, state_reason, is_abort_requested, version, updated_at, started_at, ended_at, heartbeat_at, expires_at, total, "
        + "is_total_final, succeeded, skipped, failed, aborted, leased_items, open_chunks, leased_chunks, chunk_count, written_succeeded, "
        + "written_skipped, written_failed, tallies, rate_milli, rate_at, is_undoing, response, failure_slug, failure_detail, failure_errors, kept_items, "
        + "is_items_truncated, input_bytes, residue_at, claim_turn, max_failed_items, kept_done, dropped_items";

    private const string Insert =
        """
        insert into operations (
            id, account, kind, is_atomic, is_local, lane, submitted_by, parameters, metadata, labels, retry_of, created_at, input_bytes, max_failed_items,
            lane_position, has_turn, state, state_reason, is_abort_requested, version, updated_at, started_at, ended_at, heartbeat_at,
            expires_at, total, is_total_final, succeeded, skipped, failed, aborted, leased_items, open_chunks, leased_chunks, chunk_count,
            written_succeeded, written_skipped, written_failed, tallies, rate_milli, rate_at, is_undoing, response, failure_slug,
            failure_detail, failure_errors, kept_items, is_items_truncated, residue_at, is_claimable, claim_turn, kept_done, dropped_items)
        values (
            @id, @account, @kind, @is_atomic, @is_local, @lane, @submitted_by, @parameters, @metadata, @labels, @retry_of, @created_at, @input_bytes, @max_failed_items,
            @lane_position, @has_turn, @state, @state_reason, @is_abort_requested, @version, @updated_at, @started_at, @ended_at, @heartbeat_at,
            @expires_at, @total, @is_total_final, @succeeded, @skipped, @failed, @aborted, @leased_items, @open_chunks, @leased_chunks, @chunk_count,
            @written_succeeded, @written_skipped, @written_failed, @tallies, @rate_milli, @rate_at, @is_undoing, @response, @failure_slug,
            @failure_detail, @failure_errors, @kept_items, @is_items_truncated, @residue_at, @is_claimable, @claim_turn, @kept_done, @dropped_items)
        """;

    private const string Update =
        """
        update operations set
            lane_position = @lane_position, has_turn = @has_turn, state = @state, state_reason = @state_reason,
            is_abort_requested = @is_abort_requested, version = @version, updated_at = @updated_at, started_at = @started_at,
            ended_at = @ended_at, heartbeat_at = @heartbeat_at, expires_at = @expires_at, total = @total, is_total_final = @is_total_final,
            succeeded = @succeeded, skipped = @skipped, failed = @failed, aborted = @aborted, leased_items = @leased_items,
            open_chunks = @open_chunks, leased_chunks = @leased_chunks, chunk_count = @chunk_count, written_succeeded = @written_succeeded,
            written_skipped = @written_skipped, written_failed = @written_failed, tallies = @tallies, rate_milli = @rate_milli,
            rate_at = @rate_at, is_undoing = @is_undoing, response = @response, failure_slug = @failure_slug,
            failure_detail = @failure_detail, failure_errors = @failure_errors, kept_items = @kept_items, is_items_truncated = @is_items_truncated, residue_at = @residue_at,
            is_claimable = @is_claimable, claim_turn = @claim_turn, kept_done = @kept_done,
            dropped_items = @dropped_items
        where id = @id
        """;

    public static async ValueTask InsertAsync(DbSession session, Operation operation, CancellationToken cancellationToken)
    {
        var statement = session.Sql(Insert)
            .With("@id", operation.Id.Value)
            .With("@account", operation.Account)
            .With("@kind", operation.Kind)
            .With("@is_atomic", operation.IsAtomic)
            .With("@is_local", operation.IsLocal)
            .With("@lane", operation.Lane)
            .With("@submitted_by", operation.SubmittedBy)
            .With("@parameters", operation.Parameters)
            .With("@metadata", operation.Metadata)
            .With("@labels", operation.Labels)
            .With("@retry_of", operation.RetryOf)
            .With("@created_at", operation.CreatedAt)
            .With("@input_bytes", operation.InputBytes)
            .With("@max_failed_items", operation.MaxFailedItems);
        await BindChanging(statement, operation).ExecuteAsync(cancellationToken);
    }

    public static async ValueTask UpdateAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        await BindChanging(session.Sql(Update), operation).With("@id", operation.Id.Value).ExecuteAsync(cancellationToken);

    public static Operation Read(DbDataReader reader)
    {
        var row = new RowReader(reader);
        return new Operation
        {
            Number = row.Long(),
            Id = OperationId.FromStore(row.Text()),
            Account = row.Text(),
            Kind = row.Text(),
            IsAtomic = row.Bool(),
            IsLocal = row.Bool(),
            Lane = row.TextOrNull(),
            LanePosition = row.Long(),
            HasTurn = row.Bool(),
            SubmittedBy = row.Text(),
            Parameters = row.Text(),
            Metadata = row.Text(),
            Labels = row.Text(),
            RetryOf = row.TextOrNull(),
            CreatedAt = row.Long(),
            State = OperationStates.Parse(row.Text()),
            StateReason = row.TextOrNull(),
            IsAbortRequested = row.Bool(),
            Version = row.Long(),
            UpdatedAt = row.Long(),
            StartedAt = row.LongOrNull(),
            EndedAt = row.LongOrNull(),
            HeartbeatAt = row.LongOrNull(),
            ExpiresAt = row.LongOrNull(),
            Total = row.LongOrNull(),
            IsTotalFinal = row.Bool(),
            Counts = row.Counts(),
            AbortedItems = row.Long(),
            LeasedItems = row.Long(),
            OpenChunks = row.Long(),
            LeasedChunks = row.Long(),
            ChunkCount = row.Long(),
            Written = row.Counts(),
            Tallies = Tallies.Parse(row.Text()),
            RateMilli = row.Long(),
            RateAt = row.Long(),
            IsUndoing = row.Bool(),
            Response = row.TextOrNull(),
            Failure = row.Failure(),
            KeptItems = row.Long(),
            IsItemsTruncated = row.Bool(),
            InputBytes = row.Long(),
            ResidueAt = row.LongOrNull(),
            ClaimTurn = row.Long(),
            MaxFailedItems = row.LongOrNull(),
            KeptDone = row.Long(),
            DroppedItems = row.Long(),
        };
    }

    private static SqlStatement BindChanging(SqlStatement statement, Operation operation) => statement
        .With("@lane_position", operation.LanePosition)
        .With("@has_turn", operation.HasTurn)
        .With("@state", operation.State.Word)
        .With("@state_reason", operation.StateReason)
        .With("@is_abort_requested", operation.IsAbortRequested)
        .With("@version", operation.Version)
        .With("@updated_at", operation.UpdatedAt)
        .With("@started_at", operation.StartedAt)
        .With("@ended_at", operation.EndedAt)
        .With("@heartbeat_at", operation.HeartbeatAt)
        .With("@expires_at", operation.ExpiresAt)
        .With("@total", operation.Total)
        .With("@is_total_final", operation.IsTotalFinal)
        .With("@succeeded", operation.Counts.Succeeded)
        .With("@skipped", operation.Counts.Skipped)
        .With("@failed", operation.Counts.Failed)
        .With("@aborted", operation.AbortedItems)
        .With("@leased_items", operation.LeasedItems)
        .With("@open_chunks", operation.OpenChunks)
        .With("@leased_chunks", operation.LeasedChunks)
        .With("@chunk_count", operation.ChunkCount)
        .With("@written_succeeded", operation.Written.Succeeded)
        .With("@written_skipped", operation.Written.Skipped)
        .With("@written_failed", operation.Written.Failed)
        .With("@tallies", operation.Tallies.ToJson())
        .With("@rate_milli", operation.RateMilli)
        .With("@rate_at", operation.RateAt)
        .With("@is_undoing", operation.IsUndoing)
        .With("@response", operation.Response)
        .With("@failure_slug", operation.Failure?.Slug)
        .With("@failure_detail", operation.Failure?.Detail)
        .With("@failure_errors", operation.Failure?.Errors)
        .With("@kept_items", operation.KeptItems)
        .With("@is_items_truncated", operation.IsItemsTruncated)
        .With("@residue_at", operation.ResidueAt)
        .With("@is_claimable", operation.IsClaimable)
        .With("@claim_turn", operation.ClaimTurn)
        .With("@kept_done", operation.KeptDone)
        .With("@dropped_items", operation.DroppedItems);
}

/// <summary>Reads the columns of a row left to right.</summary>
internal sealed class RowReader(DbDataReader row)
{
    private int _column;

    public long Long() => row.GetInt64(_column++);

    public bool Bool() => row.GetBoolean(_column++);

    public ItemCounts Counts() => new(Long(), Long(), Long());

    public OperationFailure? Failure() => (TextOrNull(), TextOrNull(), TextOrNull()) is ({ } slug, { } detail, var errors) ? new OperationFailure(slug, detail, errors) : null;

    public string Text() => row.GetString(_column++);

    public string? TextOrNull() => row.IsDBNull(_column++) ? null : row.GetString(_column - 1);

    public long? LongOrNull() => row.IsDBNull(_column++) ? null : row.GetInt64(_column - 1);
}
