using Longhaul.AspNetCore;

namespace Longhaul.Lists.Transfer;

/// <summary>What export and import say of themselves in the face's OpenAPI document; their shapes stand in its frame.</summary>
internal static class TransferOpenApi
{
    private const string Tag = "Whole lists";

    public static readonly RouteDescription Export = new(
        "transfer-export",
        Tag,
        "Streams the present revision of a list in the order of its keys. A revision that is known already costs one small read.")
    {
        Notes = "Send the `ETag` of an earlier export as `If-None-Match`. If the revision is given up while it is read, the connection is cut.",
        Parameters = ["exportFormat", "ifNoneMatch"],
        Answers = [(200, "Exported"), (304, "NotModified")],
        Errors = [400, 403, 404, 500, 503],
    };

    public static readonly RouteDescription Import = new(
        "transfer-import",
        Tag,
        "Adds the items of a file to a list, or replaces all of its items by them. Answers as soon as the operation is durable.")
    {
        Notes = "One operation for the whole file. Errors name the line as well as the position.",
        Parameters = ["importFormat", "mode", "prefer", "idempotencyKey"],
        Body = "File",
        Answers = [(200, "Accepted")],
        Errors = [400, 403, 404, 408, 413, 415, 422, 429, 500, 503],
    };
}
