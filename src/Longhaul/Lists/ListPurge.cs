using Longhaul.Engine.Storage;
using Longhaul.Engine.Upkeep;

namespace Longhaul.Lists;

/// <summary>Removes, a few milliseconds at a time, rows that no reader can see any more: of replaced revisions and of deleted lists.</summary>
internal sealed class ListPurge(ListsEngine engine) : IChore
{
    private const int Batch = 500;

    // A reader that has just checked its revision must find the rows a moment later.
    private const long GraceMilliseconds = 30_000;

    public async Task<bool> StepAsync(CancellationToken cancellationToken) =>
        await PurgeRevisionsAsync(cancellationToken) | await PurgeDeletedAsync(cancellationToken);

    private Task<bool> PurgeRevisionsAsync(CancellationToken cancellationToken) => engine.Database.WriteAsync(
        async (session, token) =>
        {
            var cutoff = engine.Clock.GetUtcNow().ToUnixTimeMilliseconds() - (engine.Options.RevisionHoldSeconds * 1_000L) - GraceMilliseconds;
            var list = await session.Sql("select list_number from list_revisions where replaced_at <= @cutoff order by replaced_at limit 1")
                .With("@cutoff", cutoff)
                .FirstAsync(r => r.GetInt64(0), token);
            if (list == 0)
            {
                return false;
            }

            // What the oldest revision that is still held does not see, nobody sees.
            var oldest = await session.Sql(
                    """
                    select coalesce(
                        (select min(revision) from list_revisions where list_number = @list and replaced_at > @cutoff),
                        (select revision from lists where number = @list), 9223372036854775806)
                    """)
                .With("@list", list)
                .With("@cutoff", cutoff)
                .FirstAsync(r => r.GetInt64(0), token);
            if (await DeleteEndedAsync(session, list, oldest, token) < Batch)
            {
                await session.Sql("delete from list_revisions where list_number = @list and revision < @oldest")
                    .With("@list", list).With("@oldest", oldest).ExecuteAsync(token);
            }

            return true;
        },
        WriteWeight.Bulk,
        cancellationToken);

    private static async ValueTask<int> DeleteEndedAsync(DbSession session, long list, long oldest, CancellationToken cancellationToken) =>
        await session.Sql(
                """
                delete from list_items where list_number = @list and (sort_key, from_rev) in (
                    select sort_key, from_rev from list_items
                    where list_number = @list and to_rev <= @oldest and to_rev < 9223372036854775807 limit @count)
                """)
            .With("@list", list)
            .With("@oldest", oldest)
            .With("@count", Batch)
            .ExecuteAsync(cancellationToken);

    private Task<bool> PurgeDeletedAsync(CancellationToken cancellationToken) => engine.Database.WriteAsync(
        async (session, token) =>
        {
            // As long as its lane is busy, an operation may still write rows; it will find the list gone.
            var list = await session.Sql(
                    $"""
                    select number from lists where deleted_at is not null and not exists (
                        select 1 from lanes where lanes.name = 'list:' || lists.id and (running_operation is not null or pending_count > 0))
                    limit 1 {session.Dialect.ForUpdateSkipLocked}
                    """)
                .FirstAsync(r => r.GetInt64(0), token);
            if (list == 0)
            {
                return false;
            }

            var removed = await session.Sql(
                    "delete from list_items where list_number = @list and (sort_key, from_rev) in (select sort_key, from_rev from list_items where list_number = @list limit @count)")
                .With("@list", list)
                .With("@count", Batch)
                .ExecuteAsync(token);
            if (removed < Batch)
            {
                await session.Sql("delete from list_revisions where list_number = @list").With("@list", list).ExecuteAsync(token);
                await session.Sql("delete from lanes where name = (select 'list:' || id from lists where number = @list)").With("@list", list).ExecuteAsync(token);
                await session.Sql("delete from lists where number = @list").With("@list", list).ExecuteAsync(token);
            }

            return true;
        },
        WriteWeight.Bulk,
        cancellationToken);
}
