using System.Buffers;
using System.Text.Json;

namespace Longhaul.Lists.Transfer;

/// <summary>Writes fields of CSV by RFC 4180, with quotes only where they are needed. Used by one request.</summary>
internal sealed class CsvFields
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(",\"\r\n"u8);

    private readonly ArrayBufferWriter<byte> _unescaped = new();

    /// <summary>Writes the string or number that the reader stands on.</summary>
    public void Write(ref Utf8JsonReader reader, IBufferWriter<byte> output)
    {
        if (!reader.ValueIsEscaped)
        {
            Write(reader.ValueSpan, output);
            return;
        }

        _unescaped.ResetWrittenCount();
        PayloadFields.Copy(ref reader, _unescaped);
        Write(_unescaped.WrittenSpan, output);
    }

    public static void Write(ReadOnlySpan<byte> field, IBufferWriter<byte> output)
    {
        if (!field.ContainsAny(Special))
        {
            output.Write(field);
            return;
        }

        output.Write("\""u8);
        for (var quote = field.IndexOf((byte)'"'); quote >= 0; quote = field.IndexOf((byte)'"'))
        {
            output.Write(field[..(quote + 1)]);
            output.Write("\""u8);
            field = field[(quote + 1)..];
        }

        output.Write(field);
        output.Write("\""u8);
    }
}
