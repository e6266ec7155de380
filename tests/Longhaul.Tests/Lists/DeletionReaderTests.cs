using System.Text;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Tests.Lists;

public sealed class DeletionReaderTests
{
    private const string A = "018f0000000070008000000000000001";
    private const string B = "018f0000000070008000000000000002";
    private const string C = "f18f0000000070008000000000000000";

    [Fact]
    public void Ids_are_sorted_and_kept_once_with_their_first_place()
    {
        var deletion = Good($$"""{"items":[{"id":"{{C}}"},{"id":"{{A}}"},{"id":"{{C}}"},{"id":"\u0030{{B[1..]}}"},{"id":"{{A}}"}]}""");

        Assert.Equal(2, deletion.RepeatedCount);
        Assert.Equal([(A, 1), (B, 3), (C, 0)], Enumerable.Range(0, deletion.IdCount).Select(i => (Id(deletion, i), deletion.Index(i))));
    }

    [Fact]
    public void What_has_not_the_form_of_an_id_is_kept_apart_as_unknown()
    {
        var longText = new string('é', 300);
        var deletion = Good($$"""{"items":[{"id":"x"},{"id":"{{A}}"},{"id":"{{A.ToUpperInvariant()}}"},{"id":"{{longText}}"}]}""");

        Assert.Equal((4, 1), (deletion.Count, deletion.IdCount));
        Assert.Equal([1, 0, 2, 3], Enumerable.Range(0, 4).Select(deletion.Index));
        Assert.Equal(
            ["x", A.ToUpperInvariant(), longText[..128]],
            Enumerable.Range(1, 3).Select(i => Encoding.UTF8.GetString(deletion.UnknownText(i))));
    }

    [Theory]
    [InlineData("""[{"id":"a"}]""", "the body is an array", null)]
    [InlineData("null", "the body is null", null)]
    [InlineData("\"a\"", "the body is a string", null)]
    [InlineData("", "the body is empty", null)]
    [InlineData("{}", "'items' is missing", null)]
    [InlineData("""{"items":[]}""", "'items' is empty", "/items")]
    [InlineData("""{"items":null}""", "'items' is null", "/items")]
    [InlineData("""{"items":{"id":"a"}}""", "'items' is an object", "/items")]
    [InlineData("""{"ids":["a"]}""", "unknown member 'ids'", "/ids")]
    [InlineData("""{"items":[{"id":"a"}],"force":true}""", "unknown member 'force'", "/force")]
    [InlineData("""{"items":[{"id":"a"}],"items":[{"id":"a"}]}""", "repeated member 'items'", "/items")]
    public void A_wrong_wrapper_shows_the_expected_shape(string body, string start, string? place)
    {
        var error = Assert.Single(Errors(body));

        Assert.Equal(
            new ListError(10026, $$"""filters.api.invalid_json: {{start}}; send {"items":[{"id":"..."}]}""", place), error);
    }

    [Fact]
    public void A_request_without_a_body_has_the_error_of_an_empty_one() =>
        Assert.Equal(DeletionReader.EmptyBody, Assert.Single(Errors("")));

    [Theory]
    [InlineData("""{}""", 10026, "/items/1", "filters.api.invalid_json: member 'id' is missing (item at position 1)")]
    [InlineData("""{"id":null}""", 10026, "/items/1", "filters.api.invalid_json: member 'id' is missing (item at position 1)")]
    [InlineData("""{"id":5}""", 10026, "/items/1/id", "filters.api.invalid_json: 'id' must be a string (item at position 1)")]
    [InlineData("""{"id":["a"]}""", 10026, "/items/1/id", "filters.api.invalid_json: 'id' must be a string (item at position 1)")]
    [InlineData("\"a\"", 10026, "/items/1", """filters.api.invalid_json: an item is an object like {"id":"..."}, not a string (item at position 1)""")]
    [InlineData("""{"id":"a","ip":"1.2.3.4"}""", 10026, "/items/1/ip", "filters.api.invalid_json: unknown member 'ip' (item at position 1)")]
    [InlineData("""{"id":"a","id":"a"}""", 10026, "/items/1/id", "filters.api.invalid_json: repeated member 'id' (item at position 1)")]
    [InlineData("""{"id":"a\u0000"}""", 10026, "/items/1/id", "filters.api.invalid_json: a string in 'id' has U+0000 or a lone surrogate (item at position 1)")]
    [InlineData("""{"id":"\udead"}""", 10026, "/items/1/id", "filters.api.invalid_json: a string in 'id' has U+0000 or a lone surrogate (item at position 1)")]
    [InlineData("""{"id":""}""", 10028, "/items/1/id", "invalid value for ip at position 1: filters.api.invalid_item_id: the id is empty; send the id that the item was listed with")]
    public void A_bad_item_names_member_and_place(string item, int code, string place, string message)
    {
        var errors = Errors($$"""{"items":[{"id":"{{A}}"},{{item}},{"id":"{{B}}"}]}""");

        Assert.Equal([new ListError(code, message, place, 1)], errors);
    }

