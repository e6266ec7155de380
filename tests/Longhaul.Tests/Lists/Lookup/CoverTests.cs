using System.Text;
using Longhaul.Lists;
using Longhaul.Lists.Items;

namespace Longhaul.Tests.Lists.Lookup;

public sealed class CoverTests
{
    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("EXAMPLE.com", "example.com")]
    [InlineData("www.example.com", "www.example.com *.example.com")]
    [InlineData("a.www.example.com", "*.www.example.com *.example.com")]
    [InlineData("www.open.example", "*.open.example")]
    [InlineData("open.example", "*.open.example")]
    [InlineData("*.www.example.com", "*.www.example.com *.example.com")]
    [InlineData("example.org", "")]
    public void A_wildcard_covers_what_lies_below_it_and_its_bare_name_only_where_it_says_so(string host, string expected)
    {
        (string Name, string Flag)[] entries =
        [
            ("example.com", ""), ("www.example.com", ""), ("*.example.com", ",\"exclude_exact_hostname\":true"),
            ("*.www.example.com", ",\"exclude_exact_hostname\":true"), ("*.open.example", ",\"exclude_exact_hostname\":false"),
        ];
        var items = entries.Select(e => new ListItem(
            ItemKind.Hostname.FindKey(e.Name)!, new byte[16], 0, 0, Encoding.UTF8.GetBytes($$$"""{"hostname":{"url_hostname":"{{{e.Name}}}"{{{e.Flag}}}}}"""))).ToList();
        var cover = ItemKind.Hostname.Cover(host)!;

        var found = cover.Order([.. items.Where(i => cover.Keys.Any(k => k.AsSpan().SequenceEqual(i.SortKey)))]);

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), found.Select(i => ItemKind.ValueOf(i.Payload)));
    }

    [Fact]
    public void A_number_covers_itself_and_a_redirect_nothing()
    {
        Assert.Equal(ItemKind.Asn.FindKey("64496"), Assert.Single(ItemKind.Asn.Cover("AS64496")!.Keys));
        Assert.Null(ItemKind.Asn.Cover("0"));
        Assert.Null(ItemKind.Hostname.Cover("a_b.com"));
        Assert.Null(ItemKind.Redirect.Cover("example.com/"));
    }
}
