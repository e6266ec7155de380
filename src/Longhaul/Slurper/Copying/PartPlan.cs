using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>How an object is cut into parts: all equal but the last.</summary>
/// <param name="Size">Bytes of the whole, at least 1.</param>
/// <param name="PartBytes">Bytes of each part but the last.</param>
internal readonly record struct PartPlan(long Size, long PartBytes)
{
    public const int MaxParts = 10_000;

    private const long Mebibyte = 1L << 20;

    /// <summary>Number of parts.</summary>
    public int Count => (int)((Size + PartBytes - 1) / PartBytes);

    /// <summary>Parts of the wanted size, grown to whole MiB where there would be more than 10,000.</summary>
    public static PartPlan Of(long size, long partBytes)
    {
        var least = (size + MaxParts - 1) / MaxParts;
        return new PartPlan(size, least <= partBytes ? partBytes : (least + Mebibyte - 1) / Mebibyte * Mebibyte);
    }

    /// <summary>The bytes of a part; numbers begin with 1.</summary>
    public ByteRange Range(int number)
    {
        var first = (number - 1) * PartBytes;
        return new ByteRange(first, Math.Min(first + PartBytes, Size) - 1);
    }
}
