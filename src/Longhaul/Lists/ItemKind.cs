using System.Text.Json;

namespace Longhaul.Lists;

/// <summary>What the items of one kind of list are: how a value is read, made canonical and keyed. Address lists are the only ones yet.</summary>
internal abstract class ItemKind
{
    /// <summary>The kinds that exist in the vendor's world; each is also the member that holds an item's value.</summary>
    public static readonly string[] KnownNames = ["ip", "redirect", "hostname", "asn"];

    /// <summary>The name of the kind.</summary>
    public abstract string Name { get; }

    /// <summary>Room that a key takes at most.</summary>
    public abstract int MaxKeyLength { get; }

    /// <summary>The kind of that name, as far as it can be used; a list of another one cannot have been made.</summary>
    public static ItemKind Find(string name) => name == "ip" ? IpItems.Instance : throw new InvalidOperationException($"no list can be of kind '{name}' yet");

    /// <summary>
    /// Reads the value that the reader stands on. Writes the key, and the member with its canonical value without braces; returns what
    /// is wrong otherwise.
    /// </summary>
    public abstract ListError? Read(ref Utf8JsonReader reader, int index, Span<byte> key, PayloadBuffer payload);
}

/// <summary>Address lists.</summary>
internal sealed class IpItems : ItemKind
{
    private const int MaxRawLength = 1_024;

    public static IpItems Instance { get; } = new();

    public override string Name => "ip";

    public override int MaxKeyLength => IpValue.KeyLength;

    public override ListError? Read(ref Utf8JsonReader reader, int index, Span<byte> key, PayloadBuffer payload)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return ListError.Decode("ip must be a string such as \"192.0.2.1\"", $"/{index}/ip", index);
        }

        Span<byte> unescaped = stackalloc byte[MaxRawLength];
        scoped var text = reader.ValueSpan;
        if (reader.ValueIsEscaped)
        {
            if (!StrictJson.TryGetText(ref reader, out _))
            {
                return ListError.Decode("ip holds U+0000 or a lone surrogate", $"/{index}/ip", index);
            }

            text = text.Length > MaxRawLength ? default : unescaped[..reader.CopyString(unescaped)];
        }

        var fault = IpValue.TryParse(text, out var value);
        if (fault != IpFault.None)
        {
            return fault == IpFault.PrefixLength
                ? ListError.Value(Name, index, "invalid_prefix_length", "an IPv4 prefix length is 8 to 32, an IPv6 one 12 to 128", "/ip")
                : ListError.Value(Name, index, "invalid_ip", "no IPv4 or IPv6 address or prefix such as 192.0.2.1, 192.0.2.0/24 or 2001:db8::/32", "/ip");
        }

        value.WriteKey(key);
        Span<byte> canonical = stackalloc byte[IpValue.MaxTextLength];
        var length = value.Format(canonical);
        payload.Append("\"ip\":\""u8);
        payload.Append(canonical[..length]);
        payload.Append("\""u8);
        return null;
    }
}

/// <summary>Bytes being put together; grows as needed and is used again for the next item.</summary>
internal sealed class PayloadBuffer
{
    private byte[] _bytes = new byte[256];
    private int _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void Append(ReadOnlySpan<byte> part)
    {
        if (_length + part.Length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + part.Length));
        }

        part.CopyTo(_bytes.AsSpan(_length));
        _length += part.Length;
    }
}
