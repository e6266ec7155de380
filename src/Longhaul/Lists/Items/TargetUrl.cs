namespace Longhaul.Lists.Items;

/// <summary>The URL that a redirect leads to: any scheme, kept byte for byte.</summary>
internal static class TargetUrl
{
    public static bool IsValid(ReadOnlySpan<byte> text)
    {
        var colon = text.IndexOf((byte)':');
        if (colon < 1 || colon == text.Length - 1 || !char.IsAsciiLetter((char)text[0]))
        {
            return false;
        }

        foreach (var unit in text[..colon])
        {
            if (!char.IsAsciiLetterOrDigit((char)unit) && unit is not ((byte)'+' or (byte)'-' or (byte)'.'))
            {
                return false;
            }
        }

        return !UrlText.HasBlankOrControl(text);
    }

    /// <summary>A question mark behind the number sign belongs to the fragment.</summary>
    public static bool HasQuery(ReadOnlySpan<byte> text)
    {
        var mark = text.IndexOfAny((byte)'?', (byte)'#');
        return mark >= 0 && text[mark] == '?';
    }
}
