using System.Net;
using System.Net.Sockets;
using System.Text;
using Longhaul.Lists.Items;

namespace Longhaul.Tests.Lists;

public sealed class IpValueTests
{
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("1.2.3.4/32", "1.2.3.4")]
    [InlineData("192.168.1.5/24", "192.168.1.0/24")]
    [InlineData("255.255.255.255/9", "255.128.0.0/9")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("2001:db8::/12", "2000::/12")]
    [InlineData("2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1")]
    [InlineData("::1/128", "::1")]
    [InlineData("::", "::")]
    [InlineData("1::", "1::")]
    [InlineData("1:0:0:2:0:0:0:3", "1:0:0:2::3")]
    [InlineData("1:0:0:2:3:0:0:4", "1::2:3:0:0:4")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7")]
    [InlineData("::1.2.3.4", "::102:304")]
    [InlineData("64:ff9b::192.0.2.33", "64:ff9b::c000:221")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe/127")]
    [InlineData("2001:db8:1:2:3:4:5:6/64", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2:3:4:5:6/65", "2001:db8:1:2::/65")]
    public void A_value_becomes_canonical(string text, string canonical)
    {
        Assert.Equal(IpFault.None, Parse(text, out var value));
        Assert.Equal(canonical, value.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.0004")]
    [InlineData("1..3.4")]
    [InlineData("1.2.3.4.")]
    [InlineData(" 1.1.1.1")]
    [InlineData("1.1.1.1 ")]
    [InlineData("1.1.1.1:80")]
    [InlineData("0x1.2.3.4")]
    [InlineData("16909060")]
    [InlineData("example.com")]
    [InlineData("/24")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData(":1::")]
    [InlineData("1:")]
    [InlineData("1::2::3")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4::5:6:7:8")]
    [InlineData("12345::")]
    [InlineData("g::")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("::01.2.3.4")]
    [InlineData("1.2.3.4::")]
    [InlineData("１.2.3.4")]
    public void What_is_no_address_is_refused(string text) =>
        Assert.Equal(IpFault.NotAnAddress, Parse(text, out _));

    [Theory]
    [InlineData("::ffff:1.2.3.4")]
    [InlineData("::ffff:102:304")]
    [InlineData("0:0:0:0:0:FFFF:102:304")]
    [InlineData("::ffff:1.2.3.4/128")]
    [InlineData("::ffff:0:0/96")]
    public void An_ipv4_address_inside_ipv6_is_refused(string text) =>
        Assert.Equal(IpFault.MappedAddress, Parse(text, out _));

    [Theory]
    [InlineData("10.0.0.0/7")]
    [InlineData("0.0.0.0/0")]
    [InlineData("10.0.0.0/33")]
    [InlineData("2001:db8::/11")]
    [InlineData("::/129")]
    [InlineData("10.0.0.0/08")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/8 ")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.0/255.0.0.0")]
    [InlineData("10.0.0.0/4294967304")]
    public void A_prefix_length_out_of_range_is_refused(string text) =>
        Assert.Equal(IpFault.BadPrefixLength, Parse(text, out _));

    [Fact]
    public void The_canonical_form_is_what_the_library_writes_and_stays_as_it_is()
    {
        var random = new Random(20260701);
        for (var round = 0; round < 20_000; round++)
        {
            var (text, network) = SomeNetwork(random);

            Assert.Equal(IpFault.None, Parse(text, out var value));
            var canonical = value.ToString();

            Assert.Equal(Expected(network), canonical);
            Assert.Equal(IpFault.None, Parse(canonical, out var again));
            Assert.Equal(value, again);
        }
    }

    [Fact]
    public void Whatever_is_accepted_the_library_accepts_too()
    {
        const string Alphabet = "0123456789abF::::....//";
        var random = new Random(7);
        var accepted = 0;
        for (var round = 0; round < 200_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(2, 14)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            if (Parse(text, out var value) == IpFault.None)
            {
                accepted++;
                var slash = text.IndexOf('/', StringComparison.Ordinal);
                Assert.True(IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address), text);
                Assert.Equal(address.AddressFamily == AddressFamily.InterNetwork ? 4 : 6, value.Family);
            }
        }

        Assert.True(accepted > 100);
    }

    [Fact]
    public void Sort_keys_order_by_family_then_address_then_prefix_length_and_lead_back()
    {
        var random = new Random(11);
        var networks = Enumerable.Range(0, 2_000).Select(_ => SomeNetwork(random)).ToArray();
        var byKey = networks.OrderBy(pair => Convert.ToHexString(SortKey(pair.Text)), StringComparer.Ordinal);
        var byModel = networks
            .OrderBy(pair => pair.Network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
            .ThenBy(pair => Convert.ToHexString(pair.Network.BaseAddress.GetAddressBytes()), StringComparer.Ordinal)
            .ThenBy(pair => pair.Network.PrefixLength);

        Assert.Equal(byModel.Select(pair => pair.Network), byKey.Select(pair => pair.Network));
        Assert.All(networks, pair =>
            Assert.Equal(Expected(pair.Network), IpValue.FromSortKey(SortKey(pair.Text)).ToString()));
    }

    [Fact]
    public void A_sort_key_is_family_sixteen_bytes_and_prefix_length()
    {
        Assert.Equal("04" + "01020300" + new string('0', 24) + "18", Convert.ToHexString(SortKey("1.2.3.4/24")));
        Assert.Equal("06" + "20010DB8" + new string('0', 22) + "01" + "80", Convert.ToHexString(SortKey("2001:db8::1")));
    }

    private static IpFault Parse(string text, out IpValue value) => IpValue.Parse(Encoding.UTF8.GetBytes(text), out value);

    private static byte[] SortKey(string text)
    {
        Parse(text, out var value);
        var key = new byte[IpValue.SortKeyLength];
        value.WriteSortKey(key);
        return key;
    }

    private static (string Text, IPNetwork Network) SomeNetwork(Random random)
    {
        var bytes = new byte[random.Next(2) == 0 ? 4 : 16];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)0;
        }

        if (bytes.Length == 16)
        {
            // Not in the ranges that the library writes in mixed notation, nor in the one that is refused.
            bytes[0] |= 0x20;
        }

        var prefixLength = random.Next(bytes.Length == 4 ? 8 : 12, (bytes.Length * 8) + 1);
        var address = new IPAddress(bytes);
        var text = $"{address}/{prefixLength}";
        return (random.Next(2) == 0 ? text.ToUpperInvariant() : text, Masked(bytes, prefixLength));
    }

    private static IPNetwork Masked(byte[] bytes, int prefixLength)
    {
        var masked = bytes.Select((value, i) =>
            (byte)(value & (0xFF00 >> Math.Clamp(prefixLength - (8 * i), 0, 8)))).ToArray();
        return new IPNetwork(new IPAddress(masked), prefixLength);
    }

    private static string Expected(IPNetwork network) =>
        network.PrefixLength == network.BaseAddress.GetAddressBytes().Length * 8
            ? network.BaseAddress.ToString()
            : network.ToString();
}
