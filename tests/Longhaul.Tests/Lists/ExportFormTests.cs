using System.Buffers;
using System.Text;
using Longhaul.Engine.Storage;
using Longhaul.Lists.Transfer;

namespace Longhaul.Tests.Lists;

public sealed class ExportFormTests
{
    [Theory]
    [InlineData("""{"ip":"10.0.0.0/8"}""", "10.0.0.0/8")]
    [InlineData("""{"ip":"10.0.0.1","comment":""}""", "10.0.0.1,")]
    [InlineData("""{"ip":"10.0.0.1","comment":"plain words; and 'more'"}""", "10.0.0.1,plain words; and 'more'")]
    [InlineData("""{"ip":"10.0.0.1","comment":"a,b"}""", "10.0.0.1,\"a,b\"")]
    [InlineData("""{"ip":"10.0.0.1","comment":"\"a\" \\ b"}""", "10.0.0.1,\"\"\"a\"\" \\ b\"")]
    [InlineData("""{"ip":"10.0.0.1","comment":"two\nlines\r"}""", "10.0.0.1,\"two\nlines\r\"")]
    [InlineData("""{"ip":"10.0.0.1","comment":"a\\b"}""", "10.0.0.1,a\\b")]
    [InlineData("""{"hostname":{"url_hostname":"*.example.com","exclude_exact_hostname":true},"comment":"é"}""", "*.example.com,é")]
    [InlineData("""{"hostname":{"url_hostname":"example.com"}}""", "example.com")]
    [InlineData("""{"asn":13335,"comment":"x"}""", "13335,x")]
    public void Csv_has_the_value_and_the_comment(string payload, string line) => Assert.Equal(line + "\n", Write(new CsvForm(), payload));

    [Theory]
    [InlineData("""{"redirect":{"source_url":"a.example/","target_url":"https://b.example/"},"comment":"lost"}""", "a.example/,https://b.example/")]
    [InlineData("""{"redirect":{"source_url":"a.example/","target_url":"https://b.example/?a=1,2","status_code":302}}""", "a.example/,\"https://b.example/?a=1,2\",302")]
    [InlineData(
        """{"redirect":{"source_url":"a.example/","target_url":"x:y","status_code":307,"include_subdomains":true,"subpath_matching":false,"preserve_query_string":false,"preserve_path_suffix":true}}""",
        "a.example/,x:y,307,FALSE,TRUE,FALSE,TRUE")]
    [InlineData("""{"redirect":{"source_url":"a.example/","target_url":"x:y","subpath_matching":true}}""", "a.example/,x:y,,,,TRUE")]
    public void Csv_of_a_redirect_has_the_columns_of_the_vendor(string payload, string line) =>
        Assert.Equal(line + "\n", Write(new RedirectCsvForm(), payload));

    [Fact]
    public void Csv_forgets_the_options_of_the_row_before()
    {
        var form = new RedirectCsvForm();
        Write(form, """{"redirect":{"source_url":"a/","target_url":"x:y","status_code":307}}""");

        Assert.Equal("b/,x:y\n", Write(form, """{"redirect":{"source_url":"b/","target_url":"x:y"}}"""));
    }

    [Theory]
    [InlineData("""{"ip":"10.0.0.1","comment":"gone"}""", "10.0.0.1")]
    [InlineData("""{"hostname":{"url_hostname":"example.com"},"comment":"gone"}""", "example.com")]
    [InlineData("""{"asn":13335}""", "13335")]
    [InlineData("""{"redirect":{"source_url":"a.example/\"","target_url":"x:y"}}""", "a.example/\"")]
    public void Text_has_the_value_alone(string payload, string line) => Assert.Equal(line + "\n", Write(new TextForm(), payload));

    [Fact]
    public void A_line_of_json_is_the_item_as_it_is_shown()
    {
        var form = new JsonLinesForm();
        var first = Write(form, """{"ip":"10.0.0.1","comment":"a\nb"}""");
        var second = Write(form, """{"asn":7}""", createdOn: 0, modifiedOn: 1_795_000_001);

        Assert.Equal(
            """{"id":"000102030405060708090a0b0c0d0e0f","ip":"10.0.0.1","comment":"a\nb","created_on":"2026-11-18T09:46:40Z","modified_on":"2026-11-18T09:46:41Z"}""" + "\n",
            first);
        Assert.Equal(
            """{"id":"000102030405060708090a0b0c0d0e0f","asn":7,"created_on":"1970-01-01T00:00:00Z","modified_on":"2026-11-18T11:06:41Z"}""" + "\n", second);
    }

    private static string Write(ExportForm form, string payload, long createdOn = 1_794_995_200, long modifiedOn = 1_794_995_201)
    {
        var output = new ArrayBufferWriter<byte>();
        form.Write(new Row(createdOn, modifiedOn, Encoding.UTF8.GetBytes(payload)), output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private sealed class Row(long createdOn, long modifiedOn, byte[] payload) : ScannedRow
    {
        private readonly byte[] _id = [.. Enumerable.Range(0, 16).Select(i => (byte)i)];

        public override long Number(int column) => column == 2 ? createdOn : modifiedOn;

        public override ReadOnlySpan<byte> Bytes(int column) => column == 1 ? _id : payload;
    }
}
