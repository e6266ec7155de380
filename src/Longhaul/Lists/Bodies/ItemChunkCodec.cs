using System.Buffers;

namespace Longhaul.Lists.Bodies;

/// <summary>A slice of sorted items as it is stored until an operation has used it.</summary>
internal static class ItemChunkCodec
{
    public static byte[] Encode(ParsedItems items, int from, int to)
    {
        var columns = new ArrayBufferWriter<byte>((to - from + 1) * 64);
        for (var i = from; i < to; i++)
        {
            columns.WriteVarint(items.Index(i));
        }

        for (var i = from; i < to; i++)
        {
            columns.WriteVarint(items.Key(i).Length);
        }

        for (var i = from; i < to; i++)
        {
            columns.WriteVarint(items.Payload(i).Length);
        }

        for (var i = from; i < to; i++)
        {
            columns.Write(items.Key(i));
        }

        for (var i = from; i < to; i++)
        {
            columns.Write(items.Payload(i));
        }

        return ChunkBytes.Pack(to - from, columns.WrittenSpan);
    }

    public static ItemChunk Decode(byte[] packed)
    {
        var columns = ChunkBytes.Unpack(packed, out var count);
        return new ItemChunk(columns, count);
    }
}
