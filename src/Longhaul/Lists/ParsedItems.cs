namespace Longhaul.Lists;

/// <summary>
/// The checked items of a body, sorted by key. Keys and payloads lie in large blocks, not in objects: a million addresses take about
/// 80 MB.
/// </summary>
internal sealed class ParsedItems
{
    private const int BlockLength = 1 << 20;

    private readonly List<byte[]> _blocks = [];
    private Entry[] _entries = new Entry[64];
    private int _used = BlockLength;
    private bool _isSorted = true;

    public int Count { get; private set; }

    /// <summary>The sort key of an item, in sorted order.</summary>
    public ReadOnlySpan<byte> Key(int i) => _blocks[_entries[i].Block].AsSpan(_entries[i].Offset, _entries[i].KeyLength);

    /// <summary>The UTF-8 JSON object of what is echoed.</summary>
    public ReadOnlySpan<byte> Payload(int i) =>
        _blocks[_entries[i].Block].AsSpan(_entries[i].Offset + _entries[i].KeyLength, _entries[i].PayloadLength);

    /// <summary>Where the item stood in the body, from 0.</summary>
    public int Index(int i) => _entries[i].Index;

    public void Add(int index, ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload)
    {
        var length = key.Length + payload.Length;
        if (_used + length > BlockLength)
        {
            _blocks.Add(new byte[Math.Max(BlockLength, length)]);
            _used = 0;
        }

        key.CopyTo(_blocks[^1].AsSpan(_used));
        payload.CopyTo(_blocks[^1].AsSpan(_used + key.Length));
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        _entries[Count] = new Entry(_blocks.Count - 1, _used, key.Length, payload.Length, index);
        _used += length;
        _isSorted &= Count == 0 || Key(Count - 1).SequenceCompareTo(key) < 0;
        Count++;
    }

    /// <summary>Puts the items in the order of their keys. Completes with the indexes of repeated keys, ascending; the first of each key is not among them.</summary>
    public List<int> SortAndFindDuplicates()
    {
        var duplicates = new List<int>();
        if (_isSorted)
        {
            return duplicates;
        }

        // Nearly every comparison is decided by the first sixteen bytes, which lie beside each other here.
        var order = new SortEntry[Count];
        for (var i = 0; i < Count; i++)
        {
            order[i] = new SortEntry(Prefix(Key(i), 0), Prefix(Key(i), 8), i);
        }

        order.AsSpan().Sort(new ByKey(this));
        var entries = new Entry[Count];
        for (var i = 0; i < Count; i++)
        {
            entries[i] = _entries[order[i].Place];
        }

        _entries = entries;
        for (var i = 1; i < Count; i++)
        {
            if (Key(i).SequenceEqual(Key(i - 1)))
            {
                duplicates.Add(Index(i));
            }
        }

        duplicates.Sort();
        return duplicates;
    }

    private static ulong Prefix(ReadOnlySpan<byte> key, int from)
    {
        ulong prefix = 0;
        for (var i = from; i < from + 8; i++)
        {
            prefix = (prefix << 8) | (i < key.Length ? key[i] : 0UL);
        }

        return prefix;
    }

    private readonly record struct Entry(int Block, int Offset, int KeyLength, int PayloadLength, int Index);

    private readonly record struct SortEntry(ulong High, ulong Low, int Place);

    private readonly struct ByKey(ParsedItems items) : IComparer<SortEntry>
    {
        public int Compare(SortEntry x, SortEntry y)
        {
            if (x.High != y.High)
            {
                return x.High < y.High ? -1 : 1;
            }

            if (x.Low != y.Low)
            {
                return x.Low < y.Low ? -1 : 1;
            }

            var order = items.Key(x.Place).SequenceCompareTo(items.Key(y.Place));
            return order != 0 ? order : x.Place.CompareTo(y.Place);
        }
    }
}
