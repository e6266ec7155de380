using System.Globalization;
using Longhaul.Lists.Bodies;

namespace Longhaul.Lists;

/// <summary>The texts of <c>contracts/lists.md</c> section 10, and the answers that carry them.</summary>
internal static class ListsMessages
{
    public static string UnknownList(string id) => $"could not find list: {id}";

    public static string TooManyItems(int limit) => string.Create(CultureInfo.InvariantCulture, $"request too large: limit {limit} items; split the request");
}

/// <summary>An answer of the Lists face that is no success.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Errors">At least one.</param>
internal sealed record ListsRefusal(int Status, IReadOnlyList<ListError> Errors)
{
    /// <summary>Seconds after which a repetition may help, or null.</summary>
    public int? RetryAfterSeconds { get; init; }

    public static ListsRefusal Of(int status, int code, string message) => new(status, [new ListError(code, message, null, null)]);

    public static ListsRefusal Invalid(IReadOnlyList<ListError> errors) => new(400, errors);

    public static ListsRefusal UnknownList(string? id) => Of(404, 19001, ListsMessages.UnknownList(id ?? ""));

    public static ListsRefusal UnknownItem(string? id) => Of(404, 19002, $"could not find item: {id}");

    public static ListsRefusal UnknownOperation(string? id) => Of(404, 19003, $"could not find bulk operation: {id}");

    public static ListsRefusal NameTaken(string name) => Of(400, 19013, $"filters.api.duplicate_list_name: a list named '{name}' exists; names are compared without case");

    public static ListsRefusal TooManyLists(int limit) => Of(400, 19014, string.Create(CultureInfo.InvariantCulture, $"filters.api.maximum_number_of_lists: limit {limit}"));

    public static ListsRefusal BadCursor(string? why = null) => Of(400, 10027, why is null ? "invalid or expired cursor" : $"invalid or expired cursor: {why}");

    public static ListsRefusal BadSearch() => Of(400, 10026, "filters.api.invalid_json: search holds U+0000 or a lone surrogate");

    public static ListsRefusal BadHeader(string explanation) => Of(400, 6003, $"Invalid request headers: {explanation}");

    public static ListsRefusal Pending(string detail) => Of(429, 19020, $"filters.api.pending_bulk_operation: {detail}") with { RetryAfterSeconds = 1 };

    public static ListsRefusal TooLarge(string limit) => Of(413, 19030, $"request too large: limit {limit}");

    public static ListsRefusal KeyReused() => Of(422, 19032, "Idempotency-Key was used with a different request");

    public static ListsRefusal Multipart() => Of(415, 19033, "send JSON");

    public static ListsRefusal NoCredential() => Of(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers");

    public static ListsRefusal MalformedCredential() => Of(400, 6003, "Invalid request headers");

    public static ListsRefusal UnknownCredential() => Of(403, 10000, "Authentication error");

    public static ListsRefusal Unauthorized() => Of(403, 9109, "Unauthorized to access requested resource");

    public static ListsRefusal TooManyRequests(int retryAfterSeconds) =>
        Of(429, 971, "Please wait and consider throttling your request speed") with { RetryAfterSeconds = retryAfterSeconds };

    public static ListsRefusal NoRoute() => Of(404, 7003, "No route for the URI");

    public static ListsRefusal NoMethod(string method) => Of(405, 7001, $"Method {method} not available for the URI");

    public static ListsRefusal BodyBroken() => Of(400, 10026, "filters.api.invalid_json: the body ended before it was complete");

    public static ListsRefusal BodyTooSlow() => Of(408, 10026, "filters.api.invalid_json: the body arrived too slowly");

    public static ListsRefusal Internal(string requestId) => Of(500, 19500, $"internal error (request {requestId})");

    public static ListsRefusal Unavailable() => Of(503, 19503, "temporarily unavailable") with { RetryAfterSeconds = 2 };
}

/// <summary>Ends a request with a refusal.</summary>
internal sealed class ListsRefusedException(ListsRefusal refusal) : Exception(refusal.Errors[0].Message)
{
    public ListsRefusal Refusal => refusal;
}
