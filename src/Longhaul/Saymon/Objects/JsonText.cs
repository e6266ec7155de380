using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Longhaul.Saymon.Objects;

/// <summary>Reading bodies strictly, and writing values in one spelling.</summary>
internal static class JsonText
{
    /// <summary>Nesting of a body.</summary>
    private const int MaxDepth = 64;

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Reads a body; its strings hold neither U+0000 nor a lone surrogate. The document belongs to the caller.</summary>
    public static SaymonResult<JsonDocument> Parse(ReadOnlyMemory<byte> body)
    {
        var text = body.Span;
        if (text.TrimStart(" \t\r\n"u8).IsEmpty)
        {
            return SaymonFault.InvalidJson("the body is empty");
        }

        if (!Utf8.IsValid(text))
        {
            return SaymonFault.InvalidJson("the body is not valid UTF-8");
        }

        try
        {
            if (FindForbidden(text) is { } fault)
            {
                return fault;
            }

            return JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException exception)
        {
            return SaymonFault.InvalidJson(string.Create(
                CultureInfo.InvariantCulture, $"unexpected text at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}, or nesting deeper than {MaxDepth}"));
        }
    }

    /// <summary>A value in the spelling in which it is kept: no spaces, no needless escapes.</summary>
    public static byte[] Canonical(JsonElement value) => Write(value, static (writer, v) => v.WriteTo(writer));

    /// <summary>Writes JSON into bytes.</summary>
    public static byte[] Write<T>(T state, Action<Utf8JsonWriter, T> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            write(writer, state);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A writer in that spelling.</summary>
    public static Utf8JsonWriter Writer(IBufferWriter<byte> buffer) => new(buffer, Plain);

    /// <summary>A text as JSON.</summary>
    public static byte[] Text(string text) => Write(text, static (writer, t) => writer.WriteStringValue(t));

    /// <summary>A number as JSON.</summary>
    public static byte[] Number(long number) => Write(number, static (writer, n) => writer.WriteNumberValue(n));

    // Both come as escapes only: raw ones are no UTF-8 or, as a control character, no JSON.
    private static SaymonFault? FindForbidden(ReadOnlySpan<byte> text)
    {
        if (!text.Contains((byte)'\\'))
        {
            return null;
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxDepth });
        var member = "the body";
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            {
                continue;
            }

            var value = reader.ValueIsEscaped ? Unescape(ref reader) : null;
            if (reader.ValueIsEscaped && value is null)
            {
                return SaymonFault.Bad($"{member} holds U+0000 or a lone surrogate; leave it out");
            }

            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                member = value ?? reader.GetString()!;
            }
        }

        return null;
    }

    private static string? Unescape(ref Utf8JsonReader reader)
    {
        try
        {
            var text = reader.GetString()!;
            return text.Contains('\0') ? null : text;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
