using System.Security.Cryptography;

namespace Longhaul.Lists.Items;

/// <summary>Sort keys of text: its UTF-8, or a beginning and a hash where that is too long for the page of an index.</summary>
internal static class SortKeys
{
    public const int MaxTextLength = 1_000;

    private const int HeadLength = 960;

    /// <summary>Writes at most <see cref="MaxTextLength"/> bytes and returns how many.</summary>
    public static int WriteText(ReadOnlySpan<byte> utf8, Span<byte> destination)
    {
        if (utf8.Length <= MaxTextLength)
        {
            utf8.CopyTo(destination);
            return utf8.Length;
        }

        utf8[..HeadLength].CopyTo(destination);
        return HeadLength + SHA256.HashData(utf8, destination[HeadLength..]);
    }

    public static byte[] OfText(ReadOnlySpan<byte> utf8)
    {
        Span<byte> key = stackalloc byte[MaxTextLength];
        return key[..WriteText(utf8, key)].ToArray();
    }
}
