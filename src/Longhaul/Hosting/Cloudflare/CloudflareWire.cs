using System.Globalization;
using System.Text.Json;
using Longhaul.AspNetCore;
using Longhaul.Engine.Operations;

namespace Longhaul.Hosting.Cloudflare;

/// <summary>The envelope around every answer of a face of this vendor.</summary>
internal static class CloudflareWire
{
    public const string ContentType = "application/json; charset=UTF-8";

    public static Task WriteAsync(
        HttpContext context, Action<Utf8JsonWriter> result, Action<Utf8JsonWriter>? resultInfo = null, IReadOnlyList<CloudflareNote>? messages = null) =>
        JsonWriting.WriteAsync(context.Response, ContentType, writer => WriteEnvelope(writer, result, resultInfo, messages ?? []), context.RequestAborted);

    /// <summary>A whole answer, to be kept.</summary>
    public static byte[] ToBytes(Action<Utf8JsonWriter> result, IReadOnlyList<CloudflareNote> messages)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, JsonWriting.Options))
        {
            WriteEnvelope(writer, result, null, messages);
        }

        return stream.ToArray();
    }

    public static async Task WriteAsync(HttpContext context, CloudflareRefusal refusal)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        response.StatusCode = refusal.Status;
        response.ContentType = ContentType;
        if (refusal.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        // The vendor's clients repeat these by themselves, in vain.
        if (refusal.Status is 408 or 409 or 500)
        {
            response.Headers["x-should-retry"] = "false";
        }

        await using (var writer = new Utf8JsonWriter(response.BodyWriter, JsonWriting.Options))
        {
            WriteRefusal(writer, refusal);
        }

        await response.CompleteAsync();
    }

    /// <summary>Says where the operation is in the operations API.</summary>
    public static void AddMonitor(HttpResponse response, OperationId id) => response.Headers.Link = $"</v1/operations/{id.Value}>; rel=\"monitor\"";

    private static void WriteEnvelope(
        Utf8JsonWriter writer, Action<Utf8JsonWriter> result, Action<Utf8JsonWriter>? resultInfo, IReadOnlyList<CloudflareNote> messages)
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
        WriteNotes(writer, "errors", []);
        WriteNotes(writer, "messages", messages);
        writer.WriteEndObject();
    }

    private static void WriteRefusal(Utf8JsonWriter writer, CloudflareRefusal refusal)
    {
        writer.WriteStartObject();
        writer.WriteNull("result");
        writer.WriteBoolean("success", false);
        WriteNotes(writer, "errors", refusal.Errors);
        WriteNotes(writer, "messages", []);
        writer.WriteEndObject();
    }

    /// <summary>Errors and messages have one form.</summary>
    private static void WriteNotes(Utf8JsonWriter writer, string name, IReadOnlyList<CloudflareNote> notes)
    {
        writer.WriteStartArray(name);
        foreach (var note in notes)
        {
            WriteNote(writer, note);
        }

        writer.WriteEndArray();
    }

    private static void WriteNote(Utf8JsonWriter writer, CloudflareNote note)
    {
        writer.WriteStartObject();
        writer.WriteNumber("code", note.Code);
        writer.WriteString("message", note.Message);
        if (note.Pointer is not null || note.ParameterValueIndex is not null)
        {
            writer.WriteStartObject("source");
            if (note.Pointer is not null)
            {
                writer.WriteString("pointer", note.Pointer);
            }

            if (note.ParameterValueIndex is { } index)
            {
                writer.WriteNumber("parameter_value_index", index);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
