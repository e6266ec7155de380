using System.Text.Json;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;

namespace Longhaul.AspNetCore;

/// <summary>Writes operations and items as <c>contracts/operations.md</c> sections 2 and 4 show them.</summary>
internal static class OperationsWire
{
    private const int MaxSample = 100;

    public static void Write(Utf8JsonWriter writer, Operation operation, long now)
    {
        writer.WriteStartObject();
        writer.WriteString("name", string.Concat("operations/", operation.Id.Value));
        writer.WriteString("id", operation.Id.Value);
        writer.WriteString("kind", operation.Kind);
        writer.WriteString("account", operation.Account);
        writer.WriteString("state", operation.State.Word);
        writer.WriteString("stateReason", operation.StateReason);
        writer.WriteBoolean("abortRequested", operation.IsAbortRequested);
        writer.WriteBoolean("done", operation.State.IsFinal);
        writer.WriteBoolean("partial", operation.IsPartial);
        writer.WriteNumber("version", operation.Version);
        WriteTime(writer, "createTime", operation.CreatedAt);
        WriteTime(writer, "updateTime", operation.UpdatedAt);
        WriteTime(writer, "startTime", operation.StartedAt);
        WriteTime(writer, "endTime", operation.EndedAt);
        WriteTime(writer, "heartbeatTime", operation.HeartbeatAt);
        WriteTime(writer, "expireTime", operation.ExpiresAt);
        writer.WriteString("submittedBy", operation.SubmittedBy);
        WriteJson(writer, "labels", operation.Labels);
        writer.WriteString("retryOf", operation.RetryOf);
        writer.WriteBoolean("itemsTruncated", operation.IsItemsTruncated);
        WriteProgress(writer, operation, now);
        WriteJson(writer, "metadata", operation.Metadata);
        if (operation.State == OperationState.Completed)
        {
            WriteJson(writer, "response", operation.Response ?? "{}");
        }

        if (operation.State is OperationState.Failed or OperationState.Aborted && operation.Failure is { } failure)
        {
            writer.WritePropertyName("error");
            WriteFailure(writer, failure);
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes what a submit that was only to be checked would bring.</summary>
    public static void WriteValid(Utf8JsonWriter writer, Submission submission)
    {
        writer.WriteStartObject();
        writer.WriteBoolean("valid", true);
        WriteNumber(writer, "total", submission.Chunks?.Sum(c => c.ItemCount) ?? submission.ItemCount);
        writer.WriteStartArray("sample");
        foreach (var (_, key) in (submission.Chunks ?? []).SelectMany(c => submission.Kind.ReadInput(c.Encode())).Take(MaxSample))
        {
            writer.WriteStringValue(key);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, ItemRecord item)
    {
        var outcome = item.Outcome;
        writer.WriteStartObject();
        writer.WriteNumber("index", outcome.Index);
        writer.WriteString("key", outcome.Key);
        writer.WriteString("state", Word(outcome.State));
        writer.WriteString("outcome", outcome.Outcome);
        writer.WriteNumber("attempts", item.Attempts);
        writer.WriteBoolean("retriable", outcome.IsRetriable);
        writer.WritePropertyName("error");
        if (outcome.Failure is { } failure)
        {
            WriteFailure(writer, failure);
        }
        else
        {
            writer.WriteNullValue();
        }

        if (outcome.Result is null)
        {
            writer.WriteNull("result");
        }
        else
        {
            WriteJson(writer, "result", outcome.Result);
        }

        WriteTime(writer, "endTime", item.EndedAt);
        writer.WriteEndObject();
    }

    public static byte[] ToBytes(Operation operation, long now)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, JsonWriting.Options))
        {
            Write(writer, operation, now);
        }

        return stream.ToArray();
    }

    public static string Word(ItemState state) => state switch
    {
        ItemState.Pending => "pending",
        ItemState.Running => "running",
        ItemState.Succeeded => "succeeded",
        ItemState.Skipped => "skipped",
        ItemState.Failed => "failed",
        ItemState.Aborted => "aborted",
    };

    private static void WriteProgress(Utf8JsonWriter writer, Operation operation, long now)
    {
        writer.WriteStartObject("progress");
        WriteNumber(writer, "total", operation.Total);
        writer.WriteBoolean("totalFinal", operation.IsTotalFinal);
        writer.WriteNumber("pending", operation.PendingItems);
        writer.WriteNumber("running", operation.LeasedItems);
        writer.WriteNumber("succeeded", operation.Counts.Succeeded);
        writer.WriteNumber("skipped", operation.Counts.Skipped);
        writer.WriteNumber("failed", operation.Counts.Failed);
        writer.WriteNumber("aborted", operation.AbortedItems);
        WriteFraction(writer, "percent", operation.Percent);
        WriteFraction(writer, "itemsPerSecond", operation.ItemsPerSecond(now));
        WriteNumber(writer, "etaSeconds", operation.EtaSeconds(now));
        WriteNumber(writer, "bytesDone", operation.BytesDone);
        writer.WriteNull("bytesTotal");
        writer.WriteString("phase", operation.Phase);
        writer.WriteEndObject();
    }

    private static void WriteFailure(Utf8JsonWriter writer, OperationFailure failure)
    {
        writer.WriteStartObject();
        writer.WriteString("type", $"urn:longhaul:problem:{failure.Slug}");
        writer.WriteString("title", Title(failure.Slug));
        writer.WriteString("detail", failure.Detail);
        writer.WriteString("code", Code(failure.Slug));
        if (failure.Errors is { } errors)
        {
            WriteJson(writer, "errors", errors);
        }

        writer.WriteEndObject();
    }

    private static string Title(string slug) => string.Concat(slug[..1].ToUpperInvariant(), slug.AsSpan(1).ToString().Replace('-', ' '));

    private static string Code(string slug) => slug switch
    {
        OperationFailure.AbortedSlug => "CANCELLED",
        OperationFailure.CapacityExceededSlug => "RESOURCE_EXHAUSTED",
        OperationFailure.TargetGoneSlug => "NOT_FOUND",
        OperationFailure.InternalSlug => "INTERNAL",
        _ => "ABORTED",
    };

    private static void WriteNumber(Utf8JsonWriter writer, string name, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteFraction(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number)
        {
            writer.WriteNumber(name, Math.Round(number, 1));
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteTime(Utf8JsonWriter writer, string name, long? milliseconds)
    {
        if (milliseconds is not { } value)
        {
            writer.WriteNull(name);
            return;
        }

        Span<byte> text = stackalloc byte[24];
        Format(DateTimeOffset.FromUnixTimeMilliseconds(value), text);
        writer.WriteString(name, text);
    }

    // 2026-11-24T12:00:00.000Z, digit by digit: an operation has six of them, and polls are many.
    private static void Format(DateTimeOffset time, Span<byte> text)
    {
        "0000-00-00T00:00:00.000Z"u8.CopyTo(text);
        Digits(text[..4], time.Year);
        Digits(text[5..7], time.Month);
        Digits(text[8..10], time.Day);
        Digits(text[11..13], time.Hour);
        Digits(text[14..16], time.Minute);
        Digits(text[17..19], time.Second);
        Digits(text[20..23], time.Millisecond);
    }

    private static void Digits(Span<byte> text, int value)
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            text[i] = (byte)('0' + (value % 10));
            value /= 10;
        }
    }

    // What the store holds was written by us: it is JSON.
    private static void WriteJson(Utf8JsonWriter writer, string name, string json)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(json, skipInputValidation: true);
    }
}
