using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Longhaul.Lists.Items;

namespace Longhaul.Lists.Lookup;

/// <summary>
/// All addresses and ranges of one revision of a list in memory, for look-ups. Ranges either lie in one another or apart, and in the
/// order of their keys a range comes before all that lies in it: so what covers an address is the last entry that does not begin behind
/// it, or one of those that this entry lies in. Never changes once built; safe for any number of readers.
/// </summary>
/// <remarks>An IPv4 entry takes 41 bytes and its payload, an IPv6 entry 53 and its payload.</remarks>
internal sealed class AddressIndex
{
    private readonly Family<uint> _version4;
    private readonly Family<UInt128> _version6;

    private AddressIndex(long revision, Family<uint> version4, Family<UInt128> version6)
    {
        Revision = revision;
        _version4 = version4;
        _version6 = version6;
    }

    /// <summary>The revision that it shows.</summary>
    public long Revision { get; }

    public int Count => _version4.Count + _version6.Count;

    /// <summary>What it occupies, in bytes.</summary>
    public long Bytes => _version4.Bytes + _version6.Bytes;

    /// <summary>Adds the items that cover an address or range, the most specific one first.</summary>
    public void Find(IpValue value, List<ListItem> found)
    {
        Span<byte> key = stackalloc byte[IpValue.SortKeyLength];
        value.WriteSortKey(key);
        if (value.IsVersion4)
        {
            _version4.Find(BinaryPrimitives.ReadUInt32BigEndian(key[1..]), value.PrefixLength, key, found);
        }
        else
        {
            _version6.Find(BinaryPrimitives.ReadUInt128BigEndian(key[1..]), value.PrefixLength, key, found);
        }
    }

    /// <summary>Takes items in the order of their keys.</summary>
    public sealed class Builder(long revision, int expectedCount)
    {
        private readonly Family<uint> _version4 = new(32, expectedCount);
        private readonly Family<UInt128> _version6 = new(128, 0);

        public long Bytes => _version4.Bytes + _version6.Bytes;

        public void Add(ListItem item)
        {
            var value = IpValue.FromSortKey(item.SortKey);
            if (value.IsVersion4)
            {
                _version4.Add(BinaryPrimitives.ReadUInt32BigEndian(item.SortKey.AsSpan(1)), value.PrefixLength, item);
            }
            else
            {
                _version6.Add(BinaryPrimitives.ReadUInt128BigEndian(item.SortKey.AsSpan(1)), value.PrefixLength, item);
            }
        }

        public AddressIndex Build() => new(revision, _version4, _version6);
    }

    /// <summary>The entries of one version of the protocol: columns, and what an answer needs packed behind one another.</summary>
    private sealed class Family<T>(int bits, int expectedCount)
        where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        private const int BlockBits = 20;
        private const int BlockLength = 1 << BlockBits;
        private const int HeaderLength = 16 + 4 + 4 + 4;

        private readonly List<byte[]> _blocks = [];
        private T[] _starts = new T[expectedCount];
        private byte[] _prefixes = new byte[expectedCount];
        private int[] _parents = new int[expectedCount];
        private uint[] _records = new uint[expectedCount];
        private int _used = BlockLength;

        public int Count { get; private set; }

        public long Bytes => (_starts.LongLength * (Unsafe.SizeOf<T>() + 1 + 4 + 4)) + ((long)_blocks.Count * BlockLength);

        public void Add(T start, byte prefixLength, ListItem item)
        {
            if (Count == _starts.Length)
            {
                Grow();
            }

            (_starts[Count], _prefixes[Count]) = (start, prefixLength);
            _parents[Count] = FindParent(Count - 1, start, prefixLength);
            _records[Count] = Pack(item);
            Count++;
        }

        public void Find(T address, byte prefixLength, ReadOnlySpan<byte> key, List<ListItem> found)
        {
            for (var entry = FindParent(LastNotBehind(address), address, prefixLength); entry >= 0; entry = _parents[entry])
            {
                found.Add(Unpack(entry, key));
            }
        }

        /// <summary>The entry, from one on outwards, that a range lies in; -1 when there is none.</summary>
        private int FindParent(int entry, T start, byte prefixLength)
        {
            while (entry >= 0 && !Covers(entry, start, prefixLength))
            {
                entry = _parents[entry];
            }

            return entry;
        }

        private bool Covers(int entry, T start, byte prefixLength)
        {
            var prefix = _prefixes[entry];
            return prefix <= prefixLength && (prefix == 0 || (_starts[entry] ^ start) >>> (bits - prefix) == T.Zero);
        }

        private int LastNotBehind(T address)
        {
            var found = _starts.AsSpan(0, Count).BinarySearch(address);
            if (found < 0)
            {
                return ~found - 1;
            }

            // Of several that begin there the last one is the most specific.
            while (found + 1 < Count && _starts[found + 1] == address)
            {
                found++;
            }

            return found;
        }

        private void Grow()
        {
            var size = Math.Max(16, Count + (Count / 2));
            Array.Resize(ref _starts, size);
            Array.Resize(ref _prefixes, size);
            Array.Resize(ref _parents, size);
            Array.Resize(ref _records, size);
        }

        private uint Pack(ListItem item)
        {
            var length = HeaderLength + item.Payload.Length;
            if (length > BlockLength - _used)
            {
                _blocks.Add(GC.AllocateUninitializedArray<byte>(BlockLength));
                _used = 0;
            }

            var record = _blocks[^1].AsSpan(_used, length);
            item.Id.CopyTo(record);
            BinaryPrimitives.WriteUInt32LittleEndian(record[16..], (uint)item.CreatedOn);
            BinaryPrimitives.WriteUInt32LittleEndian(record[20..], (uint)item.ModifiedOn);
            BinaryPrimitives.WriteInt32LittleEndian(record[24..], item.Payload.Length);
            item.Payload.CopyTo(record[HeaderLength..]);
            var address = ((uint)(_blocks.Count - 1) << BlockBits) | (uint)_used;
            _used += length;
            return address;
        }

        private ListItem Unpack(int entry, ReadOnlySpan<byte> key)
        {
            var address = _records[entry];
            var record = _blocks[(int)(address >> BlockBits)].AsSpan((int)(address & (BlockLength - 1)));
            return new ListItem(
                IpValue.FromSortKey(key).Widen(_prefixes[entry]).ToSortKey(),
                record[..16].ToArray(),
                BinaryPrimitives.ReadUInt32LittleEndian(record[16..]),
                BinaryPrimitives.ReadUInt32LittleEndian(record[20..]),
                record.Slice(HeaderLength, BinaryPrimitives.ReadInt32LittleEndian(record[24..])).ToArray());
        }
    }
}
