using System.Data.Common;
using System.Text;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Slurper.Copying;

namespace Longhaul.Slurper;

/// <summary>A stored job with its secrets.</summary>
/// <param name="Stored">What was asked for and found out.</param>
/// <param name="Secrets">Encrypted; null once they were wiped.</param>
/// <param name="SecretsVersion">Grows when a resume brings others.</param>
internal sealed record JobRow(StoredSpec Stored, byte[]? Secrets, long SecretsVersion);

/// <summary>One line of a job's own log.</summary>
/// <param name="At">Unix milliseconds.</param>
/// <param name="LogType">The vendor's word.</param>
/// <param name="Message">For people, or null.</param>
/// <param name="RecordsBefore">How many lines about objects stand before it.</param>
internal sealed record JobEvent(long At, string LogType, string? Message, long RecordsBefore);

/// <summary>An upload that an object of a chunk has under way.</summary>
internal sealed record UploadRow(long Chunk, long Place, string Key, RecordedUpload Upload);

/// <summary>The rows of the face, always inside somebody's transaction.</summary>
internal static class JobStore
{
    public static async ValueTask AddAsync(
        DbSession session, Operation operation, byte[] bodyHash, byte[] spec, byte[] secrets, CancellationToken cancellationToken) =>
        await session.Sql(
                """
                insert into slurper_jobs (operation_id, account, created_at, body_hash, spec, secrets, secrets_version)
                values (@id, @account, @created, @hash, @spec, @secrets, 1)
                """)
            .With("@id", operation.Id.Value)
            .With("@account", operation.Account)
            .With("@created", operation.CreatedAt)
            .With("@hash", bodyHash)
            .With("@spec", spec)
            .With("@secrets", secrets)
            .ExecuteAsync(cancellationToken);

    public static ValueTask<JobRow?> FindAsync(DbSession session, OperationId id, CancellationToken cancellationToken) =>
        session.Sql("select spec, secrets, secrets_version from slurper_jobs where operation_id = @id")
            .With("@id", id.Value)
            .FirstAsync(r => new JobRow(SpecText.ReadSpec((byte[])r[0]), r.IsDBNull(1) ? null : (byte[])r[1], r.GetInt64(2)), cancellationToken);

    /// <summary>The job that the same body created lately, or null.</summary>
    public static ValueTask<string?> FindRepeatedAsync(
        DbSession session, string account, byte[] bodyHash, long since, CancellationToken cancellationToken) =>
        session.Sql("select operation_id from slurper_jobs where account = @account and body_hash = @hash and created_at >= @since order by created_at desc limit 1")
            .With("@account", account)
            .With("@hash", bodyHash)
            .With("@since", since)
            .FirstAsync(r => r.GetString(0), cancellationToken);

    /// <summary>Ids and specs, newest first.</summary>
    public static ValueTask<List<(string Id, StoredSpec Spec)>> ListAsync(
        DbSession session, string account, int limit, long offset, CancellationToken cancellationToken) =>
        session.Sql("select operation_id, spec from slurper_jobs where account = @account order by created_at desc, operation_id desc limit @limit offset @offset")
            .With("@account", account)
            .With("@limit", limit)
            .With("@offset", offset)
            .ListAsync(r => (r.GetString(0), SpecText.ReadSpec((byte[])r[1])), cancellationToken);

    public static async ValueTask ReplaceSecretsAsync(DbSession session, OperationId id, byte[] secrets, CancellationToken cancellationToken) =>
        await session.Sql("update slurper_jobs set secrets = @secrets, secrets_version = secrets_version + 1 where operation_id = @id")
            .With("@secrets", secrets)
            .With("@id", id.Value)
            .ExecuteAsync(cancellationToken);

    public static async ValueTask WipeSecretsAsync(DbSession session, OperationId id, CancellationToken cancellationToken) =>
        await session.Sql("update slurper_jobs set secrets = null where operation_id = @id").With("@id", id.Value).ExecuteAsync(cancellationToken);

    /// <summary>Adds a line to the job's own log; the operation's row is locked, or is being created.</summary>
    public static async ValueTask AddEventAsync(
        DbSession session, Operation operation, long now, string logType, string? message, CancellationToken cancellationToken) =>
        await session.Sql(
                """
                insert into slurper_events (operation_id, number, happened_at, log_type, message, records_before)
                values (@id, (select coalesce(max(number), 0) + 1 from slurper_events where operation_id = @same), @now, @type, @message, @before)
                """)
            .With("@id", operation.Id.Value)
            .With("@same", operation.Id.Value)
            .With("@now", now)
            .With("@type", logType)
            .With("@message", message)
            .With("@before", operation.KeptItems)
            .ExecuteAsync(cancellationToken);

