using System.Text;
using System.Text.Json;

namespace Longhaul.Lists.Items;

internal sealed class IpItems : ItemKind
{
    // Room for the longest address with each character sent as a six-byte escape.
    private const int MaxEscapedLength = 6 * 64;

    // Behind {"ip":" in a payload.
    private const int ValueStart = 7;

    private static readonly ItemFault WrongType = ItemFault.InvalidJson("'ip' must be a string");

    private static readonly ItemFault NotAnAddress = new(
        "invalid_ip",
        "is no IP address or range; write it like 192.0.2.1, 192.0.2.0/24, 2001:db8::1 or 2001:db8::/32, "
            + "without blanks, port, zone or leading zeros");

    private static readonly ItemFault MappedAddress = new(
        "invalid_ip", "is an IPv4 address inside IPv6; write the IPv4 address itself");

    private static readonly ItemFault BadPrefixLength = new(
        "invalid_prefix_length", "has no allowed prefix length: IPv4 takes /8 to /32, IPv6 takes /12 to /128");

    public override string Name => "ip";

    public override ItemMembers Member => ItemMembers.Ip;

    public override string ValuePath => "/ip";

    public override string Example => """{"ip":"192.0.2.1"}""";

    public override ItemFault? Read(ref Utf8JsonReader reader, ItemDraft draft)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return WrongType;
        }

        var fault = ReadText(ref reader, draft);
        if (fault is not null)
        {
            draft.SetFaultyValue(reader.ValueSpan);
        }

        return fault;
    }

    public override byte[]? FindKey(string value)
    {
        if (!Ascii.IsValid(value) || IpValue.Parse(Encoding.ASCII.GetBytes(value), out var address) != IpFault.None)
        {
            return null;
        }

        return address.ToSortKey();
    }

    /// <summary>Every range that an address lies in, itself first.</summary>
    public override Cover? Cover(string value)
    {
        if (!Ascii.IsValid(value) || IpValue.Parse(Encoding.ASCII.GetBytes(value), out var address) != IpFault.None)
        {
            return null;
        }

        var keys = new List<byte[]>(address.PrefixLength - address.ShortestPrefixLength + 1);
        for (var length = address.PrefixLength; length >= address.ShortestPrefixLength; length--)
        {
            keys.Add(address.Widen(length).ToSortKey());
        }

        return new Cover(keys) { Address = address };
    }

    public override ItemFilter Search(string term) => ItemFilter.Addresses(IpSearch.Candidates(term));

    protected override string Value(ReadOnlySpan<byte> payload)
    {
        var rest = payload[ValueStart..];
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)'"')]);
    }

    private static ItemFault? ReadText(ref Utf8JsonReader reader, ItemDraft draft)
    {
        var text = reader.ValueSpan;
        if (reader.ValueIsEscaped)
        {
            // Some languages write every slash as an escape.
            Span<byte> unescaped = stackalloc byte[MaxEscapedLength];
            return text.Length > MaxEscapedLength
                ? NotAnAddress
                : Read(unescaped[..reader.CopyString(unescaped)], draft);
        }

        return Read(text, draft);
    }

    private static ItemFault? Read(ReadOnlySpan<byte> text, ItemDraft draft)
    {
        switch (IpValue.Parse(text, out var value))
        {
            case IpFault.NotAnAddress:
                return NotAnAddress;
            case IpFault.MappedAddress:
                return MappedAddress;
            case IpFault.BadPrefixLength:
                return BadPrefixLength;
        }

        Span<byte> key = stackalloc byte[IpValue.SortKeyLength];
        value.WriteSortKey(key);
        draft.SetKey(key);

        Span<byte> member = stackalloc byte[IpValue.MaxTextLength + 7];
        "\"ip\":\""u8.CopyTo(member);
        var length = 6 + value.Format(member[6..]);
        member[length++] = (byte)'"';
        draft.Member.Append(member[..length]);
        draft.NoteChange(text, member[6..(length - 1)]);
        return null;
    }
}
