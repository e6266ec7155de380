namespace Longhaul.Lists.Bodies;

/// <summary>The good items of one body, by key in byte order. Reading it is safe from any thread.</summary>
internal sealed class ParsedItems
{
    private readonly ItemArena _arena;
    private readonly ItemEntry[] _entries;

    internal ParsedItems(ItemArena arena, ItemEntry[] entries, int count, IReadOnlyList<ListMessage> messages)
    {
        _arena = arena;
        _entries = entries;
        Count = count;
        Messages = messages;
    }

    public int Count { get; }

    /// <summary>Which values are kept otherwise than they were sent, in request order; the last entry may count the rest.</summary>
    public IReadOnlyList<ListMessage> Messages { get; }

    public ReadOnlySpan<byte> Key(int i) => _arena.Key(Entry(i).Address);

    /// <summary>UTF-8 JSON of the members that answers echo, the value first.</summary>
    public ReadOnlySpan<byte> Payload(int i) => _arena.Payload(Entry(i).Address);

    /// <summary>Where the item stood in the request, from 0.</summary>
    public int Index(int i) => Entry(i).Index;

    private ref readonly ItemEntry Entry(int i)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)i, (uint)Count, nameof(i));
        return ref _entries[i];
    }
}
