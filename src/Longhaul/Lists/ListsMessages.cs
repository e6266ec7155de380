using System.Globalization;
using Longhaul.Hosting.Cloudflare;
using Longhaul.Lists.Bodies;

namespace Longhaul.Lists;

/// <summary>The texts of <c>contracts/lists.md</c> section 10 that more than one place needs.</summary>
internal static class ListsMessages
{
    public static string UnknownList(string id) => $"could not find list: {id}";

    public static string TooManyItems(int limit) => string.Create(CultureInfo.InvariantCulture, $"request too large: limit {limit} items; split the request");
}

/// <summary>The refusals that only this face has.</summary>
internal static class ListsRefusal
{
    public static CloudflareRefusal Invalid(IReadOnlyList<ListError> errors) =>
        new(400, [.. errors.Select(e => new CloudflareNote(e.Code, e.Message, e.Pointer, e.ParameterValueIndex))]);

    public static CloudflareRefusal UnknownList(string? id) => CloudflareRefusal.Of(404, 19001, ListsMessages.UnknownList(id ?? ""));

    public static CloudflareRefusal UnknownItem(string? id) => CloudflareRefusal.Of(404, 19002, $"could not find item: {id}");

    public static CloudflareRefusal UnknownOperation(string? id) => CloudflareRefusal.Of(404, 19003, $"could not find bulk operation: {id}");

    public static CloudflareRefusal NameTaken(string name) =>
        CloudflareRefusal.Of(400, 19013, $"filters.api.duplicate_list_name: a list named '{name}' exists; names are compared without case");

    public static CloudflareRefusal TooManyLists(int limit) =>
        CloudflareRefusal.Of(400, 19014, string.Create(CultureInfo.InvariantCulture, $"filters.api.maximum_number_of_lists: limit {limit}"));

    public static CloudflareRefusal BadCursor(string? why = null) =>
        CloudflareRefusal.Of(400, 10027, why is null ? "invalid or expired cursor" : $"invalid or expired cursor: {why}");

    public static CloudflareRefusal BadSearch() => BadBody(400, "search holds U+0000 or a lone surrogate");

    public static CloudflareRefusal Pending(string detail) =>
        CloudflareRefusal.Of(429, 19020, $"filters.api.pending_bulk_operation: {detail}") with { RetryAfterSeconds = 1 };

    public static CloudflareRefusal Multipart() => CloudflareRefusal.Of(415, 19033, "send JSON");

    public static CloudflareRefusal BadBody(int status, string explanation) => CloudflareRefusal.Of(status, ListError.InvalidJsonCode, $"filters.api.invalid_json: {explanation}");
}