    public static ValueTask<List<JobEvent>> ListEventsAsync(DbSession session, OperationId id, CancellationToken cancellationToken) =>
        session.Sql("select happened_at, log_type, message, records_before from slurper_events where operation_id = @id order by number")
            .With("@id", id.Value)
            .ListAsync(r => new JobEvent(r.GetInt64(0), r.GetString(1), r.IsDBNull(2) ? null : r.GetString(2), r.GetInt64(3)), cancellationToken);

    public static ValueTask<List<UploadRow>> ListUploadsAsync(DbSession session, OperationId id, int count, CancellationToken cancellationToken) =>
        session.Sql($"select {UploadColumns} from slurper_uploads where operation_id = @id order by chunk, place limit @count")
            .With("@id", id.Value)
            .With("@count", count)
            .ListAsync(ReadUpload, cancellationToken);

    /// <summary>Places of a chunk whose objects have an upload under way.</summary>
    public static ValueTask<List<long>> ListChunkUploadsAsync(DbSession session, OperationId id, long chunk, CancellationToken cancellationToken) =>
        session.Sql("select place from slurper_uploads where operation_id = @id and chunk = @chunk")
            .With("@id", id.Value)
            .With("@chunk", chunk)
            .ListAsync(r => r.GetInt64(0), cancellationToken);

    public static ValueTask<UploadRow?> FindUploadAsync(
        DbSession session, OperationId id, long chunk, long place, CancellationToken cancellationToken) =>
        session.Sql($"select {UploadColumns} from slurper_uploads where operation_id = @id and chunk = @chunk and place = @place")
            .With("@id", id.Value)
            .With("@chunk", chunk)
            .With("@place", place)
            .FirstAsync(ReadUpload, cancellationToken);

    public static async ValueTask IntendUploadAsync(DbSession session, OperationId id, UploadRow row, CancellationToken cancellationToken) =>
        await session.Sql(
                """
                insert into slurper_uploads (operation_id, chunk, place, object_key, upload_id, source_etag, size, part_bytes, intended_at)
                values (@id, @chunk, @place, @key, null, @etag, @size, @part, @now)
                on conflict (operation_id, chunk, place) do update set upload_id = null, source_etag = excluded.source_etag, size = excluded.size,
                    part_bytes = excluded.part_bytes, intended_at = excluded.intended_at
                """)
            .With("@id", id.Value)
            .With("@chunk", row.Chunk)
            .With("@place", row.Place)
            .With("@key", Encoding.UTF8.GetBytes(row.Key))
            .With("@etag", row.Upload.SourceETag)
            .With("@size", row.Upload.Size)
            .With("@part", row.Upload.PartBytes)
            .With("@now", row.Upload.IntendedAt.ToUnixTimeMilliseconds())
            .ExecuteAsync(cancellationToken);

    public static async ValueTask BeganUploadAsync(
        DbSession session, OperationId id, long chunk, long place, string uploadId, CancellationToken cancellationToken) =>
        await session.Sql("update slurper_uploads set upload_id = @upload where operation_id = @id and chunk = @chunk and place = @place")
            .With("@upload", uploadId)
            .With("@id", id.Value)
            .With("@chunk", chunk)
            .With("@place", place)
            .ExecuteAsync(cancellationToken);

    public static async ValueTask ForgetUploadAsync(DbSession session, OperationId id, long chunk, long place, CancellationToken cancellationToken) =>
        await session.Sql("delete from slurper_uploads where operation_id = @id and chunk = @chunk and place = @place")
            .With("@id", id.Value)
            .With("@chunk", chunk)
            .With("@place", place)
            .ExecuteAsync(cancellationToken);

    public static async ValueTask<bool> HasUploadsAsync(DbSession session, OperationId id, CancellationToken cancellationToken) =>
        (await ListUploadsAsync(session, id, 1, cancellationToken)).Count > 0;

    /// <summary>Removes everything that the face knows of a job.</summary>
    public static async ValueTask RemoveAsync(DbSession session, OperationId id, CancellationToken cancellationToken)
    {
        await session.Sql("delete from slurper_uploads where operation_id = @id").With("@id", id.Value).ExecuteAsync(cancellationToken);
        await session.Sql("delete from slurper_events where operation_id = @id").With("@id", id.Value).ExecuteAsync(cancellationToken);
        await session.Sql("delete from slurper_jobs where operation_id = @id").With("@id", id.Value).ExecuteAsync(cancellationToken);
    }

    private const string UploadColumns = "chunk, place, object_key, upload_id, source_etag, size, part_bytes, intended_at";

    private static UploadRow ReadUpload(DbDataReader row) => new(
        row.GetInt64(0),
        row.GetInt64(1),
        Encoding.UTF8.GetString((byte[])row[2]),
        new RecordedUpload(
            row.IsDBNull(3) ? null : row.GetString(3),
            row.GetString(4),
            row.GetInt64(5),
            row.GetInt64(6),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7))));
}
