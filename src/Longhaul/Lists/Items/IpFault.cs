namespace Longhaul.Lists.Items;

internal enum IpFault
{
    None,
    NotAnAddress,
    MappedAddress,
    BadPrefixLength,
}
