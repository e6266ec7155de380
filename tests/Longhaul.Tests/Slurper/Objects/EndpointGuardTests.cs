using System.Net;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Objects;

public sealed class EndpointGuardTests
{
    private static readonly EndpointGuard Strict = new([]);

    [Theory]
    [InlineData("https://s3.eu-central-1.amazonaws.com")]
    [InlineData("https://S3.Example.COM:9000/path")]
    [InlineData("https://8.8.8.8")]
    [InlineData("https://134744072")]
    [InlineData("https://[2606:4700::1111]")]
    [InlineData("https://bücher.example")]
    [InlineData("https://name.example.")]
    public void A_public_https_endpoint_is_allowed(string endpoint) => Assert.Null(Strict.FindRefusal(new Uri(endpoint)));

    [Theory]
    [InlineData("http://s3.example.com")]
    [InlineData("HTTP://8.8.8.8")]
    [InlineData("ftp://s3.example.com")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user@s3.example.com")]
    [InlineData("https://user:secret@s3.example.com")]
    [InlineData("https://s3.example.com?x=1")]
    [InlineData("https://s3.example.com#x")]
    [InlineData("https://127.0.0.1")]
    [InlineData("https://127.1")]
    [InlineData("https://2130706433")]
    [InlineData("https://0x7f000001")]
    [InlineData("https://0x7f.1")]
    [InlineData("https://0177.0.0.1")]
    [InlineData("https://127.0.0.1.")]
    [InlineData("https://0x7f.0.0.1.")]
    [InlineData("https://0")]
    [InlineData("https://10.0.0.1")]
    [InlineData("https://172.16.0.1")]
    [InlineData("https://172.31.255.255")]
    [InlineData("https://192.168.1.1")]
    [InlineData("https://169.254.169.254")]
    [InlineData("https://100.64.0.1")]
    [InlineData("https://192.0.2.1")]
    [InlineData("https://198.18.0.1")]
    [InlineData("https://224.0.0.1")]
    [InlineData("https://255.255.255.255")]
    [InlineData("https://[::]")]
    [InlineData("https://[::1]")]
    [InlineData("https://[::1%25lo]")]
    [InlineData("https://[fe80::1%25eth0]")]
    [InlineData("https://[fc00::1]")]
    [InlineData("https://[fdff::1]")]
    [InlineData("https://[ff02::1]")]
    [InlineData("https://[::ffff:127.0.0.1]")]
    [InlineData("https://[::ffff:8.8.8.8]")]
    [InlineData("https://[::127.0.0.1]")]
    [InlineData("https://[64:ff9b::7f00:1]")]
    [InlineData("https://[64:ff9b:1::1]")]
    [InlineData("https://[2002:7f00:1::]")]
    [InlineData("https://[2001::1]")]
    [InlineData("https://[2001:db8::1]")]
    [InlineData("https://[fec0::1]")]
    public void What_can_be_seen_to_be_forbidden_is_refused(string endpoint) => Assert.NotNull(Strict.FindRefusal(new Uri(endpoint)));

    [Theory]
    [InlineData("http://127.0.0.1:9000", "http://127.0.0.1:9000/path", true)]
    [InlineData("http://127.0.0.1:9000", "http://2130706433:9000", true)]
    [InlineData("http://127.0.0.1:9000", "http://127.0.0.1:9001", false)]
    [InlineData("http://127.0.0.1:9000", "https://127.0.0.1:9000", false)]
    [InlineData("http://Store.Example", "http://store.example.:80", true)]
    [InlineData("http://store.example", "http://store.example:8080", false)]
    [InlineData("https://store.example", "http://store.example:443", false)]
    [InlineData("http://bücher.example", "http://xn--bcher-kva.example", true)]
    [InlineData("http://[::1]:9000", "http://[0:0:0:0:0:0:0:1]:9000", true)]
    [InlineData("*.corp.example", "https://s3.corp.example", true)]
    [InlineData("*.corp.example", "https://S3.CORP.example.", true)]
    [InlineData("*.corp.example", "http://s3.corp.example", false)]
    [InlineData("10.0.0.0/8", "http://10.1.2.3:9000", true)]
    [InlineData("10.0.0.0/8", "https://10.1.2.3", true)]
    [InlineData("10.0.0.0/8", "https://[::ffff:10.1.2.3]", true)]
    [InlineData("10.0.0.0/8", "https://11.1.2.3", true)]
    [InlineData("10.0.0.0/8", "http://11.1.2.3", false)]
    [InlineData("10.0.0.0/8", "http://store.example", false)]
    [InlineData("fd00::/8", "http://[fd12::1]:7480", true)]
    public void An_entry_allows_what_it_names_and_nothing_else(string entry, string endpoint, bool isAllowed) =>
        Assert.Equal(isAllowed, new EndpointGuard([entry]).FindRefusal(new Uri(endpoint)) is null);

    [Theory]
    [InlineData("*.corp.example", "https://corp.example", "10.0.0.1", false)]
    [InlineData("*.corp.example", "https://evilcorp.example", "10.0.0.1", false)]
    [InlineData("*.corp.example", "https://s3.corp.example", "10.0.0.1", true)]
    [InlineData("https://store.example", "https://store.example", "127.0.0.1", true)]
    [InlineData("https://store.example", "https://other.example", "127.0.0.1", false)]
    [InlineData("10.0.0.0/8", "https://other.example", "10.9.9.9", true)]
    [InlineData("10.0.0.0/8", "https://other.example", "192.168.0.1", false)]
    [InlineData("10.0.0.0/8", "https://other.example", "::ffff:10.9.9.9", true)]
    [InlineData("10.0.0.0/8", "https://other.example", "8.8.8.8", true)]
    public void What_a_name_leads_to_is_looked_at_when_it_is_connected_to(string entry, string endpoint, string address, bool isAllowed) =>
        Assert.Equal(isAllowed, new EndpointGuard([entry]).MayConnect(new Uri(endpoint), IPAddress.Parse(address)));

    [Theory]
    [InlineData("")]
    [InlineData("store.example")]
    [InlineData("ftp://store.example")]
    [InlineData("https://store.example/path")]
    [InlineData("https://user@store.example")]
    [InlineData("*.")]
    [InlineData("*.*.example")]
    [InlineData("10.0.0.0/99")]
    [InlineData("10.0.0.1/8/8")]
    public void An_entry_that_is_none_is_named(string entry)
    {
        var refused = Assert.Throws<ArgumentException>(() => new EndpointGuard([entry]));

        Assert.Contains($"'{entry}'", refused.Message, StringComparison.Ordinal);
    }
}
