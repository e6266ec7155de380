using System.Text.Json;
using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon.Searching;

/// <summary>Finds the objects that match a search, all in one snapshot, a page at a time.</summary>
internal static class ObjectFinder
{
    /// <summary>Fields with an index, the one that finds the fewest first.</summary>
    private static readonly ObjectField[] Preferred =
        [ObjectField.Id, ObjectField.DiscoveryId, ObjectField.NameField, ObjectField.ParentId, ObjectField.Tags, ObjectField.StateId, ObjectField.ClassId];

    /// <summary>
    /// Shows the ids of what matches, in their order, until the visitor returns false; the session holds one snapshot.
    /// </summary>
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">The patterns took too long.</exception>
    public static async ValueTask VisitAsync(
        DbSession session, string account, Search search, MatchClock clock, Func<string, bool> visit, CancellationToken cancellationToken)
    {
        if (search.IsEmpty)
        {
            await VisitAllAsync(session, account, visit, cancellationToken);
            return;
        }

        await (FindStart(account, search) is { } start
            ? VisitCandidatesAsync(session, account, search, clock, start, visit, cancellationToken)
            : VisitEachAsync(session, account, search, clock, visit, cancellationToken));
    }

    private static async ValueTask VisitEachAsync(
        DbSession session, string account, Search search, MatchClock clock, Func<string, bool> visit, CancellationToken cancellationToken)
    {
        for (var page = await SaymonStore.ReadPageAsync(session, account, "", cancellationToken); page.Count > 0;)
        {
            if (!await VisitAsync(session, account, search, clock, page, visit, cancellationToken))
            {
                return;
            }

            page = await SaymonStore.ReadPageAsync(session, account, page[^1].Id, cancellationToken);
        }
    }

    private static async ValueTask VisitCandidatesAsync(
        DbSession session, string account, Search search, MatchClock clock, StartingPoint start, Func<string, bool> visit, CancellationToken cancellationToken)
    {
        for (var ids = await SaymonStore.ReadCandidatesAsync(session, account, start, "", cancellationToken); ids.Count > 0;)
        {
            for (var rest = ids; rest.Count > 0;)
            {
                var page = await SaymonStore.ReadSeenAsync(session, account, rest, cancellationToken);
                if (!await VisitAsync(session, account, search, clock, page, visit, cancellationToken))
                {
                    return;
                }

                // A page of large objects ends early; only an empty one says that nothing is left.
                rest = page.Count == 0 ? [] : [.. rest.Where(i => string.CompareOrdinal(i, page[^1].Id) > 0)];
            }

            ids = await SaymonStore.ReadCandidatesAsync(session, account, start, ids[^1], cancellationToken);
        }
    }

    private static async ValueTask<bool> VisitAsync(
        DbSession session, string account, Search search, MatchClock clock, List<ObjectRow> page, Func<string, bool> visit, CancellationToken cancellationToken)
    {
        var derived = search.UsesDerived && page.Count > 0
            ? await SaymonStore.ReadDerivedAsync(session, account, [.. page.Select(r => r.Id)], cancellationToken)
            : null;
        foreach (var row in page)
        {
            if (clock.Matches(search, row, derived?[row.Id] ?? DerivedIds.None) && !visit(row.Id))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What an index can tell about a search; null where every object has to be looked at.</summary>
    public static StartingPoint? FindStart(string account, Search search)
    {
        var usable = search.Criteria
            .SelectMany(c => c.Tests.Select(t => (c.Field, t.Wanted)))
            .Where(t => t.Wanted is { } wanted && wanted.All(v => v.Kind != JsonValueKind.Null) && Preferred.Contains(t.Field))
            .ToList();
        if (usable.Count == 0)
        {
            return null;
        }

        var (field, values) = usable.MinBy(t => Array.IndexOf(Preferred, t.Field));
        var texts = values!.Where(v => v.Text is not null).Select(v => v.Text!).ToList();
        return field == ObjectField.Id ? new StartingPoint.Ids(texts)
            : field == ObjectField.DiscoveryId
                ? new StartingPoint.ByHash("saymon_objects", "id", "discovery_key", [.. texts.Select(IndexedValues.DiscoveryKey)]) { IsByAccount = true }
            : field == ObjectField.ParentId ? new StartingPoint.ByText("saymon_parents", "child_id", "parent_id", texts)
            : new StartingPoint.ByHash("saymon_terms", "object_id", "term", [.. values!.Select(v => IndexedValues.Term(account, field, v))]);
    }

    private static async ValueTask VisitAllAsync(DbSession session, string account, Func<string, bool> visit, CancellationToken cancellationToken)
    {
        for (var ids = await SaymonStore.ReadIdsAsync(session, account, "", SaymonStore.Batch, cancellationToken); ids.Count > 0;)
        {
            if (!ids.All(visit))
            {
                return;
            }

            ids = await SaymonStore.ReadIdsAsync(session, account, ids[^1], SaymonStore.Batch, cancellationToken);
        }
    }
}
