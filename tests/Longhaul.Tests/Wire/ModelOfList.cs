using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>
/// What a list must hold, from the contract's text alone: items by their keys in the order of bytes, changed by one accepted write
/// after the other, and held against what the server says after it.
/// </summary>
internal sealed class ModelOfList
{
    private readonly HashSet<string> _everSeen = [];
    private SortedDictionary<byte[], Item> _items = new(ByteOrder.Instance);
    private bool _hasChanged;
    private string? _modified;

    public int Count => _items.Count;

    /// <summary>In the order of reading.</summary>
    public List<(string Value, string Kept)> Items => [.. _items.Values.Select(i => (i.Value, i.Kept))];

    /// <summary>The ids that the last read showed, and those that it showed no more.</summary>
    public (List<string> Here, List<string> Gone) Ids()
    {
        var here = _items.Values.Where(i => i.Id is not null).Select(i => i.Id!).ToList();
        return (here, [.. _everSeen.Except(here)]);
    }

    public void Append(IEnumerable<SpelledItem> items)
    {
        foreach (var item in items)
        {
            Put(_items, _items, item);
        }
    }

    public void Replace(IReadOnlyCollection<SpelledItem> items)
    {
        var next = new SortedDictionary<byte[], Item>(ByteOrder.Instance);
        foreach (var item in items)
        {
            Put(_items, next, item);
        }

        _hasChanged |= _items.Keys.Any(k => !next.ContainsKey(k));
        _items = next;
    }

    public void Delete(IEnumerable<string> ids)
    {
        var set = ids.ToHashSet();
        foreach (var key in _items.Where(i => i.Value.Id is { } id && set.Contains(id)).Select(i => i.Key).ToList())
        {
            _items.Remove(key);
            _hasChanged = true;
        }
    }

    /// <summary>Holds a whole read and the list itself against the model, and learns ids and times of what is new.</summary>
    /// <param name="read">All items, as the server showed them.</param>
    /// <param name="list">The list, as the server showed it.</param>
    /// <param name="since">The second before the writes since the last check; what they changed has no earlier time.</param>
    public void Check(List<JsonElement> read, JsonElement list, string since)
    {
        Assert.Equal(_items.Values.Select(i => i.Kept), read.Select(ListsOfKinds.Sent));
        Assert.Equal(_items.Count, list.GetProperty("num_items").GetInt32());
        foreach (var (item, found) in _items.Values.Zip(read))
        {
            var (id, created, modified) = (ListsOfKinds.Id(found), found.GetProperty("created_on").GetString()!, found.GetProperty("modified_on").GetString()!);
            if (item.Id is null)
            {
                Assert.True(_everSeen.Add(id), $"the new {item.Value} has the id {id} of another");
                AssertNotBefore(since, created, item.Value);
            }
            else
            {
                Assert.True((item.Id, item.Created) == (id, created), $"{item.Value} was {item.Id} of {item.Created} and is {id} of {created}");
            }

            if (item.HasChanged)
            {
                AssertNotBefore(since, modified, item.Value);
            }
            else
            {
                Assert.True(item.Modified == modified, $"{item.Value} did not change, and its modified_on moved from {item.Modified} to {modified}");
            }

            (item.Id, item.Created, item.Modified, item.HasChanged) = (id, created, modified, false);
        }

        var now = list.GetProperty("modified_on").GetString()!;
        if (_hasChanged)
        {
            AssertNotBefore(since, now, "the list");
        }
        else if (_modified is not null)
        {
            Assert.True(_modified == now, $"nothing changed, and the list's modified_on moved from {_modified} to {now}");
        }

        (_modified, _hasChanged) = (now, false);
    }

    private static void AssertNotBefore(string since, string time, string what) =>
        Assert.True(string.CompareOrdinal(since, time) <= 0, $"{what} changed after {since}, and its time is {time}");

    private void Put(SortedDictionary<byte[], Item> before, SortedDictionary<byte[], Item> after, SpelledItem sent)
    {
        if (!before.TryGetValue(sent.Key, out var item))
        {
            item = new Item { Value = sent.Value };
        }

        if (item.Kept != sent.Kept)
        {
            item.Kept = sent.Kept;
            item.HasChanged = true;
            _hasChanged = true;
        }

        after[sent.Key] = item;
    }

    private sealed class Item
    {
        public required string Value { get; init; }

        public string Kept { get; set; } = "";

        public string? Id { get; set; }

        public string Created { get; set; } = "";

        public string Modified { get; set; } = "";

        public bool HasChanged { get; set; }
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        public static ByteOrder Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
