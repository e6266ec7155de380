using System.Text;

namespace Longhaul.TestStores.Http;

/// <summary>Percent encoding as the signature wants it and as requests carry it.</summary>
internal static class Percent
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Decodes a path or a query member; a plus is a space in both, as S3 has it.</summary>
    public static string Decode(string text)
    {
        if (text.AsSpan().IndexOfAny('%', '+') < 0)
        {
            return text;
        }

        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes[length++] = Convert.FromHexString(text.AsSpan(i + 1, 2))[0];
                i += 2;
            }
            else if (text[i] == '+')
            {
                bytes[length++] = (byte)' ';
            }
            else
            {
                length += Encoding.UTF8.GetBytes(text.AsSpan(i, 1), bytes.AsSpan(length));
            }
        }

        try
        {
            return Strict.GetString(bytes, 0, length);
        }
        catch (ArgumentException)
        {
            throw new S3Exception(400, "InvalidURI", "Couldn't parse the specified URI: the key is not UTF-8.");
        }
    }

    /// <summary>Everything but A-Z a-z 0-9 - . _ ~ is encoded, the slash only where it is asked for.</summary>
    public static string Encode(string text, bool keepSlash = false)
    {
        var result = new StringBuilder(text.Length + 16);
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~' || (keepSlash && b == (byte)'/'))
            {
                result.Append((char)b);
            }
            else
            {
                result.Append('%').Append(Convert.ToHexString([b]));
            }
        }

        return result.ToString();
    }

    /// <summary>The form of encoding-type=url: slashes stay and a space is a plus.</summary>
    public static string EncodeForListing(string text) => Encode(text, keepSlash: true).Replace("%20", "+", StringComparison.Ordinal);
}
