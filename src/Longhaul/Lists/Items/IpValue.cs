using System.Buffers.Binary;
using System.Text;

namespace Longhaul.Lists.Items;

/// <summary>
/// An address or range in canonical form: host bits cleared, so that equal values are equal keys.
/// An IPv4 address fills the first four of the sixteen address bytes.
/// </summary>
internal readonly struct IpValue : IEquatable<IpValue>
{
    public const int SortKeyLength = 18;
    public const int MaxTextLength = 43;

    private const byte Version4 = 4;
    private const byte Version6 = 6;

    private readonly ulong _high;
    private readonly ulong _low;

    private IpValue(byte family, ulong high, ulong low, byte prefixLength)
    {
        Family = family;
        PrefixLength = prefixLength;
        _high = prefixLength >= 64 ? high : high & ~(ulong.MaxValue >> prefixLength);
        _low = prefixLength <= 64 ? 0 : prefixLength == 128 ? low : low & ~(ulong.MaxValue >> (prefixLength - 64));
    }

    public byte Family { get; }

    public byte PrefixLength { get; }

    public bool IsVersion4 => Family == Version4;

    /// <summary>The shortest prefix length that a list takes.</summary>
    public byte ShortestPrefixLength => (byte)(IsVersion4 ? 8 : 12);

    public static IpFault Parse(ReadOnlySpan<byte> text, out IpValue value)
    {
        value = default;
        var slash = text.IndexOf((byte)'/');
        var address = slash < 0 ? text : text[..slash];
        var isVersion6 = address.Contains((byte)':');
        ulong high;
        ulong low = 0;
        if (isVersion6)
        {
            if (!IpParser.TryParse6(address, out high, out low))
            {
                return IpFault.NotAnAddress;
            }

            // As written, before host bits go: otherwise one IPv4 address could be two keys.
            if (high == 0 && low >> 32 == 0xFFFF)
            {
                return IpFault.MappedAddress;
            }
        }
        else
        {
            if (!IpParser.TryParse4(address, out var version4))
            {
                return IpFault.NotAnAddress;
            }

            high = (ulong)version4 << 32;
        }

        var longest = isVersion6 ? 128 : 32;
        var prefixLength = longest;
        var shortest = isVersion6 ? 12 : 8;
        if (slash >= 0 && !IpParser.TryParsePrefixLength(text[(slash + 1)..], shortest, longest, out prefixLength))
        {
            return IpFault.BadPrefixLength;
        }

        value = new IpValue(isVersion6 ? Version6 : Version4, high, low, (byte)prefixLength);
        return IpFault.None;
    }

    /// <summary>The range of a shorter prefix that this one lies in.</summary>
    public IpValue Widen(byte prefixLength) => new(Family, _high, _low, prefixLength);

    public static IpValue FromSortKey(ReadOnlySpan<byte> sortKey)
    {
        if (sortKey.Length != SortKeyLength || sortKey[0] is not (Version4 or Version6))
        {
            throw new ArgumentException("This is no sort key of an address.", nameof(sortKey));
        }

        var high = BinaryPrimitives.ReadUInt64BigEndian(sortKey[1..]);
        var low = BinaryPrimitives.ReadUInt64BigEndian(sortKey[9..]);
        return new IpValue(sortKey[0], high, low, sortKey[17]);
    }

    public void WriteSortKey(Span<byte> destination)
    {
        destination[0] = Family;
        BinaryPrimitives.WriteUInt64BigEndian(destination[1..], _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[9..], _low);
        destination[17] = PrefixLength;
    }

    public byte[] ToSortKey()
    {
        var key = new byte[SortKeyLength];
        WriteSortKey(key);
        return key;
    }

    /// <summary>Writes at most <see cref="MaxTextLength"/> bytes and returns how many.</summary>
    public int Format(Span<byte> destination)
    {
        var length = Family == Version4
            ? IpFormatter.Format4((uint)(_high >> 32), destination)
            : IpFormatter.Format6(_high, _low, destination);
        if (PrefixLength == (Family == Version4 ? 32 : 128))
        {
            return length;
        }

        destination[length++] = (byte)'/';
        return length + IpFormatter.FormatDecimal(PrefixLength, destination[length..]);
    }

    public bool Equals(IpValue other) =>
        (Family, PrefixLength, _high, _low) == (other.Family, other.PrefixLength, other._high, other._low);

    public override bool Equals(object? obj) => obj is IpValue other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Family, PrefixLength, _high, _low);

    public override string ToString()
    {
        Span<byte> text = stackalloc byte[MaxTextLength];
        return Encoding.ASCII.GetString(text[..Format(text)]);
    }
}
