using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Longhaul.Hosting.Bodies;

/// <summary>What strings of a body may hold, how long they are and how they are written again.</summary>
internal static class JsonStrings
{
    /// <summary>
    /// U+0000 and lone surrogates. In valid UTF-8 both can only come as escapes: the raw ones are
    /// no UTF-8 or, as a control character, no JSON.
    /// </summary>
    public static bool HasForbidden(in Utf8JsonReader reader) =>
        reader.ValueIsEscaped
        && reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName
        && HasForbiddenEscape(reader.ValueSpan);

    public static bool HasForbidden(string text)
    {
        if (text.Contains('\0'))
        {
            return true;
        }

        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var length) != OperationStatus.Done)
            {
                return true;
            }

            rest = rest[length..];
        }

        return false;
    }

    public static int CountCodePoints(ReadOnlySpan<byte> utf8)
    {
        var count = 0;
        foreach (var unit in utf8)
        {
            count += (unit & 0xC0) == 0x80 ? 0 : 1;
        }

        return count;
    }

    /// <summary>Writes the inside of a JSON string in its shortest spelling, with no needless escape.</summary>
    public static int Escape(ReadOnlySpan<byte> utf8, Span<byte> destination)
    {
        var length = 0;
        foreach (var unit in utf8)
        {
            if (unit is >= 0x20 and not (byte)'"' and not (byte)'\\')
            {
                destination[length++] = unit;
                continue;
            }

            destination[length++] = (byte)'\\';
            var shortForm = unit switch
            {
                (byte)'\b' => 'b',
                (byte)'\t' => 't',
                (byte)'\n' => 'n',
                (byte)'\f' => 'f',
                (byte)'\r' => 'r',
                < 0x20 => 'u',
                _ => (char)unit,
            };
            destination[length++] = (byte)shortForm;
            if (shortForm == 'u')
            {
                "00"u8.CopyTo(destination[length..]);
                destination[length + 2] = (byte)('0' + (unit >> 4));
                destination[length + 3] = (byte)"0123456789abcdef"[unit & 0xF];
                length += 4;
            }
        }

        return length;
    }

    /// <summary>The beginning of a text, never ending inside a character.</summary>
    public static ReadOnlySpan<byte> Cut(ReadOnlySpan<byte> utf8, int maxLength)
    {
        if (utf8.Length <= maxLength)
        {
            return utf8;
        }

        while ((utf8[maxLength] & 0xC0) == 0x80)
        {
            maxLength--;
        }

        return utf8[..maxLength];
    }

    private static bool HasForbiddenEscape(ReadOnlySpan<byte> raw)
    {
        for (var i = raw.IndexOf((byte)'\\'); i >= 0 && i < raw.Length; i++)
        {
            if (raw[i] != '\\')
            {
                continue;
            }

            if (raw[++i] != 'u')
            {
                continue;
            }

            var unit = HexUnit(raw.Slice(i + 1, 4));
            i += 4;
            if (unit == 0 || char.IsLowSurrogate(unit))
            {
                return true;
            }

            if (char.IsHighSurrogate(unit))
            {
                var rest = raw[(i + 1)..];
                if (!rest.StartsWith("\\u"u8) || !char.IsLowSurrogate(HexUnit(rest.Slice(2, 4))))
                {
                    return true;
                }

                i += 6;
            }
        }

        return false;
    }

    private static char HexUnit(ReadOnlySpan<byte> digits) =>
        (char)ushort.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
