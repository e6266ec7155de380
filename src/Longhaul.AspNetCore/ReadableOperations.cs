namespace Longhaul.AspNetCore;

/// <summary>Which operations a listing may show; null stands for all of them.</summary>
internal sealed record ReadableOperations(IReadOnlyCollection<string>? Accounts, IReadOnlyCollection<string>? Kinds)
{
    /// <summary>
    /// Asks the host what its caller may read: in the account that is named, else in those of its claims, else everywhere. Of several
    /// accounts only kinds are shown that it may read in each. Completes with null when the account is not the caller's.
    /// </summary>
    public static async ValueTask<ReadableOperations?> FindAsync(OperationsCall call, string? account)
    {
        var own = call.Accounts;
        if (account is null && own.Count == 0)
        {
            var everywhere = await FindKindsAsync(call, null);
            return everywhere is { Count: 0 } ? null : new ReadableOperations(null, everywhere);
        }

        IReadOnlyCollection<string> accounts = account is null ? own : [account];
        HashSet<string>? kinds = null;
        foreach (var one in accounts)
        {
            if (await FindKindsAsync(call, one) is { } readable)
            {
                kinds ??= readable;
                kinds.IntersectWith(readable);
            }
        }

        // A caller of the account that may read none of the kinds here sees an empty listing; a stranger learns nothing.
        return kinds is { Count: 0 } && account is not null && !own.Contains(account) ? null : new ReadableOperations(accounts, kinds);
    }

    private static async ValueTask<HashSet<string>?> FindKindsAsync(OperationsCall call, string? account)
    {
        if (await call.MayAsync(OperationScope.ReadPolicy, new OperationScope(account, null)))
        {
            return null;
        }

        var kinds = new HashSet<string>(StringComparer.Ordinal);
        foreach (var kind in call.Api.Kinds.Names)
        {
            if (await call.MayAsync(OperationScope.ReadPolicy, new OperationScope(account, kind)))
            {
                kinds.Add(kind);
            }
        }

        return kinds;
    }
}
