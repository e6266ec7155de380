namespace Longhaul.TestStores.Data;

/// <summary>Where a listing begins: behind a key, or behind a whole group of keys that was rolled up.</summary>
public readonly record struct ListFrom(string After, bool SkipGroup);

/// <summary>One page of a listing.</summary>
public sealed class ListPage
{
    public List<StoredObject> Objects { get; } = [];

    public List<string> Groups { get; } = [];

    public int Count => Objects.Count + Groups.Count;

    public bool IsTruncated { get; set; }

    /// <summary>Where the next page begins.</summary>
    public ListFrom Last { get; private set; } = new("", false);

    public void Add(StoredObject value)
    {
        Objects.Add(value);
        Last = new(value.Key, false);
    }

    public void Add(string group)
    {
        Groups.Add(group);
        Last = new(group, true);
    }
}
