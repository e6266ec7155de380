using Longhaul.Hosting.Cloudflare;

namespace Longhaul.Lists.Lookup;

/// <summary>
/// Which items of a list cover a value, and which redirect a request would take. Always of the list's current revision: the list's row and
/// the items are read in one snapshot, and an index serves only the revision that it was built from.
/// </summary>
internal sealed class ListLookup(ListsEngine engine, AddressIndexes indexes)
{
    /// <summary>The items that cover a value, the most specific one first. Completes with null when the value is none of the list's kind.</summary>
    /// <exception cref="CloudflareRefusedException">There is no such list.</exception>
    public async ValueTask<IReadOnlyList<ListItem>?> FindAsync(string account, string listId, string value, CancellationToken cancellationToken)
    {
        var list = await FindListAsync(account, listId, cancellationToken);
        if (list.ItemKind.Cover(value) is not { } cover)
        {
            return null;
        }

        if (cover.Address is { } address && indexes.Find(list) is { } index)
        {
            var found = new List<ListItem>();
            index.Find(address, found);
            return found;
        }

        var items = await ReadAsync(account, listId, cover.Keys, cancellationToken);
        return cover.Order(items);
    }

    /// <summary>The redirect that a request would take. Completes with null when there is none.</summary>
    /// <exception cref="CloudflareRefusedException">There is no such list.</exception>
    public async ValueTask<RedirectMatch?> ResolveAsync(string account, string listId, RequestUrl url, CancellationToken cancellationToken)
    {
        var candidates = RedirectMatching.Candidates(url);
        var items = await ReadAsync(account, listId, [.. candidates.Select(c => c.Key)], cancellationToken);
        return RedirectMatching.Choose(url, candidates, items);
    }

    /// <summary>The list itself.</summary>
    public async ValueTask<RulesList> FindListAsync(string account, string listId, CancellationToken cancellationToken) =>
        await engine.Database.ReadOneAsync((session, token) => ListsStore.FindAsync(session, account, listId, token), cancellationToken)
        ?? throw new CloudflareRefusedException(ListsRefusal.UnknownList(listId));

    private async ValueTask<List<ListItem>> ReadAsync(
        string account, string listId, IReadOnlyCollection<byte[]> keys, CancellationToken cancellationToken) =>
        await engine.Database.ReadAsync(
            async (session, token) => await ListsStore.FindAsync(session, account, listId, token) is { } list
                ? await ListsStore.ReadItemsAsync(session, list, keys, token)
                : null,
            cancellationToken)
        ?? throw new CloudflareRefusedException(ListsRefusal.UnknownList(listId));
}
