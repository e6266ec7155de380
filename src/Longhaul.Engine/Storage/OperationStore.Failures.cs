using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <content>Which items failed first, for an operation of which every item failed; no other operation asks.</content>
internal sealed partial class OperationStore
{
    private const int NamedFailures = 10;
    private const int NamedDetailLength = 1_000;

    /// <summary>
    /// The failed items with the smallest indexes. Every kept item has failed, so as many blobs as items are enough, taken in the order
    /// of their first index: each brings one at least, and those behind them begin later. Null when none was kept.
    /// </summary>
    private static async ValueTask<string?> ReadFirstFailedAsync(DbSession session, OperationId id, CancellationToken cancellationToken)
    {
        var blobs = await session.Sql("select payload from outcomes where operation_id = @id order by first_index, chunk, part limit @count")
            .With("@id", id.Value)
            .With("@count", NamedFailures)
            .ListAsync(r => (byte[])r[0], cancellationToken);
        var failed = blobs.SelectMany(OutcomeBlob.Unpack).Where(o => o.Failure is not null).OrderBy(o => o.Index).Take(NamedFailures).ToList();
        if (failed.Count == 0)
        {
            return null;
        }

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartArray();
            foreach (var item in failed)
            {
                writer.WriteStartObject();
                writer.WriteString("detail", Shorten(Named(item)));
                writer.WriteString("pointer", string.Create(CultureInfo.InvariantCulture, $"/items/{item.Index}"));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Named(ItemOutcome item) => item.Key is null || item.Failure!.Detail.Contains(item.Key, StringComparison.Ordinal)
        ? item.Failure!.Detail
        : $"{item.Key}: {item.Failure.Detail}";

    private static string Shorten(string detail) => detail.Length <= NamedDetailLength
        ? detail
        : string.Concat(detail.AsSpan(0, NamedDetailLength - (char.IsHighSurrogate(detail[NamedDetailLength - 1]) ? 1 : 0)), "…");
}
