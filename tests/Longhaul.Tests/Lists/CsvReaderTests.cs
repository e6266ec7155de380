using System.Text;
using Longhaul.Lists.Transfer;

namespace Longhaul.Tests.Lists;

public sealed class CsvReaderTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("\n \r\n\t\n", "")]
    [InlineData("a", "1:[a]")]
    [InlineData("a\n", "1:[a]")]
    [InlineData("a\r\nb\r\n", "1:[a] 2:[b]")]
    [InlineData("a\n\n\nb", "1:[a] 4:[b]")]
    [InlineData("a,", "1:[a][]")]
    [InlineData("a,\r\nb", "1:[a][] 2:[b]")]
    [InlineData(",", "1:[][]")]
    [InlineData("\"a,b\",c", "1:[a,b][c]")]
    [InlineData("\"a\",\"\"", "1:[a][]")]
    [InlineData("\"a\"\"b\"\"\"", "1:[a\"\"b\"\"*]")]
    [InlineData("x,\"two\nlines\"\r\ny", "1:[x][two\nlines] 3:[y]")]
    [InlineData("x,\"a\r\nb\",\nz", "1:[x][a\r\nb][] 3:[z]")]
    [InlineData("a\rb,c", "1:[a\rb][c]")]
    [InlineData("a , b", "1:[a ][ b]")]
    [InlineData("1,2,3,4,5,6,7,8,9", "1:9")]
    [InlineData("a\"b\nc", "1:!a quote stands inside a field that does not begin with one 2:[c]")]
    [InlineData("\"a\"b,d\nc", "1:!text follows the closing quote of a field 2:[c]")]
    [InlineData("c\n\"a\nb", "1:[c] 2:!a quote is opened and not closed")]
    public void Records_come_with_the_line_that_they_begin_in(string text, string records) => Assert.Equal(records, Read(text));

    [Fact]
    public void Anything_at_all_is_read_to_its_end()
    {
        var random = new Random(7);
        for (var round = 0; round < 5_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => "a,\"\r\n "[random.Next(6)]));

            var records = Read(text);

            Assert.True(records.Length > 0 || text.Trim().Length == 0, text);
        }
    }

    private static string Read(string text)
    {
        var reader = new CsvReader(Encoding.UTF8.GetBytes(text));
        var records = new List<string>();
        while (reader.Read())
        {
            var fields = new StringBuilder();
            for (var i = 0; reader.Fault is null && reader.Count <= 7 && i < reader.Count; i++)
            {
                fields.Append('[').Append(Encoding.UTF8.GetString(reader.Field(i))).Append(reader.HasDoubledQuotes(i) ? "*]" : "]");
            }

            records.Add($"{reader.Line}:{(reader.Fault is null ? reader.Count > 7 ? reader.Count : fields : "!" + reader.Fault)}");
        }

        return string.Join(' ', records);
    }
}
