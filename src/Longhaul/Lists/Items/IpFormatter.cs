namespace Longhaul.Lists.Items;

/// <summary>Writes addresses as bytes of text in their one canonical form, without allocation.</summary>
internal static class IpFormatter
{
    public static int Format4(uint address, Span<byte> destination)
    {
        var length = FormatDecimal((byte)(address >> 24), destination);
        destination[length++] = (byte)'.';
        length += FormatDecimal((byte)(address >> 16), destination[length..]);
        destination[length++] = (byte)'.';
        length += FormatDecimal((byte)(address >> 8), destination[length..]);
        destination[length++] = (byte)'.';
        return length + FormatDecimal((byte)address, destination[length..]);
    }

    /// <summary>RFC 5952: lower case, no leading zeros, "::" for the first longest run of two or more zeros.</summary>
    public static int Format6(ulong high, ulong low, Span<byte> destination)
    {
        Span<ushort> groups = stackalloc ushort[8];
        for (var i = 0; i < 4; i++)
        {
            groups[i] = (ushort)(high >> (48 - (16 * i)));
            groups[i + 4] = (ushort)(low >> (48 - (16 * i)));
        }

        var (start, end) = LongestZeroRun(groups);
        var length = 0;
        for (var i = 0; i < 8; i++)
        {
            if (i == start)
            {
                destination[length++] = (byte)':';
                destination[length++] = (byte)':';
                i = end - 1;
                continue;
            }

            if (i > 0 && i != end)
            {
                destination[length++] = (byte)':';
            }

            length += FormatHex(groups[i], destination[length..]);
        }

        return length;
    }

    public static int FormatDecimal(byte number, Span<byte> destination)
    {
        var length = 0;
        if (number >= 100)
        {
            destination[length++] = (byte)('0' + (number / 100));
        }

        if (number >= 10)
        {
            destination[length++] = (byte)('0' + (number / 10 % 10));
        }

        destination[length++] = (byte)('0' + (number % 10));
        return length;
    }

    private static int FormatHex(ushort group, Span<byte> destination)
    {
        var length = 0;
        for (var shift = 12; shift >= 0; shift -= 4)
        {
            var digit = (group >> shift) & 0xF;
            if (digit != 0 || length > 0 || shift == 0)
            {
                destination[length++] = (byte)(digit < 10 ? '0' + digit : 'a' + digit - 10);
            }
        }

        return length;
    }

    private static (int Start, int End) LongestZeroRun(ReadOnlySpan<ushort> groups)
    {
        var best = (Start: -1, End: -1);
        for (var i = 0; i < groups.Length; i++)
        {
            var start = i;
            while (i < groups.Length && groups[i] == 0)
            {
                i++;
            }

            if (i - start >= 2 && i - start > best.End - best.Start)
            {
                best = (start, i);
            }
        }

        return best;
    }
}
