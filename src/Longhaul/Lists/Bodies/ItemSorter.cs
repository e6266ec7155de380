namespace Longhaul.Lists.Bodies;

/// <summary>Gathers items and puts them in the byte order of their keys, equal keys in request order.</summary>
internal sealed class ItemSorter(int expectedItems, long expectedBytes) : IComparer<ItemEntry>
{
    private readonly ItemArena _arena = new(expectedBytes);
    private ItemEntry[] _entries = new ItemEntry[expectedItems];
    private int _count;
    private bool _isSorted = true;

    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload, int index)
    {
        if (_count == _entries.Length)
        {
            Array.Resize(ref _entries, Math.Max(16, _count * 2));
        }

        _entries[_count] = new ItemEntry(key, _arena.Add(key, payload), index);
        _isSorted = _isSorted && (_count == 0 || Compare(_entries[_count - 1], _entries[_count]) < 0);
        _count++;
    }

    /// <summary>The duplicates are the indexes of items with a payload whose key an earlier item has.</summary>
    public ParsedItems Sort(IReadOnlyList<ListMessage> messages, out List<int> duplicates)
    {
        var entries = _entries.AsSpan(0, _count);
        if (!_isSorted)
        {
            entries.Sort(this);
        }

        duplicates = [];
        for (var i = 1; i < entries.Length; i++)
        {
            if (CompareKeys(entries[i - 1], entries[i]) == 0 && !_arena.Payload(entries[i].Address).IsEmpty)
            {
                duplicates.Add(entries[i].Index);
            }
        }

        return new ParsedItems(_arena, _entries, _count, messages);
    }

    public int Compare(ItemEntry x, ItemEntry y)
    {
        var keys = CompareKeys(x, y);
        return keys != 0 ? keys : x.Index.CompareTo(y.Index);
    }

    private int CompareKeys(in ItemEntry x, in ItemEntry y)
    {
        if (x.First != y.First)
        {
            return x.First < y.First ? -1 : 1;
        }

        if (x.Second != y.Second)
        {
            return x.Second < y.Second ? -1 : 1;
        }

        return _arena.Key(x.Address).SequenceCompareTo(_arena.Key(y.Address));
    }
}
