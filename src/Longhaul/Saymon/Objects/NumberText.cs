using System.Globalization;
using System.Text.Json;

namespace Longhaul.Saymon.Objects;

/// <summary>Numbers as texts, in the spelling of the vendor's own language; but no digit of an integer is lost.</summary>
internal static class NumberText
{
    // ECMAScript writes numbers from 1e-6 up to below 1e21 without an exponent.
    private const int LeastPlain = -6;
    private const int MostPlain = 20;

    public static string Of(JsonElement number)
    {
        var sent = number.GetRawText();
        return !sent.AsSpan().ContainsAny(".eE") ? sent == "-0" ? "0" : sent
            : number.TryGetDouble(out var value) && double.IsFinite(value) ? Of(value)
            : sent;
    }

    private static string Of(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var end = text.IndexOf('E', StringComparison.Ordinal);
        if (end < 0)
        {
            return text == "-0" ? "0" : text;
        }

        var sign = text[0] == '-' ? "-" : "";
        var digits = text[sign.Length..end].Replace(".", "", StringComparison.Ordinal);
        var exponent = int.Parse(text.AsSpan(end + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        return sign + exponent switch
        {
            >= LeastPlain and < 0 => $"0.{new string('0', -exponent - 1)}{digits}",
            >= 0 and <= MostPlain => digits.Length <= exponent + 1 ? digits.PadRight(exponent + 1, '0') : $"{digits[..(exponent + 1)]}.{digits[(exponent + 1)..]}",
            _ => string.Create(
                CultureInfo.InvariantCulture, $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(exponent < 0 ? "-" : "+")}{Math.Abs(exponent)}"),
        };
    }
}
