using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace Longhaul.Slurper.Objects;

/// <summary>
/// One entry of <c>Slurper:AllowedEndpoints</c>. An origin (<c>https://host[:port]</c>, <c>http://host[:port]</c>) allows exactly itself,
/// whatever its address is; <c>*.suffix</c> allows https to every host below the suffix, whatever its address is; a CIDR block
/// allows its addresses, over http only where the endpoint is written as such an address.
/// </summary>
internal sealed class EndpointRule
{
    private string? _scheme;
    private string? _host;
    private int _port;
    private string? _suffix;
    private IPNetwork? _network;

    private EndpointRule()
    {
    }

    /// <summary>Reads an entry; false with the reason when it is none of the forms.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out EndpointRule? rule, [NotNullWhen(false)] out string? reason)
    {
        rule = Read(text.Trim());
        reason = rule is null
            ? $"'{text}' is not an endpoint: write https://host, http://host:port, *.suffix or an address block such as 10.0.0.0/8"
            : null;
        return rule is not null;
    }

    /// <summary>True when the entry names this origin, so that nothing else is asked of it.</summary>
    public bool NamesOrigin(string scheme, string host, int port) =>
        _suffix is not null
            ? scheme == Uri.UriSchemeHttps && host.EndsWith(_suffix, StringComparison.Ordinal) && host.Length > _suffix.Length
            : _host == host && _scheme == scheme && _port == port;

    /// <summary>True when the entry is a block that has this address.</summary>
    public bool HasAddress(IPAddress address) =>
        _network is { } network && network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static EndpointRule? Read(string text)
    {
        if (text.StartsWith("*.", StringComparison.Ordinal))
        {
            var name = EndpointGuard.Normalize(text[2..]);
            return Uri.CheckHostName(name) == UriHostNameType.Dns ? new EndpointRule { _suffix = "." + name } : null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var origin) && (origin.Scheme == Uri.UriSchemeHttps || origin.Scheme == Uri.UriSchemeHttp))
        {
            return origin.PathAndQuery == "/" && origin.UserInfo.Length == 0 && origin.Fragment.Length == 0 && origin.Host.Length > 0
                ? new EndpointRule { _scheme = origin.Scheme, _host = EndpointGuard.HostOf(origin), _port = origin.Port }
                : null;
        }

        return IPNetwork.TryParse(text, out var network) ? new EndpointRule { _network = network } : null;
    }
}
