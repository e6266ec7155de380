using System.Globalization;
using System.Net;

namespace Longhaul.Slurper.Objects;

/// <summary>
/// Decides what this server may be made to connect to by those who create jobs. Without an entry in <c>Slurper:AllowedEndpoints</c> an
/// endpoint must be https and lead to a public address. What can be seen in the text of an endpoint is refused when it is read
/// (<see cref="FindRefusal"/>); what a name leads to is looked at on every connection (<see cref="MayConnect"/>), after the name was
/// resolved and with the very address that is then connected to.
/// </summary>
internal sealed class EndpointGuard
{
    private readonly EndpointRule[] _rules;

    public EndpointGuard(IEnumerable<string> allowed)
    {
        _rules = [.. allowed.Select(text => EndpointRule.TryParse(text, out var rule, out var reason) ? rule : throw new ArgumentException(reason))];
    }

    /// <summary>Why an endpoint cannot be used, in words for the one who wrote it; null when nothing speaks against it so far.</summary>
    public string? FindRefusal(Uri endpoint)
    {
        if (!endpoint.IsAbsoluteUri || (endpoint.Scheme != Uri.UriSchemeHttps && endpoint.Scheme != Uri.UriSchemeHttp) || endpoint.Host.Length == 0)
        {
            return "it is not an https address";
        }

        if (endpoint.UserInfo.Length > 0 || endpoint.Query.Length > 0 || endpoint.Fragment.Length > 0)
        {
            return "it may have no user, query or fragment";
        }

        return FindOriginRefusal(endpoint);
    }

    /// <summary>As <see cref="FindRefusal"/>, for scheme, host and port alone.</summary>
    public string? FindOriginRefusal(Uri endpoint)
    {
        if (IsNamed(endpoint))
        {
            return null;
        }

        var address = LiteralOf(endpoint);
        if (address is not null)
        {
            if (IsInBlock(address))
            {
                return null;
            }

            if (!PublicAddresses.IsPublic(address))
            {
                return "its address is not a public one";
            }
        }

        return endpoint.Scheme == Uri.UriSchemeHttps ? null : "it is not https";
    }

    /// <summary>True when a connection for this endpoint may go to this address.</summary>
    public bool MayConnect(Uri endpoint, IPAddress address) => IsNamed(endpoint) || IsInBlock(address) || PublicAddresses.IsPublic(address);

    /// <summary>The host as it is compared: lower case, punycode, without brackets, zone and trailing dots.</summary>
    public static string HostOf(Uri endpoint) => LiteralOf(endpoint)?.ToString() ?? Normalize(endpoint.Host);

    /// <summary>A host name as it is compared.</summary>
    public static string Normalize(string host)
    {
        var name = host.TrimEnd('.').ToLowerInvariant();
        try
        {
            return new IdnMapping().GetAscii(name);
        }
        catch (ArgumentException)
        {
            // Not a name by the rules of IDN (an underscore, a label too long): compared as it stands.
            return name;
        }
    }

    // Decimal, octal and hexadecimal forms of IPv4 have been read by Uri already, save where a trailing dot made a name of them.
    private static IPAddress? LiteralOf(Uri endpoint)
    {
        var text = endpoint.Host.Trim('[', ']').TrimEnd('.');
        var isNumber = endpoint.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6
            || (endpoint.Host.EndsWith('.') && Uri.CheckHostName(text) == UriHostNameType.IPv4);
        if (!isNumber || !IPAddress.TryParse(text, out var address))
        {
            return null;
        }

        return address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? new IPAddress(address.GetAddressBytes()) : address;
    }

    private bool IsNamed(Uri endpoint)
    {
        if (_rules.Length == 0)
        {
            return false;
        }

        var host = HostOf(endpoint);
        return Array.Exists(_rules, rule => rule.NamesOrigin(endpoint.Scheme, host, endpoint.Port));
    }

    private bool IsInBlock(IPAddress address) => Array.Exists(_rules, rule => rule.HasAddress(address));
}
