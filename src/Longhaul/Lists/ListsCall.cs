using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Hosting;
using Longhaul.Hosting.Cloudflare;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Lookup;

namespace Longhaul.Lists;

/// <summary>One request to the Lists face.</summary>
internal sealed class ListsCall(HttpContext context, ListsApi api, Caller caller, string account) : CloudflareCall(context, caller, account)
{
    public ListsApi Api => api;

    public string ListId => Route("listId");

    public static Task RunAsync(HttpContext context, Func<ListsCall, Task> handler, Need need)
    {
        var api = context.RequestServices.GetRequiredService<ListsApi>();
        return api.Gate.RunAsync(context, PermissionArea.Lists, need, (caller, account) => handler(new ListsCall(context, api, caller, account)));
    }

    /// <summary>Reads <c>Prefer: wait</c>.</summary>
    public TimeSpan? ReadWait() => RequestPreferences.TryReadWait(Context.Request, Api.Waits.MaxWaitSeconds, out var wait)
        ? wait
        : throw new CloudflareRefusedException(CloudflareRefusal.BadHeader("Prefer: wait=N needs a whole number of seconds from 1 on"));

    /// <summary>Reads the whole body; the caller disposes it.</summary>
    public Task<RequestBody> ReadBodyAsync()
    {
        if (Context.Request.ContentType is { } type && type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
        {
            throw new CloudflareRefusedException(ListsRefusal.Multipart());
        }

        return ReadBodyAsync(Api.Budget, Api.Options.MaxBodyBytes);
    }

    // No default arm: a new refusal must not compile until this face has a word for it.
    public static CloudflareRefusal ToWire(Refusal refusal) => refusal.Code switch
    {
        RefusalCode.UnknownOperation => CloudflareRefusal.Of(404, 19003, refusal.Detail),
        RefusalCode.LaneFull or RefusalCode.AccountFull or RefusalCode.WrongState => ListsRefusal.Pending(refusal.Detail),
        RefusalCode.KeyReused => CloudflareRefusal.KeyReused(),
    };

    protected override CloudflareRefusal RefuseBody(int status, string explanation) => ListsRefusal.BadBody(status, explanation);
}

/// <summary>What the endpoints of the face share, resolved once.</summary>
internal sealed record ListsApi(
    RulesLists Lists,
    ListLookup Lookup,
    DurableOperations Operations,
    AppendOperation Append,
    ReplaceOperation Replace,
    DeleteOperation Delete,
    CloudflareGate Gate,
    IngestBudget Budget,
    ListsOptions Options,
    BodyLimits Limits,
    OperationsOptions Waits);
