using System.Buffers;
using System.Text;
using Longhaul.Slurper.Copying;

namespace Longhaul.Slurper;

/// <summary>How the objects of a chunk are stored until they are copied.</summary>
internal static class ObjectChunk
{
    private const byte Form = 1;

    public static byte[] Encode(IReadOnlyCollection<CopyItem> items)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * (items.Count + 1));
        buffer.Write([Form]);
        foreach (var item in items)
        {
            WriteText(buffer, item.Key);
            WriteNumber(buffer, (ulong)(item.Size + 1));
            WriteText(buffer, item.ETag);
            WriteText(buffer, item.StorageClass);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static List<CopyItem> Decode(ReadOnlySpan<byte> bytes)
    {
        var items = new List<CopyItem>();
        if (bytes.IsEmpty)
        {
            return items;
        }

        if (bytes[0] != Form)
        {
            throw new InvalidDataException($"a stored chunk has form {bytes[0]}, this program knows {Form}");
        }

        var rest = bytes[1..];
        while (!rest.IsEmpty)
        {
            var key = ReadText(ref rest) ?? throw new InvalidDataException("a stored object has no key");
            var size = (long)ReadNumber(ref rest) - 1;
            items.Add(new CopyItem(key, size, ReadText(ref rest), ReadText(ref rest)));
        }

        return items;
    }

    // A length of 0 stands for null, n + 1 for n bytes.
    private static void WriteText(ArrayBufferWriter<byte> buffer, string? text)
    {
        if (text is null)
        {
            WriteNumber(buffer, 0);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(text);
        WriteNumber(buffer, (ulong)length + 1);
        buffer.Advance(Encoding.UTF8.GetBytes(text, buffer.GetSpan(Math.Max(1, length))));
    }

    private static string? ReadText(ref ReadOnlySpan<byte> rest)
    {
        var length = (int)ReadNumber(ref rest) - 1;
        if (length < 0)
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        return text;
    }

    private static void WriteNumber(ArrayBufferWriter<byte> buffer, ulong value)
    {
        var span = buffer.GetSpan(10);
        var length = 0;
        while (value >= 0x80)
        {
            span[length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        span[length++] = (byte)value;
        buffer.Advance(length);
    }

    private static ulong ReadNumber(ref ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        var shift = 0;
        var read = 0;
        byte part;
        do
        {
            part = rest[read++];
            value |= (ulong)(part & 0x7F) << shift;
            shift += 7;
        }
        while (part >= 0x80);
        rest = rest[read..];
        return value;
    }
}
