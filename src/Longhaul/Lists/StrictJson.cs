using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Longhaul.Lists;

/// <summary>What the readers of this face share: JSON taken strictly, with an explanation where it is refused.</summary>
internal static class StrictJson
{
    /// <summary>Nesting that a body may have.</summary>
    public const int MaxDepth = 16;

    public static Utf8JsonReader Reader(ReadOnlySpan<byte> json) => new(json, new JsonReaderOptions { MaxDepth = MaxDepth });

    /// <summary>What is wrong with a body before it is read, or null.</summary>
    public static ListError? CheckEncoding(ReadOnlySpan<byte> json, string expected)
    {
        if (json.IsEmpty)
        {
            return ListError.Decode($"the body is empty; {expected}", null);
        }

        return Utf8.IsValid(json) ? null : ListError.Decode("the body is not valid UTF-8", null);
    }

    /// <summary>Explains an error of syntax by its place.</summary>
    public static ListError Syntax(JsonException exception) => ListError.Decode(
        string.Create(CultureInfo.InvariantCulture, $"no valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine}, or nested deeper than {MaxDepth}"), null);

    /// <summary>
    /// Reads a name or a text; false when it holds U+0000 or a lone surrogate, which one of the databases cannot keep.
    /// </summary>
    public static bool TryGetText(ref Utf8JsonReader reader, out string text)
    {
        text = "";
        try
        {
            text = reader.GetString()!;
            return IsStorable(text);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The same for a parsed value.</summary>
    public static bool TryGetString(JsonElement element, out string text)
    {
        text = "";
        try
        {
            text = element.GetString()!;
            return IsStorable(text);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>True for a text without U+0000 and without a lone surrogate.</summary>
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

    /// <summary>Number of code points of valid UTF-8.</summary>
    public static int CountCodePoints(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var part in utf8)
        {
            count += (part & 0xC0) == 0x80 ? 0 : 1;
        }

        return count;
    }

    /// <summary>Number of code points of a text without lone surrogates.</summary>
    public static int CountCodePoints(string text) => CountCodePoints(Encoding.UTF8.GetBytes(text));

    /// <summary>The name in an explanation, cut where it is long.</summary>
    public static string Quote(string name) => $"'{(name.Length <= 64 ? name : string.Concat(name.AsSpan(0, 64), "…"))}'";

    /// <summary>One step of a JSON Pointer.</summary>
    public static string Step(string name) =>
        "/" + (name.Length <= 256 ? name : name[..256]).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
