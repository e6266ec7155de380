using System.Text;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Hosting.Cloudflare;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Lists;

/// <summary>The use cases of lists themselves and of reading items; what changes items is an operation.</summary>
internal sealed class RulesLists(ListsEngine engine, DurableOperations operations)
{
    private readonly ListsOptions _options = engine.Options;

    public ValueTask<List<RulesList>> ListAsync(string account, CancellationToken cancellationToken) =>
        engine.Database.ReadAsync((session, token) => ListsStore.ListAsync(session, account, token), cancellationToken);

    /// <summary>Completes when the list is durable; a keyed repetition gets the first answer from <paramref name="keep"/>'s row.</summary>
    public Task<RulesList> CreateAsync(
        string account, CreateListRequest request, Func<RulesList, IdempotencyKeyOfList?> keep, CancellationToken cancellationToken)
    {
        var id = engine.Ids.NewV4().ToString("N");
        return engine.Database.WriteAsync(
            async (session, token) =>
            {
                var limit = _options.MaxListsPerAccount;
                if (limit > 0)
                {
                    await AccountLock.TakeAsync(session, account, token);
                    if (await ListsStore.CountAsync(session, account, token) >= limit)
                    {
                        throw new CloudflareRefusedException(ListsRefusal.TooManyLists(limit));
                    }
                }

                var now = Now;
                var list = new RulesList(0, id, account, request.Name, request.Kind.Name, request.Description, 0, 0, now, now);
                if (!await ListsStore.InsertAsync(session, list, token))
                {
                    throw new CloudflareRefusedException(ListsRefusal.NameTaken(request.Name));
                }

                if (keep(list) is { } key && !await operations.KeepAnswerAsync(session, key.Scope, key.Fingerprint, key.Answer, token))
                {
                    throw new CloudflareRefusedException(CloudflareRefusal.KeyReused());
                }

                return list;
            },
            WriteWeight.Small,
            cancellationToken);
    }

    public async Task<RulesList> GetAsync(string account, string listId, CancellationToken cancellationToken) =>
        await engine.Database.ReadOneAsync((session, token) => ListsStore.FindAsync(session, account, listId, token), cancellationToken)
        ?? throw new CloudflareRefusedException(ListsRefusal.UnknownList(listId));

    public async Task<RulesList> DescribeAsync(string account, string listId, UpdateListRequest change, CancellationToken cancellationToken)
    {
        if (!change.ChangesDescription)
        {
            return await GetAsync(account, listId, cancellationToken);
        }

        return await engine.Database.WriteAsync(
            (session, token) => ListsStore.DescribeAsync(session, account, listId, change.Description, Now, token), WriteWeight.Small, cancellationToken)
            ?? throw new CloudflareRefusedException(ListsRefusal.UnknownList(listId));
    }

    /// <summary>Completes when no reader sees the list any more.</summary>
    public async Task DeleteAsync(string account, string listId, CancellationToken cancellationToken)
    {
        if (!await engine.Database.WriteAsync(
            (session, token) => ListsStore.DeleteAsync(session, account, listId, Now, token), WriteWeight.Small, cancellationToken))
        {
            throw new CloudflareRefusedException(ListsRefusal.UnknownList(listId));
        }
    }

    public async Task<ListItem> GetItemAsync(string account, string listId, string itemId, CancellationToken cancellationToken) =>
        await engine.Database.ReadAsync(
            async (session, token) =>
            {
                var list = await ListsStore.FindAsync(session, account, listId, token) ?? throw new CloudflareRefusedException(ListsRefusal.UnknownList(listId));
                return ParseItemId(itemId) is { } id ? await ListsStore.FindItemAsync(session, list, id, token) : null;
            },
            cancellationToken)
        ?? throw new CloudflareRefusedException(ListsRefusal.UnknownItem(itemId));

