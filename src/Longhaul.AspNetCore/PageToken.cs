using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Longhaul.AspNetCore;

/// <summary>An opaque place in a listing.</summary>
internal static class PageToken
{
    public static string Write(char listing, long place) =>
        Base64Url.EncodeToString(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{listing}1.{place}")));

    public static bool TryRead(char listing, string text, out long place)
    {
        place = 0;
        if (text.Length > 64 || !Base64Url.IsValid(text))
        {
            return false;
        }

        var plain = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text));
        return plain.Length > 3 && plain[0] == listing && plain[1] == '1' && plain[2] == '.'
            && long.TryParse(plain.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out place);
    }
}
