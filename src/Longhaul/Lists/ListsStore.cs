using System.Data.Common;
using Longhaul.Engine.Storage;

namespace Longhaul.Lists;

/// <summary>Lists and their items in the database; one SQL text for both databases. Methods work on a session that the caller has opened.</summary>
internal static class ListsStore
{
    private const string ListColumns = "number, id, account, name, kind, description, revision, item_count, created_on, modified_on";
    private const int CheckedBatch = 1_000;
    private const string ItemFields = "sort_key, item_id, created_on, modified_on, payload";
    private const string Visible = "list_number = @list and from_rev <= @revision and to_rev > @revision";

    private static readonly string[] ItemColumns =
        ["list_number", "sort_key", "from_rev", "to_rev", "item_id", "created_on", "modified_on", "payload"];

    public static ValueTask<List<RulesList>> ListAsync(DbSession session, string account, CancellationToken cancellationToken) =>
        session.Sql($"select {ListColumns} from lists where account = @account and deleted_at is null order by created_on, number")
            .With("@account", account)
            .ListAsync(ReadList, cancellationToken);

    public static ValueTask<RulesList?> FindAsync(DbSession session, string account, string id, CancellationToken cancellationToken) =>
        session.Sql($"select {ListColumns} from lists where id = @id and account = @account and deleted_at is null")
            .With("@id", id)
            .With("@account", account)
            .FirstAsync(ReadList, cancellationToken);

    /// <summary>The list of a number, or null when it has been deleted.</summary>
    public static ValueTask<RulesList?> FindAsync(DbSession session, long number, bool forUpdate, CancellationToken cancellationToken) =>
        session.Sql($"select {ListColumns} from lists where number = @number and deleted_at is null {(forUpdate ? session.Dialect.ForUpdate : "")}")
            .With("@number", number)
            .FirstAsync(ReadList, cancellationToken);

    public static ValueTask<long> CountAsync(DbSession session, string account, CancellationToken cancellationToken) =>
        session.Sql("select count(*) from lists where account = @account and deleted_at is null")
            .With("@account", account)
            .FirstAsync(r => r.GetInt64(0), cancellationToken);

    public static ValueTask<long> CountItemsAsync(DbSession session, string account, CancellationToken cancellationToken) =>
        session.Sql("select cast(coalesce(sum(item_count), 0) as bigint) from lists where account = @account and deleted_at is null")
            .With("@account", account)
            .FirstAsync(r => r.GetInt64(0), cancellationToken);

    /// <summary>Completes with false when the name is taken.</summary>
    public static async ValueTask<bool> InsertAsync(DbSession session, RulesList list, CancellationToken cancellationToken) =>
        await session.Sql(
                """
                insert into lists (id, account, name, name_key, kind, description, revision, item_count, created_on, modified_on)
                values (@id, @account, @name, @name_key, @kind, @description, 0, 0, @now, @now)
                on conflict (account, name_key) where deleted_at is null do nothing
                """)
            .With("@id", list.Id)
            .With("@account", list.Account)
            .With("@name", list.Name)
            .With("@name_key", list.Name.ToLowerInvariant())
            .With("@kind", list.Kind)
            .With("@description", list.Description)
            .With("@now", list.CreatedOn)
            .ExecuteAsync(cancellationToken) == 1;

    public static ValueTask<RulesList?> DescribeAsync(
        DbSession session, string account, string id, string? description, long now, CancellationToken cancellationToken) =>
        session.Sql(
                $"update lists set description = @description, modified_on = @now where id = @id and account = @account and deleted_at is null returning {ListColumns}")
            .With("@description", description)
            .With("@now", now)
            .With("@id", id)
            .With("@account", account)
            .FirstAsync(ReadList, cancellationToken);

    /// <summary>Takes the list out of every reader's sight; its rows are purged later. Completes with false when it is unknown.</summary>
    public static async ValueTask<bool> DeleteAsync(DbSession session, string account, string id, long now, CancellationToken cancellationToken) =>
        await session.Sql("update lists set deleted_at = @now where id = @id and account = @account and deleted_at is null")
            .With("@now", now)
            .With("@id", id)
            .With("@account", account)
            .ExecuteAsync(cancellationToken) == 1;

    /// <summary>Shows a new revision to every reader, and remembers when the old one was replaced.</summary>
    public static async ValueTask ShowRevisionAsync(
        DbSession session, RulesList list, long revision, long itemCount, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await session.Sql("update lists set revision = @revision, item_count = @count, modified_on = @now where number = @number")
            .With("@revision", revision)
            .With("@count", itemCount)
            .With("@now", now.ToUnixTimeSeconds())
            .With("@number", list.Number)
            .ExecuteAsync(cancellationToken);
        await session.Sql("insert into list_revisions (list_number, revision, replaced_at) values (@number, @revision, @now)")
            .With("@number", list.Number)
            .With("@revision", list.Revision)
            .With("@now", now.ToUnixTimeMilliseconds())
            .ExecuteAsync(cancellationToken);
    }

