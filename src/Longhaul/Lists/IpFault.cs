namespace Longhaul.Lists;

internal enum IpFault
{
    None,
    NotAnAddress,
    MappedAddress,
    BadPrefixLength,
}
