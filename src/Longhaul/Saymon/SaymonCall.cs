using System.Text;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;
using Longhaul.Saymon.Sessions;

namespace Longhaul.Saymon;

/// <summary>One request to the face: who asks, what may be done, and the one place where faults become answers.</summary>
internal sealed partial class SaymonCall
{
    /// <summary>The name of the session's cookie.</summary>
    public const string Cookie = "sid";

    private readonly Caller? _caller;

    private SaymonCall(HttpContext context, SaymonApi api, Caller? caller)
    {
        Context = context;
        Api = api;
        _caller = caller;
    }

    public HttpContext Context { get; }

    public SaymonApi Api { get; }

    /// <summary>Who asks; nobody on the one route that takes no credential.</summary>
    public Caller Who => _caller ?? throw new InvalidOperationException("this route takes no credential");

    /// <summary>The same for the use cases.</summary>
    public SaymonCaller Caller => new(Api.Options.Account, Who.SubmitsAs, Who.IsAdmin, Context.TraceIdentifier);

    public CancellationToken Aborted => Context.RequestAborted;

    /// <summary>Runs a handler.</summary>
    /// <param name="context">The request.</param>
    /// <param name="handler">What answers it.</param>
    /// <param name="need">What it asks of its caller, or null when it takes none.</param>
    /// <param name="permissions">The vendor's words for that.</param>
    public static async Task RunAsync(HttpContext context, Func<SaymonCall, Task> handler, Need? need, string permissions)
    {
        var api = context.RequestServices.GetRequiredService<SaymonApi>();
        try
        {
            await handler(new SaymonCall(context, api, need is { } known ? await AuthenticateAsync(context, api, known, permissions) : null));
        }
        catch (SaymonRefusedException refused)
        {
            await SaymonWire.WriteAsync(context, refused.Refusal);
        }
        catch (StoreUnavailableException exception)
        {
            LogUnavailable(api.Logger, exception.Message);
            await SaymonWire.WriteAsync(context, SaymonErrors.Unavailable);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception exception)
        {
            LogFault(api.Logger, context.TraceIdentifier, exception);
            await SaymonWire.WriteAsync(context, SaymonErrors.Internal(context.TraceIdentifier));
        }
    }

    /// <summary>Counts a request that no route takes; null when its caller is not known or has some left.</summary>
    public static SaymonRefusal? FindRateRefusal(HttpContext context)
    {
        var api = context.RequestServices.GetRequiredService<SaymonApi>();
        return api.Credentials.Check(context, CredentialForms.Bearer).Caller is { } caller ? FindRateRefusal(context, api, caller) : null;
    }

    /// <summary>The value of the good case; the fault of the other ends the request.</summary>
    public static T Unwrap<T>(SaymonResult<T> result)
        where T : class => result.IsFault(out var fault, out var value) ? throw new SaymonRefusedException(SaymonErrors.Of(fault)) : value;

    /// <summary>A part of the path, percent-decoded as a whole.</summary>
    public string Route(string name, int segment)
    {
        var value = (string?)Context.Request.RouteValues[name] ?? "";
        return value.Contains("%2F", StringComparison.OrdinalIgnoreCase) ? SaymonRawPath.Decode(Context, segment) ?? value : value;
    }

    /// <summary>A parameter of the query, or null.</summary>
    public string? Query(string name)
    {
        if (!Context.Request.Query.TryGetValue(name, out var value))
        {
            return null;
        }

        return QueryText.IsUtf8(Context.Request, name) && !value.ToString().Contains('\0')
            ? value.ToString()
            : throw new SaymonRefusedException(SaymonErrors.Bad($"{name} holds U+0000 or a lone surrogate; leave it out"));
    }

    /// <summary>A parameter that is switched on by 1; what is neither on nor off is refused, since the caller may mean either.</summary>
    public bool IsOn(string name) => Query(name) switch
    {
        null or "" or "0" => false,
        "1" => true,
        _ => throw new SaymonRefusedException(SaymonErrors.Bad($"{name} must be 1 or 0")),
    };

    /// <summary>Reads <c>Prefer: wait</c>.</summary>
    public TimeSpan? ReadWait() => RequestPreferences.TryReadWait(Context.Request, Api.Waits.MaxWaitSeconds, out var wait)
        ? wait
        : throw new SaymonRefusedException(SaymonErrors.Bad("Prefer: wait=N needs a whole number of seconds from 1 on"));

    /// <summary>Reads <c>Prefer: return=representation</c>.</summary>
    public bool PrefersRepresentation() => Context.Request.Headers["Prefer"].Any(header =>
        (header ?? "").Split([',', ';'], StringSplitOptions.TrimEntries).Contains("return=representation", StringComparer.OrdinalIgnoreCase));

    /// <summary>The idempotency key of a request, or null.</summary>
    public IdempotencyKey? ReadKey(ReadOnlyMemory<byte> body)
    {
        if (!RequestPreferences.TryReadKey(Context.Request, out var key))
        {
            throw new SaymonRefusedException(SaymonErrors.Bad("Idempotency-Key must be 1 to 255 printable ASCII characters"));
        }

        return key is null
            ? null
            : new IdempotencyKey(
                RequestPreferences.KeyScope(Context.Request, Who.SubmitsAs, key),
                RequestPreferences.Fingerprint(Context.Request, body.Span),
                operation => new StoredAnswer(StatusCodes.Status200OK, $"/v1/operations/{operation.Id.Value}", SaymonWire.Created(operation.Id)));
    }