    /// <summary>True when a revision can still be read: it is the present one, or was replaced after an instant.</summary>
    public static async ValueTask<bool> IsHeldAsync(
        DbSession session, RulesList list, long revision, long replacedAfter, CancellationToken cancellationToken) =>
        revision == list.Revision || await session.Sql(
                "select 1 from list_revisions where list_number = @number and revision = @revision and replaced_at > @after")
            .With("@number", list.Number)
            .With("@revision", revision)
            .With("@after", replacedAfter)
            .FirstAsync(r => r.GetInt64(0), cancellationToken) == 1;

    /// <summary>Reads items of a revision in the order of their keys, from behind a key on or, backwards, from before it.</summary>
    public static async ValueTask<List<ListItem>> ReadPageAsync(
        DbSession session, long list, long revision, byte[]? key, bool isBackward, int count, ItemFilter filter, CancellationToken cancellationToken)
    {
        // Where many rows are found that are not wanted, small steps would be many statements.
        var batch = filter.Check is null ? count : Math.Max(count, CheckedBatch);
        var items = new List<ListItem>();
        while (true)
        {
            var bound = key is null ? "" : (isBackward ? "and sort_key < @key" : "and sort_key > @key");
            var statement = session.Sql(
                    $"select {ItemFields} from list_items where {Visible} {bound} {filter.Condition(session.Dialect)} "
                    + $"order by sort_key {(isBackward ? "desc" : "")} limit @count")
                .With("@list", list)
                .With("@revision", revision);
            statement = key is null ? statement : statement.With("@key", key);
            var found = await filter.Bind(statement).With("@count", batch).ListAsync(ReadItem, cancellationToken);
            items.AddRange(filter.Check is { } check ? found.Where(i => check(i.Payload)) : found);
            if (found.Count < batch || items.Count >= count)
            {
                break;
            }

            key = found[^1].SortKey;
        }

        items.RemoveRange(Math.Min(count, items.Count), Math.Max(0, items.Count - count));
        if (isBackward)
        {
            items.Reverse();
        }

        return items;
    }

    /// <summary>
    /// Shows items of a revision in the order of their keys, from behind a key on, until the visitor returns false. Columns: key, id,
    /// created_on, modified_on, payload.
    /// </summary>
    public static ValueTask ScanItemsAsync(
        DbSession session, RulesList list, byte[]? key, int count, Func<ScannedRow, bool> visit, CancellationToken cancellationToken)
    {
        var statement = session.Sql(
                $"select sort_key, item_id, created_on, modified_on, payload from list_items where {Visible} {(key is null ? "" : "and sort_key > @key")} "
                + "order by sort_key limit @count")
            .With("@list", list.Number)
            .With("@revision", list.Revision);
        statement = key is null ? statement : statement.With("@key", key);
        return statement.With("@count", count).ScanAsync(visit, cancellationToken);
    }

    public static ValueTask<ListItem?> FindItemAsync(DbSession session, RulesList list, byte[] id, CancellationToken cancellationToken) =>
        session.Sql($"select {ItemFields} from list_items where item_id = @id and {Visible}")
            .With("@id", id)
            .With("@list", list.Number)
            .With("@revision", list.Revision)
            .FirstAsync(ReadItem, cancellationToken);

    /// <summary>Reads what a revision shows from one key on (inclusive) to another (exclusive); null leaves a side open.</summary>
    public static ValueTask<List<VisibleItem>> ReadRangeAsync(
        DbSession session, RulesList list, byte[]? from, bool isFromExcluded, byte[]? to, int count, CancellationToken cancellationToken)
    {
        var low = from is null ? "" : (isFromExcluded ? "and sort_key > @from" : "and sort_key >= @from");
        var high = to is null ? "" : "and sort_key < @to";
        var statement = session.Sql(
                $"select sort_key, item_id, created_on, payload from list_items where {Visible} {low} {high} order by sort_key limit @count")
            .With("@list", list.Number)
            .With("@revision", list.Revision);
        statement = from is null ? statement : statement.With("@from", from);
        statement = to is null ? statement : statement.With("@to", to);
        return statement.With("@count", count).ListAsync(ReadVisible, cancellationToken);
    }

