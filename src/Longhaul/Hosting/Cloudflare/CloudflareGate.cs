using Longhaul.AspNetCore;
using Longhaul.Engine.Storage;
using Microsoft.Extensions.Options;

namespace Longhaul.Hosting.Cloudflare;

/// <summary>The way into the faces of this vendor: who may come in, and the one place where faults become answers.</summary>
internal sealed partial class CloudflareGate(Credentials credentials, RateLimits rates, IOptions<HostingOptions> options, ILogger<CloudflareGate> logger)
{
    private readonly bool _isStrict = options.Value.StrictAccountIds;

    /// <summary>Runs a handler for a caller who may do what it does, and answers whatever it throws.</summary>
    public async Task RunAsync(HttpContext context, PermissionArea area, Need need, Func<Caller, string, Task> handler)
    {
        try
        {
            var (caller, account) = Authenticate(context, area, need);
            await handler(caller, account);
        }
        catch (CloudflareRefusedException refused)
        {
            await CloudflareWire.WriteAsync(context, refused.Refusal);
        }
        catch (StoreUnavailableException exception)
        {
            LogUnavailable(logger, exception.Message);
            await CloudflareWire.WriteAsync(context, CloudflareRefusal.Unavailable());
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception exception)
        {
            LogFault(logger, context.TraceIdentifier, exception);
            await CloudflareWire.WriteAsync(context, CloudflareRefusal.Internal(context.TraceIdentifier));
        }
    }

    /// <summary>Counts a request that no route takes; null when its caller is not known or has some left.</summary>
    public CloudflareRefusal? FindRateRefusal(HttpContext context) =>
        credentials.Check(context, CredentialForms.Cloudflare).Caller is { } caller ? FindRateRefusal(context, caller) : null;

    private CloudflareRefusal? FindRateRefusal(HttpContext context, Caller caller) =>
        rates.TryTake(context.Response, caller, out var retryAfterSeconds) ? null : CloudflareRefusal.TooManyRequests(retryAfterSeconds);

    private (Caller Caller, string Account) Authenticate(HttpContext context, PermissionArea area, Need need)
    {
        var credential = credentials.Check(context, CredentialForms.Cloudflare);
        if (credential.Caller is not { } caller)
        {
            throw new CloudflareRefusedException(credential.Status switch
            {
                CredentialStatus.Missing => CloudflareRefusal.NoCredential(),
                CredentialStatus.Malformed => CloudflareRefusal.MalformedCredential(),
                _ => CloudflareRefusal.UnknownCredential(),
            });
        }

        if (FindRateRefusal(context, caller) is { } tooMany)
        {
            throw new CloudflareRefusedException(tooMany);
        }

        var account = (string?)context.Request.RouteValues["accountId"];
        if (!AccountName.IsValid(account) || (_isStrict && account!.Length != 32))
        {
            throw new CloudflareRefusedException(CloudflareRefusal.NoRoute());
        }

        return caller.May(area.For(need), account)
            ? (caller, account!)
            : throw new CloudflareRefusedException(CloudflareRefusal.Unauthorized());
    }

    [LoggerMessage(EventId = 301, Level = LogLevel.Warning, Message = "The store is unavailable: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string reason);

    [LoggerMessage(EventId = 302, Level = LogLevel.Error, Message = "Request {RequestId} failed")]
    private static partial void LogFault(ILogger logger, string requestId, Exception exception);
}

/// <summary>Puts what the faces of this vendor share into the server.</summary>
internal static class CloudflareFaces
{
    /// <summary>Answers under <c>/client/v4</c> what no endpoint answers, in the envelope: put it before the endpoints.</summary>
    public static IApplicationBuilder UseCloudflareEnvelope(this IApplicationBuilder app) => app.Use((context, next) =>
        context.Request.Path.StartsWithSegments("/client/v4", StringComparison.OrdinalIgnoreCase) ? AnswerAsync(context, next) : next(context));

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.Response.StatusCode is StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed && !context.Response.HasStarted)
        {
            await CloudflareWire.WriteAsync(context, context.RequestServices.GetRequiredService<CloudflareGate>().FindRateRefusal(context)
                ?? (context.Response.StatusCode == StatusCodes.Status404NotFound ? CloudflareRefusal.NoRoute() : CloudflareRefusal.NoMethod(context.Request.Method)));
        }
    }
}
