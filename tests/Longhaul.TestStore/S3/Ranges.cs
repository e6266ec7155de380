using System.Globalization;
using Longhaul.TestStores.Http;

namespace Longhaul.TestStores.S3;

/// <summary>One byte range; several are answered with the whole, as S3 does.</summary>
internal static class Ranges
{
    public static (long Offset, long Length)? Parse(string? header, long size)
    {
        if (header is null || !header.StartsWith("bytes=", StringComparison.Ordinal) || header.Contains(',', StringComparison.Ordinal))
        {
            return null;
        }

        var ends = header["bytes=".Length..].Split('-');
        if (ends.Length != 2 || !TryNumber(ends[0], out var first) || !TryNumber(ends[1], out var last) || (first is null && last is null) || last < first)
        {
            return null;
        }

        if (first is null)
        {
            return size == 0 || last == 0 ? throw Unsatisfiable(size) : (Math.Max(0, size - last!.Value), Math.Min(size, last.Value));
        }

        return first >= size ? throw Unsatisfiable(size) : (first.Value, Math.Min(last ?? size - 1, size - 1) - first.Value + 1);
    }

    private static bool TryNumber(string text, out long? number)
    {
        number = null;
        if (text.Length == 0)
        {
            return true;
        }

        var isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed);
        number = parsed;
        return isNumber;
    }

    private static S3Exception Unsatisfiable(long size) =>
        new(416, "InvalidRange", "The requested range is not satisfiable", ("#ActualObjectSize", $"{size}"), ("Content-Range", $"bytes */{size}"));
}