    /// <summary>Reads the whole body; the caller disposes it.</summary>
    public async Task<RequestBody> ReadBodyAsync()
    {
        var body = await RequestBody.ReadAsync(Context.Request, Api.Budget, Api.Options.MaxBodyBytes, Aborted);
        if (body.Status == BodyStatus.Complete)
        {
            return body;
        }

        body.Dispose();
        throw new SaymonRefusedException(body.Status switch
        {
            BodyStatus.TooLarge => SaymonErrors.TooLarge(Api.Options.MaxBodyBytes),
            BodyStatus.Busy => SaymonErrors.Unavailable,
            BodyStatus.TooSlow => SaymonErrors.BodyTooSlow,
            _ => SaymonErrors.BodyBroken,
        });
    }

    /// <summary>Counts a request of a caller and asks for the permission.</summary>
    public static void Admit(HttpContext context, SaymonApi api, Caller caller, Need need, string permissions)
    {
        if (FindRateRefusal(context, api, caller) is { } tooMany)
        {
            throw new SaymonRefusedException(tooMany);
        }

        if (!caller.May(PermissionArea.Saymon.For(need), api.Options.Account))
        {
            throw new SaymonRefusedException(SaymonErrors.Forbidden(permissions));
        }
    }

    private static async ValueTask<Caller> AuthenticateAsync(HttpContext context, SaymonApi api, Need need, string permissions)
    {
        var request = context.Request;
        if (request.Headers.Authorization is { Count: > 0 } authorization)
        {
            var known = FindByHeader(authorization.ToString(), api.Credentials);
            Admit(context, api, known, need, permissions);
            return known;
        }

        if (request.Query.TryGetValue("api-token", out var token))
        {
            var known = api.Credentials.Find(token.ToString()) ?? throw new SaymonRefusedException(SaymonErrors.InvalidToken);
            Admit(context, api, known, need, permissions);
            return known;
        }

        var sid = request.Cookies[Cookie] ?? throw new SaymonRefusedException(SaymonErrors.NotLoggedIn);
        var caller = await api.Sessions.FindAsync(sid, context.RequestAborted) ?? throw new SaymonRefusedException(SaymonErrors.SessionExpired);
        CheckCookieWrite(request);
        Admit(context, api, caller, need, permissions);
        return caller;
    }

    private static Caller FindByHeader(string header, Credentials credentials)
    {
        var space = header.IndexOf(' ');
        var (scheme, rest) = space < 0 ? (header, "") : (header[..space], header[(space + 1)..].Trim());
        if (scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase))
        {
            return credentials.Find(rest) ?? throw new SaymonRefusedException(SaymonErrors.InvalidToken);
        }

        if (!scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase))
        {
            throw new SaymonRefusedException(SaymonErrors.NotLoggedIn);
        }

        var bytes = new byte[rest.Length];
        var text = Convert.TryFromBase64String(rest, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : "";
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return (colon < 0 ? null : credentials.Find(text[..colon], text.AsSpan(colon + 1))) ?? throw new SaymonRefusedException(SaymonErrors.InvalidLogin);
    }

    // A browser sends the cookie whoever's page it is that asks. Forms cannot be sent as JSON, and scripts tell where they are from.
    private static void CheckCookieWrite(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            return;
        }

        if (request.Headers.Origin is { Count: > 0 } origin && !IsOwn(origin.ToString(), request))
        {
            throw new SaymonRefusedException(SaymonErrors.ForeignOrigin(origin.ToString()));
        }

        var hasBody = request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0;
        if (hasBody && !string.Equals((request.ContentType ?? "").Split(';')[0].Trim(), "application/json", StringComparison.OrdinalIgnoreCase))
        {
            throw new SaymonRefusedException(SaymonErrors.Bad("Content-Type must be application/json when a session writes"));
        }
    }

    // A proxy in front may speak https where this server speaks http; the other way round nobody speaks.
    private static bool IsOwn(string origin, HttpRequest request) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page)
        && page.Scheme is "http" or "https"
        && !(request.IsHttps && page.Scheme == "http")
        && string.Equals(page.Authority, new UriBuilder(page.Scheme, request.Host.Host, request.Host.Port ?? -1).Uri.Authority, StringComparison.OrdinalIgnoreCase);

    private static SaymonRefusal? FindRateRefusal(HttpContext context, SaymonApi api, Caller caller) =>
        api.Rates.TryTake(context.Response, caller, out var retryAfterSeconds) ? null : SaymonErrors.TooManyCalls(retryAfterSeconds);

    [LoggerMessage(EventId = 351, Level = LogLevel.Warning, Message = "The store is unavailable: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string reason);

    [LoggerMessage(EventId = 352, Level = LogLevel.Error, Message = "Request {RequestId} failed")]
    private static partial void LogFault(ILogger logger, string requestId, Exception exception);
}

/// <summary>What the endpoints of the face share, resolved once.</summary>
internal sealed record SaymonApi(
    ISaymonObjects Objects,
    ISaymonBulks Bulks,
    SaymonSessions Sessions,
    Credentials Credentials,
    RateLimits Rates,
    IngestBudget Budget,
    SaymonOptions Options,
    OperationsOptions Waits,
    ILogger<SaymonApi> Logger);
