using System.Text.Json;

namespace Longhaul.Lists;

/// <summary>What a list holds: how one value is checked, made canonical and turned into a key.</summary>
internal abstract class ItemKind
{
    public static ItemKind Ip { get; } = new IpItems();

    /// <summary>The vendor's word, which is also the name of the member that carries the value.</summary>
    public abstract string Name { get; }

    public abstract ItemMembers Member { get; }

    /// <summary>A whole item, to show people the shape.</summary>
    public abstract string Example { get; }

    /// <summary>
    /// Reads the value that the reader stands on, which is not null, into the draft.
    /// Returns null when it is good.
    /// </summary>
    public abstract ItemFault? Read(ref Utf8JsonReader reader, ItemDraft draft);
}
