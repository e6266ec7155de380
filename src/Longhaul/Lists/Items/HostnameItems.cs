using System.Text;
using System.Text.Json;

namespace Longhaul.Lists.Items;

internal sealed class HostnameItems : ItemKind
{
    private const int UrlHostname = 0;
    private const string NamePath = "/hostname/url_hostname";

    // Behind {"hostname":{"url_hostname":" in a payload.
    private const int ValueStart = 29;

    // No string of the payload can hold it: there the quotation marks would be escaped.
    private static readonly byte[] BareNameToo = [.. "\"exclude_exact_hostname\":false"u8];

    private static readonly ItemShape Shape = new(
        "hostname", ("url_hostname", ItemMemberType.Text), ("exclude_exact_hostname", ItemMemberType.Flag));

    private static readonly ItemFault WrongType = ItemFault.InvalidJson(
        """'hostname' must be an object like {"url_hostname":"example.com"}""");

    private static readonly ItemFault NoName = new(
        "invalid_hostname", """'url_hostname' is missing; send {"url_hostname":"example.com"}""", NamePath);

    private static readonly ItemFault NotAName = new(
        "invalid_hostname",
        "is no host name; send two or more labels of a-z, 0-9 and inner hyphens like www.example.com, or a wildcard like "
            + "*.example.com, of at most 253 characters, without scheme, port, path, underscore or dot at the end",
        NamePath);

    private static readonly ItemFault IsAddress = new(
        "invalid_hostname", "is an IP address; send a host name, or use a list of kind 'ip'", NamePath);

    private static readonly ItemFault FlagWithoutWildcard = new(
        "invalid_exclude_exact_hostname",
        "only a wildcard like *.example.com takes 'exclude_exact_hostname'; leave it out of this item",
        "/hostname/exclude_exact_hostname");

    public override string Name => "hostname";

    public override ItemMembers Member => ItemMembers.Hostname;

    public override string ValuePath => NamePath;

    public override string Example => """{"hostname":{"url_hostname":"example.com"}}""";

    public override ItemFault? Read(ref Utf8JsonReader reader, ItemDraft draft)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return WrongType;
        }

        var seen = 0;
        var hasName = false;
        bool? excludesExact = null;
        ItemFault? fault = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (Shape.ReadMember(ref reader, ref seen, out var member) is { } undecodable)
            {
                return undecodable;
            }

            if (member == UrlHostname)
            {
                hasName = true;
                fault = ReadName(ref reader, draft);
            }
            else if (member > UrlHostname)
            {
                excludesExact = reader.GetBoolean();
            }
        }

        return fault ?? (hasName ? Settle(draft, excludesExact) : NoName);
    }

    public override byte[]? FindKey(string value)
    {
        if (!Ascii.IsValid(value))
        {
            return null;
        }

        var text = Encoding.ASCII.GetBytes(value);
        if (Check(text) is not null)
        {
            return null;
        }

        var canonical = new ByteBuffer(text.Length);
        canonical.AppendLowered(text);
        return SortKeys.OfText(canonical.Written);
    }

    /// <summary>The name itself, then each wildcard above it; its own wildcard covers it only where that says so.</summary>
    public override Cover? Cover(string value)
    {
        if (FindKey(value) is not { } key)
        {
            return null;
        }

        var name = value.ToLowerInvariant();
        var keys = new List<byte[]> { key };
        var isWildcard = name[0] == '*';
        if (!isWildcard && FindKey($"*.{name}") is { } own)
        {
            keys.Add(own);
        }

        var ownPlace = isWildcard ? -1 : keys.Count - 1;
        for (var dot = name.IndexOf('.', isWildcard ? 2 : 0); dot >= 0; dot = name.IndexOf('.', dot + 1))
        {
            if (FindKey($"*{name[dot..]}") is { } wildcard)
            {
                keys.Add(wildcard);
            }
        }

        return new Cover(keys) { Check = (place, payload) => place == 0 || place != ownPlace || payload.AsSpan().IndexOf(BareNameToo) >= 0 };
    }

    public override ItemFilter Search(string term)
    {
        var lower = SearchText.Lower(term);
        return ItemFilter.Holding(SearchText.Json(lower), payload => Value(payload).Contains(lower, StringComparison.Ordinal));
    }

    protected override string Value(ReadOnlySpan<byte> payload)
    {
        var rest = payload[ValueStart..];
        return Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)'"')]);
    }

    private static ItemFault? ReadName(ref Utf8JsonReader reader, ItemDraft draft)
    {
        var isShort = draft.TryReadText(ref reader, HostName.MaxLength, out var text);
        if ((isShort ? Check(text) : NotAName) is { } fault)
        {
            draft.SetFaultyValue(reader.ValueSpan);
            return fault;
        }

        draft.Canonical.AppendLowered(text);
        draft.NoteChange(text, draft.Canonical.Written);
        return null;
    }

    private static ItemFault? Check(ReadOnlySpan<byte> text)
    {
        var isWildcard = text.StartsWith("*."u8);
        var name = isWildcard ? text[2..] : text;
        if (text.Length > HostName.MaxLength
            || !HostName.IsValid(name, out var labelCount)
            || (labelCount < 2 && !isWildcard))
        {
            return NotAName;
        }

        return HostName.IsAddress(name, labelCount) ? IsAddress : null;
    }

    private static ItemFault? Settle(ItemDraft draft, bool? excludesExact)
    {
        var name = draft.Canonical.Written;
        var isWildcard = name[0] == '*';
        if (!isWildcard && excludesExact is not null)
        {
            return FlagWithoutWildcard;
        }

        draft.SetTextKey(name);
        draft.Member.Append("\"hostname\":{\"url_hostname\":\""u8);
        draft.Member.Append(name);
        draft.Member.Append("\""u8);
        if (isWildcard)
        {
            // The real service writes true into a wildcard that was sent without the flag.
            draft.Member.Append(",\"exclude_exact_hostname\":"u8);
            draft.Member.Append(excludesExact is false ? "false"u8 : "true"u8);
        }

        draft.Member.Append("}"u8);
        return null;
    }
}
