namespace Longhaul.Lists.Items;

internal static class UrlText
{
    public const int MaxLength = 32_768;

    /// <summary>A space or a control character, those of Latin-1 (U+0080 to U+009F) included.</summary>
    public static bool HasBlankOrControl(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IndexOfAnyInRange((byte)0, (byte)' ') >= 0 || utf8.Contains((byte)0x7F))
        {
            return true;
        }

        for (var at = utf8.IndexOf((byte)0xC2); at >= 0;)
        {
            if (utf8[at + 1] < 0xA0)
            {
                return true;
            }

            utf8 = utf8[(at + 1)..];
            at = utf8.IndexOf((byte)0xC2);
        }

        return false;
    }
}
