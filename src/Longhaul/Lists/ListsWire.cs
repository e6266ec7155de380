using System.Globalization;
using System.Text.Json;
using Longhaul.AspNetCore;
using Longhaul.Engine.Operations;
using Longhaul.Lists.Bodies;

namespace Longhaul.Lists;

/// <summary>The envelope and what goes into it, as <c>contracts/lists.md</c> sections 2 to 8 show it.</summary>
internal static class ListsWire
{
    public static Task WriteAsync(
        HttpContext context, Action<Utf8JsonWriter> result, Action<Utf8JsonWriter>? resultInfo = null, IReadOnlyList<ListMessage>? messages = null) =>
        JsonWriting.WriteAsync(
            context.Response, "application/json; charset=UTF-8", writer => WriteEnvelope(writer, result, resultInfo, messages ?? []), context.RequestAborted);

    public static byte[] ToBytes(Action<Utf8JsonWriter> result, IReadOnlyList<ListMessage> messages)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, JsonWriting.Options))
        {
            WriteEnvelope(writer, result, null, messages);
        }

        return stream.ToArray();
    }

    public static async Task WriteAsync(HttpContext context, ListsRefusal refusal)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        response.StatusCode = refusal.Status;
        response.ContentType = "application/json; charset=UTF-8";
        if (refusal.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (refusal.Status is 408 or 500)
        {
            response.Headers["x-should-retry"] = "false";
        }

        await using (var writer = new Utf8JsonWriter(response.BodyWriter, JsonWriting.Options))
        {
            WriteRefusal(writer, refusal);
        }

        await response.CompleteAsync();
    }

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

    private static void WriteEnvelope(
        Utf8JsonWriter writer, Action<Utf8JsonWriter> result, Action<Utf8JsonWriter>? resultInfo, IReadOnlyList<ListMessage> messages)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("result");
        result(writer);
        if (resultInfo is not null)
        {
            writer.WritePropertyName("result_info");
            resultInfo(writer);
        }

        writer.WriteBoolean("success", true);
        WriteEmptyArray(writer, "errors");
        writer.WriteStartArray("messages");
        foreach (var message in messages)
        {
            WriteNote(writer, message.Code, message.Message, message.Pointer, message.ParameterValueIndex);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteRefusal(Utf8JsonWriter writer, ListsRefusal refusal)
    {
        writer.WriteStartObject();
        writer.WriteNull("result");
        writer.WriteBoolean("success", false);
        writer.WriteStartArray("errors");
        foreach (var error in refusal.Errors)
        {
            WriteNote(writer, error.Code, error.Message, error.Pointer, error.ParameterValueIndex);
        }

        writer.WriteEndArray();
        WriteEmptyArray(writer, "messages");
        writer.WriteEndObject();
    }

    /// <summary>Errors and messages have one form.</summary>
    private static void WriteNote(Utf8JsonWriter writer, int code, string message, string? pointer, int? parameterValueIndex)
    {
        writer.WriteStartObject();
        writer.WriteNumber("code", code);
        writer.WriteString("message", message);
        if (pointer is not null || parameterValueIndex is not null)
        {
            writer.WriteStartObject("source");
            if (pointer is not null)
            {
                writer.WriteString("pointer", pointer);
            }

            if (parameterValueIndex is { } index)
            {
                writer.WriteNumber("parameter_value_index", index);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteEmptyArray(Utf8JsonWriter writer, string name)
    {
        writer.WriteStartArray(name);
        writer.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, long seconds)
    {
        Span<char> text = stackalloc char[20];
        DateTimeOffset.FromUnixTimeSeconds(seconds).TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        writer.WriteString(name, text[..length]);
    }
}
