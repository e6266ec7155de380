using Longhaul.Lists.Items;

namespace Longhaul.Lists;

/// <summary>A list as its row holds it; times are seconds since 1970.</summary>
internal sealed record RulesList(
    long Number, string Id, string Account, string Name, string Kind, string? Description, long Revision, long ItemCount, long CreatedOn, long ModifiedOn)
{
    /// <summary>What its items are; a kind that this program does not know cannot be in its database.</summary>
    public ItemKind ItemKind => Items.ItemKind.Find(Kind)!;
}

/// <summary>One item as a revision shows it.</summary>
/// <param name="SortKey">Its key, by which it is ordered.</param>
/// <param name="Id">The 16 bytes of its id.</param>
/// <param name="CreatedOn">When its key came into the list, in seconds since 1970.</param>
/// <param name="ModifiedOn">When its value or comment last changed.</param>
/// <param name="Payload">The UTF-8 JSON object of its echoed members.</param>
internal sealed record ListItem(byte[] SortKey, byte[] Id, long CreatedOn, long ModifiedOn, byte[] Payload);

/// <summary>What a new revision has to compare with: a row that the present one shows.</summary>
internal sealed record VisibleItem(byte[] SortKey, byte[] Id, long CreatedOn, byte[] Payload);
