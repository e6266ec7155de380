using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Longhaul.Engine.Running;

namespace Longhaul.AspNetCore;

/// <summary>The members of a submit body; the parts that belong to the kind stay JSON text.</summary>
internal sealed record SubmitBody(
    string? Kind, string? Account, ReadOnlyMemory<byte> Parameters, ReadOnlyMemory<byte> Items, string Labels, long? MaxFailedItems, bool IsValidateOnly);

/// <summary>Reads a submit body once, strictly: unknown and repeated members, bad strings and trailing text are refused by name.</summary>
internal static class SubmitReader
{
    private const int MaxDepth = 32;

    // More are never shown; a body of nothing but faults must not cost more memory than it has.
    internal const int MaxErrors = 100;
    private const int MaxLabels = 16;
    private const int MaxLabelValue = 255;

    private static readonly SearchValues<char> LabelKey = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");

    public static SubmitBody? Read(ReadOnlyMemory<byte> body, List<(string Detail, string Pointer)> errors)
    {
        try
        {
            return ReadObject(body, errors);
        }
        catch (JsonException exception)
        {
            errors.Add(($"the body is no JSON object as expected: {exception.Message}", ""));
            return null;
        }
    }

    /// <summary>True for a text that every database can hold: no U+0000, no lone surrogate.</summary>
    public static bool IsStorable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i]))))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>True for what a key of a label may be.</summary>
    public static bool IsLabelKey(ReadOnlySpan<char> key) => key.Length is > 0 and <= 63 && key.IndexOfAnyExcept(LabelKey) < 0;

    private static SubmitBody? ReadObject(ReadOnlyMemory<byte> body, List<(string Detail, string Pointer)> errors)
    {
        if (!Utf8.IsValid(body.Span))
        {
            errors.Add(("the body is not valid UTF-8", ""));
            return null;
        }

        var reader = new Utf8JsonReader(body.Span, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            errors.Add(("send one JSON object: {\"kind\":…,\"account\":…,\"params\":{…}}", ""));
            return null;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? kind = null, account = null;
        var labels = "{}";
        long? maxFailedItems = null;
        var isValidateOnly = false;
        ReadOnlyMemory<byte> parameters = default, items = default;
        while (errors.Count < MaxErrors && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = ReadText(ref reader, "", errors) ?? "";
            var pointer = SubmitFault.PointTo("", name);
            if (!seen.Add(name))
            {
                errors.Add(($"{SubmitFault.Show(name)} stands there twice", pointer));
            }

            reader.Read();
            switch (name)
            {
                case "kind":
                    kind = ReadString(ref reader, pointer, errors);
                    break;
                case "account":
                    account = ReadString(ref reader, pointer, errors);
                    break;
                case "labels":
                    labels = ReadLabels(ref reader, errors);
                    break;
                case "params":
                    parameters = Slice(ref reader, body, pointer, JsonTokenType.StartObject, "an object", errors);
                    break;
                case "items":
                    items = Slice(ref reader, body, pointer, JsonTokenType.StartArray, "an array", errors);
                    break;
                case "maxFailedItems":
                    maxFailedItems = ReadNumber(ref reader, pointer, errors);
                    break;
                case "validateOnly":
                    isValidateOnly = ReadBool(ref reader, pointer, errors);
                    break;
                default:
                    errors.Add(($"unknown member {SubmitFault.Show(name)}; known are kind, account, params, items, labels, maxFailedItems, validateOnly", pointer));
                    reader.Skip();
                    break;
            }
        }

        if (errors.Count >= MaxErrors)
        {
            return null;
        }

        // Text behind the object makes the reader throw.
        reader.Read();
        return new SubmitBody(kind, account, parameters, items, labels, maxFailedItems, isValidateOnly);
    }

    internal static ReadOnlyMemory<byte> Slice(
        ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, string pointer, JsonTokenType expected, string noun, List<(string Detail, string Pointer)> errors)
    {
        var isExpected = reader.TokenType == expected;
        var from = (int)reader.TokenStartIndex;
        reader.Skip();
        if (!isExpected)
        {
            errors.Add(($"{pointer[1..]} must be {noun}", pointer));
            return default;
        }

        return body[from..(int)reader.BytesConsumed];
    }

    private static string? ReadString(ref Utf8JsonReader reader, string pointer, List<(string Detail, string Pointer)> errors)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return ReadText(ref reader, pointer, errors);
        }

        errors.Add(($"{pointer[1..]} must be a string", pointer));
        reader.Skip();
        return null;
    }

    private static long? ReadNumber(ref Utf8JsonReader reader, string pointer, List<(string Detail, string Pointer)> errors)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0)
        {
            return number;
        }

        errors.Add(($"{pointer[1..]} must be a whole number from 0 on", pointer));
        reader.Skip();
        return null;
    }

    private static bool ReadBool(ref Utf8JsonReader reader, string pointer, List<(string Detail, string Pointer)> errors)
    {
        if (reader.TokenType is JsonTokenType.True or JsonTokenType.False)
        {
            return reader.GetBoolean();
        }

        errors.Add(($"{pointer[1..]} must be true or false", pointer));
        reader.Skip();
        return false;
    }

    internal static string? ReadText(ref Utf8JsonReader reader, string pointer, List<(string Detail, string Pointer)> errors)
    {
        try
        {
            var text = reader.GetString()!;
            if (IsStorable(text))
            {
                return text;
            }
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate, written as an escape.
        }

        errors.Add(("a string holds U+0000 or a lone surrogate", pointer));
        return null;
    }

    private static string ReadLabels(ref Utf8JsonReader reader, List<(string Detail, string Pointer)> errors)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            errors.Add(("labels must be an object of strings", "/labels"));
            reader.Skip();
            return "{}";
        }

        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        while (errors.Count < MaxErrors && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = ReadText(ref reader, "/labels", errors) ?? "";
            reader.Read();
            var pointer = SubmitFault.PointTo("/labels", key);
            var value = ReadString(ref reader, pointer, errors);
            var isGood = IsLabelKey(key)
                && value is not null && value.EnumerateRunes().Count() <= MaxLabelValue && labels.TryAdd(key, value);
            if (!isGood)
            {
                errors.Add(($"label '{SubmitFault.Show(key)}': keys are 1 to 63 of a-z 0-9 . _ -, each once, values strings of at most {MaxLabelValue} characters", pointer));
            }
        }

        if (labels.Count > MaxLabels)
        {
            errors.Add(($"at most {MaxLabels} labels", "/labels"));
        }

        return ToJson(labels);
    }

    private static string ToJson(Dictionary<string, string> labels)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in labels)
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
