using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Longhaul.Hosting.Bodies;

/// <summary>What every reader of a body shares: strictness beyond the grammar, and words for what is wrong.</summary>
internal static class StrictJson
{
    public const int MaxDepth = 16;

    private const int MaxQuotedLength = 64;

    // The bound that people meet is MaxDepth, checked while skipping, with a clear sentence.
    // One level more is let through the library, whose own refusal names no reason.
    public static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth + 1 };

    /// <summary>Faults that make the whole body unreadable before any token is looked at; null without one.</summary>
    public static string? CheckText(ReadOnlySpan<byte> body, string expectedShape)
    {
        if (body.TrimStart(" \t\r\n"u8).IsEmpty)
        {
            return $"the body is empty; {expectedShape}";
        }

        if (body.StartsWith("\uFEFF"u8))
        {
            return "the body starts with a byte order mark; send UTF-8 without one";
        }

        return Utf8.IsValid(body)
            ? null
            : $"the body is not valid UTF-8 at byte {FirstInvalidByte(body) + 1}";
    }

    /// <summary>What is wrong with the JSON text of a body.</summary>
    public static string Describe(JsonException exception) => exception is NestingException
        ? exception.Message
        : $"the body is not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";

    /// <summary>What is wrong with the JSON text of one item that stands alone.</summary>
    public static string Explain(JsonException exception) => exception is NestingException
        ? exception.Message
        : $"the item is not valid JSON at byte {exception.BytePositionInLine + 1}";

    public static string Describe(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a boolean",
        _ => "null",
    };

    /// <summary>Passes over the value that the reader stands on; false when a string in it is forbidden.</summary>
    public static bool TrySkip(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        var isClean = !JsonStrings.HasForbidden(in reader);
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
        {
            return isClean;
        }

        do
        {
            RefuseDeepNesting(in reader);
            reader.Read();
            isClean = isClean && !JsonStrings.HasForbidden(in reader);
        }
        while (reader.CurrentDepth > depth);
        return isClean;
    }

    /// <summary>Goes to the end of the object whose members are being read.</summary>
    public static void SkipRest(ref Utf8JsonReader reader, int objectDepth)
    {
        while (reader.CurrentDepth > objectDepth)
        {
            RefuseDeepNesting(in reader);
            reader.Read();
        }
    }

    /// <summary>Reads the end of the text after the last token; anything else there is an error.</summary>
    public static void ExpectEnd(ref Utf8JsonReader reader) => reader.Read();

    /// <summary>Text of a body for a message: as it was sent, escapes included, and not without end.</summary>
    public static string Quote(ReadOnlySpan<byte> raw)
    {
        var shown = JsonStrings.Cut(raw, MaxQuotedLength);
        return $"'{Encoding.UTF8.GetString(shown)}{(shown.Length < raw.Length ? "…" : "")}'";
    }

    /// <summary>A pointer to a member; to its parent when the name cannot be shown in full.</summary>
    public static string Pointer(string parent, in Utf8JsonReader nameReader)
    {
        var name = nameReader.ValueSpan;
        if (nameReader.ValueIsEscaped || name.Length > MaxQuotedLength)
        {
            return parent;
        }

        var token = Encoding.UTF8.GetString(name)
            .Replace("~", "~0", StringComparison.Ordinal)
            .Replace("/", "~1", StringComparison.Ordinal);
        return $"{parent}/{token}";
    }

    private static void RefuseDeepNesting(in Utf8JsonReader reader)
    {
        var opens = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
        if (opens && reader.CurrentDepth >= MaxDepth)
        {
            throw new NestingException();
        }
    }

    private static long FirstInvalidByte(ReadOnlySpan<byte> body)
    {
        var position = 0;
        while (Rune.DecodeFromUtf8(body[position..], out _, out var length) == OperationStatus.Done)
        {
            position += length;
        }

        return position;
    }

    private sealed class NestingException() : JsonException($"the body is nested deeper than {MaxDepth}");
}
