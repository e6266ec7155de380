namespace Longhaul.Lists.Items;

internal enum ItemMemberType
{
    Text,
    Flag,
    Integer,
}
