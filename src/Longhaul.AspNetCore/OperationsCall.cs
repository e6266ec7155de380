using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Longhaul.AspNetCore;

/// <summary>One request to the operations API: what it needs, who asks, and the one place where faults become answers.</summary>
internal sealed partial class OperationsCall
{
    private OperationsCall(HttpContext context, OperationsApi api)
    {
        Context = context;
        Api = api;
    }

    public HttpContext Context { get; }

    public OperationsApi Api { get; }

    public HttpRequest Request => Context.Request;

    public HttpResponse Response => Context.Response;

    public CancellationToken Aborted => Context.RequestAborted;

    public string Principal => Context.User.Identity?.Name ?? "anonymous";

    /// <summary>Who asks, as the audit trail keeps it.</summary>
    public Actor Actor => new(Principal, Context.TraceIdentifier);

    /// <summary>The accounts that the host says the caller has; none where it does not say.</summary>
    public IReadOnlyList<string> Accounts => [.. Context.User.FindAll(OperationScope.AccountClaim).Select(c => c.Value)];

    public static async Task RunAsync(HttpContext context, Func<OperationsCall, Task> handler)
    {
        var api = context.RequestServices.GetRequiredService<OperationsApi>();
        try
        {
            await handler(new OperationsCall(context, api));
        }
        catch (ProblemException refused)
        {
            await refused.Problem.WriteAsync(context);
        }
        catch (StoreUnavailableException exception)
        {
            LogUnavailable(api.Logger, exception.Message);
            await Problem.Unavailable("the store cannot take or answer this now; try again").WriteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception exception)
        {
            LogFault(api.Logger, context.TraceIdentifier, exception);
            await Problem.Internal().WriteAsync(context);
        }
    }

    /// <summary>Refuses query parameters that the route does not know.</summary>
    public void CheckQuery(params ReadOnlySpan<string> known)
    {
        if (!Request.QueryString.HasValue)
        {
            return;
        }

        foreach (var name in Request.Query.Keys)
        {
            if (!known.Contains(name))
            {
                var all = known.Length == 0 ? "none is known here" : $"known are {string.Join(", ", known)}";
                throw new ProblemException(Problem.InvalidArgument([($"unknown query parameter {SubmitFault.Show(name)}; {all}", $"?{SubmitFault.Show(name)}")]));
            }
        }
    }

    /// <summary>Refuses a caller that the host does not know, before anything of the request is read.</summary>
    public void RequireKnown()
    {
        if (Context.User.Identity?.IsAuthenticated != true)
        {
            throw new ProblemException(Problem.Unauthenticated());
        }
    }

    /// <summary>Reads <c>Prefer: wait</c>.</summary>
    public TimeSpan? ReadWait() => RequestPreferences.TryReadWait(Request, Api.Options.MaxWaitSeconds, out var wait)
        ? wait
        : throw new ProblemException(Problem.InvalidArgument("Prefer: wait=N needs a whole number of seconds from 1 on"));

    /// <summary>Asks the host; a caller that it does not know is told so, whatever it asked for.</summary>
    public async ValueTask<bool> MayAsync(string policy, OperationScope scope)
    {
        if ((await Api.Authorization.AuthorizeAsync(Context.User, scope, policy)).Succeeded)
        {
            return true;
        }

        return Context.User.Identity?.IsAuthenticated == true ? false : throw new ProblemException(Problem.Unauthenticated());
    }

    /// <summary>Reads the operation of the route; unknown, ill-formed and foreign ids are one and the same answer.</summary>
    public async ValueTask<Operation> FindAsync()
    {
        var text = (string?)Request.RouteValues["id"];
        var operation = OperationId.TryParse(text, out var id) ? await Api.Operations.FindAsync(id, Aborted) : null;
        await RequireReadableAsync(operation, text);
        return operation!;
    }

    /// <summary>Answers 404 unless the operation is there and may be read.</summary>
    public async ValueTask RequireReadableAsync(Operation? operation, string? text)
    {
        var scope = new OperationScope(operation?.Account, operation?.Kind);
        if (!await MayAsync(OperationScope.ReadPolicy, scope) || operation is null)
        {
            throw new ProblemException(Problem.NotFound($"no operation {text}"));
        }
    }

    [LoggerMessage(EventId = 201, Level = LogLevel.Warning, Message = "The store is unavailable: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string reason);

    [LoggerMessage(EventId = 202, Level = LogLevel.Error, Message = "Request {RequestId} failed")]
    private static partial void LogFault(ILogger logger, string requestId, Exception exception);
}

/// <summary>What the endpoints share, resolved once.</summary>
internal sealed record OperationsApi(
    DurableOperations Operations,
    KindRegistry Kinds,
    IngestBudget Budget,
    IAuthorizationService Authorization,
    TimeProvider Clock,
    OperationsOptions Options,
    ILogger<OperationsApi> Logger);

/// <summary>Ends a request with a problem.</summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem => problem;
}
