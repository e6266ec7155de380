using Longhaul.Lists.Items;
using static Longhaul.Tests.Lists.SomeReading;

namespace Longhaul.Tests.Lists;

public sealed class AsnItemsTests
{
    [Theory]
    [InlineData("1", "00000001")]
    [InlineData("13335", "00003417")]
    [InlineData("4294967295", "FFFFFFFF")]
    public void A_number_is_kept_and_its_key_is_four_bytes(string number, string key)
    {
        var items = Good(ItemKind.Asn, $$"""[{"comment":"c","asn":{{number}}}]""");

        Assert.Equal([$$"""{"asn":{{number}},"comment":"c"}"""], Payloads(items));
        Assert.Equal(key, Convert.ToHexString(items.Key(0)));
        Assert.Equal(number, ItemKind.ValueOf(items.Payload(0)));
        Assert.Equal(items.Key(0).ToArray(), ItemKind.Asn.FindKey(number));
        Assert.Equal(items.Key(0).ToArray(), ItemKind.Asn.FindKey("AS" + number));
        Assert.Equal(items.Key(0).ToArray(), ItemKind.Asn.FindKey("as" + number));
        Assert.Empty(items.Messages);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-0")]
    [InlineData("-1")]
    [InlineData("4294967296")]
    [InlineData("9999999999")]
    [InlineData("18446744073709551617")]
    [InlineData("-99999999999999999999999999999999999999999")]
    public void A_number_out_of_range_is_refused(string number)
    {
        var error = Error(ItemKind.Asn, $$"""{"asn":{{number}}}""");

        Assert.Equal((10028, "/1/asn"), (error.Code, error.Pointer));
        Assert.Equal(
            $"invalid value for asn at position 1: filters.api.invalid_asn: '{number}' is no AS number; send an integer from 1 to 4294967295",
            error.Message);
    }

    [Fact]
    public void A_number_of_a_thousand_digits_is_refused_and_cut() =>
        Assert.Contains("9…' is no AS number", Error(ItemKind.Asn, $$"""{"asn":{{new string('9', 1_000)}}}""").Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("\"13335\"")]
    [InlineData("\"AS13335\"")]
    [InlineData("\"\\u0000\"")]
    [InlineData("1.5")]
    [InlineData("1.0")]
    [InlineData("0.0")]
    [InlineData("1e3")]
    [InlineData("1E3")]
    [InlineData("-1.5")]
    [InlineData("true")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public void Only_an_integer_literal_can_be_decoded(string value)
    {
        var error = Error(ItemKind.Asn, $$"""{"asn":{{value}}}""");

        Assert.Equal((10026, "/1/asn"), (error.Code, error.Pointer));
        Assert.StartsWith("filters.api.invalid_json: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Items_come_in_the_order_of_their_numbers() =>
        Assert.Equal(
            ["""{"asn":9}""", """{"asn":10}""", """{"asn":256}""", """{"asn":4294967295}"""],
            Payloads(Good(ItemKind.Asn, """[{"asn":4294967295},{"asn":10},{"asn":9},{"asn":256}]""")));

    [Fact]
    public void A_repeated_number_is_a_duplicate() =>
        Assert.Equal(
            "invalid value for asn at position 2: filters.api.duplicate_item_value",
            Assert.Single(Read(ItemKind.Asn, """[{"asn":1},{"asn":2},{"asn":1}]""").Errors).Message);

    [Fact]
    public void What_is_no_number_has_no_key() =>
        Assert.All(["", "AS", "0", "AS0", "01", "+1", "-1", "1.0", " 1", "ASAS1", "4294967296", "١", "99999999999"], value =>
            Assert.Null(ItemKind.Asn.FindKey(value)));
}
