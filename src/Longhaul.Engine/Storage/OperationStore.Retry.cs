using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <content>Retry: what an operation that has ended left behind, and its input once more for another one.</content>
internal sealed partial class OperationStore
{
    /// <summary>Chunks of an ended operation that were not done, behind a number.</summary>
    public ValueTask<List<LeftChunk>> ListLeftAsync(OperationId id, long afterNumber, int count, CancellationToken cancellationToken) =>
        _database.ReadAsync(
            (session, token) => session.Sql(
                    """
                    select c.number, c.purpose, c.item_count, c.first_index, c.progress, i.payload from chunks c
                    left join inputs i on i.operation_id = c.operation_id and i.number = c.number
                    where c.operation_id = @id and c.number > @after and c.purpose <> 2 order by c.number limit @count
                    """)
                .With("@id", id.Value)
                .With("@after", afterNumber)
                .With("@count", count)
                .ListAsync(
                    r => new LeftChunk(
                        r.GetInt64(0),
                        r.GetInt64(1) == (long)ChunkPurpose.Plan,
                        r.GetInt64(2),
                        r.GetInt64(3),
                        r.IsDBNull(4) ? null : (byte[])r[4],
                        r.IsDBNull(5) ? [] : (byte[])r[5]),
                    token),
            cancellationToken);

    /// <summary>How many items each slice of the stored input of an operation holds, in the order of their numbers from 0.</summary>
    public ValueTask<List<long>> ListInputSizesAsync(OperationId id, CancellationToken cancellationToken) =>
        _database.ReadAsync(
            (session, token) => session.Sql("select item_count from inputs where operation_id = @id order by number")
                .With("@id", id.Value)
                .ListAsync(r => r.GetInt64(0), token),
            cancellationToken);

    /// <summary>Copies some slices within the database; completes with their bytes, or -1 when one of them is gone.</summary>
    private Task<long> CopyInputAsync(
        OperationId source, OperationId target, int from, List<NewChunk> chunks, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async (session, token) =>
            {
                await InsertChunksAsync(session, target, chunks, token);
                var copied = await session.Sql(
                        """
                        insert into inputs (operation_id, number, item_count, payload)
                        select @target, number, item_count, payload from inputs where operation_id = @source and number >= @from and number < @to
                        """)
                    .With("@target", target.Value)
                    .With("@source", source.Value)
                    .With("@from", from)
                    .With("@to", from + chunks.Count)
                    .ExecuteAsync(token);
                return copied < chunks.Count
                    ? -1
                    : await session.Sql(
                            """
                            select cast(coalesce(sum(length(payload)), 0) as bigint) from inputs
                            where operation_id = @target and number >= @from and number < @to
                            """)
                        .With("@target", target.Value)
                        .With("@from", from)
                        .With("@to", from + chunks.Count)
                        .FirstAsync(r => r.GetInt64(0), token);
            },
            WriteWeight.Bulk,
            cancellationToken);
}
