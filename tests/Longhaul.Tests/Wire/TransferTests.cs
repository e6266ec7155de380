using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>Whole lists out and in, over HTTP, on whatever database.</summary>
public abstract class TransferContract(ServerFixture fixture, DatabaseUnderTest database)
{
    private static readonly string Unknown = new('0', 32);

    public static TheoryData<string, string, string> RoundTrips => new()
    {
        { "ip", "csv", "10.0.0.1\n10.0.0.2,\n10.0.0.3,plain\n10.1.0.0/16,\"a, \"\"b\"\"\"\n2001:db8::/32,\"two\nlines\r\n\"\n" },
        { "ip", "text", "10.0.0.0/8\n10.0.0.1\n::1\n" },
        { "ip", "jsonl", """{"ip":"10.0.0.1"}|{"ip":"10.0.0.2","comment":""}|{"ip":"::1","comment":"é😀\n\"\\"}|""" },
        { "hostname", "csv", "*.example.com\nexample.com,\"a, b\"\nwww.example.com,\n" },
        { "hostname", "text", "*.example.com\nexample.com\n" },
        {
            "hostname",
            "jsonl",
            """{"hostname":{"url_hostname":"*.example.com","exclude_exact_hostname":false}}|{"hostname":{"url_hostname":"example.com"},"comment":"c"}|"""
        },
        { "asn", "csv", "1\n13335,\"a, b\"\n4294967295,x\n" },
        { "asn", "text", "1\n13335\n" },
        { "asn", "jsonl", """{"asn":1}|{"asn":13335,"comment":"c"}|""" },
        {
            "redirect",
            "csv",
            "a.example/,https://b.example/\nb.example/x,\"https://b.example/?a=1,2\",302\nhttps://c.example/,magnet:?xt=1,307,FALSE,TRUE,FALSE,TRUE\nhttps://d.example/,x:y,,,,TRUE\n"
        },
        {
            "redirect",
            "jsonl",
            """{"redirect":{"source_url":"a.example/","target_url":"https://b.example/"},"comment":"kept"}|{"redirect":{"source_url":"b.example/","target_url":"x:y","status_code":308,"include_subdomains":false,"subpath_matching":true,"preserve_query_string":false,"preserve_path_suffix":true}}|"""
        },
    };

    [Fact]
    public async Task An_export_has_the_lines_that_the_item_route_shows()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("drop");
        await client.CompletedAsync(await client.AppendAsync(list, Addresses.Range(0, 3)));
        await client.CompletedAsync(await client.AppendAsync(list, ["""{"ip":"::1","comment":"a\u0001é\" \\"}"""]));

        var export = await ExportAsync(client, list);

