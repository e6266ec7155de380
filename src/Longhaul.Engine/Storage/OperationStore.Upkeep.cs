using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <content>What the chores and the node's heartbeat need.</content>
internal sealed partial class OperationStore
{
    private const int UpkeepBatch = 50;
    private const long OrphanAgeMilliseconds = 3_600_000;

    private static readonly string[] ResidueTables = ["inputs", "chunks"];

    /// <summary>Enters a node under a name of its own.</summary>
    public Task EnterNodeAsync(string node, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            (session, token) => session.Sql("insert into nodes (id, beat) values (@id, 0)").With("@id", node).ExecuteAsync(token),
            WriteWeight.Small,
            cancellationToken);

    /// <summary>One beat of a node. Completes with false when others have declared it dead: its leases are void.</summary>
    public Task<bool> BeatAsync(string node, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async (session, token) =>
                await session.Sql("update nodes set beat = beat + 1 where id = @id").With("@id", node).ExecuteAsync(token) == 1,
            WriteWeight.Small,
            cancellationToken);

    /// <summary>Every node and its beat.</summary>
    public ValueTask<List<(string Node, long Beat)>> ListNodesAsync(CancellationToken cancellationToken) =>
        _database.ReadAsync(
            (session, token) => session.Sql("select id, beat from nodes").ListAsync(r => (r.GetString(0), r.GetInt64(1)), token),
            cancellationToken);

    /// <summary>
    /// Declares a node dead unless it has beaten meanwhile. Its name goes first, so that it can neither beat nor claim again; its
    /// leases follow in small steps by <see cref="ReleaseLeasesOfTheDeadAsync"/>.
    /// </summary>
    public Task<bool> DeclareDeadAsync(string node, long beat, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async (session, token) => await session.Sql("delete from nodes where id = @id and beat = @beat")
                .With("@id", node).With("@beat", beat).ExecuteAsync(token) == 1,
            WriteWeight.Small,
            cancellationToken);

