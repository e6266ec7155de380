using System.Text.Json;

namespace Longhaul.Engine.Running;

/// <summary>Which texts both databases can hold.</summary>
internal static class JsonTexts
{
    private const int MaxShown = 200;

    /// <summary>The name of a member, or null when it is one that no database can hold.</summary>
    public static string? FindName(JsonProperty member)
    {
        try
        {
            return member.Name is var name && !name.Contains('\0', StringComparison.Ordinal) ? name : null;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate has no UTF-8.
            return null;
        }
    }

    /// <summary>JSON Pointer (RFC 6901) to a member of what another one points to.</summary>
    public static string Pointer(string parent, string name) =>
        $"{parent}/{Shown(name).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";

    /// <summary>What of a client's own word is told back to it: a name of any length does not make a longer answer.</summary>
    public static string Shown(string word) => word.Length <= MaxShown
        ? word
        : string.Concat(word.AsSpan(0, char.IsHighSurrogate(word[MaxShown - 1]) ? MaxShown - 1 : MaxShown), "…");

    /// <summary>
    /// Takes a reader that stands on the beginning of a value to its end. False when a string in it holds U+0000 or a lone surrogate,
    /// which can only be written as an escape.
    /// </summary>
    public static bool SkipStorable(ref Utf8JsonReader reader)
    {
        var isStorable = true;
        var depth = reader.CurrentDepth;
        do
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped)
            {
                isStorable &= IsStorable(ref reader);
            }
        }
        while (!IsEnd(reader.TokenType, reader.CurrentDepth, depth) && reader.Read());
        return isStorable;
    }

    private static bool IsEnd(JsonTokenType token, int at, int depth) =>
        at == depth && token is not (JsonTokenType.StartArray or JsonTokenType.StartObject or JsonTokenType.PropertyName);

    private static bool IsStorable(ref Utf8JsonReader reader)
    {
        try
        {
            return !reader.GetString()!.Contains('\0', StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate has no UTF-8.
            return false;
        }
    }
}
