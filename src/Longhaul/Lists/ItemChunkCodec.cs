using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Longhaul.Lists;

/// <summary>The stored form of some items: index, key and payload of each, packed by Brotli at its fastest.</summary>
internal static class ItemChunkCodec
{
    public static byte[] Encode(ParsedItems items, int first, int end)
    {
        var buffer = new ArrayBufferWriter<byte>(((end - first) * 64) + 16);
        for (var i = first; i < end; i++)
        {
            Write(buffer, (uint)items.Index(i));
            Write(buffer, items.Key(i));
            Write(buffer, items.Payload(i));
        }

        return Pack(buffer.WrittenSpan, end - first);
    }

    public static ItemSlice Decode(ReadOnlySpan<byte> packed)
    {
        var raw = Unpack(packed, out var count);
        var entries = new ItemSlice.Entry[count];
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var index = (int)ReadNumber(raw, ref at);
            var keyLength = (int)ReadNumber(raw, ref at);
            var key = at;
            at += keyLength;
            var payloadLength = (int)ReadNumber(raw, ref at);
            entries[i] = new ItemSlice.Entry(index, key, keyLength, at, payloadLength);
            at += payloadLength;
        }

        return new ItemSlice(raw, entries);
    }

    // Four bytes of item count, four of raw length, then the packed bytes.
    internal static byte[] Pack(ReadOnlySpan<byte> raw, int count)
    {
        var packed = new byte[8 + BrotliEncoder.GetMaxCompressedLength(raw.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(packed, count);
        BinaryPrimitives.WriteInt32LittleEndian(packed.AsSpan(4), raw.Length);
        return BrotliEncoder.TryCompress(raw, packed.AsSpan(8), out var written, quality: 1, window: 18)
            ? packed.AsSpan(0, 8 + written).ToArray()
            : throw new InvalidDataException("items could not be packed");
    }

    internal static byte[] Unpack(ReadOnlySpan<byte> packed, out int count)
    {
        count = BinaryPrimitives.ReadInt32LittleEndian(packed);
        var raw = new byte[BinaryPrimitives.ReadInt32LittleEndian(packed[4..])];
        return BrotliDecoder.TryDecompress(packed[8..], raw, out var written) && written == raw.Length
            ? raw
            : throw new InvalidDataException("stored items cannot be unpacked");
    }

    internal static void Write(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        Write(buffer, (uint)bytes.Length);
        buffer.Write(bytes);
    }

    internal static void Write(ArrayBufferWriter<byte> buffer, uint value)
    {
        var span = buffer.GetSpan(5);
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        buffer.Advance(length);
    }

    internal static uint ReadNumber(ReadOnlySpan<byte> raw, ref int at)
    {
        uint value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = raw[at++];
            value |= (uint)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}

/// <summary>Items read back from their stored form, in the order of their keys.</summary>
internal sealed class ItemSlice(byte[] raw, ItemSlice.Entry[] entries)
{
    private const int ValueStart = 7;

    public int Count => entries.Length;

    public int Index(int i) => entries[i].Index;

    public ReadOnlySpan<byte> Key(int i) => raw.AsSpan(entries[i].KeyStart, entries[i].KeyLength);

    public ReadOnlySpan<byte> Payload(int i) => raw.AsSpan(entries[i].PayloadStart, entries[i].PayloadLength);

    /// <summary>The canonical value, as people write it: what stands between the quotes behind <c>{"ip":</c>.</summary>
    public string Value(int i)
    {
        var rest = Payload(i)[ValueStart..];
        return Encoding.UTF8.GetString(rest[..rest.IndexOf((byte)'"')]);
    }

    public readonly record struct Entry(int Index, int KeyStart, int KeyLength, int PayloadStart, int PayloadLength);
}