    /// <summary>Gives chunks whose owner is no node any more back to everybody. Completes with how many; call until it is none.</summary>
    public Task<int> ReleaseLeasesOfTheDeadAsync(IFinisher finisher, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async (session, token) =>
            {
                var leased = await session.Sql(
                        $"select operation_id, number, purpose, item_count, done_count from chunks where owner is not null and not exists "
                        + $"(select 1 from nodes where nodes.id = chunks.owner) order by operation_id, number limit @count {session.Dialect.ForUpdateSkipLocked}")
                    .With("@count", UpkeepBatch)
                    .ListAsync(
                        r => (Id: r.GetString(0), Number: r.GetInt64(1), Items: r.GetInt64(2) == (long)ChunkPurpose.Run ? r.GetInt64(3) - r.GetInt64(4) : 0),
                        token);
                foreach (var chunk in leased)
                {
                    await session.Sql("update chunks set owner = null, fence = fence + 1 where operation_id = @id and number = @number")
                        .With("@id", chunk.Id).With("@number", chunk.Number).ExecuteAsync(token);
                }

                foreach (var group in leased.GroupBy(c => c.Id, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
                {
                    await ReleaseAsync(session, OperationId.FromStore(group.Key), [.. group.Select(c => c.Items)], finisher, token);
                }

                return leased.Count;
            },
            WriteWeight.Small,
            cancellationToken);

    /// <summary>Forgets operations whose time is over, and keys. Completes with how many; call until it is none.</summary>
    public Task<int> ForgetExpiredAsync(IFinisher finisher, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async (session, token) =>
            {
                var now = Now;
                var expired = await session.Sql(
                        $"select id, kind from operations where expires_at is not null and expires_at <= @now and residue_at is null limit @count {session.Dialect.ForUpdateSkipLocked}")
                    .With("@now", now)
                    .With("@count", UpkeepBatch)
                    .ListAsync(r => (Id: r.GetString(0), Kind: r.GetString(1)), token);
                foreach (var (id, kind) in expired)
                {
                    await RemoveAsync(session, kind, OperationId.FromStore(id), finisher, token);
                }

                return expired.Count + await ForgetKeysAsync(session, now, token);
            },
            WriteWeight.Bulk,
            cancellationToken);

    /// <summary>Removes input and chunks of ended operations, some chunks at a time. Completes with how many; call until it is none.</summary>
    public Task<int> RemoveResidueAsync(CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async (session, token) =>
            {
                var id = await session.Sql(
                        $"select id from operations where residue_at is not null and residue_at <= @now order by residue_at limit 1 {session.Dialect.ForUpdateSkipLocked}")
                    .With("@now", Now)
                    .FirstAsync(r => r.GetString(0), token);
                if (id is null)
                {
                    return 0;
                }

                if (await RemoveResidueAsync(session, OperationId.FromStore(id), UpkeepBatch, token) == 0)
                {
                    await session.Sql("update operations set residue_at = null where id = @id").With("@id", id).ExecuteAsync(token);
                }

                return 1;
            },
            WriteWeight.Bulk,
            cancellationToken);

    /// <summary>Removes input that was uploaded and never became an operation. Completes with how many; call until it is none.</summary>
    public Task<int> RemoveOrphansAsync(CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async (session, token) =>
            {
                var id = await session.Sql(
                        $"select operation_id from uploads where created_at <= @cutoff limit 1 {session.Dialect.ForUpdateSkipLocked}")
                    .With("@cutoff", Now - OrphanAgeMilliseconds)
                    .FirstAsync(r => r.GetString(0), token);
                if (id is null)
                {
                    return 0;
                }

                if (await RemoveResidueAsync(session, OperationId.FromStore(id), UpkeepBatch, token) == 0)
                {
                    await session.Sql("delete from uploads where operation_id = @id").With("@id", id).ExecuteAsync(token);
                }

                return 1;
            },
            WriteWeight.Bulk,
            cancellationToken);

    private static async ValueTask<int> RemoveResidueAsync(
        DbSession session, OperationId id, long count, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var table in ResidueTables)
        {
            var text = count == long.MaxValue
                ? $"delete from {table} where operation_id = @id"
                : $"delete from {table} where operation_id = @id and number in (select number from {table} where operation_id = @id limit {count})";
            removed += await session.Sql(text).With("@id", id.Value).ExecuteAsync(cancellationToken);
        }

        return removed;
    }

    private static async ValueTask RemoveAsync(
        DbSession session, string kind, OperationId id, IFinisher finisher, CancellationToken cancellationToken)
    {
        await finisher.ForgottenAsync(session, kind, id, cancellationToken);
        await RemoveResidueAsync(session, id, long.MaxValue, cancellationToken);
        await session.Sql("delete from outcomes where operation_id = @id").With("@id", id.Value).ExecuteAsync(cancellationToken);
        await session.Sql("delete from audit where operation_id = @id").With("@id", id.Value).ExecuteAsync(cancellationToken);
        await session.Sql("delete from operations where id = @id").With("@id", id.Value).ExecuteAsync(cancellationToken);
    }

    private static async ValueTask<int> ForgetKeysAsync(DbSession session, long now, CancellationToken cancellationToken) =>
        await session.Sql(
                "delete from idempotency where scope in (select scope from idempotency where expires_at <= @now limit 500)")
            .With("@now", now)
            .ExecuteAsync(cancellationToken);

    private async ValueTask ReleaseAsync(
        DbSession session, OperationId id, IReadOnlyList<long> items, IFinisher finisher, CancellationToken cancellationToken)
    {
        if (await LockAsync(session, id, cancellationToken) is not { } operation)
        {
            return;
        }

        var before = operation.Versioned;
        foreach (var count in items)
        {
            operation.Release(count);
        }

        await AdvanceAsync(session, operation, before, finisher, cancellationToken);
        await SaveAsync(session, operation, before, Actor.Engine, cancellationToken);
        await TellWorkAsync(session, cancellationToken);
    }
}
