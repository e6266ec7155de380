using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon;

/// <summary>
/// Removes an object, what is nested in it and their links, in small transactions from the leaves up, so that no writer waits for a large tree
/// and nothing is left whose parent is gone. What is also nested in an object that stays, stays with it. A removal that was cut short is
/// taken up by the next one.
/// </summary>
internal sealed class ObjectRemoval(SaymonEngine engine, string account)
{
    private const int Batch = 300;
    private const int MaxRounds = 1_000;

    /// <summary>Completes with false when there is no such object.</summary>
    public async Task<bool> RemoveAsync(string root, CancellationToken cancellationToken)
    {
        var isFound = false;
        for (var round = 0; round < MaxRounds; round++)
        {
            var plan = await engine.Database.ReadAsync((session, token) => PlanAsync(session, root, token), cancellationToken);
            if (plan is null)
            {
                return isFound;
            }

            isFound = true;
            foreach (var ids in plan.Detached.Chunk(Batch))
            {
                await DetachAsync(ids, plan.Removed, cancellationToken);
            }

            foreach (var ids in plan.Order.Chunk(Batch))
            {
                await DeleteAsync(ids, cancellationToken);
            }

            // What somebody has nested there meanwhile goes in another round.
            if (await engine.Database.WriteAsync((session, token) => DeleteRootAsync(session, root, token), WriteWeight.Small, cancellationToken))
            {
                return true;
            }
        }

        throw new StoreUnavailableException($"new objects come into object {root} faster than they can be removed");
    }

    private async ValueTask<RemovalPlan?> PlanAsync(DbSession session, string root, CancellationToken cancellationToken)
    {
        if (await SaymonStore.FindAsync(session, account, root, forUpdate: false, cancellationToken) is null)
        {
            return null;
        }

        var order = await Subtree.ReadAsync(session, account, root, cancellationToken);
        var parents = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var ids in order.Skip(1).Chunk(SaymonStore.Batch))
        {
            foreach (var (parent, child) in await SaymonStore.ReadParentsAsync(session, account, ids, cancellationToken))
            {
                (parents.TryGetValue(child, out var known) ? known : parents[child] = []).Add(parent);
            }
        }

        var removed = order.ToHashSet(StringComparer.Ordinal);
        for (var isChanged = true; isChanged;)
        {
            isChanged = false;
            foreach (var id in order.Skip(1))
            {
                isChanged |= removed.Contains(id) && parents.GetValueOrDefault(id, []).Exists(p => !removed.Contains(p)) && removed.Remove(id);
            }
        }

        var detached = order.Where(id => !removed.Contains(id) && parents[id].Exists(removed.Contains)).ToList();
        return new RemovalPlan([.. order.Skip(1).Where(removed.Contains).Reverse()], detached, removed);
    }

    private Task<bool> DetachAsync(string[] ids, HashSet<string> removed, CancellationToken cancellationToken) => engine.Database.WriteAsync(
        async (session, token) =>
        {
            await SaymonStore.LockAsync(session, account, ids, token);
            var now = engine.Now;
            var changed = new List<ChangedObject>();
            foreach (var row in await SaymonStore.ReadAllAsync(session, account, [.. ids.Order(StringComparer.Ordinal)], token))
            {
                var after = ObjectDocument.Parse(row.Stored);
                after.Set(ObjectField.ParentId, FieldValue.Ids(after.Texts(ObjectField.ParentId).Where(p => !removed.Contains(p))));
                changed.Add(new ChangedObject(row, row with { Version = row.Version + 1, UpdatedAt = now, Stored = after.ToBytes() }, IsReindexed: true));
            }

            await SaymonStore.UpdateAsync(session, account, changed, token);
            return true;
        },
        WriteWeight.Bulk,
        cancellationToken);

    private Task<bool> DeleteAsync(string[] ids, CancellationToken cancellationToken) => engine.Database.WriteAsync(
        async (session, token) =>
        {
            await DeleteAsync(session, ids, token);
            return true;
        },
        WriteWeight.Bulk,
        cancellationToken);

    private async ValueTask DeleteAsync(DbSession session, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        await SaymonStore.LockAsync(session, account, ids, cancellationToken);
        var rows = await SaymonStore.ReadAllAsync(session, account, [.. ids.Order(StringComparer.Ordinal)], cancellationToken);
        await SaymonStore.DeleteLinksOfAsync(session, ids, cancellationToken);
        await SaymonStore.DeleteAsync(session, account, rows, cancellationToken);
    }

    private async ValueTask<bool> DeleteRootAsync(DbSession session, string root, CancellationToken cancellationToken)
    {
        await SaymonStore.LockAsync(session, account, [root], cancellationToken);
        var children = await SaymonStore.ReadChildrenAsync(session, account, [root], cancellationToken);
        if (children.Exists(c => c.Child != root))
        {
            return false;
        }

        await DeleteAsync(session, [root], cancellationToken);
        return true;
    }

    private sealed record RemovalPlan(List<string> Order, List<string> Detached, HashSet<string> Removed);
}
