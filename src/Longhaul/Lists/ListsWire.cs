using System.Globalization;
using System.Text.Json;
using Longhaul.Engine.Operations;
using Longhaul.Hosting.Cloudflare;
using Longhaul.Lists.Bodies;

namespace Longhaul.Lists;

/// <summary>What goes into the envelope, as <c>contracts/lists.md</c> sections 2 to 8 show it.</summary>
internal static class ListsWire
{
    public static IReadOnlyList<CloudflareNote> ToNotes(IReadOnlyList<ListMessage> messages) =>
        [.. messages.Select(m => new CloudflareNote(m.Code, m.Message, m.Pointer, m.ParameterValueIndex))];

    public static void Write(Utf8JsonWriter writer, RulesList list)
    {
        writer.WriteStartObject();
        writer.WriteString("id", list.Id);
        writer.WriteString("name", list.Name);
        if (!string.IsNullOrEmpty(list.Description))
        {
            writer.WriteString("description", list.Description);
        }

        writer.WriteString("kind", list.Kind);
        writer.WriteNumber("num_items", list.ItemCount);
        writer.WriteNumber("num_referencing_filters", 0);
        WriteTime(writer, "created_on", list.CreatedOn);
        WriteTime(writer, "modified_on", list.ModifiedOn);
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, ListItem item)
    {
        writer.WriteStartObject();
        Span<char> id = stackalloc char[32];
        Convert.TryToHexStringLower(item.Id, id, out _);
        writer.WriteString("id", id);

        // The payload is an object of ours with at least one member: its inside goes in as it is.
        var reader = new Utf8JsonReader(item.Payload);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            writer.WritePropertyName(reader.ValueSpan);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            writer.WriteRawValue(item.Payload.AsSpan(start, (int)reader.BytesConsumed - start), skipInputValidation: true);
        }

        WriteTime(writer, "created_on", item.CreatedOn);
        WriteTime(writer, "modified_on", item.ModifiedOn);
        writer.WriteEndObject();
    }

    public static void WriteStatus(Utf8JsonWriter writer, Operation operation)
    {
        writer.WriteStartObject();
        writer.WriteString("id", operation.Id.Value);
        writer.WriteString("status", operation.State switch
        {
            OperationState.Pending => "pending",
            OperationState.Running or OperationState.Paused => "running",
            OperationState.Completed => "completed",
            OperationState.Failed or OperationState.Aborted => "failed",
        });
        if (operation.State.IsFinal)
        {
            WriteTime(writer, "completed", (operation.EndedAt ?? operation.UpdatedAt) / 1_000);
        }

        if (operation.State is OperationState.Failed or OperationState.Aborted)
        {
            writer.WriteString("error", operation.Failure?.Detail ?? "operation aborted");
        }

        writer.WriteEndObject();
    }

    public static void WriteOperationId(Utf8JsonWriter writer, OperationId id)
    {
        writer.WriteStartObject();
        writer.WriteString("operation_id", id.Value);
        writer.WriteEndObject();
    }

    public static void WriteCursors(Utf8JsonWriter writer, ItemCursor? before, ItemCursor? after)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("cursors");
        if (before is not null)
        {
            writer.WriteString("before", before.ToString());
        }

        if (after is not null)
        {
            writer.WriteString("after", after.ToString());
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, long seconds)
    {
        Span<char> text = stackalloc char[20];
        DateTimeOffset.FromUnixTimeSeconds(seconds).TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        writer.WriteString(name, text[..length]);
    }
}
