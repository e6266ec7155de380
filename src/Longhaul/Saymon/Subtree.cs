using Longhaul.Engine.Storage;

namespace Longhaul.Saymon;

/// <summary>What is nested in an object.</summary>
internal static class Subtree
{
    /// <summary>Ids of an object and of everything nested in it, level by level; an object that is nested in itself comes once.</summary>
    public static async ValueTask<List<string>> ReadAsync(DbSession session, string account, string root, CancellationToken cancellationToken)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { root };
        var order = new List<string> { root };
        for (var from = 0; from < order.Count;)
        {
            var parents = order.GetRange(from, Math.Min(SaymonStore.Batch, order.Count - from));
            from += parents.Count;
            foreach (var (_, child, _) in await SaymonStore.ReadChildrenAsync(session, account, parents, cancellationToken))
            {
                if (seen.Add(child))
                {
                    order.Add(child);
                }
            }
        }

        return order;
    }
}
