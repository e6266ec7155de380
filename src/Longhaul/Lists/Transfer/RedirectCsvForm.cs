using System.Buffers;
using System.Text.Json;
using Longhaul.Engine.Storage;

namespace Longhaul.Lists.Transfer;

/// <summary>
/// The vendor's seven columns of a redirect; a member that was not sent is an empty field, and empty fields at the end are left out. The
/// form has no column for a comment.
/// </summary>
internal sealed class RedirectCsvForm : ExportForm
{
    private static readonly byte[] True = [.. "TRUE"u8];
    private static readonly byte[] False = [.. "FALSE"u8];

    private readonly CsvFields _fields = new();
    private readonly byte[]?[] _options = new byte[]?[RedirectColumns.Options.Count];

    public override void Write(ScannedRow row, ArrayBufferWriter<byte> output)
    {
        var reader = new Utf8JsonReader(row.Bytes(PayloadColumn));
        PayloadFields.ToValue(ref reader);
        _fields.Write(ref reader, output);
        output.Write(","u8);
        reader.Read();
        reader.Read();
        _fields.Write(ref reader, output);
        ReadOptions(ref reader);
        var last = Array.FindLastIndex(_options, o => o is not null);
        for (var column = 0; column <= last; column++)
        {
            output.Write(","u8);
            output.Write(_options[column] ?? []);
        }

        output.Write("\n"u8);
    }

    private void ReadOptions(ref Utf8JsonReader reader)
    {
        Array.Clear(_options);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var column = 0;
            while (!reader.ValueTextEquals(RedirectColumns.OptionNames[column]))
            {
                column++;
            }

            reader.Read();
            _options[column] = reader.TokenType switch
            {
                JsonTokenType.True => True,
                JsonTokenType.False => False,
                _ => reader.ValueSpan.ToArray(),
            };
        }
    }
}
