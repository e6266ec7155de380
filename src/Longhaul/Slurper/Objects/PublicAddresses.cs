using System.Net;
using System.Net.Sockets;

namespace Longhaul.Slurper.Objects;

/// <summary>
/// Tells addresses of the public internet from all others. What the registries of special-purpose addresses (IANA, RFC 6890) keep for
/// something else counts as not public, and so does every IPv6 form that only wraps an IPv4 address: it could lead inside.
/// </summary>
internal static class PublicAddresses
{
    private static readonly IPNetwork[] SpecialV4 =
    [
        .. ((string[])
        [
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24",
            "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        ]).Select(IPNetwork.Parse),
    ];

    // Global unicast is 2000::/3; inside it stand protocol assignments with Teredo and ORCHID, documentation, and 6to4.
    private static readonly IPNetwork UnicastV6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] SpecialV6 =
        [.. ((string[])["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"]).Select(IPNetwork.Parse)];

    /// <summary>True for an address that a stranger may make this server connect to.</summary>
    public static bool IsPublic(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork
            ? !IsIn(SpecialV4, address)
            // IPNetwork compares a mapped address by its IPv4 part, also with a network of IPv6: it has to be turned away before.
            : !address.IsIPv4MappedToIPv6 && UnicastV6.Contains(address) && !IsIn(SpecialV6, address);

    private static bool IsIn(IPNetwork[] networks, IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }
}
