using System.Buffers;
using System.Text.Json;
using Longhaul.Engine.Storage;

namespace Longhaul.Lists.Transfer;

/// <summary>The canonical value alone.</summary>
internal sealed class TextForm : ExportForm
{
    public override void Write(ScannedRow row, ArrayBufferWriter<byte> output)
    {
        var reader = new Utf8JsonReader(row.Bytes(PayloadColumn));
        PayloadFields.ToValue(ref reader);
        PayloadFields.Copy(ref reader, output);
        output.Write("\n"u8);
    }
}
