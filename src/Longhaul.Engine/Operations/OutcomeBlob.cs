using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Longhaul.Engine.Operations;

/// <summary>The outcomes of many items as one compressed byte string: what a settled chunk leaves behind.</summary>
public sealed class OutcomeBlob
{
    private OutcomeBlob(int count, long firstIndex, long lastIndex, byte[] bytes)
    {
        Count = count;
        FirstIndex = firstIndex;
        LastIndex = lastIndex;
        Bytes = bytes;
    }

    /// <summary>How many items it holds.</summary>
    public int Count { get; }

    /// <summary>The smallest index in it.</summary>
    public long FirstIndex { get; }

    /// <summary>The largest index in it.</summary>
    public long LastIndex { get; }

    /// <summary>The stored form.</summary>
    public byte[] Bytes { get; }

    /// <summary>Packs outcomes, in any order of their index; null when there are none.</summary>
    public static OutcomeBlob? Pack(IReadOnlyCollection<ItemOutcome> outcomes)
    {
        if (outcomes.Count == 0)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>(outcomes.Count * 64);
        long last = 0, min = long.MaxValue, max = long.MinValue;
        foreach (var outcome in outcomes)
        {
            Write(buffer, outcome, last);
            last = outcome.Index;
            min = Math.Min(min, outcome.Index);
            max = Math.Max(max, outcome.Index);
        }

        return new OutcomeBlob(outcomes.Count, min, max, Compress(buffer.WrittenSpan));
    }

    /// <summary>Unpacks stored bytes.</summary>
    public static List<ItemOutcome> Unpack(byte[] bytes)
    {
        var outcomes = new List<ItemOutcome>();
        ReadOnlySpan<byte> rest = Decompress(bytes);
        long last = 0;
        while (!rest.IsEmpty)
        {
            var outcome = Read(ref rest, last);
            last = outcome.Index;
            outcomes.Add(outcome);
        }

        return outcomes;
    }

    /// <summary>Keeps the first <paramref name="count"/> by index, or null when none are left.</summary>
    internal OutcomeBlob? Take(long count) => count <= 0
        ? null
        : count >= Count ? this : Pack([.. Unpack(Bytes).OrderBy(o => o.Index).Take((int)count)]);

    private static void Write(ArrayBufferWriter<byte> buffer, ItemOutcome outcome, long last)
    {
        var delta = outcome.Index - last;
        WriteVarint(buffer, (ulong)((delta << 1) ^ (delta >> 63)));
        WriteVarint(buffer, (ulong)outcome.State | (outcome.IsRetriable ? 8UL : 0UL));
        WriteText(buffer, outcome.Key);
        WriteText(buffer, outcome.Outcome);
        WriteText(buffer, outcome.Result);
        WriteText(buffer, outcome.Failure?.Slug);
        if (outcome.Failure is not null)
        {
            WriteText(buffer, outcome.Failure.Detail);
        }
    }

    private static ItemOutcome Read(ref ReadOnlySpan<byte> rest, long last)
    {
        var zigzag = ReadVarint(ref rest);
        var index = last + ((long)(zigzag >> 1) ^ -(long)(zigzag & 1));
        var flags = ReadVarint(ref rest);
        var key = ReadText(ref rest);
        var word = ReadText(ref rest);
        var result = ReadText(ref rest);
        var slug = ReadText(ref rest);
        var failure = slug is null ? null : new OperationFailure(slug, ReadText(ref rest) ?? "");
        return new ItemOutcome(index, key, (ItemState)(flags & 7), word, result, failure, (flags & 8) != 0);
    }

    // A length of 0 stands for null, n + 1 for n bytes.
    private static void WriteText(ArrayBufferWriter<byte> buffer, string? text)
    {
        if (text is null)
        {
            WriteVarint(buffer, 0);
            return;
        }

        var length = Encoding.UTF8.GetByteCount(text);
        WriteVarint(buffer, (ulong)length + 1);
        buffer.Advance(Encoding.UTF8.GetBytes(text, buffer.GetSpan(Math.Max(1, length))));
    }

    private static string? ReadText(ref ReadOnlySpan<byte> rest)
    {
        var length = (int)ReadVarint(ref rest) - 1;
        if (length < 0)
        {
            return null;
        }

        var text = Encoding.UTF8.GetString(rest[..length]);
        rest = rest[length..];
        return text;
    }

    private static void WriteVarint(ArrayBufferWriter<byte> buffer, ulong value)
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

    private static ulong ReadVarint(ref ReadOnlySpan<byte> rest)
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

    // Four bytes of raw length, then Brotli at its fastest.
    private static byte[] Compress(ReadOnlySpan<byte> raw)
    {
        var packed = new byte[4 + BrotliEncoder.GetMaxCompressedLength(raw.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(packed, raw.Length);
        if (!BrotliEncoder.TryCompress(raw, packed.AsSpan(4), out var written, quality: 1, window: 18))
        {
            throw new InvalidDataException("outcomes could not be packed");
        }

        return packed.AsSpan(0, 4 + written).ToArray();
    }

    private static byte[] Decompress(byte[] packed)
    {
        var raw = new byte[BinaryPrimitives.ReadInt32LittleEndian(packed)];
        return BrotliDecoder.TryDecompress(packed.AsSpan(4), raw, out var written) && written == raw.Length
            ? raw
            : throw new InvalidDataException("stored outcomes cannot be unpacked");
    }
}
