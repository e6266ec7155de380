using System.Text;
using Longhaul.Hosting.Bodies;

namespace Longhaul.Lists.Items;

/// <summary>Texts as a search compares them: the letters A to Z are taken for a to z, and no others.</summary>
internal static class SearchText
{
    public static string Lower(string text) => string.Create(text.Length, text, static (lower, from) =>
    {
        for (var i = 0; i < lower.Length; i++)
        {
            lower[i] = char.IsAsciiLetterUpper(from[i]) ? (char)(from[i] | 0x20) : from[i];
        }
    });

    /// <summary>The text as it stands inside a string of a stored payload.</summary>
    public static string Json(string text)
    {
        const int LongestEscape = 6;
        var utf8 = Encoding.UTF8.GetBytes(text);
        var escaped = new byte[utf8.Length * LongestEscape];
        return Encoding.UTF8.GetString(escaped, 0, JsonStrings.Escape(utf8, escaped));
    }
}
