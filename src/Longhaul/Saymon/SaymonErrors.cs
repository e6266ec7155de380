using System.Globalization;

namespace Longhaul.Saymon;

/// <summary>An answer of the face that is no success: <c>contracts/saymon.md</c> section 9.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">The vendor's word.</param>
/// <param name="Message">A sentence; with 401 a JSON text.</param>
internal sealed record SaymonRefusal(int Status, string Code, string Message)
{
    /// <summary>Seconds after which a repetition may help, or null.</summary>
    public int? RetryAfterSeconds { get; init; }
}

/// <summary>The refusals of section 9.</summary>
internal static class SaymonErrors
{
    private const int Soon = 1;
    private const int Later = 2;

    public static SaymonRefusal NotLoggedIn { get; } = Unauthorized("Not logged in.");

    public static SaymonRefusal SessionExpired { get; } = Unauthorized("Session expired.");

    public static SaymonRefusal InvalidToken { get; } = Unauthorized("Invalid API token.");

    public static SaymonRefusal InvalidLogin { get; } = Unauthorized("Invalid login or password.") with { Code = "InvalidCredentials" };

    public static SaymonRefusal BodyBroken { get; } = Of(SaymonFault.InvalidJson("the body ended before it was complete"));

    public static SaymonRefusal BodyTooSlow { get; } = Of(SaymonFault.InvalidJson("the body arrived too slowly"));

    public static SaymonRefusal Unavailable { get; } =
        new(503, SaymonFaultCodes.ServiceUnavailable, "temporarily unavailable; try again later") { RetryAfterSeconds = Later };

    public static SaymonRefusal Bad(string message) => new(400, SaymonFaultCodes.BadRequest, message);

    /// <summary>What a use case has found.</summary>
    public static SaymonRefusal Of(SaymonFault fault) => fault.Code switch
    {
        SaymonFaultCodes.InvalidContent or SaymonFaultCodes.BadRequest => new(400, fault.Code, fault.Message),
        SaymonFaultCodes.Forbidden => new(403, fault.Code, fault.Message),
        SaymonFaultCodes.ResourceNotFound => new(404, fault.Code, fault.Message),
        SaymonFaultCodes.IdempotencyMismatch => new(422, fault.Code, fault.Message),
        SaymonFaultCodes.TooManyRequests => new(429, fault.Code, fault.Message) { RetryAfterSeconds = Soon },
        SaymonFaultCodes.ServiceUnavailable => new(503, fault.Code, fault.Message) { RetryAfterSeconds = Later },
        _ => throw new InvalidOperationException($"no status for the code {fault.Code}"),
    };

    /// <summary>A permission is missing; in the vendor's words where the vendor has one.</summary>
    public static SaymonRefusal Forbidden(string permissions) => new(403, SaymonFaultCodes.Forbidden, $"Permissions required: {permissions}");

    public static SaymonRefusal ForeignOrigin(string origin) =>
        new(403, SaymonFaultCodes.Forbidden, $"Origin {origin} is not this server: a session writes from its own pages only; use Basic or a token from elsewhere");

    public static SaymonRefusal NoRoute(string path) => Of(SaymonFault.Unknown("Route", path));

    public static SaymonRefusal NoMethod(string method) => new(405, "MethodNotAllowed", $"{method} is not allowed");

    public static SaymonRefusal TooLarge(long limit) =>
        new(413, "RequestEntityTooLarge", string.Create(CultureInfo.InvariantCulture, $"the body is larger than {limit} bytes (Saymon:MaxBodyBytes)"));

    public static SaymonRefusal TooManyCalls(int retryAfterSeconds) =>
        new(429, SaymonFaultCodes.TooManyRequests, "this credential has used up its requests for now (Hosting:RateLimitRequests)") { RetryAfterSeconds = retryAfterSeconds };

    public static SaymonRefusal Internal(string requestId) => new(500, "InternalError", $"internal error (request {requestId})");

    // The message of a 401 is itself a JSON text; these have nothing in them that JSON escapes.
    private static SaymonRefusal Unauthorized(string message) => new(401, "Unauthorized", $$"""{"errorCode":3,"message":"{{message}}"}""");
}

/// <summary>Ends a request with a refusal.</summary>
internal sealed class SaymonRefusedException(SaymonRefusal refusal) : Exception(refusal.Message)
{
    public SaymonRefusal Refusal => refusal;
}
