using System.Text;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Tests.Lists;

public sealed class ItemsReaderTests
{
    [Fact]
    public void Items_come_sorted_by_key_with_their_place_in_the_request()
    {
        var items = Good("""[{"ip":"2001:db8::1"},{"ip":"10.0.0.2"},{"ip":"10.0.0.1/24","comment":"office"},{"ip":"10.0.0.0/8"}]""");

        Assert.Equal([3, 2, 1, 0], Indexes(items));
        Assert.Equal(
            [
                """{"ip":"10.0.0.0/8"}""",
                """{"ip":"10.0.0.0/24","comment":"office"}""",
                """{"ip":"10.0.0.2"}""",
                """{"ip":"2001:db8::1"}""",
            ],
            Payloads(items));
    }

    [Theory]
    [InlineData("""{"comment":"c","ip":"1.2.3.4/32"}""", """{"ip":"1.2.3.4","comment":"c"}""")]
    [InlineData("""{"ip":"1.2.3.4","comment":""}""", """{"ip":"1.2.3.4","comment":""}""")]
    [InlineData("""{"ip":"1.2.3.4","comment":null}""", """{"ip":"1.2.3.4"}""")]
    [InlineData("""{"ip":"1.2.3.4","hostname":null,"asn":null,"redirect":null}""", """{"ip":"1.2.3.4"}""")]
    [InlineData("""{"\u0069p":"10.0.0.0\/8"}""", """{"ip":"10.0.0.0/8"}""")]
    [InlineData("""{"ip":"1.2.3.4","comment":"\u00e9\ud83d\ude00\/\u000a\u0001\"\\"}""", """{"ip":"1.2.3.4","comment":"é😀/\n\u0001\"\\"}""")]
    [InlineData("""{"ip":"1.2.3.4","comment":"é😀/"}""", """{"ip":"1.2.3.4","comment":"é😀/"}""")]
    public void What_is_echoed_is_the_canonical_value_and_the_comment_as_sent(string item, string payload) =>
        Assert.Equal([payload], Payloads(Good($"[{item}]")));

    [Fact]
    public void An_empty_array_is_fine() => Assert.Equal(0, Good(" [ ]\n").Count);

    [Theory]
    [InlineData("""{"items":[{"ip":"1.2.3.4"}]}""", "the body is an object")]
    [InlineData("""{"ip":"1.2.3.4"}""", "the body is an object")]
    [InlineData("null", "the body is null")]
    [InlineData("5", "the body is a number")]
    [InlineData("true", "the body is a boolean")]
    [InlineData("\"1.2.3.4\"", "the body is a string")]
    [InlineData("", "the body is empty")]
    [InlineData(" \r\n", "the body is empty")]
    public void A_wrong_wrapper_shows_the_expected_shape(string body, string start)
    {
        var error = Assert.Single(Errors(body));

        Assert.Equal(
            new ListError(10026, $$"""filters.api.invalid_json: {{start}}; send a bare array: [{"ip":"192.0.2.1"}]"""), error);
    }