    /// <summary>Reads what a revision shows of some keys, in the order of the keys.</summary>
    public static ValueTask<List<VisibleItem>> ReadKeysAsync(
        DbSession session, RulesList list, IReadOnlyCollection<byte[]> keys, CancellationToken cancellationToken) =>
        session.Sql(
                $"select sort_key, item_id, created_on, payload from list_items where {Visible} and {session.Dialect.InBytes("sort_key", "@keys")} order by sort_key")
            .With("@list", list.Number)
            .With("@revision", list.Revision)
            .WithSet("@keys", keys)
            .ListAsync(ReadVisible, cancellationToken);

    /// <summary>Reads the items of some keys, in the order of the keys.</summary>
    public static ValueTask<List<ListItem>> ReadItemsAsync(
        DbSession session, RulesList list, IReadOnlyCollection<byte[]> keys, CancellationToken cancellationToken) =>
        session.Sql($"select {ItemFields} from list_items where {Visible} and {session.Dialect.InBytes("sort_key", "@keys")} order by sort_key")
            .With("@list", list.Number)
            .With("@revision", list.Revision)
            .WithSet("@keys", keys)
            .ListAsync(ReadItem, cancellationToken);

    /// <summary>Reads what a revision shows of some ids.</summary>
    public static ValueTask<List<VisibleItem>> ReadIdsAsync(
        DbSession session, RulesList list, IReadOnlyCollection<byte[]> ids, CancellationToken cancellationToken) =>
        session.Sql($"select sort_key, item_id, created_on, payload from list_items where {session.Dialect.InBytes("item_id", "@ids")} and {Visible}")
            .WithSet("@ids", ids)
            .With("@list", list.Number)
            .With("@revision", list.Revision)
            .ListAsync(ReadVisible, cancellationToken);

    /// <summary>Ends rows of a revision: the new one does not show them.</summary>
    public static async ValueTask EndAsync(
        DbSession session, RulesList list, long newRevision, IReadOnlyCollection<byte[]> keys, CancellationToken cancellationToken)
    {
        if (keys.Count > 0)
        {
            await session.Sql($"update list_items set to_rev = @new where {Visible} and {session.Dialect.InBytes("sort_key", "@keys")}")
                .With("@new", newRevision)
                .With("@list", list.Number)
                .With("@revision", list.Revision)
                .WithSet("@keys", keys)
                .ExecuteAsync(cancellationToken);
        }
    }

    public static ValueTask InsertItemsAsync(DbSession session, IRowSource rows, CancellationToken cancellationToken) =>
        session.InsertManyAsync("list_items", ItemColumns, rows, cancellationToken);

    /// <summary>Some keys that a revision which was never shown has ended.</summary>
    public static ValueTask<List<byte[]>> ReadEndedKeysAsync(
        DbSession session, long list, long revision, int count, CancellationToken cancellationToken) =>
        session.Sql(
                "select sort_key from list_items where list_number = @list and to_rev = @revision and to_rev < 9223372036854775807 limit @count")
            .With("@list", list)
            .With("@revision", revision)
            .With("@count", count)
            .ListAsync(r => (byte[])r[0], cancellationToken);

    /// <summary>Takes back what a revision that was never shown has inserted and ended, of some keys.</summary>
    public static async ValueTask UndoAsync(
        DbSession session, long list, long revision, IReadOnlyCollection<byte[]> inserted, IReadOnlyCollection<byte[]> ended, CancellationToken cancellationToken)
    {
        if (inserted.Count > 0)
        {
            await session.Sql($"delete from list_items where list_number = @list and from_rev = @revision and {session.Dialect.InBytes("sort_key", "@keys")}")
                .With("@list", list).With("@revision", revision).WithSet("@keys", inserted).ExecuteAsync(cancellationToken);
        }

        if (ended.Count > 0)
        {
            await session.Sql($"update list_items set to_rev = @open where list_number = @list and to_rev = @revision and {session.Dialect.InBytes("sort_key", "@keys")}")
                .With("@open", ListsMigrations.Open).With("@list", list).With("@revision", revision).WithSet("@keys", ended).ExecuteAsync(cancellationToken);
        }
    }

    private static RulesList ReadList(DbDataReader r) => new(
        r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), r.GetString(4), r.IsDBNull(5) ? null : r.GetString(5), r.GetInt64(6), r.GetInt64(7), r.GetInt64(8), r.GetInt64(9));

    private static ListItem ReadItem(DbDataReader r) => new((byte[])r[0], (byte[])r[1], r.GetInt64(2), r.GetInt64(3), (byte[])r[4]);

    private static VisibleItem ReadVisible(DbDataReader r) => new((byte[])r[0], (byte[])r[1], r.GetInt64(2), (byte[])r[3]);
}
