namespace Longhaul.Lists.Items;

/// <summary>
/// Reads addresses from bytes of text. Runs a million times per request, hence by hand and without allocation;
/// the library's parsers also accept octal octets, zones and brackets, which are refused here.
/// </summary>
internal static class IpParser
{
    public static bool TryParse4(ReadOnlySpan<byte> text, out uint address)
    {
        address = 0;
        if (text.Length is < 7 or > 15)
        {
            return false;
        }

        var position = 0;
        for (var octet = 0; octet < 4; octet++)
        {
            if (octet > 0 && (position == text.Length || text[position++] != '.'))
            {
                return false;
            }

            var start = position;
            var number = 0u;
            while (position < text.Length && position - start < 3 && char.IsAsciiDigit((char)text[position]))
            {
                number = (number * 10) + text[position++] - '0';
            }

            var hasLeadingZero = position - start > 1 && text[start] == '0';
            if (position == start || number > 255 || hasLeadingZero)
            {
                return false;
            }

            address = (address << 8) | number;
        }

        return position == text.Length;
    }

    public static bool TryParse6(ReadOnlySpan<byte> text, out ulong high, out ulong low)
    {
        high = 0;
        low = 0;
        Span<ushort> groups = stackalloc ushort[8];
        if (text.Length is < 2 or > 45 || !TryReadGroups(text, groups, out var count, out var gap))
        {
            return false;
        }

        if (gap < 0 ? count != 8 : count > 7)
        {
            return false;
        }

        if (gap >= 0)
        {
            groups[gap..count].CopyTo(groups[(8 - (count - gap))..]);
            groups.Slice(gap, 8 - count).Clear();
        }

        for (var i = 0; i < 4; i++)
        {
            high = (high << 16) | groups[i];
            low = (low << 16) | groups[i + 4];
        }

        return true;
    }

    public static bool TryParsePrefixLength(ReadOnlySpan<byte> text, int shortest, int longest, out int length)
    {
        length = 0;
        if (text.Length is 0 or > 3 || text[0] == '0')
        {
            return false;
        }

        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            length = (length * 10) + digit - '0';
        }

        return length >= shortest && length <= longest;
    }

    /// <summary>The gap says how many groups stand before "::", or -1 without one.</summary>
    private static bool TryReadGroups(ReadOnlySpan<byte> text, Span<ushort> groups, out int count, out int gap)
    {
        count = 0;
        gap = -1;
        var position = 0;
        if (text[0] == ':')
        {
            if (text[1] != ':')
            {
                return false;
            }

            gap = 0;
            position = 2;
        }

        while (position < text.Length)
        {
            if (count == 8)
            {
                return false;
            }

            var start = position;
            var number = 0;
            while (position < text.Length && position - start < 4 && char.IsAsciiHexDigit((char)text[position]))
            {
                number = (number << 4) | HexDigit(text[position++]);
            }

            if (position < text.Length && text[position] == '.')
            {
                return TryReadTail4(text[start..], groups, ref count);
            }

            if (position == start)
            {
                return false;
            }

            groups[count++] = (ushort)number;
            if (position == text.Length)
            {
                return true;
            }

            if (text[position++] != ':' || position == text.Length)
            {
                return false;
            }

            if (text[position] == ':')
            {
                if (gap >= 0)
                {
                    return false;
                }

                gap = count;
                position++;
            }
        }

        return true;
    }

    private static bool TryReadTail4(ReadOnlySpan<byte> text, Span<ushort> groups, ref int count)
    {
        if (count > 6 || !TryParse4(text, out var address))
        {
            return false;
        }

        groups[count++] = (ushort)(address >> 16);
        groups[count++] = (ushort)address;
        return true;
    }

    private static int HexDigit(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
