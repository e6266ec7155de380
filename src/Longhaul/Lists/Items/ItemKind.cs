using System.Text.Json;

namespace Longhaul.Lists.Items;

/// <summary>What a list holds: how one value is checked, made canonical and turned into a key.</summary>
internal abstract class ItemKind
{
    public static ItemKind Ip { get; } = new IpItems();

    public static ItemKind Hostname { get; } = new HostnameItems();

    public static ItemKind Asn { get; } = new AsnItems();

    public static ItemKind Redirect { get; } = new RedirectItems();

    /// <summary>Every kind that there is, in the order in which people are told of them.</summary>
    public static IReadOnlyList<ItemKind> All { get; } = [Ip, Hostname, Asn, Redirect];

    /// <summary>The vendor's word, which is also the name of the member that carries the value.</summary>
    public abstract string Name { get; }

    public abstract ItemMembers Member { get; }

    /// <summary>Where in an item the value stands that makes its key, such as <c>/redirect/source_url</c>.</summary>
    public abstract string ValuePath { get; }

    /// <summary>A whole item, to show people the shape.</summary>
    public abstract string Example { get; }

    /// <summary>
    /// Reads the value that the reader stands on, which is not null, into the draft and stops at its end.
    /// Returns null when it is good; where it cannot be decoded the reader may have stopped within it.
    /// </summary>
    public abstract ItemFault? Read(ref Utf8JsonReader reader, ItemDraft draft);

    /// <summary>
    /// The sort key of a value that stands alone, as a search or a look-up names it (an address, a host name, an AS number, a source
    /// URL), made canonical first; null when it is none.
    /// </summary>
    public abstract byte[]? FindKey(string value);

    /// <summary>What may cover a value that stands alone, as a look-up names it; null when it is no value that items of this kind cover.</summary>
    public virtual Cover? Cover(string value) => null;

    /// <summary>The items that a search for a term finds; the term is not empty.</summary>
    public abstract ItemFilter Search(string term);

    /// <summary>The canonical value in a stored payload, as people write it.</summary>
    protected abstract string Value(ReadOnlySpan<byte> payload);

    /// <summary>The canonical value in a payload of any kind: its first member, whose name begins with a letter of its own, is the kind's.</summary>
    public static string ValueOf(ReadOnlySpan<byte> payload)
    {
        var letter = payload[2];
        foreach (var kind in All)
        {
            if (kind.Name[0] == letter)
            {
                return kind.Value(payload);
            }
        }

        throw new InvalidDataException("The stored item is of no known kind.");
    }

    /// <summary>The kind of a name, or null.</summary>
    public static ItemKind? Find(string? name)
    {
        foreach (var kind in All)
        {
            if (kind.Name == name)
            {
                return kind;
            }
        }

        return null;
    }
}
