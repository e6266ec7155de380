using System.Buffers;

namespace Longhaul.Lists.Bodies;

/// <summary>A slice of the ids of a deletion as it is stored until an operation has used it.</summary>
internal static class DeletionChunkCodec
{
    public static byte[] Encode(ParsedDeletion deletion, int from, int to)
    {
        var columns = new ArrayBufferWriter<byte>((to - from + 1) * 24);
        for (var i = from; i < to; i++)
        {
            columns.WriteVarint(deletion.Index(i));
        }

        // 0 stands for an id in its sixteen bytes; a text is never empty.
        for (var i = from; i < to; i++)
        {
            columns.WriteVarint(i < deletion.IdCount ? 0 : deletion.UnknownText(i).Length);
        }

        for (var i = from; i < to; i++)
        {
            if (i < deletion.IdCount)
            {
                deletion.WriteId(i, columns.GetSpan(ItemIdEntry.Length));
                columns.Advance(ItemIdEntry.Length);
            }
            else
            {
                columns.Write(deletion.UnknownText(i));
            }
        }

        return ChunkBytes.Pack(to - from, columns.WrittenSpan);
    }

    public static DeletionChunk Decode(byte[] packed)
    {
        var columns = ChunkBytes.Unpack(packed, out var count);
        return new DeletionChunk(columns, count);
    }
}
