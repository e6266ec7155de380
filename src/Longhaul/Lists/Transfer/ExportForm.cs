using System.Buffers;
using Longhaul.Engine.Storage;
using Longhaul.Lists.Items;

namespace Longhaul.Lists.Transfer;

/// <summary>
/// Writes the rows of one export, straight from their columns: there are a million of them. The columns are those of
/// <see cref="ListsStore.ScanItemsAsync"/>. Used by one request.
/// </summary>
internal abstract class ExportForm
{
    protected const int IdColumn = 1;
    protected const int CreatedOnColumn = 2;
    protected const int ModifiedOnColumn = 3;
    protected const int PayloadColumn = 4;

    /// <summary>The form of a format that can be exported.</summary>
    public static ExportForm For(TransferFormat format, ItemKind kind) => format switch
    {
        TransferFormat.JsonLines => new JsonLinesForm(),
        TransferFormat.Text => new TextForm(),
        TransferFormat.Csv => kind.Member == ItemMembers.Redirect ? new RedirectCsvForm() : new CsvForm(),
        _ => throw new ArgumentOutOfRangeException(nameof(format)),
    };

    /// <summary>Writes the line of a row.</summary>
    public abstract void Write(ScannedRow row, ArrayBufferWriter<byte> output);
}
