using System.Buffers.Binary;

namespace Longhaul.Lists.Bodies;

/// <summary>An item id as its sixteen bytes; sorted by them, then by the place in the request.</summary>
internal readonly struct ItemIdEntry : IComparable<ItemIdEntry>
{
    public const int Length = 16;

    private readonly ulong _high;
    private readonly ulong _low;

    private ItemIdEntry(ulong high, ulong low, int index)
    {
        _high = high;
        _low = low;
        Index = index;
    }

    public int Index { get; }

    /// <summary>Only lower-case hex has the form of an id: ids are compared as they were given out.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, int index, out ItemIdEntry entry)
    {
        entry = default;
        if (text.Length != 2 * Length)
        {
            return false;
        }

        ulong high = 0;
        ulong low = 0;
        foreach (var digit in text)
        {
            if (!char.IsAsciiHexDigitLower((char)digit))
            {
                return false;
            }

            high = (high << 4) | (low >> 60);
            low = (low << 4) | (uint)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
        }

        entry = new ItemIdEntry(high, low, index);
        return true;
    }

    public bool IsSameId(ItemIdEntry other) => (_high, _low) == (other._high, other._low);

    public void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt64BigEndian(destination, _high);
        BinaryPrimitives.WriteUInt64BigEndian(destination[8..], _low);
    }

    public int CompareTo(ItemIdEntry other)
    {
        if (_high != other._high)
        {
            return _high < other._high ? -1 : 1;
        }

        return _low != other._low ? _low.CompareTo(other._low) : Index.CompareTo(other.Index);
    }
}
