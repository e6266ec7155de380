using System.Buffers;
using System.Text.Json;
using Longhaul.Engine.Storage;

namespace Longhaul.Lists.Transfer;

/// <summary><c>value[,description]</c>, with the comment as the description; an empty comment leaves the comma, an absent one does not.</summary>
internal sealed class CsvForm : ExportForm
{
    private readonly CsvFields _fields = new();

    public override void Write(ScannedRow row, ArrayBufferWriter<byte> output)
    {
        var reader = new Utf8JsonReader(row.Bytes(PayloadColumn));
        PayloadFields.ToValue(ref reader);
        _fields.Write(ref reader, output);
        if (PayloadFields.ToComment(ref reader))
        {
            output.Write(","u8);
            _fields.Write(ref reader, output);
        }

        output.Write("\n"u8);
    }
}