    /// <summary>Reads a page, the revision and its rows in one snapshot.</summary>
    public async Task<ItemsPage> ReadItemsAsync(string account, string listId, ItemsQuery query, CancellationToken cancellationToken) =>
        await engine.Database.ReadAsync(
            async (session, token) =>
            {
                var list = await ListsStore.FindAsync(session, account, listId, token) ?? throw new CloudflareRefusedException(ListsRefusal.UnknownList(listId));
                return await ReadPageAsync(session, list, query, token);
            },
            cancellationToken);

    /// <summary>The operation of an id, as long as it is one of this account's lists.</summary>
    public async Task<Operation> FindOperationAsync(string account, string text, TimeSpan? wait, CancellationToken cancellationToken)
    {
        var operation = OperationId.TryParse(text, out var id)
            ? wait is { } atMost
                ? await operations.WaitAsync(id, o => o.State.IsFinal || !IsOurs(o, account), atMost, cancellationToken)
                : await operations.FindAsync(id, cancellationToken)
            : null;
        return operation is not null && IsOurs(operation, account)
            ? operation
            : throw new CloudflareRefusedException(ListsRefusal.UnknownOperation(text));
    }

    private long Now => engine.Clock.GetUtcNow().ToUnixTimeSeconds();

    private static byte[]? ParseItemId(string text)
    {
        if (!ItemIdEntry.TryParse(Encoding.UTF8.GetBytes(text), 0, out var entry))
        {
            return null;
        }

        var id = new byte[ItemIdEntry.Length];
        entry.Write(id);
        return id;
    }

    private static bool IsOurs(Operation operation, string account) =>
        operation.Account == account && operation.Kind.StartsWith("lists.", StringComparison.Ordinal);

    private async ValueTask<ItemsPage> ReadPageAsync(DbSession session, RulesList list, ItemsQuery query, CancellationToken cancellationToken)
    {
        var searchHash = ItemCursor.Hash(query.Search, query.IsExact);
        var cursor = query.Cursor;
        if (cursor is not null && (cursor.List != list.Number || cursor.SearchHash != searchHash))
        {
            throw new CloudflareRefusedException(ListsRefusal.BadCursor("it belongs to another list or search"));
        }

        var revision = cursor?.Revision ?? list.Revision;
        var heldSince = engine.Clock.GetUtcNow().ToUnixTimeMilliseconds() - (_options.RevisionHoldSeconds * 1_000L);
        if (!await ListsStore.IsHeldAsync(session, list, revision, heldSince, cancellationToken))
        {
            throw new CloudflareRefusedException(ListsRefusal.BadCursor("the list has changed since; start again without a cursor"));
        }

        var isBackward = cursor?.IsBackward ?? false;
        var items = await ListsStore.ReadPageAsync(
            session, list.Number, revision, cursor?.Key, isBackward, query.PerPage + 1, query.Filter(list.ItemKind), cancellationToken);
        var hasMore = items.Count > query.PerPage;
        if (hasMore)
        {
            items.RemoveAt(isBackward ? 0 : items.Count - 1);
        }

        ItemCursor? At(bool exists, bool backward, int place) =>
            exists && items.Count > 0 ? new ItemCursor(list.Number, revision, backward, searchHash, items[place].SortKey) : null;
        return new ItemsPage(
            items, At(isBackward ? hasMore : cursor is not null, true, 0), At(isBackward || hasMore, false, items.Count - 1));
    }
}

/// <summary>What a request for items asks for.</summary>
internal sealed record ItemsQuery(int PerPage, ItemCursor? Cursor, string Search, bool IsExact)
{
    public ItemFilter Filter(ItemKind kind) =>
        Search.Length == 0 ? ItemFilter.None : IsExact ? ItemFilter.Key(kind.FindKey(Search)) : kind.Search(Search);
}

/// <summary>A page of items, with the cursors that exist.</summary>
internal sealed record ItemsPage(IReadOnlyList<ListItem> Items, ItemCursor? Before, ItemCursor? After);

/// <summary>The key under which the creation of a list may be repeated.</summary>
internal sealed record IdempotencyKeyOfList(byte[] Scope, byte[] Fingerprint, StoredAnswer Answer);
