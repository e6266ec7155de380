namespace Longhaul.Hosting.Cloudflare;

/// <summary>One entry of an answer's errors or messages.</summary>
/// <param name="Code">The vendor's number, or one of ours.</param>
/// <param name="Message">For people.</param>
/// <param name="Pointer">JSON Pointer into the request body, or null.</param>
/// <param name="ParameterValueIndex">Position of the item to blame, from 0, or null.</param>
internal sealed record CloudflareNote(int Code, string Message, string? Pointer = null, int? ParameterValueIndex = null);

/// <summary>An answer that is no success, and the codes that all faces of this vendor share.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Errors">At least one.</param>
internal sealed record CloudflareRefusal(int Status, IReadOnlyList<CloudflareNote> Errors)
{
    /// <summary>Seconds after which a repetition may help, or null.</summary>
    public int? RetryAfterSeconds { get; init; }

    public static CloudflareRefusal Of(int status, int code, string message) => new(status, [new CloudflareNote(code, message)]);

    public static CloudflareRefusal BadHeader(string explanation) => Of(400, 6003, $"Invalid request headers: {explanation}");

    public static CloudflareRefusal TooLarge(string limit) => Of(413, 19030, $"request too large: limit {limit}");

    public static CloudflareRefusal KeyReused() => Of(422, 19032, "Idempotency-Key was used with a different request");

    public static CloudflareRefusal NoCredential() => Of(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");

    public static CloudflareRefusal MalformedCredential() => Of(400, 6003, "Invalid request headers");

    public static CloudflareRefusal UnknownCredential() => Of(403, 10000, "Authentication error");

    public static CloudflareRefusal Unauthorized() => Of(403, 9109, "Unauthorized to access requested resource");

    public static CloudflareRefusal TooManyRequests(int retryAfterSeconds) =>
        Of(429, 971, "Please wait and consider throttling your request speed") with { RetryAfterSeconds = retryAfterSeconds };

    public static CloudflareRefusal NoRoute() => Of(404, 7003, "No route for the URI");

    public static CloudflareRefusal NoMethod(string method) => Of(405, 7001, $"Method {method} not available for the URI");

    public static CloudflareRefusal Internal(string requestId) => Of(500, 19500, $"internal error (request {requestId})");

    public static CloudflareRefusal Unavailable() => Of(503, 19503, "temporarily unavailable") with { RetryAfterSeconds = 2 };
}

/// <summary>Ends a request with a refusal.</summary>
internal sealed class CloudflareRefusedException(CloudflareRefusal refusal) : Exception(refusal.Errors[0].Message)
{
    public CloudflareRefusal Refusal => refusal;
}