    [Theory]
    [InlineData("[", "not valid JSON at line 1")]
    [InlineData("[{\"ip\":\"1.2.3.4\"}", "not valid JSON at line 1")]
    [InlineData("[{\"ip\":\"1.2.3.4\"},]", "not valid JSON at line 1, byte 19")]
    [InlineData("[\n{\"ip\" \"1.2.3.4\"}]", "not valid JSON at line 2, byte 7")]
    [InlineData("[{\"ip\":\"1.2.3.4\"}] x", "not valid JSON at line 1, byte 20")]
    [InlineData("[][]", "not valid JSON at line 1, byte 3")]
    [InlineData("[/* */]", "not valid JSON at line 1")]
    [InlineData("[{'ip':'1.2.3.4'}]", "not valid JSON at line 1")]
    [InlineData("[{\"ip\":\"1.2.3.4\",\"comment\":\"\0\"}]", "not valid JSON at line 1")]
    [InlineData("[{\"ip\":5},{\"ip\":\"1.2.3.4\\x\"}]", "not valid JSON at line 1")]
    [InlineData("\uFEFF[]", "byte order mark")]
    public void A_body_that_is_no_json_has_one_error_that_says_where(string body, string where)
    {
        var error = Assert.Single(Errors(body));

        Assert.Equal(10026, error.Code);
        Assert.StartsWith("filters.api.invalid_json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(where, error.Message, StringComparison.Ordinal);
        Assert.Null(error.Pointer);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0xED, 0xA0, 0x80 })]
    [InlineData(new byte[] { 0xC0, 0x80 })]
    [InlineData(new byte[] { 0xE2, 0x82 })]
    public void Bytes_that_are_no_utf8_are_refused_with_their_place(byte[] bytes)
    {
        byte[] body = [.. "[{\"ip\":\"1.2.3.4\",\"comment\":\""u8, .. bytes, .. "\"}]"u8];

        var error = Assert.Single(ItemsReader.Read(body, ItemKind.Ip, BodyLimits.Default).Errors);

        Assert.Equal(new ListError(10026, "filters.api.invalid_json: the body is not valid UTF-8 at byte 29"), error);
    }

    [Theory]
    [InlineData("""{"ip":"1.2.3.4","foo":1}""", "/1/foo", "unknown member 'foo'")]
    [InlineData("""{"ip":"1.2.3.4","id":"a","created_on":"b"}""", "/1/id", "unknown member 'id'")]
    [InlineData("""{"Ip":"1.2.3.4"}""", "/1/Ip", "unknown member 'Ip'")]
    [InlineData("""{"a/b~c":{"d":[1,{}]},"ip":"1.2.3.4"}""", "/1/a~1b~0c", "unknown member 'a/b~c'")]
    [InlineData("""{"":1}""", "/1/", "unknown member ''")]
    [InlineData("""{"ip":"1.2.3.4","ip":"1.2.3.4"}""", "/1/ip", "repeated member 'ip'")]
    [InlineData("""{"ip":null,"ip":"1.2.3.4"}""", "/1/ip", "repeated member 'ip'")]
    [InlineData("""{"ip":"1.2.3.4","comment":"a","\u0063omment":"b"}""", "/1", """repeated member '\u0063omment'""")]
    [InlineData("""{"ip":5}""", "/1/ip", "'ip' must be a string")]
    [InlineData("""{"ip":{"a":[]}}""", "/1/ip", "'ip' must be a string")]
    [InlineData("""{"ip":"1.2.3.4","comment":5}""", "/1/comment", "'comment' must be a string")]
    [InlineData("""{"ip":"1.2.3.4","comment":[["x"]]}""", "/1/comment", "'comment' must be a string")]
    [InlineData("""5""", "/1", """an item is an object like {"ip":"192.0.2.1"}, not a number""")]
    [InlineData("""null""", "/1", """an item is an object like {"ip":"192.0.2.1"}, not null""")]
    [InlineData("""[["1.2.3.4"]]""", "/1", """an item is an object like {"ip":"192.0.2.1"}, not an array""")]
    public void An_item_that_cannot_be_decoded_names_member_and_place(string item, string place, string text)
    {
        var error = Assert.Single(Errors($$"""[{"ip":"9.9.9.9"},{{item}},{"ip":"8.8.8.8"}]"""));

        Assert.Equal(new ListError(10026, $"filters.api.invalid_json: {text} (item at position 1)", place, 1), error);
    }

    [Theory]
    [InlineData("""{"ip":"1.2.3.4","comment":"\u0000"}""", "/0/comment")]
    [InlineData("""{"ip":"1.2.3.4","comment":"a\ud800"}""", "/0/comment")]
    [InlineData("""{"ip":"1.2.3.4","comment":"\ud800\ud800\udc00"}""", "/0/comment")]
    [InlineData("""{"ip":"1.2.3.4","comment":"\ud800\\udc00"}""", "/0/comment")]
    [InlineData("""{"ip":"1.2.3.4","comment":"\udc00"}""", "/0/comment")]
    [InlineData("""{"ip":"1.2.3.4\u0000"}""", "/0/ip")]
    [InlineData("""{"ip":"\uDBFF"}""", "/0/ip")]
    [InlineData("""{"ip":"1.2.3.4","\u0000":1}""", "/0")]
    [InlineData("""{"i\ud800p":"1.2.3.4"}""", "/0")]
    [InlineData("""{"ip":"1.2.3.4","asn":"\ud800"}""", "/0/asn")]
    [InlineData("""{"hostname":{"url_hostname":["\u0000"]}}""", "/0/hostname")]
    [InlineData("""{"redirect":{"\udfff":1}}""", "/0/redirect")]
    public void An_escaped_nul_or_lone_surrogate_is_refused_in_names_and_values(string item, string place)
    {
        var error = Assert.Single(Errors($"[{item}]"));

        Assert.Equal((10026, place), (error.Code, error.Pointer));
    }

    [Theory]
    [InlineData("""{"ip":"1.2.3.4","comment":"\\u0000"}""")]
    [InlineData("""{"ip":"1.2.3.4","comment":"\\\\ud800"}""")]
    [InlineData("""{"ip":"1.2.3.4","comment":"\ud83d\ude00\ud83d\ude00"}""")]
    public void Escaped_backslashes_and_whole_surrogate_pairs_are_text(string item) => Assert.Equal(1, Good($"[{item}]").Count);

    [Theory]
    [InlineData("""{}""", "/0", "missing_item_value: an item looks like {\"ip\":\"192.0.2.1\"}")]
    [InlineData("""{"comment":"c","ip":null}""", "/0", "missing_item_value: an item looks like {\"ip\":\"192.0.2.1\"}")]
    [InlineData("""{"ip":"1.2.3.4","asn":1}""", "/0", "multiple_item_values: an item has one value only, like {\"ip\":\"192.0.2.1\"}")]
    [InlineData("""{"asn":1,"hostname":{"url_hostname":"a.b"}}""", "/0", "multiple_item_values: an item has one value only, like {\"ip\":\"192.0.2.1\"}")]
    [InlineData("""{"hostname":{"url_hostname":"a.b"}}""", "/0/hostname", "invalid_item_kind: items of type hostname can not be added to lists of type ip")]
    [InlineData("""{"redirect":{}}""", "/0/redirect", "invalid_item_kind: items of type redirect can not be added to lists of type ip")]
    [InlineData("""{"asn":13335}""", "/0/asn", "invalid_item_kind: items of type asn can not be added to lists of type ip")]
    [InlineData("""{"ip":"::ffff:1.2.3.4"}""", "/0/ip", "invalid_ip: '::ffff:1.2.3.4' is an IPv4 address inside IPv6; write the IPv4 address itself")]
    [InlineData("""{"ip":"1.2.3.4/7"}""", "/0/ip", "invalid_prefix_length: '1.2.3.4/7' has no allowed prefix length: IPv4 takes /8 to /32, IPv6 takes /12 to /128")]
    public void A_refused_value_says_reason_and_explanation(string item, string place, string text)
    {
        var error = Assert.Single(Errors($"[{item}]"));

        Assert.Equal(new ListError(10028, $"invalid value for ip at position 0: filters.api.{text}", place, 0), error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.1.1.1:80")]
    [InlineData("01.2.3.4")]
    [InlineData("fe80::1%eth0")]
    public void What_is_no_address_is_quoted(string value)
    {
        var error = Assert.Single(Errors($$"""[{"ip":"{{value}}"}]"""));

        Assert.Equal((10028, "/0/ip"), (error.Code, error.Pointer));
        Assert.StartsWith(
            $"invalid value for ip at position 0: filters.api.invalid_ip: '{value}' is no IP address", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x", 500, true)]
    [InlineData("😀", 500, true)]
    [InlineData("\\ud83d\\ude00", 500, true)]
    [InlineData("\\n", 500, true)]
    [InlineData("x", 501, false)]
    [InlineData("😀", 501, false)]
    [InlineData("\\ud83d\\ude00", 501, false)]
    [InlineData("\\u0041", 501, false)]
    public void A_comment_has_at_most_500_code_points(string character, int count, bool isGood)
    {
        var comment = string.Concat(Enumerable.Repeat(character, count));
        var reading = Read($$"""[{"ip":"1.2.3.4","comment":"{{comment}}"}]""");

        Assert.Equal(isGood, reading.IsGood(out _));
        Assert.Equal(
            isGood ? [] : ["invalid value for ip at position 0: filters.api.invalid_comment: a comment has at most 500 characters"],
            reading.Errors.Select(error => error.Message));
    }

    [Fact]
    public void Of_equal_keys_each_later_one_is_reported_in_request_order()
    {
        var errors = Errors("""[{"ip":"9.9.9.9"},{"ip":"1.2.3.4/32"},{"ip":"9.9.9.9"},{"ip":"1.2.3.4"},{"ip":"9.9.9.9/32"}]""");

        Assert.Equal([Duplicate(2), Duplicate(3), Duplicate(4)], errors);
    }

    [Fact]
    public void An_item_with_two_faults_has_one_error_and_still_makes_a_later_one_a_duplicate()
    {
        var tooLong = new string('x', 501);
        var errors = Errors($$"""[{"ip":"1.1.1.1","comment":"{{tooLong}}"},{"ip":"1.1.1.1"},{"ip":"1.1.1.1","comment":"{{tooLong}}"}]""");

        Assert.Equal([0, 1, 2], errors.Select(error => error.ParameterValueIndex!.Value));
        Assert.Equal(Duplicate(1), errors[1]);
        Assert.Contains("invalid_comment", errors[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_items_of_every_sort_come_in_request_order()
    {
        var errors = Errors("""[{"ip":"x"},{"ip":"1.1.1.1"},{"ip":"1.1.1.1"},{"foo":1},{"asn":1},{"ip":"2.2.2.2"},{"ip":5}]""");

        Assert.Equal([0, 2, 3, 4, 6], errors.Select(error => error.ParameterValueIndex!.Value));
        Assert.Equal([10028, 10028, 10026, 10028, 10026], errors.Select(error => error.Code));
    }

    [Theory]
    [InlineData("""{"ip":"x"}""", 150, 100, 50)]
    [InlineData("""{"ip":"1.2.3.4"}""", 151, 100, 50)]
    [InlineData("""{"ip":"x"}""", 100, 100, 0)]
    [InlineData("""{"ip":"x"},{"ip":"1.2.3.4"}""", 60, 100, 19)]
    public void Beyond_the_bound_a_last_error_says_how_many_more(string item, int times, int shown, int more)
    {
        var errors = Errors($"[{string.Join(',', Enumerable.Repeat(item, times))}]");

        Assert.Equal(shown + (more > 0 ? 1 : 0), errors.Count);
        Assert.Equal(errors.Take(shown).OrderBy(error => error.ParameterValueIndex), errors.Take(shown));
        if (more > 0)
        {
            Assert.Equal(
                new ListError(10028, $"{more} more bad items are not shown; mend these first and send again"), errors[^1]);
        }
    }

    [Theory]
    [InlineData(13, true)]
    [InlineData(14, false)]
    public void Nesting_ends_at_sixteen(int inner, bool isWithin)
    {
        var value = new string('[', inner) + new string(']', inner);
        var error = Assert.Single(Errors("""[{"ip":"1.2.3.4"},{"hostname":{"a":""" + value + "}}]"));

        Assert.Equal(isWithin ? 10028 : 10026, error.Code);
        Assert.Equal(!isWithin, error.Message.Contains("nested deeper than 16", StringComparison.Ordinal));
    }

    [Fact]
    public void One_item_too_many_is_an_answer_of_its_own()
    {
        var limits = new BodyLimits(MaxItems: 2, MaxReportedErrors: 100);

        Assert.True(ItemsReader.Read("""[{"ip":"::1"},{"ip":"::2"}]"""u8, ItemKind.Ip, limits).IsGood(out _));
        var reading = ItemsReader.Read("""[{"ip":"::1"},{"ip":"::2"},{"ip":"::3"}]"""u8, ItemKind.Ip, limits);

        Assert.True(reading.IsTooMany);
        Assert.False(reading.IsGood(out _));
    }

    [Fact]
    public void A_long_name_or_value_is_cut_in_messages()
    {
        var name = new string('é', 5_000);
        var errors = Errors($$"""[{"{{name}}":1},{"ip":"{{name}}"}]""");

        Assert.All(errors, error => Assert.True(error.Message.Length + error.Pointer!.Length < 400));
        Assert.Equal("/0", errors[0].Pointer);
    }

    private static ListError Duplicate(int index) => new(
        10028, $"invalid value for ip at position {index}: filters.api.duplicate_item_value", $"/{index}/ip", index);

    private static BodyReading<ParsedItems> Read(string body) =>
        ItemsReader.Read(Encoding.UTF8.GetBytes(body), ItemKind.Ip, BodyLimits.Default);

    private static ParsedItems Good(string body)
    {
        var reading = Read(body);
        Assert.Empty(reading.Errors);
        return reading.Value!;
    }

    private static IReadOnlyList<ListError> Errors(string body)
    {
        var reading = Read(body);
        Assert.Null(reading.Value);
        return reading.Errors;
    }

    private static IEnumerable<string> Payloads(ParsedItems items) =>
        Enumerable.Range(0, items.Count).Select(i => Encoding.UTF8.GetString(items.Payload(i)));

    private static IEnumerable<int> Indexes(ParsedItems items) => Enumerable.Range(0, items.Count).Select(items.Index);
}
