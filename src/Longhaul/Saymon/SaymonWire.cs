using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Longhaul.AspNetCore;
using Longhaul.Engine.Operations;
using Longhaul.Hosting;

namespace Longhaul.Saymon;

/// <summary>The bodies of the face, member for member as <c>contracts/saymon.md</c> shows them.</summary>
internal static class SaymonWire
{
    private const string ContentType = "application/json; charset=utf-8";

    private static readonly string[] EditorWords =
        ["run-bulks", "manage-objects", "create-objects", "modify-objects", "delete-objects", "manage-links", "create-links", "manage-properties"];

    private static readonly string[] AdminWords = [.. EditorWords, "manage-service-properties", "manage-users"];

    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write) =>
        JsonWriting.WriteAsync(context.Response, ContentType, write, context.RequestAborted);

    /// <summary>Answers JSON that is there already.</summary>
    public static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> json)
    {
        context.Response.ContentType = ContentType;
        context.Response.ContentLength = json.Length;
        await context.Response.BodyWriter.WriteAsync(json, context.RequestAborted);
    }

    /// <summary>Answers an array as it is read. The first piece comes before the status is sent, so a store that is gone is still told.</summary>
    public static async Task WriteAsync(HttpContext context, JsonPieces pieces)
    {
        await foreach (var piece in pieces(context.RequestAborted).WithCancellation(context.RequestAborted))
        {
            if (!context.Response.HasStarted)
            {
                context.Response.ContentType = ContentType;
            }

            await context.Response.BodyWriter.WriteAsync(piece, context.RequestAborted);
        }
    }

    public static async Task WriteAsync(HttpContext context, SaymonRefusal refusal)
    {
        var response = context.Response;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        response.StatusCode = refusal.Status;
        response.ContentType = ContentType;
        response.ContentLength = null;
        if (refusal.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            // Not Basic: browsers would ask their user for it on every page.
            response.Headers.WWWAuthenticate = "Bearer";
        }

        await using (var writer = new Utf8JsonWriter(response.BodyWriter, JsonWriting.Options))
        {
            writer.WriteStartObject();
            writer.WriteString("code", refusal.Code);
            writer.WriteString("message", refusal.Message);
            writer.WriteEndObject();
        }

        await response.CompleteAsync();
    }

    /// <summary>The answer of both creators.</summary>
    public static byte[] Created(OperationId id) => Encoding.UTF8.GetBytes($$"""{"bulkId":"{{BulkId(id)}}","finished":false}""");

    public static void WriteStatus(Utf8JsonWriter writer, Operation operation)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("finished", operation.State.IsFinal);
        writer.WriteEndObject();
    }

    /// <summary>Everything that the vendor's one boolean does not say; only for who asks.</summary>
    public static void WriteVerbose(Utf8JsonWriter writer, Operation operation)
    {
        writer.WriteStartObject();
        writer.WriteString("bulkId", BulkId(operation.Id));
        writer.WriteBoolean("finished", operation.State.IsFinal);
        writer.WriteString("status", operation.State.Word);
        writer.WriteBoolean("abortRequested", operation.IsAbortRequested);
        writer.WriteBoolean("partial", operation.IsPartial);
        writer.WriteNumber("total", operation.Total ?? 0);
        writer.WriteNumber("pending", operation.PendingItems);
        writer.WriteNumber("running", operation.LeasedItems);
        writer.WriteNumber("succeeded", operation.Counts.Succeeded);
        writer.WriteNumber("skipped", operation.Counts.Skipped);
        writer.WriteNumber("failed", operation.Counts.Failed);
        writer.WriteNumber("aborted", operation.AbortedItems);
        writer.WriteNumber("unchanged", operation.Tallies["unchanged"]);
        writer.WriteString("error", operation.State is OperationState.Failed or OperationState.Aborted ? operation.Failure?.Detail : null);
        WriteTime(writer, "createdAt", operation.CreatedAt);
        WriteTime(writer, "startedAt", operation.StartedAt);
        WriteTime(writer, "finishedAt", operation.EndedAt);
        writer.WritePropertyName("result");
        writer.WriteRawValue(operation.State == OperationState.Completed ? operation.Response ?? "{}" : "null", skipInputValidation: true);
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, BulkPreview preview)
    {
        writer.WriteStartObject();
        writer.WriteNumber("matched", preview.Matched);
        writer.WriteStartArray("sample");
        foreach (var id in preview.Sample)
        {
            writer.WriteStringValue(id);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>Who a caller is. The id has the form of the vendor's ids and stays the same for a name.</summary>
    public static void Write(Utf8JsonWriter writer, Caller caller, bool mayEdit)
    {
        writer.WriteStartObject();
        writer.WriteString("id", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"user\n{caller.SubmitsAs}")).AsSpan(0, 12)));
        writer.WriteString("login", caller.Email[..caller.Email.LastIndexOf('@')]);
        writer.WriteStartArray("permissions");
        foreach (var word in caller.IsAdmin ? AdminWords : mayEdit ? EditorWords : [])
        {
            writer.WriteStringValue(word);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string BulkId(OperationId id)
    {
        var hex = id.Value;
        return $"{hex[..8]}-{hex[8..12]}-{hex[12..16]}-{hex[16..20]}-{hex[20..]}";
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, long? milliseconds)
    {
        if (milliseconds is not { } value)
        {
            writer.WriteNull(name);
            return;
        }

        Span<char> text = stackalloc char[24];
        DateTimeOffset.FromUnixTimeMilliseconds(value).TryFormat(text, out var length, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        writer.WriteString(name, text[..length]);
    }
}
