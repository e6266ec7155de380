using System.Text;

namespace Longhaul.Lists.Items;

/// <summary>The URL that a redirect matches: an optional scheme, a host and a path.</summary>
internal static class SourceUrl
{
    /// <summary>
    /// Appends the canonical form: scheme and host in lower case, a path even where none was sent, and its bytes as they are.
    /// False, with nothing appended, when the text is no such URL.
    /// </summary>
    public static bool TryAppend(ReadOnlySpan<byte> text, ByteBuffer canonical)
    {
        var scheme = SchemeLength(text);
        var rest = text[scheme..];
        var slash = rest.IndexOf((byte)'/');
        var host = slash < 0 ? rest : rest[..slash];
        var path = slash < 0 ? "/"u8 : rest[slash..];
        if (!HostName.IsValid(host, out _) || path.IndexOfAny("?#*"u8) >= 0 || UrlText.HasBlankOrControl(path))
        {
            return false;
        }

        canonical.AppendLowered(text[..(scheme + host.Length)]);
        canonical.Append(path);
        return true;
    }

    /// <summary>How many slashes the path of a canonical URL has, the first one included.</summary>
    public static int CountSlashes(ReadOnlySpan<byte> canonical) =>
        canonical[SchemeLength(canonical)..].Count((byte)'/');

    private static int SchemeLength(ReadOnlySpan<byte> text)
    {
        foreach (var length in (ReadOnlySpan<int>)[7, 8])
        {
            if (text.Length >= length && Ascii.EqualsIgnoreCase(text[..length], length == 7 ? "http://"u8 : "https://"u8))
            {
                return length;
            }
        }

        return 0;
    }
}
