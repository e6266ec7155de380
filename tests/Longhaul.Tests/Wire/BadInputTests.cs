using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>
/// Rubbish on every endpoint, by hand and generated: never a fault of the server, never a hang, memory bounded, always the face's own
/// error. LONGHAUL_SEED repeats a run, LONGHAUL_RUBBISH sets the number of generated requests.
/// </summary>
public sealed class BadInputTests(SqliteServer fixture) : IClassFixture<SqliteServer>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string[] Bodies =
    [
        "", " ", "null", "true", "0", "\"x\"", "[]", "{}", "[[]]", "[{}]", "[null]", "[{\"ip\":null}]", "{\"items\":null}", "{\"items\":[{}]}", "{\"items\":[null]}",
        "[{\"ip\":\"10.0.0.1\"}", "[{\"ip\":\"10.0.0.1\"}]]", "[{\"ip\":\"10.0.0.1\"}] x", "[{\"ip\":1e999999}]", "[{\"ip\":{\"ip\":{\"ip\":{}}}}]", "{\"name\":{},\"kind\":[]}",
        "[{\"ip\":\"\\u0000\"}]", "[{\"\\u0000\":1}]", "[{\"\\ud800\":1}]", "[{\"ip\":\"\\udfff\\ud800\"}]", "{\"name\":\"\\ud800\",\"kind\":\"ip\"}", "{\"description\":\"\\u0000\"}",
        "{\"kind\":\"noop\",\"account\":\"a\",\"params\":{\"count\":1e3}}", "{\"kind\":\"noop\",\"account\":\"a\",\"params\":{\"count\":99999999999999999999}}",
        "{\"kind\":\"noop\",\"account\":\"\\u0000\",\"params\":{}}", "{\"kind\":5,\"account\":{},\"params\":1,\"items\":1,\"labels\":1}",
        "{\"kind\":\"lists.append\",\"account\":\"a\"}", "{\"kind\":\"lists.delete\",\"account\":\"a\",\"params\":{\"listId\":5},\"items\":{}}",
        "[{\"hostname\":{\"url_hostname\":{}}}]", "[{\"hostname\":{\"url_hostname\":\"a.b\",\"url_hostname\":\"a.b\"}}]", "[{\"hostname\":{\"\\ud800\":1}}]", "[{\"hostname\":[]}]",
        "[{\"asn\":1e9}]", "[{\"asn\":-0}]", "[{\"asn\":99999999999999999999999999}]", "[{\"asn\":1.0}]", "[{\"redirect\":{}}]", "[{\"redirect\":{\"source_url\":\"\",\"target_url\":\"\"}}]",
        "[{\"redirect\":{\"source_url\":\"a.b/\\u0000\",\"target_url\":\"x:y\"}}]", "[{\"redirect\":{\"source_url\":\"//\",\"target_url\":\":\",\"status_code\":1e400}}]",
        "{\"kind\":\"lists.append\",\"account\":\"a\",\"params\":{\"listId\":\"\\u0000\"}}", "{\"kind\":\"lists.append\",\"account\":\"a\",\"params\":{\"listId\":\"\\ud800\"}}",
    ];

    [Fact]
    public async Task Bodies_made_by_hand_are_refused_in_the_faces_own_form_on_every_endpoint()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var long17 = new string('[', 17) + new string(']', 17);
        var deep = new string('[', 10_000);
        var bytes = Bodies.Append(long17).Append(deep).Append("{\"a\":" + long17 + "}").Select(Encoding.UTF8.GetBytes)
            .Append([0xEF, 0xBB, 0xBF, (byte)'[', (byte)']']).Append([0xFF, 0xFE]).Append([.. "[{\"ip\":\""u8, 0xC3, 0x28, .. "\"}]"u8]).Append([.. "[{\"ip\":\"a"u8, 0, .. "\"}]"u8]);
        var endpoints = Endpoints(client, list).Concat(await OtherListsAsync(client)).ToList();
        foreach (var body in bytes.ToList())
        {
            foreach (var (method, path) in endpoints)
            {
                await CheckAsync(client, method, path, body, "application/json");
            }
        }
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("nonsense")]
    public async Task Other_content_types_are_never_a_fault(string type)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        foreach (var (method, path) in Endpoints(client, list))
        {
            await CheckAsync(client, method, path, "--x\r\n"u8.ToArray(), type);
        }
    }

    [Fact]
    public async Task Wrong_methods_and_percent_encoded_rubbish_are_never_a_fault()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        string[] rubbish = ["%FF", "%C3%28", "%ED%A0%80", "..%2f..", "%25", "'%22", "%F0%9F%98%80", new string('a', 5_000), "%20", "+", ";", "%7B%7D"];
        foreach (var word in rubbish)
        {
            foreach (var path in (string[])[
                $"/client/v4/accounts/{word}/rules/lists", $"{client.Lists}/{word}", $"{client.Lists}/{list}/items/{word}", $"{client.Lists}/bulk_operations/{word}",
                $"{client.Lists}/{list}/items?cursor={word}", $"{client.Lists}/{list}/items?search={word}", $"{client.Lists}/{list}/items?per_page={word}",
                $"/client/v4/accounts/{client.Account}/longhaul/lists/{word}/contains", $"/client/v4/accounts/{client.Account}/longhaul/lists/{list}/contains?value={word}",
                $"/client/v4/accounts/{client.Account}/longhaul/lists/{list}/resolve?url={word}", $"/client/v4/accounts/{client.Account}/longhaul/{word}",
                $"/v1/operations/{word}", $"/v1/operations/{word}/items", $"/v1/operations?pageToken={word}", $"/v1/operations?{word}={word}"])
            {
                foreach (var method in (string[])["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
                {
                    await CheckAsync(client, new HttpMethod(method), path, method == "GET" ? null : "{}"u8.ToArray(), "application/json");
                }
            }
        }
    }

    [Fact]
    public async Task Mutations_of_good_bodies_are_never_a_fault()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("LONGHAUL_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var count = int.Parse(Environment.GetEnvironmentVariable("LONGHAUL_RUBBISH") ?? "600", CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"LONGHAUL_SEED={seed}");
        var random = new Random(seed);
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        byte[][] good =
        [
            "[{\"ip\":\"10.0.0.1\",\"comment\":\"a\\u00e9\"},{\"ip\":\"2001:db8::/32\"}]"u8.ToArray(),
            "{\"items\":[{\"id\":\"01a20e22d7c878bf90121a1624be8229\"}]}"u8.ToArray(),
            "{\"name\":\"abc\",\"kind\":\"ip\",\"description\":\"x\"}"u8.ToArray(),
            "{\"kind\":\"noop\",\"account\":\"rubbish\",\"params\":{\"count\":3},\"labels\":{\"a\":\"b\"}}"u8.ToArray(),
            "[{\"hostname\":{\"url_hostname\":\"*.example.com\",\"exclude_exact_hostname\":false},\"comment\":\"\"}]"u8.ToArray(),
            "[{\"asn\":13335},{\"asn\":4294967295}]"u8.ToArray(),
            "[{\"redirect\":{\"source_url\":\"https://example.com/a\",\"target_url\":\"https://example.org/?x=1\",\"status_code\":302,\"subpath_matching\":true}}]"u8.ToArray(),
        ];
        var endpoints = Endpoints(client, list).Concat(await OtherListsAsync(client)).ToList();
        for (var i = 0; i < count; i++)
        {
            var (method, path) = endpoints[random.Next(endpoints.Count)];
            await CheckAsync(client, method, path, Mutate(good[random.Next(good.Length)], random), "application/json");
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_300_MiB_is_refused_and_memory_stays_bounded(bool isAnnounced)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        foreach (var path in (string[])[$"{client.Lists}/{list}/items", "/v1/operations", client.Lists])
        {
            using var content = new EndlessJson(300L << 20, isAnnounced);
            try
            {
                var answer = await client.SendAsync(HttpMethod.Post, path, content).WaitAsync(Patience, TestContext.Current.CancellationToken);
                Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.Status);
                AssertOwnForm(path, answer);
            }
            catch (HttpRequestException exception) when (exception.InnerException is IOException)
            {
                // The server has answered and closed while the rest was still being sent.
            }
        }

        Assert.InRange(fixture.Server.PeakMemoryMiB, 1, 600);
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Get, client.Lists)).Status);
    }

    [Theory]
    [InlineData("/V1/operations", HttpStatusCode.Unauthorized)]
    [InlineData("/CLIENT/v4/accounts/a/rules/lists", HttpStatusCode.BadRequest)]
    public async Task A_path_in_other_letters_asks_for_the_credential_too(string path, HttpStatusCode expected)
    {
        using var nobody = new HttpClient { BaseAddress = fixture.Server.Address };
        using var body = new StringContent("{}", Encoding.UTF8, "application/json");
        using var answer = await nobody.PostAsync(new Uri(path, UriKind.Relative), body, TestContext.Current.CancellationToken);
        using var root = fixture.NewAccount();

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await root.SendAsync(HttpMethod.Get, "/V1/operations")).Status);
    }

    [Fact]
    public async Task A_body_that_stalls_is_ended_by_the_server()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var answer = await RawAsync(
            $"POST {client.Lists}/{list}/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {LonghaulProcess.Token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[", close: false);

        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408", StringComparison.Ordinal), answer);
        Assert.True(answer.Length == 0 || answer.Contains("\"success\":false", StringComparison.Ordinal), answer);
    }

    [Fact]
    public async Task A_body_that_breaks_off_changes_nothing()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await RawAsync(
            $"POST {client.Lists}/{list}/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {LonghaulProcess.Token}\r\nContent-Length: 100\r\n\r\n[{{\"ip\":\"10.0.0.1\"}}]", close: true);
        await RawAsync(
            $"POST {client.Lists}/{list}/items HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {LonghaulProcess.Token}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", close: true);

        Assert.Equal(0, await client.NumItemsAsync(list));
        Assert.Equal(0, (await client.SendAsync(HttpMethod.Get, $"/v1/operations?account={client.Account}")).Body.GetProperty("operations").GetArrayLength());
    }

    private static async Task<List<(HttpMethod, string)>> OtherListsAsync(ListsClient client)
    {
        var endpoints = new List<(HttpMethod, string)>();
        foreach (var kind in (string[])["hostname", "asn", "redirect"])
        {
            var answer = await client.SendAsync(HttpMethod.Post, client.Lists, $$"""{"name":"{{kind}}","kind":"{{kind}}"}""");
            var items = $"{client.Lists}/{answer.Result.GetProperty("id").GetString()}/items";
            endpoints.AddRange([(HttpMethod.Post, items), (HttpMethod.Put, items), (HttpMethod.Delete, items)]);
        }

        return endpoints;
    }

    private static IEnumerable<(HttpMethod, string)> Endpoints(ListsClient client, string list)
    {
        yield return (HttpMethod.Post, client.Lists);
        yield return (HttpMethod.Put, $"{client.Lists}/{list}");
        yield return (HttpMethod.Post, $"{client.Lists}/{list}/items");
        yield return (HttpMethod.Put, $"{client.Lists}/{list}/items");
        yield return (HttpMethod.Delete, $"{client.Lists}/{list}/items");
        foreach (var format in (string[])["csv", "text", "jsonl", "json"])
        {
            yield return (HttpMethod.Post, $"/client/v4/accounts/{client.Account}/longhaul/lists/{list}/import?format={format}");
        }

        yield return (HttpMethod.Post, "/v1/operations");
        yield return (HttpMethod.Post, $"/v1/operations/{new string('0', 32)}:abort");
    }

    private static async Task CheckAsync(ListsClient client, HttpMethod method, string path, byte[]? body, string type)
    {
        using var content = body is null ? null : new ByteArrayContent(body);
        content?.Headers.TryAddWithoutValidation("Content-Type", type);
        var answer = await client.SendAsync(method, path, content).WaitAsync(Patience, TestContext.Current.CancellationToken);
        var about = $"{method} {Cut(path)} {Cut(body is null ? "" : Encoding.UTF8.GetString(body))} -> {(int)answer.Status} {Cut(answer.Text)}";
        Assert.True((int)answer.Status < 500, about);
        if ((int)answer.Status >= 400 && answer.Text.Length > 0)
        {
            AssertOwnForm(path, answer);
        }
        else
        {
            Assert.True((int)answer.Status < 400 || path.Contains('%', StringComparison.Ordinal) || method.Method is "TRACE", "an error without a body: " + about);
        }
    }

    private static string Cut(string text) => text.Length <= 200 ? text : text[..200];

    private static void AssertOwnForm(string path, WireAnswer answer)
    {
        if (path.StartsWith("/client/v4", StringComparison.Ordinal))
        {
            Assert.False(answer.Body.GetProperty("success").GetBoolean());
            Assert.True(answer.Code >= 971 && answer.Message.Length > 0);
        }
        else
        {
            Assert.Equal("application/problem+json", answer.Response.Content.Headers.ContentType!.MediaType);
            Assert.Equal((int)answer.Status, answer.Body.GetProperty("status").GetInt32());
        }
    }

    private static byte[] Mutate(byte[] good, Random random)
    {
        var bytes = good.ToList();
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(4))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveAt(at);
                    break;
                case 2:
                    bytes.Insert(at, (byte)"{}[]\",:\\0"[random.Next(9)]);
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 20), bytes.Count - at)));
                    break;
            }
        }

        return [.. bytes];
    }

    private async Task<string> RawAsync(string request, bool close)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(fixture.Server.Address.Host, fixture.Server.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        if (close)
        {
            socket.Client.Shutdown(SocketShutdown.Send);
        }

        using var reader = new StreamReader(stream, Encoding.UTF8);
        try
        {
            return await reader.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>A JSON array that goes on and on, made as it is sent.</summary>
    private sealed class EndlessJson : HttpContent
    {
        private readonly long _length;
        private readonly bool _isAnnounced;

        public EndlessJson(long length, bool isAnnounced)
        {
            _length = length;
            _isAnnounced = isAnnounced;
            Headers.TryAddWithoutValidation("Content-Type", "application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("[{\"ip\":\"10.0.0.1\"},", 4_096)))[..65_536];
            for (var sent = 0L; sent < _length; sent += block.Length)
            {
                await stream.WriteAsync(block);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length;
            return _isAnnounced;
        }
    }
}
