using System.Text;

namespace Longhaul.Lists.Transfer;

/// <summary>The columns of a redirect behind source and target, in the vendor's order, which is not that of the payload.</summary>
internal static class RedirectColumns
{
    /// <summary>Source and target.</summary>
    public const int Required = 2;

    /// <summary>Where <c>status</c> stands, from 0.</summary>
    public const int Status = 2;

    /// <summary>The members of the columns from the status on.</summary>
    public static IReadOnlyList<string> Options { get; } =
        ["status_code", "preserve_query_string", "include_subdomains", "subpath_matching", "preserve_path_suffix"];

    /// <summary>The same as they stand in JSON.</summary>
    public static IReadOnlyList<byte[]> OptionNames { get; } = [.. Options.Select(Encoding.ASCII.GetBytes)];

    /// <summary>All columns.</summary>
    public static int Count => Required + Options.Count;
}
