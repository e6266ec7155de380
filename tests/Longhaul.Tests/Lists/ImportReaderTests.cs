using System.Text;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;
using Longhaul.Lists.Transfer;

namespace Longhaul.Tests.Lists;

public sealed class ImportReaderTests
{
    [Theory]
    [InlineData("csv", "10.0.0.1,\"a, \"\"b\"\"\"\r\n\r\n10.0.0.0/8\n10.0.0.2,", """{"ip":"10.0.0.0/8"} {"ip":"10.0.0.1","comment":"a, \"b\""} {"ip":"10.0.0.2","comment":""}""")]
    [InlineData("csv", "\uFEFF10.0.0.1,two\tor\n", """{"ip":"10.0.0.1","comment":"two\tor"}""")]
    [InlineData("csv", "10.0.0.1,\"two\nlines\"", """{"ip":"10.0.0.1","comment":"two\nlines"}""")]
    [InlineData("text", "\uFEFF10.0.0.2\r\n\n  10.0.0.1/32 \n2001:DB8::1", """{"ip":"10.0.0.1"} {"ip":"10.0.0.2"} {"ip":"2001:db8::1"}""")]
    [InlineData("jsonl", "\uFEFF{\"ip\":\"10.0.0.2\"}\r\n\n {\"id\":\"x\",\"comment\":\"c\",\"ip\":\"10.0.0.1\",\"created_on\":{\"a\":[1]},\"modified_on\":null}", """{"ip":"10.0.0.1","comment":"c"} {"ip":"10.0.0.2"}""")]
    [InlineData("json", "[{\"ip\":\"10.0.0.2\"}]", """{"ip":"10.0.0.2"}""")]
    [InlineData("csv", "", "")]
    public void Lines_become_items(string format, string body, string payloads) => Assert.Equal(payloads, string.Join(' ', Payloads(format, body)));

    [Theory]
    [InlineData("csv", "10.0.0.1\n\nbad,x\n", 10028, 1, "(line 3)")]
    [InlineData("csv", "10.0.0.1,\"a\nb\"\n10.0.0.1\n", 10028, 1, "(line 3)")]
    [InlineData("csv", "10.0.0.1\n10.0.0.2,a,b\n", 10026, 1, "this one has 3 columns; put a field with commas in quotes (item at position 1) (line 2)")]
    [InlineData("csv", "10.0.0.1\n\"10.0.0.2\n10.0.0.3", 10026, 1, "a quote is opened and not closed (item at position 1) (line 2)")]
    [InlineData("csv", "10.0.0.1,a\"b", 10026, 0, "a quote stands inside a field")]
    [InlineData("csv", ",x", 10028, 0, "(line 1)")]
    [InlineData("text", "\n10.0.0.1,x", 10028, 0, "(line 2)")]
    [InlineData("text", "10.0.0.1\0", 10026, 0, "U+0000")]
    [InlineData("jsonl", "{\"ip\":\"10.0.0.1\"}\n{\"ip\":", 10026, 1, "the item is not valid JSON at byte 7 (item at position 1) (line 2)")]
    [InlineData("jsonl", "\n{\"ip\":\"10.0.0.1\"} x", 10026, 0, "(line 2)")]
    [InlineData("jsonl", "{\"ip\":\"10.0.0.1\",\"extra\":1}", 10026, 0, "unknown member 'extra' (item at position 0) (line 1)")]
    [InlineData("jsonl", "[{\"ip\":\"10.0.0.1\"}]", 10026, 0, "not an array")]
    public void A_bad_line_is_named_with_its_position(string format, string body, int code, int index, string words)
    {
        var error = Assert.Single(Errors(format, body));

        Assert.Equal((code, index), (error.Code, error.ParameterValueIndex!.Value));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_bad_line_has_one_error_and_what_does_not_fit_is_counted()
    {
        var errors = Errors("jsonl", string.Join('\n', Enumerable.Range(0, 150).Select(i => i % 2 == 0 ? "{\"ip\":5} x" : "{")));

        Assert.Equal(101, errors.Count);
        Assert.Equal(Enumerable.Range(0, 100), errors.SkipLast(1).Select(e => e.ParameterValueIndex!.Value));
        Assert.StartsWith("50 more bad items", errors[^1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_utf8_is_refused_with_its_line()
    {
        var error = Assert.Single(Read("csv", [.. "10.0.0.1\n10.0.0.2,"u8, 0xC3, 0x28, .. "\n"u8]).Errors);

        Assert.Contains("line 2 is not valid UTF-8", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_field_without_end_is_refused_before_it_is_copied() =>
        Assert.Contains("longer than 65536 bytes", Assert.Single(Errors("csv", "10.0.0.1," + new string('x', 70_000))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("csv")]
    [InlineData("text")]
    public void More_lines_than_allowed_are_too_many(string format) =>
        Assert.True(ImportReader.Read("10.0.0.1\n10.0.0.2\n\n10.0.0.3"u8, TransferFormats.Find(format)!.Value, ItemKind.Ip, new BodyLimits(2, 100)).IsTooMany);

    [Fact]
    public void The_line_of_every_item_is_found_again()
    {
        var map = new LineMap();
        int[] lines = [1, 2, 5, 6, 7, 20];
        for (var i = 0; i < lines.Length; i++)
        {
            map.Add(i, lines[i]);
        }

        Assert.Equal(lines, Enumerable.Range(0, lines.Length).Select(map.Find));
    }

    private static List<string> Payloads(string format, string body)
    {
        var read = Read(format, Encoding.UTF8.GetBytes(body));
        Assert.True(read.IsGood(out var items), string.Join('\n', read.Errors));
        return [.. Enumerable.Range(0, items.Count).Select(i => Encoding.UTF8.GetString(items.Payload(i)))];
    }

    private static IReadOnlyList<ListError> Errors(string format, string body) => Read(format, Encoding.UTF8.GetBytes(body)).Errors;

    private static BodyReading<ParsedItems> Read(string format, byte[] body) =>
        ImportReader.Read(body, TransferFormats.Find(format)!.Value, ItemKind.Ip, BodyLimits.Default);
}