        Assert.Equal((await client.ReadAllAsync(list)).Select(i => i.GetRawText() + "\n"), Lines(export.Text));
        Assert.Equal("application/x-ndjson", export.Headers.ContentType!.MediaType);
        Assert.Equal("drop.jsonl", export.Headers.ContentDisposition!.FileName!.Trim('"'));
        Assert.NotNull(export.Headers.LastModified);
    }

    [Theory]
    [InlineData("", "*/*", "application/x-ndjson")]
    [InlineData("", "application/json", "application/x-ndjson")]
    [InlineData("", "text/csv", "text/csv")]
    [InlineData("", "text/html, text/plain;q=0.5, text/csv;q=0.1", "text/plain")]
    [InlineData("", "application/jsonl, text/csv;q=0.9", "application/x-ndjson")]
    [InlineData("?format=text", "text/csv", "text/plain")]
    [InlineData("?format=csv", null, "text/csv")]
    [InlineData("", null, "application/x-ndjson")]
    public async Task The_form_is_that_of_the_query_or_the_one_that_is_liked_best(string query, string? accept, string type)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");

        var export = await ExportAsync(client, list, query, HttpMethod.Get, accept is null ? [] : [("Accept", accept)]);

        Assert.Equal((HttpStatusCode.OK, type), (export.Status, export.Headers.ContentType!.MediaType));
    }

    [Fact]
    public async Task What_is_known_already_is_not_sent_again()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.AppendAsync(list, ["10.0.0.1"]));
        var csv = await ExportAsync(client, list, "?format=csv");
        var text = await ExportAsync(client, list, "?format=text");

        foreach (var tags in (string[])[csv.Tag, $"W/{csv.Tag}", $"\"x\", {csv.Tag}", "*"])
        {
            var again = await ExportAsync(client, list, "?format=csv", HttpMethod.Get, ("If-None-Match", tags));
            Assert.Equal((HttpStatusCode.NotModified, "", csv.Tag), (again.Status, again.Text, again.Tag));
        }

        var other = await ExportAsync(client, list, "?format=csv", HttpMethod.Get, ("If-None-Match", text.Tag));
        await client.CompletedAsync(await client.AppendAsync(list, ["10.0.0.2"]));
        var changed = await ExportAsync(client, list, "?format=csv", HttpMethod.Get, ("If-None-Match", csv.Tag));
        Assert.Equal("10.0.0.1\n", other.Text);
        Assert.Equal("10.0.0.1\n10.0.0.2\n", changed.Text);
        Assert.NotEqual(csv.Tag, changed.Tag);
    }

    [Fact]
    public async Task A_head_request_has_the_headers_of_a_get_and_no_body()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.AppendAsync(list, ["10.0.0.1"]));
        var get = await ExportAsync(client, list, "?format=text");

        var head = await ExportAsync(client, list, "?format=text", HttpMethod.Head);

        Assert.Equal((HttpStatusCode.OK, "", get.Tag), (head.Status, head.Text, head.Tag));
        Assert.Equal((get.Headers.ContentType, get.Headers.LastModified), (head.Headers.ContentType, head.Headers.LastModified));
    }

    [Fact]
    public async Task An_export_is_packed_for_who_takes_it_and_its_tag_is_weak_then()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.AppendAsync(list, Addresses.Range(0, 9_000)));
        var plain = await ExportAsync(client, list, "?format=text");

        var packed = await ExportAsync(client, list, "?format=text", HttpMethod.Get, ("Accept-Encoding", "br, gzip"));
        var refused = await ExportAsync(client, list, "?format=text", HttpMethod.Get, ("Accept-Encoding", "gzip;q=0"));
        var again = await ExportAsync(client, list, "?format=text", HttpMethod.Get, ("Accept-Encoding", "gzip"), ("If-None-Match", packed.Tag));

        Assert.Equal("gzip", packed.Headers.ContentEncoding.Single());
        Assert.Equal(plain.Text, Unpack(packed.Bytes));
        Assert.Equal("W/" + plain.Tag, packed.Tag);
        Assert.Equal((plain.Text, plain.Tag), (refused.Text, refused.Tag));
        Assert.Equal(HttpStatusCode.NotModified, again.Status);
    }

    [Theory]
    [MemberData(nameof(RoundTrips))]
    public async Task What_was_exported_can_be_imported_and_comes_out_the_same(string kind, string format, string file)
    {
        using var client = fixture.NewAccount();
        file = format == "jsonl" ? file.Replace('|', '\n') : file;
        var (first, second) = (await CreateAsync(client, "first", kind), await CreateAsync(client, "second", kind));
        await CompletedImportAsync(client, first, file, $"?format={format}");

        var export = await ExportAsync(client, first, $"?format={format}");
        await CompletedImportAsync(client, first, export.Text, $"?format={format}&mode=replace");
        await CompletedImportAsync(client, second, export.Text, $"?format={format}&mode=replace");

        var same = await ExportAsync(client, first, $"?format={format}");
        var copy = await ExportAsync(client, second, $"?format={format}");
        Assert.Equal((export.Text, export.Tag), (same.Text, same.Tag));
        Assert.Equal(file, WithoutServerMembers(export.Text));
        Assert.Equal(file, WithoutServerMembers(copy.Text));
    }

    [Fact]
    public async Task An_import_adds_and_updates_and_removes_only_when_told_to_replace()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.AppendAsync(list, ["10.0.0.1", "10.0.0.2"]));

        var write = await ImportAsync(client, list, "10.0.0.2,new\n10.0.0.3\n", "", "text/csv", ("Prefer", "wait=30"));
        var appended = await ExportAsync(client, list, "?format=csv");
        await CompletedImportAsync(client, list, "10.0.0.9\n", "?mode=replace&format=text");

        Assert.Equal("wait=30", write.Response.Headers.GetValues("Preference-Applied").Single());
        Assert.Equal($"</v1/operations/{ListsClient.OperationId(write)}>; rel=\"monitor\"", write.Response.Headers.GetValues("Link").Single());
        Assert.Equal("10.0.0.1\n10.0.0.2,new\n10.0.0.3\n", appended.Text);
        Assert.Equal(["10.0.0.9"], await client.ReadAddressesAsync(list));
    }

    [Fact]
    public async Task The_form_of_an_import_is_that_of_its_content_type()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");

        await client.CompletedAsync(await ImportAsync(client, list, "10.0.0.1,x\n", "", "text/csv; charset=utf-8"));
        await client.CompletedAsync(await ImportAsync(client, list, "10.0.0.2\n", "", "text/plain"));
        await client.CompletedAsync(await ImportAsync(client, list, "{\"ip\":\"10.0.0.3\"}\n", "", "application/x-ndjson"));
        await client.CompletedAsync(await ImportAsync(client, list, "{\"ip\":\"10.0.0.4\"}\n", "", "application/jsonl"));
        await client.CompletedAsync(await ImportAsync(client, list, "[{\"ip\":\"10.0.0.5\"}]", "", "application/json"));

        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"], await client.ReadAddressesAsync(list));
    }

    [Theory]
    [InlineData("?format=xml", "text/csv", "10.0.0.1", 400, 19034)]
    [InlineData("?mode=merge", "text/csv", "10.0.0.1", 400, 19034)]
    [InlineData("", "application/x-www-form-urlencoded", "10.0.0.1", 415, 19033)]
    [InlineData("?format=csv", "multipart/form-data; boundary=x", "--x", 415, 19033)]
    [InlineData("?mode=replace", "text/csv", "\r\n", 400, 10026)]
    [InlineData("", "application/json", "", 400, 10026)]
    [InlineData("", "text/csv", "10.0.0.1\nbad\n", 400, 10028)]
    public async Task What_cannot_be_imported_is_refused_in_the_envelope_and_nothing_changes(string query, string type, string body, int status, int code)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.AppendAsync(list, ["10.0.0.7"]));

        var answer = await ImportAsync(client, list, body, query, type);

        Assert.Equal((status, code), ((int)answer.Status, answer.Code));
        Assert.Equal(["10.0.0.7"], await client.ReadAddressesAsync(list));
    }

    [Fact]
    public async Task Bad_lines_are_named_all_at_once()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");

        var answer = await ImportAsync(client, list, "10.0.0.1\r\n\r\nx\r\n10.0.0.2,a,b\r\n10.0.0.1/32\r\n", "", "text/csv");

        var errors = answer.Body.GetProperty("errors").EnumerateArray().ToList();
        Assert.Equal([1, 2, 3], errors.Select(e => e.GetProperty("source").GetProperty("parameter_value_index").GetInt32()));
        Assert.Equal(["(line 3)", "(line 4)", "(line 5)"], errors.Select(e => e.GetProperty("message").GetString()![^8..]));
        Assert.Contains("duplicate_item_value", errors[2].GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_key_makes_one_import()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var first = await ImportAsync(client, list, "10.0.0.1\n", "", "text/plain", ("Idempotency-Key", "k"));
        var again = await ImportAsync(client, list, "10.0.0.1\n", "", "text/plain", ("Idempotency-Key", "k"));
        var other = await ImportAsync(client, list, "10.0.0.1\n", "?mode=replace", "text/plain", ("Idempotency-Key", "k"));

        Assert.Equal(ListsClient.OperationId(first), ListsClient.OperationId(again));
        Assert.Equal((422, 19032), ((int)other.Status, other.Code));
    }

    [Fact]
    public async Task Unknown_lists_credentials_and_methods_are_answered_in_the_envelope()
    {
        using var client = fixture.NewAccount();
        using var stranger = new ListsClient(new HttpClient { BaseAddress = fixture.Server.Address }, client.Account);
        var list = await client.CreateAsync("l");

        var missing = await client.SendAsync(HttpMethod.Get, Path(client, Unknown, "export"));
        var importless = await ImportAsync(client, Unknown, "10.0.0.1", "", "text/csv");
        var nobody = await stranger.SendAsync(HttpMethod.Get, Path(client, list, "export"));
        var delete = await client.SendAsync(HttpMethod.Delete, Path(client, list, "export"));
        var format = await client.SendAsync(HttpMethod.Get, Path(client, list, "export?format=json"));

        Assert.Equal(((404, 19001), (404, 19001)), (((int)missing.Status, missing.Code), ((int)importless.Status, importless.Code)));
        Assert.Equal(((400, 9106), (405, 7001)), (((int)nobody.Status, nobody.Code), ((int)delete.Status, delete.Code)));
        Assert.Equal((400, 19034), ((int)format.Status, format.Code));
    }

    [Fact]
    public async Task A_reader_goes_on_with_its_revision_while_others_write()
    {
        using var client = fixture.NewAccount();
        using var http = fixture.Server.NewClient();
        var list = await FillAsync(client, 40_000);
        var before = (await ExportAsync(client, list)).Text;

        using var response = await StartExportAsync(http, client, list);
        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(1_000_000, 5)));
        var slow = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.True(before == slow, $"{before.Length} bytes before, {slow.Length} bytes from the old revision");
        Assert.Equal(5, Lines((await ExportAsync(client, list)).Text).Count);
    }

    [Fact]
    public async Task An_export_whose_revision_is_gone_breaks_off_instead_of_looking_whole()
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Lists__RevisionHoldSeconds", "0"));
        using var http = server.NewClient();
        using var client = new ListsClient(server.NewClient(), "acme");
        var list = await FillAsync(client, 60_000);

        using var plain = await StartExportAsync(http, client, list);
        using var packed = await StartExportAsync(http, client, list, ("Accept-Encoding", "gzip"));
        await client.CompletedAsync(await client.ReplaceAsync(list, ["10.0.0.1"]));

        await Assert.ThrowsAsync<HttpRequestException>(() => plain.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<HttpRequestException>(() => packed.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Single(Lines((await ExportAsync(client, list)).Text));
    }

    [Fact]
    public async Task Bodies_and_counts_over_their_limits_are_refused()
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(
            place, ("LONGHAUL_Lists__MaxBodyBytes", "1000"), ("LONGHAUL_Lists__MaxItemsPerRequest", "10"));
        using var client = new ListsClient(server.NewClient(), "acme");
        var list = await client.CreateAsync("l");

        var many = await ImportAsync(client, list, string.Join('\n', Addresses.Range(0, 11)), "", "text/plain");
        var large = await ImportAsync(client, list, new string('\n', 1_001), "", "text/plain");
        var fits = await ImportAsync(client, list, string.Join('\n', Addresses.Range(0, 10)), "", "text/plain");

        Assert.Equal(((413, 19030), (413, 19030)), (((int)many.Status, many.Code), ((int)large.Status, large.Code)));
        await client.CompletedAsync(fits);
    }

    [Fact]
    public async Task Large_exports_do_not_make_the_server_grow()
    {
        using var place = ServerPlace.For(database);
        var list = "";
        await using (var writer = await LonghaulProcess.ServeAsync(place))
        {
            using var filler = new ListsClient(writer.NewClient(), "acme");
            list = await FillAsync(filler, 50_000);
        }

        await using var server = await LonghaulProcess.ServeAsync(place);
        using var client = new ListsClient(server.NewClient(), "acme");
        using var http = server.NewClient();
        Assert.Equal(50_000, await CountLinesAsync(http, client, list));
        var before = server.PeakMemoryMiB;

        // Four times 23 MB at the same time, some of it three times over.
        for (var round = 0; round < 3; round++)
        {
            var counts = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CountLinesAsync(http, client, list)));
            Assert.All(counts, c => Assert.Equal(50_000, c));
        }

        Assert.True(server.PeakMemoryMiB - before < 48, $"{before} MiB grew to {server.PeakMemoryMiB} MiB");
    }

    private static string Path(ListsClient client, string list, string what) => $"/client/v4/accounts/{client.Account}/longhaul/lists/{list}/{what}";

    private static async Task<string> CreateAsync(ListsClient client, string name, string kind)
    {
        var answer = await client.SendAsync(HttpMethod.Post, client.Lists, $$"""{"name":"{{name}}","kind":"{{kind}}"}""");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Result.GetProperty("id").GetString()!;
    }

    private static async Task<string> FillAsync(ListsClient client, int count)
    {
        var list = await client.CreateAsync("large");

        // What cannot be packed to nothing, so that no buffer on the way holds all of it.
        var random = new Random(1);
        var bytes = new byte[160];
        string Item(string address)
        {
            random.NextBytes(bytes);
            return $$"""{"ip":"{{address}}","comment":"{{Convert.ToHexString(bytes)}}"}""";
        }

        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(0, count).Select(Item)));
        return list;
    }

    private static async Task<WireAnswer> ImportAsync(
        ListsClient client, string list, string body, string query, string type, params (string Name, string Value)[] headers)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return await client.SendAsync(HttpMethod.Post, Path(client, list, "import") + query, content, headers);
    }

    private static async Task CompletedImportAsync(ListsClient client, string list, string body, string query) =>
        await client.CompletedAsync(await ImportAsync(client, list, body, query, "application/octet-stream"));

    private static Task<Exported> ExportAsync(ListsClient client, string list, string query = "") => ExportAsync(client, list, query, HttpMethod.Get);

    private static async Task<Exported> ExportAsync(
        ListsClient client, string list, string query, HttpMethod method, params (string Name, string Value)[] headers)
    {
        using var http = new HttpClient { BaseAddress = client.Address };
        using var request = new HttpRequestMessage(method, Path(client, list, "export") + query);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", LonghaulProcess.Token);
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return new Exported(response.StatusCode, bytes, response.Headers.ETag?.ToString() ?? "", response.Content.Headers);
    }

    private static async Task<HttpResponseMessage> StartExportAsync(
        HttpClient http, ListsClient client, string list, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(client, list, "export"));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    private static async Task<int> CountLinesAsync(HttpClient http, ListsClient client, string list)
    {
        using var response = await StartExportAsync(http, client, list);
        await using var stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var buffer = new byte[1 << 16];
        var lines = 0;
        for (int length; (length = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0;)
        {
            lines += buffer.AsSpan(0, length).Count((byte)'\n');
        }

        return lines;
    }

    private static List<string> Lines(string text) => [.. text.Split('\n')[..^1].Select(l => l + "\n")];

    private static string WithoutServerMembers(string export) => System.Text.RegularExpressions.Regex.Replace(
        System.Text.RegularExpressions.Regex.Replace(export, "\"id\":\"[0-9a-f]{32}\",", ""), ",\"(created|modified)_on\":\"[0-9TZ:-]{20}\"", "");

    private static string Unpack(byte[] packed)
    {
        using var stream = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private sealed record Exported(HttpStatusCode Status, byte[] Bytes, string Tag, HttpContentHeaders Headers)
    {
        public string Text => Encoding.UTF8.GetString(Bytes);
    }
}

public sealed class TransferOnSqlite(SqliteServer server) : TransferContract(server, DatabaseUnderTest.Sqlite), IClassFixture<SqliteServer>;

public sealed class TransferOnPostgres(PostgresServer server) : TransferContract(server, DatabaseUnderTest.Postgres), IClassFixture<PostgresServer>;
