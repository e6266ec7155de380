using System.Buffers.Binary;

namespace Longhaul.Lists;

/// <summary>Why a text is no address or prefix that a list may hold.</summary>
internal enum IpFault
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>The address itself is wrong.</summary>
    Address,

    /// <summary>The prefix length is wrong.</summary>
    PrefixLength,
}

/// <summary>
/// An address or prefix in canonical form (<c>contracts/lists.md</c> 5.3): host bits cleared, a full prefix length dropped. Works on
/// bytes without allocating, since a replace brings a million of them.
/// </summary>
internal readonly struct IpValue
{
    /// <summary>Family, 16 bytes of address, prefix length.</summary>
    public const int KeyLength = 18;

    /// <summary>The longest text: eight groups and a prefix length.</summary>
    public const int MaxTextLength = 43;

    private const int MinPrefixV4 = 8;
    private const int MinPrefixV6 = 12;

    private readonly UInt128 _address;
    private readonly byte _prefix;
    private readonly bool _isV4;

    private IpValue(bool isV4, UInt128 address, int prefix)
    {
        var width = isV4 ? 32 : 128;
        var hostBits = width - prefix;
        _isV4 = isV4;
        _prefix = (byte)prefix;
        _address = hostBits == 0 ? address : address >> hostBits << hostBits;
    }

    /// <summary>Reads a text; says what is wrong with it otherwise.</summary>
    public static IpFault TryParse(ReadOnlySpan<byte> text, out IpValue value)
    {
        value = default;
        var slash = text.IndexOf((byte)'/');
        var address = slash < 0 ? text : text[..slash];
        var isV4 = address.IndexOf((byte)':') < 0;
        UInt128 bits;
        if (isV4)
        {
            if (!TryParseV4(address, out var v4))
            {
                return IpFault.Address;
            }

            bits = v4;
        }
        else if (!TryParseV6(address, out bits) || bits >> 32 == 0xFFFF)
        {
            return IpFault.Address;
        }

        var width = isV4 ? 32 : 128;
        var prefix = width;
        if (slash >= 0 && !TryParsePrefix(text[(slash + 1)..], isV4 ? MinPrefixV4 : MinPrefixV6, width, out prefix))
        {
            return IpFault.PrefixLength;
        }

        value = new IpValue(isV4, bits, prefix);
        return IpFault.None;
    }

    /// <summary>Writes the key by which it is ordered and compared.</summary>
    public void WriteKey(Span<byte> key)
    {
        key[0] = (byte)(_isV4 ? 4 : 6);
        BinaryPrimitives.WriteUInt128BigEndian(key[1..], _isV4 ? _address << 96 : _address);
        key[17] = _prefix;
    }

    /// <summary>Writes the canonical text; returns its length.</summary>
    public int Format(Span<byte> text)
    {
        var length = _isV4 ? FormatV4(text) : FormatV6(text);
        if (_prefix == (_isV4 ? 32 : 128))
        {
            return length;
        }

        text[length++] = (byte)'/';
        return length + WriteNumber(_prefix, text[length..]);
    }

    private static bool TryParseV4(ReadOnlySpan<byte> text, out uint address)
    {
        address = 0;
        for (var octet = 0; octet < 4; octet++)
        {
            if (octet > 0)
            {
                if (text.IsEmpty || text[0] != '.')
                {
                    return false;
                }

                text = text[1..];
            }

            var value = 0;
            var digits = 0;
            while (digits < text.Length && digits < 4 && char.IsAsciiDigit((char)text[digits]))
            {
                value = (value * 10) + (text[digits++] - '0');
            }

            if (digits is 0 or > 3 || value > 255 || (digits > 1 && text[0] == '0'))
            {
                return false;
            }

            address = (address << 8) | (uint)value;
            text = text[digits..];
        }

        return text.IsEmpty;
    }

    private static bool TryParseV6(ReadOnlySpan<byte> text, out UInt128 address)
    {
        address = 0;
        Span<ushort> groups = stackalloc ushort[8];
        var count = 0;
        var gap = -1;
        if (text.StartsWith("::"u8))
        {
            gap = 0;
            text = text[2..];
        }

        while (!text.IsEmpty)
        {
            if (count == 8)
            {
                return false;
            }

            if (count <= 6 && text.IndexOf((byte)':') < 0 && text.IndexOf((byte)'.') >= 0)
            {
                if (!TryParseV4(text, out var tail))
                {
                    return false;
                }

                groups[count++] = (ushort)(tail >> 16);
                groups[count++] = (ushort)tail;
                break;
            }

            if (!TryReadGroup(ref text, out groups[count++]) || !TryReadSeparator(ref text, count, ref gap))
            {
                return false;
            }
        }

        // "::" stands for at least one group of zeros.
        return (gap < 0 ? count == 8 : count < 8) && TryJoin(groups[..count], gap, out address);
    }

    private static bool TryReadGroup(ref ReadOnlySpan<byte> text, out ushort group)
    {
        var value = 0;
        var digits = 0;
        while (digits < text.Length && digits < 5 && char.IsAsciiHexDigit((char)text[digits]))
        {
            var c = (char)(text[digits++] | 0x20);
            value = (value << 4) | (c <= '9' ? c & 0xF : c - 'a' + 10);
        }

        group = (ushort)value;
        text = text[digits..];
        return digits is > 0 and <= 4;
    }

    private static bool TryReadSeparator(ref ReadOnlySpan<byte> text, int count, ref int gap)
    {
        if (text.IsEmpty)
        {
            return true;
        }

        if (text.StartsWith("::"u8) && gap < 0)
        {
            gap = count;
            text = text[2..];
            return true;
        }

        if (text[0] != ':' || text.Length == 1 || text[1] == ':')
        {
            return false;
        }

        text = text[1..];
        return true;
    }

    private static bool TryJoin(ReadOnlySpan<ushort> groups, int gap, out UInt128 address)
    {
        address = 0;
        for (var i = 0; i < 8; i++)
        {
            var zeros = 8 - groups.Length;
            var group = gap < 0 || i < gap ? groups[i] : (i < gap + zeros ? (ushort)0 : groups[i - zeros]);
            address = (address << 16) | group;
        }

        return true;
    }

    private static bool TryParsePrefix(ReadOnlySpan<byte> text, int least, int most, out int prefix)
    {
        prefix = 0;
        if (text.Length is 0 or > 3 || (text.Length > 1 && text[0] == '0'))
        {
            return false;
        }

        foreach (var c in text)
        {
            if (!char.IsAsciiDigit((char)c))
            {
                return false;
            }

            prefix = (prefix * 10) + (c - '0');
        }

        return prefix >= least && prefix <= most;
    }

    private static int WriteNumber(int value, Span<byte> text)
    {
        var length = value >= 100 ? 3 : (value >= 10 ? 2 : 1);
        for (var i = length - 1; i >= 0; i--)
        {
            text[i] = (byte)('0' + (value % 10));
            value /= 10;
        }

        return length;
    }

    private int FormatV4(Span<byte> text)
    {
        var bits = (uint)_address;
        var length = 0;
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            length += WriteNumber((int)(bits >> shift) & 0xFF, text[length..]);
            if (shift > 0)
            {
                text[length++] = (byte)'.';
            }
        }

        return length;
    }

    // RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups shortened.
    private int FormatV6(Span<byte> text)
    {
        var (gap, gapLength) = LongestZeros();
        var length = 0;
        for (var i = 0; i < 8; i++)
        {
            if (i == gap)
            {
                text[length++] = (byte)':';
                if (i == 0)
                {
                    text[length++] = (byte)':';
                }

                i += gapLength - 1;
                continue;
            }

            length += WriteHex(Group(i), text[length..]);
            if (i < 7)
            {
                text[length++] = (byte)':';
            }
        }

        return length;
    }

    private (int Start, int Length) LongestZeros()
    {
        var (best, bestLength) = (-1, 1);
        for (var i = 0; i < 8; i++)
        {
            var end = i;
            while (end < 8 && Group(end) == 0)
            {
                end++;
            }

            if (end - i > bestLength)
            {
                (best, bestLength) = (i, end - i);
            }

            i = Math.Max(i, end - 1);
        }

        return (best, best < 0 ? 0 : bestLength);
    }

    private ushort Group(int index) => (ushort)(_address >> (112 - (16 * index)));

    private static int WriteHex(ushort value, Span<byte> text)
    {
        var length = value >= 0x1000 ? 4 : (value >= 0x100 ? 3 : (value >= 0x10 ? 2 : 1));
        for (var i = length - 1; i >= 0; i--)
        {
            text[i] = "0123456789abcdef"u8[value & 0xF];
            value >>= 4;
        }

        return length;
    }
}
