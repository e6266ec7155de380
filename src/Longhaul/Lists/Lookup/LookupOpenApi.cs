using Longhaul.AspNetCore;

namespace Longhaul.Lists.Lookup;

/// <summary>What the look-ups say of themselves in the face's OpenAPI document; their shapes stand in its frame.</summary>
internal static class LookupOpenApi
{
    private const string Tag = "Look-ups";

    private static readonly int[] Errors = [400, 403, 404, 500, 503];

    public static readonly RouteDescription Contains = new(
        "lookup-contains",
        Tag,
        "Tells which items of a list cover an address or range, a host name or an AS number, the most specific one first.")
    {
        Notes = "Of the current revision: what a completed operation has written is in every answer after it.",
        Parameters = ["value"],
        Answers = [(200, "Coverage")],
        Errors = Errors,
    };

    public static readonly RouteDescription Resolve = new(
        "lookup-resolve", Tag, "Tells which redirect of a list a request would take, and where it would go.")
    {
        Notes = "The host itself goes before one that includes its subdomains, of these the most specific, then the longest path, then a source with a scheme.",
        Parameters = ["url"],
        Answers = [(200, "Resolution")],
        Errors = Errors,
    };
}
