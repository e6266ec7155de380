using System.Text.Json;

namespace Longhaul.Engine.Running;

/// <summary>Which texts both databases can hold.</summary>
internal static class JsonTexts
{
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
