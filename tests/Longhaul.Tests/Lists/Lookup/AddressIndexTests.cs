using System.Text;
using Longhaul.Lists;
using Longhaul.Lists.Items;
using Longhaul.Lists.Lookup;

namespace Longhaul.Tests.Lists.Lookup;

public sealed class AddressIndexTests
{
    private static readonly string[] Nested =
        ["10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.1.2.0/25", "10.1.2.3", "10.200.0.0/16", "192.0.2.1", "2001:db8::/32", "2001:db8::/48", "2001:db8::1"];

    [Theory]
    [InlineData("10.1.2.3", "10.1.2.3 10.1.2.0/25 10.1.2.0/24 10.1.0.0/16 10.0.0.0/8")]
    [InlineData("10.1.2.200", "10.1.2.0/24 10.1.0.0/16 10.0.0.0/8")]
    [InlineData("10.1.2.0/24", "10.1.2.0/24 10.1.0.0/16 10.0.0.0/8")]
    [InlineData("10.1.0.0/17", "10.1.0.0/16 10.0.0.0/8")]
    [InlineData("10.255.255.255", "10.0.0.0/8")]
    [InlineData("11.0.0.0", "")]
    [InlineData("9.255.255.255", "")]
    [InlineData("192.0.2.1", "192.0.2.1")]
    [InlineData("192.0.2.0", "")]
    [InlineData("2001:db8::1", "2001:db8::1 2001:db8::/48 2001:db8::/32")]
    [InlineData("2001:db8:0:1::", "2001:db8::/48 2001:db8::/32")]
    [InlineData("2001:db9::", "")]
    public void What_covers_an_address_is_found_from_the_inside_out(string address, string expected)
    {
        var index = Build(Nested);

        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries), Find(index, address));
    }

    [Fact]
    public void It_finds_what_a_look_at_every_entry_finds()
    {
        var random = new Random(20_261_125);
        var entries = Enumerable.Range(0, 3_000).Select(_ => Any(random)).Distinct().ToList();
        var index = Build(entries);

        for (var i = 0; i < 5_000; i++)
        {
            var value = Parse(Any(random));
            var expected = entries.Where(e => Covers(Parse(e), value)).OrderByDescending(e => Parse(e).PrefixLength);

            Assert.Equal(expected, Find(index, value.ToString()));
        }
    }

    [Fact]
    public void An_item_comes_back_whole()
    {
        var index = Build(["192.0.2.0/24"]);
        var found = new List<ListItem>();

        index.Find(Parse("192.0.2.9"), found);

        var item = Assert.Single(found);
        Assert.Equal(Parse("192.0.2.0/24").ToSortKey(), item.SortKey);
        Assert.Equal((1_795_000_000L, 1_795_000_001L), (item.CreatedOn, item.ModifiedOn));
        Assert.Equal(Enumerable.Repeat((byte)7, 16), item.Id);
        Assert.Equal("""{"ip":"192.0.2.0/24"}""", Encoding.UTF8.GetString(item.Payload));
    }

    [Fact]
    public void A_candidate_of_the_database_is_each_range_that_an_address_lies_in()
    {
        var cover = ItemKind.Ip.Cover("10.1.2.3")!;

        Assert.Equal(25, cover.Keys.Count);
        Assert.All(cover.Keys, k => Assert.True(Covers(IpValue.FromSortKey(k), Parse("10.1.2.3"))));
        Assert.Null(ItemKind.Ip.Cover("no address"));
    }

    // Few addresses, many lengths: so that ranges lie in one another.
    private static string Any(Random random)
    {
        var length = random.Next(8, 33);
        var text = $"{random.Next(10, 12)}.{random.Next(0, 3)}.{random.Next(0, 256)}.{random.Next(0, 4)}/{length}";
        return random.Next(4) == 0 ? Parse($"2001:db8::{random.Next(0, 4)}:{random.Next(0, 4)}/{random.Next(12, 129)}").ToString() : Parse(text).ToString();
    }

    private static bool Covers(IpValue range, IpValue value) =>
        range.Family == value.Family && range.PrefixLength <= value.PrefixLength && value.Widen(range.PrefixLength).Equals(range);

    private static AddressIndex Build(IReadOnlyCollection<string> entries)
    {
        var builder = new AddressIndex.Builder(1, 4);
        foreach (var item in entries.Select(Item).OrderBy(i => i.SortKey, Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y))))
        {
            builder.Add(item);
        }

        return builder.Build();
    }

    private static ListItem Item(string entry) => new(
        Parse(entry).ToSortKey(), [.. Enumerable.Repeat((byte)7, 16)], 1_795_000_000, 1_795_000_001, Encoding.UTF8.GetBytes($$"""{"ip":"{{entry}}"}"""));

    private static IEnumerable<string> Find(AddressIndex index, string address)
    {
        var found = new List<ListItem>();
        index.Find(Parse(address), found);
        return found.Select(i => ItemKind.ValueOf(i.Payload));
    }

    private static IpValue Parse(string text)
    {
        Assert.Equal(IpFault.None, IpValue.Parse(Encoding.ASCII.GetBytes(text), out var value));
        return value;
    }
}
