using System.Data.Common;
using System.Text;
using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;
using Longhaul.Saymon.Searching;

namespace Longhaul.Saymon;

/// <summary>An object before and after a change.</summary>
/// <param name="Before">As it was locked.</param>
/// <param name="After">As it is to be written.</param>
/// <param name="IsReindexed">True when the two differ in what is indexed.</param>
internal sealed record ChangedObject(ObjectRow Before, ObjectRow After, bool IsReindexed);

/// <summary>Objects and links in the database; one SQL text for both databases. Methods work on a session that the caller has opened.</summary>
/// <remarks>
/// For a while after many rows have come, statistics know nothing of them. So what is looked up by a whole key is written so that no plan can
/// take it apart (<see cref="Dialect.InKeys"/>), what is looked up by half a key is planned for the values at
/// hand (<see cref="DbSession.PlanEachAsync"/>), and neither is joined to anything.
/// </remarks>
internal static class SaymonStore
{
    /// <summary>Rows in one statement or one page of a scan.</summary>
    public const int Batch = 1_000;

    /// <summary>Bytes of documents in one page or one step, with one that may be larger.</summary>
    public const long MaxBytes = 4L << 20;

    private const string Fields = "o.id, o.version, o.created_at, o.updated_at, o.doc";

    // A look-up for the few rows that have a mark: a list of all clones would be reckoned with for every row that is looked up.
    private const string Seen = "(o.mark = 0 or exists (select 1 from saymon_clones c where c.number = o.mark))";
    private const string LinkFields = "o.id, o.source_id, o.target_id, o.doc";

    private static readonly string[] ObjectColumns = ["account", "id", "version", "created_at", "updated_at", "mark", "doc"];
    private static readonly string[] ObjectKeys = ["account", "id"];
    private static readonly string[] ChangedColumns = ["version", "updated_at", "doc"];
    private static readonly string[] TermColumns = ["term", "object_id"];
    private static readonly string[] ParentColumns = ["parent_id", "child_id", "place"];
    private static readonly string[] ParentKeys = ["parent_id", "child_id"];
    private static readonly string[] LinkColumns = ["account", "id", "source_id", "target_id", "mark", "doc"];

    /// <summary>Reads an object that can be seen, or null.</summary>
    public static ValueTask<ObjectRow?> FindAsync(DbSession session, string account, string id, bool forUpdate, CancellationToken cancellationToken) =>
        session.Sql($"select {Fields} from saymon_objects o where o.account = @account and o.id = @id and {Seen} {(forUpdate ? session.Dialect.ForUpdate : "")}")
            .With("@account", account)
            .With("@id", id)
            .FirstAsync(ReadObject, cancellationToken);

    /// <summary>The id of the object that has a discovery id, or null.</summary>
    public static ValueTask<string?> FindDiscoveredAsync(DbSession session, string account, string discoveryId, CancellationToken cancellationToken) =>
        session.Sql("select id from saymon_objects where account = @account and discovery_key = @key")
            .With("@account", account)
            .With("@key", IndexedValues.DiscoveryKey(discoveryId))
            .FirstAsync(r => r.GetString(0), cancellationToken);

    /// <summary>
    /// Reads a page of objects that can be seen in the order of their ids, from behind one on. A page with large objects is shorter; only an
    /// empty one is the end.
    /// </summary>
    public static ValueTask<List<ObjectRow>> ReadPageAsync(DbSession session, string account, string after, CancellationToken cancellationToken) =>
        ReadBoundedAsync(
            session.Sql($"select {Fields} from saymon_objects o where o.account = @account and o.id > @after and {Seen} order by o.id limit @count")
                .With("@account", account)
                .With("@after", after)
                .With("@count", Batch),
            cancellationToken);

