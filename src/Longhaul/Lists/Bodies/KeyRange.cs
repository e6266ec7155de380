using System.Buffers.Binary;

namespace Longhaul.Lists.Bodies;

/// <summary>
/// The stored input of a chunk: its items and the range of keys that it owns, from its first key (the first chunk: from the
/// beginning) to the next chunk's first (the last chunk: to the end).
/// </summary>
internal sealed record KeyRange(byte[]? From, byte[]? To, ItemChunk Items)
{
    public static byte[] Write(ParsedItems items, int first, int end)
    {
        var from = first == 0 ? [] : items.Key(first);
        var to = end == items.Count ? [] : items.Key(end);
        var slice = ItemChunkCodec.Encode(items, first, end);
        var bytes = new byte[4 + from.Length + to.Length + slice.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)from.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), (ushort)to.Length);
        from.CopyTo(bytes.AsSpan(4));
        to.CopyTo(bytes.AsSpan(4 + from.Length));
        slice.CopyTo(bytes.AsSpan(4 + from.Length + to.Length));
        return bytes;
    }

    public static KeyRange Read(byte[] bytes)
    {
        var from = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        var to = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(2));
        var rest = bytes.AsSpan(4);
        return new KeyRange(
            from == 0 ? null : rest[..from].ToArray(),
            to == 0 ? null : rest.Slice(from, to).ToArray(),
            ItemChunkCodec.Decode(rest[(from + to)..].ToArray()));
    }
}
