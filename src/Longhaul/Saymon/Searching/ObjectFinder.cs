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
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">A pattern took too long on one text.</exception>
    public static async ValueTask VisitAsync(
        DbSession session, string account, Search search, Func<string, bool> visit, CancellationToken cancellationToken)
    {
        if (search.IsEmpty)
        {
            await VisitAllAsync(session, account, visit, cancellationToken);
            return;
        }

        var start = FindStart(account, search);
        for (var page = await SaymonStore.ReadPageAsync(session, account, start, "", cancellationToken); page.Count > 0;)
        {
            var derived = search.UsesDerived
                ? await SaymonStore.ReadDerivedAsync(session, account, [.. page.Select(r => r.Id)], cancellationToken)
                : null;
            foreach (var row in page)
            {
                if (search.Matches(row, derived?[row.Id] ?? DerivedIds.None) && !visit(row.Id))
                {
                    return;
                }
            }

            page = await SaymonStore.ReadPageAsync(session, account, start, page[^1].Id, cancellationToken);
        }
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
        return field == ObjectField.Id ? new StartingPoint(d => d.InTexts("o.id", "@keys"), texts, null)
            : field == ObjectField.DiscoveryId ? new StartingPoint(d => d.InBytes("o.discovery_key", "@keys"), null, [.. texts.Select(IndexedValues.DiscoveryKey)])
            : field == ObjectField.ParentId
                ? new StartingPoint(d => $"o.id in (select child_id from saymon_parents where {d.InTexts("parent_id", "@keys")})", texts, null)
                : new StartingPoint(
                    d => $"o.id in (select object_id from saymon_terms where {d.InBytes("term", "@keys")})", null, [.. values!.Select(v => IndexedValues.Term(account, field, v))]);
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