    /// <summary>
    /// Reads ids that an index knows, in their order, from behind one on; among them may be some of other accounts and some that cannot be seen.
    /// </summary>
    public static async ValueTask<List<string>> ReadCandidatesAsync(
        DbSession session, string account, StartingPoint start, string after, CancellationToken cancellationToken)
    {
        if (start is StartingPoint.Ids given)
        {
            return given.After(after, Batch);
        }

        await session.PlanEachAsync(cancellationToken);
        var index = (StartingPoint.Index)start;
        return await index.Bind(session.Sql(index.ToSql(session.Dialect)), account)
            .With("@after", after)
            .With("@count", Batch)
            .ListAsync(r => r.GetString(0), cancellationToken);
    }

    /// <summary>Reads the objects of some ids that can be seen, in the order of the ids; where they are large only the first ones, at least one.</summary>
    public static ValueTask<List<ObjectRow>> ReadSeenAsync(
        DbSession session, string account, IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        ReadBoundedAsync(
            session.Sql($"select {Fields} from saymon_objects o where {session.Dialect.InKeys("o.account", "@account", "o.id", "@ids")} and {Seen} order by o.id")
                .With("@account", account)
                .WithSet("@ids", ids),
            cancellationToken);

    /// <summary>Reads ids of objects that can be seen, in their order, from behind one on.</summary>
    public static ValueTask<List<string>> ReadIdsAsync(DbSession session, string account, string after, int count, CancellationToken cancellationToken) =>
        session.Sql($"select o.id from saymon_objects o where o.account = @account and o.id > @after and {Seen} order by o.id limit @count")
            .With("@account", account)
            .With("@after", after)
            .With("@count", count)
            .ListAsync(r => r.GetString(0), cancellationToken);

    /// <summary>
    /// Reads the objects of some ids that still exist, in the order of the ids; where they are large only the first ones, at least one.
    /// </summary>
    public static ValueTask<List<ObjectRow>> ReadAsync(
        DbSession session, string account, IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        ReadBoundedAsync(
            session.Sql($"select {Fields} from saymon_objects o where {session.Dialect.InKeys("o.account", "@account", "o.id", "@ids")} order by o.id")
                .With("@account", account)
                .WithSet("@ids", ids),
            cancellationToken);

    /// <summary>Reads the objects of some ids that still exist, however large they are, in the order of the ids.</summary>
    public static async ValueTask<List<ObjectRow>> ReadAllAsync(
        DbSession session, string account, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var rows = new List<ObjectRow>();
        for (var rest = ids; rest.Count > 0;)
        {
            var page = await ReadAsync(session, account, rest, cancellationToken);
            if (page.Count == 0)
            {
                break;
            }

            rows.AddRange(page);
            rest = [.. rest.Where(i => string.CompareOrdinal(i, page[^1].Id) > 0)];
        }

        return rows;
    }

    /// <summary>Locks the objects of some ids in the order of the ids; completes with those that exist and their versions.</summary>
    public static ValueTask<List<(string Id, long Version)>> LockAsync(
        DbSession session, string account, IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        session.Sql(
                $"select o.id, o.version from saymon_objects o where {session.Dialect.InKeys("o.account", "@account", "o.id", "@ids")} order by o.id {session.Dialect.ForUpdate}")
            .With("@account", account)
            .WithSet("@ids", ids)
            .ListAsync(r => (r.GetString(0), r.GetInt64(1)), cancellationToken);

    /// <summary>Writes new objects that have no discovery id.</summary>
    public static async ValueTask InsertAsync(
        DbSession session, string account, long mark, IReadOnlyList<ObjectRow> rows, CancellationToken cancellationToken)
    {
        await session.InsertManyAsync(
            "saymon_objects",
            ObjectColumns,
            new RowsOf<ObjectRow>(rows, (row, writer) =>
            {
                writer.Text(account);
                writer.Text(row.Id);
                writer.Number(row.Version);
                writer.Number(row.CreatedAt);
                writer.Number(row.UpdatedAt);
                writer.Number(mark);
                writer.Text(row.Stored);
            }),
            cancellationToken);
        var documents = rows.Select(r => (r.Id, Document: ObjectDocument.Parse(r.Stored))).ToList();
        await InsertTermsAsync(session, [.. documents.SelectMany(d => IndexedValues.Terms(account, d.Document).Select(t => (t, d.Id)))], cancellationToken);
        await InsertParentsAsync(session, [.. documents.SelectMany(d => Parents(d.Id, d.Document))], cancellationToken);
    }

    /// <summary>Gives an object a discovery id that is free, or takes it away.</summary>
    public static async ValueTask SetDiscoveryAsync(DbSession session, string account, string id, string? discoveryId, CancellationToken cancellationToken) =>
        await session.Sql("update saymon_objects set discovery_key = @key where account = @account and id = @id")
            .With("@key", discoveryId is null ? null : IndexedValues.DiscoveryKey(discoveryId))
            .With("@account", account)
            .With("@id", id)
            .ExecuteAsync(cancellationToken);

    /// <summary>Writes changed objects, whose rows are locked, with what is indexed of them.</summary>
    public static async ValueTask UpdateAsync(
        DbSession session, string account, IReadOnlyList<ChangedObject> changed, CancellationToken cancellationToken)
    {
        if (changed.Count == 0)
        {
            return;
        }

        var written = await session.UpdateManyAsync(
            "saymon_objects",
            ObjectKeys,
            ChangedColumns,
            new RowsOf<ChangedObject>(changed, (change, writer) =>
            {
                writer.Text(account);
                writer.Text(change.After.Id);
                writer.Number(change.After.Version);
                writer.Number(change.After.UpdatedAt);
                writer.Text(change.After.Stored);
            }),
            cancellationToken);
        if (written != changed.Count)
        {
            throw new InvalidOperationException($"{written} of {changed.Count} locked objects could be written");
        }

        var reindexed = changed.Where(c => c.IsReindexed).ToList();
        if (reindexed.Count > 0)
        {
            await ReindexAsync(session, account, reindexed, cancellationToken);
        }
    }

    /// <summary>Removes objects with what is indexed of them.</summary>
    public static async ValueTask DeleteAsync(
        DbSession session, string account, IReadOnlyList<ObjectRow> rows, CancellationToken cancellationToken)
    {
        var documents = rows.Select(r => (r.Id, Document: ObjectDocument.Parse(r.Stored))).ToList();
        await DeleteTermsAsync(session, [.. documents.SelectMany(d => IndexedValues.Terms(account, d.Document).Select(t => (t, d.Id)))], cancellationToken);
        await DeleteParentsAsync(session, [.. documents.SelectMany(d => Parents(d.Id, d.Document))], cancellationToken);
        await session.DeleteManyAsync(
            "saymon_objects",
            ObjectKeys,
            new RowsOf<ObjectRow>(rows, (row, writer) =>
            {
                writer.Text(account);
                writer.Text(row.Id);
            }),
            cancellationToken);
    }

    /// <summary>Parents and children among objects that can be seen, of some parents.</summary>
    public static async ValueTask<List<(string Parent, string Child, long Place)>> ReadChildrenAsync(
        DbSession session, string account, IReadOnlyCollection<string> parents, CancellationToken cancellationToken)
    {
        // Nothing may be nested in an object, or everything.
        await session.PlanEachAsync(cancellationToken);
        var nested = await session.Sql(
                $"select parent_id, child_id, place from saymon_parents where {session.Dialect.InTexts("parent_id", "@parents")} order by parent_id, child_id")
            .WithSet("@parents", parents)
            .ListAsync(r => (Parent: r.GetString(0), Child: r.GetString(1), Place: r.GetInt64(2)), cancellationToken);
        var seen = new HashSet<string>(nested.Count, StringComparer.Ordinal);
        foreach (var children in nested.Select(n => n.Child).Distinct(StringComparer.Ordinal).Chunk(Batch))
        {
            seen.UnionWith(await session.Sql(
                    $"select o.id from saymon_objects o where {session.Dialect.InKeys("o.account", "@account", "o.id", "@ids")} and {Seen}")
                .With("@account", account)
                .WithSet("@ids", children)
                .ListAsync(r => r.GetString(0), cancellationToken));
        }

        return [.. nested.Where(n => seen.Contains(n.Child))];
    }

    /// <summary>The parents of some objects, whether or not they exist, in the order of the children.</summary>
    public static async ValueTask<List<(string Parent, string Child)>> ReadParentsAsync(
        DbSession session, string account, IReadOnlyList<string> children, CancellationToken cancellationToken)
    {
        var rows = await ReadAllAsync(session, account, [.. children.Order(StringComparer.Ordinal)], cancellationToken);
        return [.. rows.SelectMany(r => ObjectDocument.Parse(r.Stored).Texts(ObjectField.ParentId).Select(p => (p, r.Id)))];
    }

    /// <summary>What is found from other rows about some objects.</summary>
    public static async ValueTask<Dictionary<string, DerivedIds>> ReadDerivedAsync(
        DbSession session, string account, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var derived = ids.ToDictionary(i => i, _ => new DerivedIds([], [], []), StringComparer.Ordinal);
        foreach (var (parent, child, place) in await ReadChildrenAsync(session, account, ids, cancellationToken))
        {
            derived[parent].ChildIds.Add(child);
            if (place > 0)
            {
                derived[parent].ChildRefIds.Add(child);
            }
        }

        // A link is inner where both its ends are nested in the same object.
        var parentsOf = derived.SelectMany(d => d.Value.ChildIds.Select(c => (Child: c, Parent: d.Key))).ToLookup(n => n.Child, n => n.Parent, StringComparer.Ordinal);
        var links = new List<(string Parent, string Link)>();
        foreach (var sources in parentsOf.Select(p => p.Key).Chunk(Batch))
        {
            var ends = await session.Sql($"select o.id, o.source_id, o.target_id from saymon_links o where {session.Dialect.InTexts("o.source_id", "@sources")} and {Seen}")
                .WithSet("@sources", sources)
                .ListAsync(r => (Id: r.GetString(0), Source: r.GetString(1), Target: r.GetString(2)), cancellationToken);
            links.AddRange(ends.SelectMany(e => parentsOf[e.Source].Intersect(parentsOf[e.Target], StringComparer.Ordinal).Select(p => (p, e.Id))));
        }

        foreach (var (parent, link) in links.OrderBy(l => l.Link, StringComparer.Ordinal))
        {
            derived[parent].ChildLinkIds.Add(link);
        }

        return derived;
    }

    public static async ValueTask InsertLinksAsync(
        DbSession session, string account, long mark, IReadOnlyList<LinkRow> links, CancellationToken cancellationToken) =>
        await session.InsertManyAsync(
            "saymon_links",
            LinkColumns,
            new RowsOf<LinkRow>(links, (link, writer) =>
            {
                writer.Text(account);
                writer.Text(link.Id);
                writer.Text(link.Source);
                writer.Text(link.Target);
                writer.Number(mark);
                writer.Text(link.Stored);
            }),
            cancellationToken);

    /// <summary>Reads ids of links that can be seen, in their order, from behind one on.</summary>
    public static ValueTask<List<string>> ReadLinkIdsAsync(DbSession session, string account, string after, int count, CancellationToken cancellationToken) =>
        session.Sql($"select o.id from saymon_links o where o.account = @account and o.id > @after and {Seen} order by o.id limit @count")
            .With("@account", account)
            .With("@after", after)
            .With("@count", count)
            .ListAsync(r => r.GetString(0), cancellationToken);

    /// <summary>Reads the links of some ids that still exist, in the order of the ids.</summary>
    public static ValueTask<List<LinkRow>> ReadLinksByIdAsync(
        DbSession session, string account, IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        session.Sql($"select {LinkFields} from saymon_links o where {session.Dialect.InKeys("o.account", "@account", "o.id", "@ids")} order by o.id")
            .With("@account", account)
            .WithSet("@ids", ids)
            .ListAsync(ReadLink, cancellationToken);

    /// <summary>Reads links that begin at one of some objects and can be seen.</summary>
    public static async ValueTask<List<LinkRow>> ReadLinksFromAsync(
        DbSession session, IReadOnlyCollection<string> sources, CancellationToken cancellationToken)
    {
        await session.PlanEachAsync(cancellationToken);
        return await session.Sql($"select {LinkFields} from saymon_links o where {session.Dialect.InTexts("o.source_id", "@sources")} and {Seen} order by o.id")
            .WithSet("@sources", sources)
            .ListAsync(ReadLink, cancellationToken);
    }

    /// <summary>Removes the links of some objects.</summary>
    public static async ValueTask DeleteLinksOfAsync(DbSession session, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        await session.PlanEachAsync(cancellationToken);
        await session.Sql($"delete from saymon_links where {session.Dialect.InTexts("source_id", "@ids")}")
            .WithSet("@ids", ids).ExecuteAsync(cancellationToken);
        await session.Sql($"delete from saymon_links where {session.Dialect.InTexts("target_id", "@ids")}")
            .WithSet("@ids", ids).ExecuteAsync(cancellationToken);
    }

    /// <summary>Removes a link that can be seen. Completes with false when there is none.</summary>
    public static async ValueTask<bool> DeleteLinkAsync(DbSession session, string account, string id, CancellationToken cancellationToken) =>
        await session.Sql("delete from saymon_links where account = @account and id = @id and (mark = 0 or mark in (select number from saymon_clones))")
            .With("@account", account).With("@id", id).ExecuteAsync(cancellationToken) == 1;

    /// <summary>Removes links by their ids.</summary>
    public static async ValueTask DeleteLinksAsync(DbSession session, string account, IReadOnlyCollection<string> ids, CancellationToken cancellationToken) =>
        await session.Sql($"delete from saymon_links where {session.Dialect.InKeys("account", "@account", "id", "@ids")}")
            .With("@account", account).WithSet("@ids", ids).ExecuteAsync(cancellationToken);

    /// <summary>Shows the rows of a clone to every reader.</summary>
    public static async ValueTask ShowCloneAsync(DbSession session, long number, CancellationToken cancellationToken) =>
        await session.Sql("insert into saymon_clones (number) values (@number)").With("@number", number).ExecuteAsync(cancellationToken);

    /// <summary>
    /// Takes the mark off some rows of clones that are shown, and forgets a clone that has none left. Completes with false when there is nothing
    /// to do.
    /// </summary>
    public static async ValueTask<bool> SettleCloneAsync(DbSession session, int count, CancellationToken cancellationToken)
    {
        var number = await session.Sql($"select number from saymon_clones order by number limit 1 {session.Dialect.ForUpdateSkipLocked}")
            .FirstAsync(r => r.GetInt64(0), cancellationToken);
        if (number == 0)
        {
            return false;
        }

        var settled = 0;
        foreach (var table in (string[])["saymon_objects", "saymon_links"])
        {
            var found = await session.Sql($"select id from {table} where mark = @number and mark > 0 order by id limit @count {session.Dialect.ForUpdate}")
                .With("@number", number).With("@count", count).ListAsync(r => r.GetString(0), cancellationToken);
            settled += found.Count;
            if (found.Count > 0)
            {
                // Nothing gets this mark any more, so these are the same rows.
                await session.Sql($"update {table} set mark = 0 where mark = @number and mark > 0 and id <= @last")
                    .With("@number", number).With("@last", found[^1]).ExecuteAsync(cancellationToken);
            }
        }

        if (settled == 0)
        {
            await session.Sql("delete from saymon_clones where number = @number").With("@number", number).ExecuteAsync(cancellationToken);
        }

        return true;
    }

    private static async ValueTask ReindexAsync(DbSession session, string account, List<ChangedObject> changed, CancellationToken cancellationToken)
    {
        List<(string Term, string Id)> goneTerms = [], newTerms = [];
        List<(string Parent, string Child, long Place)> goneParents = [], newParents = [];
        foreach (var change in changed)
        {
            var id = change.After.Id;
            var (documentBefore, documentAfter) = (ObjectDocument.Parse(change.Before.Stored), ObjectDocument.Parse(change.After.Stored));
            var (before, after) = (IndexedValues.Terms(account, documentBefore), IndexedValues.Terms(account, documentAfter));
            goneTerms.AddRange(before.Where(t => !after.Contains(t)).Select(t => (t, id)));
            newTerms.AddRange(after.Where(t => !before.Contains(t)).Select(t => (t, id)));
            if (!documentBefore[ObjectField.ParentId].Span.SequenceEqual(documentAfter[ObjectField.ParentId].Span))
            {
                goneParents.AddRange(Parents(id, documentBefore));
                newParents.AddRange(Parents(id, documentAfter));
            }

            var (oldDiscovery, discovery) = (documentBefore.Text(ObjectField.DiscoveryId), documentAfter.Text(ObjectField.DiscoveryId));
            if (oldDiscovery != discovery)
            {
                await SetDiscoveryAsync(session, account, id, discovery, cancellationToken);
            }
        }

        await DeleteTermsAsync(session, goneTerms, cancellationToken);
        await InsertTermsAsync(session, newTerms, cancellationToken);
        await DeleteParentsAsync(session, goneParents, cancellationToken);
        await InsertParentsAsync(session, newParents, cancellationToken);
    }

    private static IEnumerable<(string Parent, string Child, long Place)> Parents(string id, ObjectDocument document) =>
        document.Texts(ObjectField.ParentId).Select((parent, place) => (parent, id, (long)place));

    private static async ValueTask InsertTermsAsync(DbSession session, List<(string Term, string Id)> terms, CancellationToken cancellationToken)
    {
        if (terms.Count > 0)
        {
            await session.InsertManyAsync("saymon_terms", TermColumns, TermRows(terms), cancellationToken);
        }
    }

    private static async ValueTask DeleteTermsAsync(DbSession session, List<(string Term, string Id)> terms, CancellationToken cancellationToken)
    {
        if (terms.Count > 0)
        {
            await session.DeleteManyAsync("saymon_terms", TermColumns, TermRows(terms), cancellationToken);
        }
    }

    private static RowsOf<(string Term, string Id)> TermRows(List<(string Term, string Id)> terms) => new(terms, static (row, writer) =>
    {
        writer.Bytes(Convert.FromBase64String(row.Term));
        writer.Text(row.Id);
    });

    private static async ValueTask InsertParentsAsync(
        DbSession session, List<(string Parent, string Child, long Place)> parents, CancellationToken cancellationToken)
    {
        if (parents.Count > 0)
        {
            await session.InsertManyAsync(
                "saymon_parents",
                ParentColumns,
                new RowsOf<(string Parent, string Child, long Place)>(parents, static (row, writer) =>
                {
                    writer.Text(row.Parent);
                    writer.Text(row.Child);
                    writer.Number(row.Place);
                }),
                cancellationToken);
        }
    }

    private static async ValueTask DeleteParentsAsync(
        DbSession session, List<(string Parent, string Child, long Place)> parents, CancellationToken cancellationToken)
    {
        if (parents.Count > 0)
        {
            await session.DeleteManyAsync(
                "saymon_parents",
                ParentKeys,
                new RowsOf<(string Parent, string Child, long Place)>(parents, static (row, writer) =>
                {
                    writer.Text(row.Parent);
                    writer.Text(row.Child);
                }),
                cancellationToken);
        }
    }

    private static async ValueTask<List<ObjectRow>> ReadBoundedAsync(SqlStatement statement, CancellationToken cancellationToken)
    {
        var rows = new List<ObjectRow>();
        var bytes = 0L;
        await statement.ScanAsync(
            row =>
            {
                var stored = row.Bytes(4).ToArray();
                rows.Add(new ObjectRow(Encoding.UTF8.GetString(row.Bytes(0)), row.Number(1), row.Number(2), row.Number(3), stored));
                bytes += stored.Length;
                return bytes < MaxBytes;
            },
            cancellationToken);
        return rows;
    }

    private static ObjectRow ReadObject(DbDataReader r) => new(
        r.GetString(0), r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.GetFieldValue<byte[]>(4));

    private static LinkRow ReadLink(DbDataReader r) => new(r.GetString(0), r.GetString(1), r.GetString(2), r.GetFieldValue<byte[]>(3));
}
