using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>Which objects cannot be read before somebody brings them back. GLACIER_IR can.</summary>
internal static class StorageClasses
{
    public const string SkippedStorageClass = "importSkippedStorageClass";
    public const string SkippedRequiresRetrieval = "importSkippedRequiresRetrieval";
    public const string SkippedOversized = "importSkippedOversized";

    /// <summary>True for the classes that a listing shows to be archives. Those of Intelligent-Tiering it does not tell apart.</summary>
    public static bool IsArchive(string? storageClass) => storageClass is "GLACIER" or "DEEP_ARCHIVE";

    /// <summary>True when the headers of an object say that it cannot be read now.</summary>
    public static bool IsArchived(ObjectFacts facts)
        => (IsArchive(facts.StorageClass) || facts.ArchiveStatus is not null) && !IsRestored(facts.Restore);

    /// <summary>The class, and the tier within it, as a log shows it.</summary>
    public static string Name(ObjectFacts facts)
        => facts.ArchiveStatus is { } tier ? $"{facts.StorageClass} {tier}" : facts.StorageClass ?? "STANDARD";

    // ongoing-request="false", expiry-date="…"
    private static bool IsRestored(string? restore)
        => restore is not null && restore.Contains("ongoing-request=\"false\"", StringComparison.OrdinalIgnoreCase);
}
