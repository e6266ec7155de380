using System.Globalization;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Lookup;

namespace Longhaul.Lists;

/// <summary>One request to the Lists face: who asks, for which account, and the one place where faults become answers.</summary>
internal sealed partial class ListsCall
{
    private ListsCall(HttpContext context, ListsApi api, string principal, string account)
    {
        Context = context;
        Api = api;
        Principal = principal;
        Account = account;
    }

    public HttpContext Context { get; }

    public ListsApi Api { get; }

    public string Principal { get; }

    public string Account { get; }

    public string ListId => Route("listId");

    public CancellationToken Aborted => Context.RequestAborted;

    public static async Task RunAsync(HttpContext context, Func<ListsCall, Task> handler)
    {
        var api = context.RequestServices.GetRequiredService<ListsApi>();
        try
        {
            await handler(Authenticate(context, api));
        }
        catch (ListsRefusedException refused)
        {
            await ListsWire.WriteAsync(context, refused.Refusal);
        }
        catch (StoreUnavailableException exception)
        {
            LogUnavailable(api.Logger, exception.Message);
            await ListsWire.WriteAsync(context, ListsRefusal.Unavailable());
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception exception)
        {
            LogFault(api.Logger, context.TraceIdentifier, exception);
            await ListsWire.WriteAsync(context, ListsRefusal.Internal(context.TraceIdentifier));
        }
    }

    public string Route(string name) => (string?)Context.Request.RouteValues[name] ?? "";

    /// <summary>Reads <c>Prefer: wait</c>.</summary>
    public TimeSpan? ReadWait() => RequestPreferences.TryReadWait(Context.Request, Api.Waits.MaxWaitSeconds, out var wait)
        ? wait
        : throw new ListsRefusedException(ListsRefusal.BadHeader("Prefer: wait=N needs a whole number of seconds from 1 on"));

    /// <summary>Reads <c>Idempotency-Key</c>.</summary>
    public string? ReadKey() => RequestPreferences.TryReadKey(Context.Request, out var key)
        ? key
        : throw new ListsRefusedException(ListsRefusal.BadHeader("Idempotency-Key must be 1 to 255 printable ASCII characters"));

    /// <summary>Reads the whole body; the caller disposes it.</summary>
    public async Task<RequestBody> ReadBodyAsync()
    {
        if (Context.Request.ContentType is { } type && type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase))
        {
            throw new ListsRefusedException(ListsRefusal.Multipart());
        }

        var body = await RequestBody.ReadAsync(Context.Request, Api.Budget, Api.Options.MaxBodyBytes, Aborted);
        if (body.Status == BodyStatus.Complete)
        {
            return body;
        }

        body.Dispose();
        throw new ListsRefusedException(body.Status switch
        {
            BodyStatus.TooLarge => ListsRefusal.TooLarge(string.Create(CultureInfo.InvariantCulture, $"{Api.Options.MaxBodyBytes} bytes")),
            BodyStatus.Busy => ListsRefusal.Unavailable(),
            BodyStatus.TooSlow => ListsRefusal.BodyTooSlow(),
            _ => ListsRefusal.BodyBroken(),
        });
    }

    public async Task ReplayAsync(StoredAnswer answer)
    {
        Context.Response.StatusCode = answer.Status;
        Context.Response.ContentType = "application/json; charset=UTF-8";
        Context.Response.Headers["Idempotent-Replayed"] = "true";
        await Context.Response.BodyWriter.WriteAsync(answer.Body, Aborted);
    }

    // No default arm: a new refusal must not compile until this face has a word for it.
    public static ListsRefusal ToWire(Refusal refusal) => refusal.Code switch
    {
        RefusalCode.UnknownOperation => ListsRefusal.Of(404, 19003, refusal.Detail),
        RefusalCode.LaneFull or RefusalCode.AccountFull or RefusalCode.WrongState => ListsRefusal.Pending(refusal.Detail),
        RefusalCode.KeyReused => ListsRefusal.KeyReused(),
    };

    private static ListsCall Authenticate(HttpContext context, ListsApi api)
    {
        var credential = api.Credentials.Check(context, CredentialForms.Cloudflare);
        if (credential.Status != CredentialStatus.Known)
        {
            throw new ListsRefusedException(credential.Status switch
            {
                CredentialStatus.Missing => ListsRefusal.NoCredential(),
                CredentialStatus.Malformed => ListsRefusal.MalformedCredential(),
                _ => ListsRefusal.UnknownCredential(),
            });
        }

        var account = (string?)context.Request.RouteValues["accountId"];
        if (!AccountName.IsValid(account) || (api.StrictAccountIds && account!.Length != 32))
        {
            throw new ListsRefusedException(ListsRefusal.NoRoute());
        }

        return new ListsCall(context, api, credential.Principal!, account!);
    }

    [LoggerMessage(EventId = 301, Level = LogLevel.Warning, Message = "The store is unavailable: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string reason);

    [LoggerMessage(EventId = 302, Level = LogLevel.Error, Message = "Request {RequestId} failed")]
    private static partial void LogFault(ILogger logger, string requestId, Exception exception);
}

/// <summary>What the endpoints of the face share, resolved once.</summary>
internal sealed record ListsApi(
    RulesLists Lists,
    ListLookup Lookup,
    DurableOperations Operations,
    AppendOperation Append,
    ReplaceOperation Replace,
    DeleteOperation Delete,
    Credentials Credentials,
    IngestBudget Budget,
    ListsOptions Options,
    BodyLimits Limits,
    OperationsOptions Waits,
    bool StrictAccountIds,
    ILogger<ListsApi> Logger);
