using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon;

/// <summary>What stands for an object in a path: its id, or its discovery id in one of the vendor's spellings.</summary>
internal static class SaymonPaths
{
    private static readonly string[] DiscoveryPrefixes = ["discovery_id:", "discoveryid:", "discovery id:"];

    /// <summary>The path of a call in the one spelling that stands for both.</summary>
    public static string Canonical(string path) => path.Replace("/bulks/", "/bulk/", StringComparison.OrdinalIgnoreCase);

    /// <summary>The id that a path part stands for, whether or not there is such an object; null for a discovery id that nobody has, and for anything else.</summary>
    public static async ValueTask<string?> ResolveAsync(Database database, string account, string path, CancellationToken cancellationToken)
    {
        if (ObjectIds.IsId(path))
        {
            return ObjectIds.Normalize(path);
        }

        return DiscoveryPrefixes.FirstOrDefault(p => path.StartsWith(p, StringComparison.Ordinal)) is { } prefix && !path.Contains('\0')
            ? await database.ReadOneAsync((session, token) => SaymonStore.FindDiscoveredAsync(session, account, path[prefix.Length..], token), cancellationToken)
            : null;
    }
}
