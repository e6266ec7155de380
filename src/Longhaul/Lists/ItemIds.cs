using System.Buffers;

namespace Longhaul.Lists;

/// <summary>Item ids on the wire: 32 lower-case hexadecimal digits for 16 bytes.</summary>
internal static class ItemIds
{
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    public static bool TryParse(string text, out byte[] id)
    {
        id = [];
        if (text.Length != 32 || text.AsSpan().IndexOfAnyExcept(LowerHex) >= 0)
        {
            return false;
        }

        id = Convert.FromHexString(text);
        return true;
    }
}
