using System.Text.Json;
using Longhaul.Hosting.Bodies;

namespace Longhaul.Lists.Items;

/// <summary>Bytes that are written one after the other; it grows and is used again.</summary>
internal sealed class ByteBuffer(int capacity)
{
    // Every byte of a JSON string in its shortest spelling is at most one escape of six.
    private const int MaxEscapeLength = 6;

    private byte[] _bytes = new byte[capacity];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    public void AppendLowered(ReadOnlySpan<byte> ascii)
    {
        var destination = Reserve(ascii.Length);
        for (var i = 0; i < ascii.Length; i++)
        {
            destination[i] = ascii[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(ascii[i] | 0x20) : ascii[i];
        }

        Length += ascii.Length;
    }

    /// <summary>Appends the inside of a JSON string in its shortest spelling.</summary>
    public void AppendEscaped(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOfAnyInRange((byte)0, (byte)0x1F) < 0 && utf8.IndexOfAny((byte)'"', (byte)'\\') < 0)
        {
            Append(utf8);
            return;
        }

        Length += JsonStrings.Escape(utf8, Reserve(utf8.Length * MaxEscapeLength));
    }

    /// <summary>Appends the string that the reader stands on without its escapes.</summary>
    public void AppendText(ref Utf8JsonReader reader) => Length += reader.CopyString(Reserve(reader.ValueSpan.Length));

    private Span<byte> Reserve(int length)
    {
        if (_bytes.Length - Length < length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + length));
        }

        return _bytes.AsSpan(Length);
    }
}
