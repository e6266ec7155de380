using System.Text.Json;

namespace Longhaul.Lists.Items;

[Flags]
internal enum ItemMembers
{
    None = 0,
    Comment = 1,
    Ip = 2,
    Hostname = 4,
    Asn = 8,
    Redirect = 16,
}

internal static class ItemMemberNames
{
    /// <summary>The member that the property name spells, escaped or not, or none.</summary>
    public static ItemMembers Find(in Utf8JsonReader reader)
    {
        if (reader.ValueTextEquals("ip"u8))
        {
            return ItemMembers.Ip;
        }

        if (reader.ValueTextEquals("comment"u8))
        {
            return ItemMembers.Comment;
        }

        if (reader.ValueTextEquals("hostname"u8))
        {
            return ItemMembers.Hostname;
        }

        if (reader.ValueTextEquals("redirect"u8))
        {
            return ItemMembers.Redirect;
        }

        return reader.ValueTextEquals("asn"u8) ? ItemMembers.Asn : ItemMembers.None;
    }
}