    [Theory]
    [InlineData("""{"items":[{"id":"a"}]} {}""")]
    [InlineData("""{"items":[{"id":"a"}""")]
    [InlineData("""{"items":[{"id":"a"},]}""")]
    [InlineData("""{"items":[{"id":}]}""")]
    public void A_body_that_is_no_json_has_one_error(string body) =>
        Assert.StartsWith(
            "filters.api.invalid_json: the body is not valid JSON at line 1", Assert.Single(Errors(body)).Message, StringComparison.Ordinal);

    [Fact]
    public void All_bad_items_are_reported_up_to_the_bound()
    {
        var errors = Errors($$"""{"items":[{{string.Join(',', Enumerable.Repeat("""{"id":""}""", 150))}}]}""");

        Assert.Equal(101, errors.Count);
        Assert.Equal("50 more bad items are not shown; mend these first and send again", errors[^1].Message);
    }

    [Fact]
    public void One_id_too_many_is_an_answer_of_its_own()
    {
        var limits = new BodyLimits(MaxItems: 1, MaxReportedErrors: 100);

        Assert.True(DeletionReader.Read("""{"items":[{"id":"a"}]}"""u8, ItemKind.Ip, limits).IsGood(out _));
        Assert.True(DeletionReader.Read("""{"items":[{"id":"a"},{"id":"b"}]}"""u8, ItemKind.Ip, limits).IsTooMany);
    }

    [Fact]
    public void Rubbish_never_throws()
    {
        var random = new Random(13);
        var good = Encoding.UTF8.GetBytes($$"""{"items":[{"id":"{{A}}"},{"id":"\u00e9\ud83d\ude00"},{"id":"{{B}}"}]}""");
        for (var round = 0; round < 20_000; round++)
        {
            var broken = good.ToArray();
            broken[random.Next(broken.Length)] = (byte)random.Next(256);
            broken[random.Next(broken.Length)] = (byte)"{}[]\":,\\nu0"[random.Next(11)];
            var reading = DeletionReader.Read(broken.AsSpan(random.Next(2)), ItemKind.Ip, BodyLimits.Default);
            Assert.True(reading.IsGood(out _) != reading.Errors.Count > 0);
        }
    }

    [Fact]
    public void A_stored_slice_reads_back_the_same()
    {
        var deletion = Good($$"""{"items":[{"id":"{{C}}"},{"id":"x é"},{"id":"{{A}}"},{"id":"{{B}}"},{"id":"y"}]}""");

        var chunk = DeletionChunkCodec.Decode(DeletionChunkCodec.Encode(deletion, 1, 5));

        Assert.Equal(
            [(B, 3, true), (C, 0, true), ("x é", 1, false), ("y", 4, false)],
            Enumerable.Range(0, chunk.Count).Select(i => (chunk.Id(i), chunk.Index(i), chunk.IsItemId(i))));
    }

    private static string Id(ParsedDeletion deletion, int i)
    {
        var bytes = new byte[16];
        deletion.WriteId(i, bytes);
        return Convert.ToHexStringLower(bytes);
    }

    private static BodyReading<ParsedDeletion> Read(string body) =>
        DeletionReader.Read(Encoding.UTF8.GetBytes(body), ItemKind.Ip, BodyLimits.Default);

    private static ParsedDeletion Good(string body)
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
}
