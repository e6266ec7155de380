using System.Buffers.Binary;

namespace Longhaul.Lists.Bodies;

/// <summary>One item for sorting: the first sixteen bytes of its key at hand, the rest in the arena.</summary>
internal readonly struct ItemEntry
{
    public ItemEntry(ReadOnlySpan<byte> key, uint address, int index)
    {
        Span<byte> head = stackalloc byte[16];
        head.Clear();
        key[..Math.Min(16, key.Length)].CopyTo(head);
        First = BinaryPrimitives.ReadUInt64BigEndian(head);
        Second = BinaryPrimitives.ReadUInt64BigEndian(head[8..]);
        Address = address;
        Index = index;
    }

    public ulong First { get; }

    public ulong Second { get; }

    public uint Address { get; }

    public int Index { get; }
}
