using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Longhaul.Lists.Items;

internal sealed class AsnItems : ItemKind
{
    // Behind {"asn": in a payload.
    private const int ValueStart = 7;

    private const int KeyLength = 4;
    private const int MaxDigits = 10;

    private static readonly ItemFault WrongType = ItemFault.InvalidJson(
        "'asn' must be an integer from 1 to 4294967295 without quotes, fraction or exponent");

    private static readonly ItemFault OutOfRange = new(
        "invalid_asn", "is no AS number; send an integer from 1 to 4294967295");

    public override string Name => "asn";

    public override ItemMembers Member => ItemMembers.Asn;

    public override string ValuePath => "/asn";

    public override string Example => """{"asn":64496}""";

    public override ItemFault? Read(ref Utf8JsonReader reader, ItemDraft draft)
    {
        if (reader.TokenType != JsonTokenType.Number || !ItemShape.IsInteger(reader.ValueSpan))
        {
            return WrongType;
        }

        var digits = reader.ValueSpan;
        if (!TryParse(digits, out var number))
        {
            draft.SetFaultyValue(digits);
            return OutOfRange;
        }

        Span<byte> key = stackalloc byte[KeyLength];
        BinaryPrimitives.WriteUInt32BigEndian(key, number);
        draft.SetKey(key);
        draft.Member.Append("\"asn\":"u8);
        draft.Member.Append(digits);
        return null;
    }

    public override byte[]? FindKey(string value)
    {
        var digits = value.StartsWith("AS", StringComparison.OrdinalIgnoreCase) ? value[2..] : value;
        if (!Ascii.IsValid(digits) || !TryParse(Encoding.ASCII.GetBytes(digits), out var number))
        {
            return null;
        }

        var key = new byte[KeyLength];
        BinaryPrimitives.WriteUInt32BigEndian(key, number);
        return key;
    }

    public override Cover? Cover(string value) => FindKey(value) is { } key ? new Cover([key]) : null;

    public override ItemFilter Search(string term) => ItemFilter.Key(FindKey(term));

    protected override string Value(ReadOnlySpan<byte> payload)
    {
        var rest = payload[ValueStart..];
        return Encoding.ASCII.GetString(rest[..rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9')]);
    }

    /// <summary>An integer literal from 1 to 4294967295, which has no leading zero.</summary>
    private static bool TryParse(ReadOnlySpan<byte> digits, out uint number)
    {
        number = 0;
        return digits.Length is > 0 and <= MaxDigits
            && digits[0] != '0'
            && uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
