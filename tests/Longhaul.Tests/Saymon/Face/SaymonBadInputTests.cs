using System.Globalization;
using System.Net;
using System.Text;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon.Face;

/// <summary>
/// Rubbish on every route of the face, by hand and generated: never a fault of the server, always the face's own error. LONGHAUL_SEED
/// repeats a run, LONGHAUL_RUBBISH sets the number of generated requests.
/// </summary>
public sealed class SaymonBadInputTests(SqliteServer fixture) : IClassFixture<SqliteServer>
{
    private const string Api = SaymonClient.Api;

    private static readonly string[] Bodies =
    [
        "", " ", "null", "true", "0", "\"x\"", "[]", "[[]]", "[{}]", "{\"\\u0000\":1}", "{\"\\ud800\":1}", "{\"name\":{}}", "{\"name\":\"\\udfff\"}",
        "{\"bulk\":[null]}", "{\"bulk\":[[]]}", "{\"bulk\":[{}]}", "{\"bulk\":[{\"modify\":null}]}", "{\"bulk\":[{\"modify\":[]}]}", "{\"bulk\":[{\"modify\":{\"weight\":1e999}}]}",
        "{\"bulk\":[{\"modify\":{\"geoposition\":[1]}}]}", "{\"bulk\":[{\"properties.createOrModify\":{}}]}", "{\"bulk\":[{\"properties.createOrModify\":{\"name\":1,\"value\":{}}}]}",
        "{\"search\":[],\"bulk\":[{\"modify\":{\"weight\":1}}]}", "{\"search\":{\"name\":{\"$regex\":\"(\"}},\"bulk\":[{\"modify\":{\"weight\":1}}]}",
        "{\"search\":{\"name\":{\"$regex\":\"(a+)+$\"}}}", "{\"search\":{\"name\":{\"$in\":1}}}", "{\"search\":{\"properties\":{\"$elemMatch\":[]}}}", "{\"search\":{\"weight\":{\"$gt\":\"x\"}}}",
        "{\"search\":{\"$where\":1}}", "{\"search\":{\"name\":{\"$ne\":1}}}", "{\"options\":1}", "{\"options\":{\"includeClientData\":1}}", "{\"source\":1,\"target\":null}",
        "{\"source\":\"62d7e58056d203149a08001b\",\"target\":\"x\"}", "{\"login\":[],\"password\":{}}", "{\"auth-token\":[]}", "{\"parent_id\":[[]],\"name\":\"x\"}", "{\"discovery_id\":5,\"name\":\"x\"}",
        "{\"name\":\"x\",\"class_id\":[]}", "{\"name\":\"x\",\"tags\":\"y\"}", "{\"name\":\"x\",\"client_data\":{}}", "{\"value\":[]}", "{\"type_id\":-1}", "{\"type_id\":99999999999999999999}",
    ];

    [Fact]
    public async Task Bodies_made_by_hand_are_never_a_fault()
    {
        using var client = new SaymonClient(fixture.Server);
        var routes = await RoutesAsync(client);
        var bytes = Bodies.Append(new string('[', 10_000)).Append("{\"a\":" + new string('[', 70) + new string(']', 70) + "}").Select(Encoding.UTF8.GetBytes)
            .Append([0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}']).Append([0xFF, 0xFE]).Append([.. "{\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8]);
        foreach (var body in bytes.ToList())
        {
            foreach (var (method, path) in routes)
            {
                await CheckAsync(client, method, path, body, "application/json");
            }
        }
    }

    [Fact]
    public async Task Other_content_types_wrong_methods_and_rubbish_in_paths_are_never_a_fault()
    {
        using var client = new SaymonClient(fixture.Server);
        foreach (var (method, path) in await RoutesAsync(client))
        {
            foreach (var type in (string[])["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json; charset=utf-16", "nonsense"])
            {
                await CheckAsync(client, method, path, "--x\r\n"u8.ToArray(), type);
            }
        }

        string[] rubbish = ["%FF", "%C3%28", "%ED%A0%80", "..%2f..", "%25", "%252F", "'%22", "%F0%9F%98%80", new string('a', 5_000), "%20", "+", ";", "%7B%7D", "discovery_id:", "discovery_id:%2F", "discovery_id:%ED%A0%80%2F"];
        foreach (var word in rubbish)
        {
            foreach (var path in (string[])[
                $"{Api}/{word}", $"{Api}/bulk/{word}/status", $"{Api}/bulks/{word}", $"{Api}/objects/{word}", $"{Api}/objects/{word}/clone-bulk", $"{Api}/objects/{word}/props",
                $"{Api}/objects/{word}/props/{word}", $"{Api}/links/{word}", $"{Api}/objects?fields={word}", $"{Api}/bulk/objects?dry_run={word}", $"{Api}/users/{word}"])
            {
                foreach (var method in (string[])["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])
                {
                    await CheckAsync(client, new HttpMethod(method), path, method == "GET" ? null : "{}"u8.ToArray(), "application/json");
                }
            }
        }
    }

    [Theory]
    [InlineData("Prefer", "wait=0")]
    [InlineData("Prefer", "wait=x")]
    [InlineData("Prefer", "wait=99999999999999999999999")]
    [InlineData("Idempotency-Key", "")]
    [InlineData("Authorization", "Basic =")]
    [InlineData("Authorization", "Basic AAAA")]
    [InlineData("Authorization", "")]
    [InlineData("Cookie", "sid=\u007f")]
    [InlineData("Cookie", "sid=%00%FF")]
    [InlineData("Cookie", ";;;=")]
    [InlineData("Origin", "::::")]
    [InlineData("Host", "[")]
    public async Task Rubbish_in_headers_is_never_a_fault(string name, string value)
    {
        using var client = new SaymonClient(fixture.Server, name == "Authorization" ? null : $"Bearer {LonghaulProcess.Token}");
        foreach (var (method, path) in await RoutesAsync(new SaymonClient(fixture.Server)))
        {
            var answer = await client.SendAsync(method, path, "{}", (name, value));
            Assert.True((int)answer.Status < 500, $"{method} {path} {name}: {value} -> {(int)answer.Status} {answer.Text}");
        }
    }

    [Fact]
    public async Task Mutations_of_good_bodies_are_never_a_fault()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("LONGHAUL_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var count = int.Parse(Environment.GetEnvironmentVariable("LONGHAUL_RUBBISH") ?? "600", CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"LONGHAUL_SEED={seed}");
        var random = new Random(seed);
        using var client = new SaymonClient(fixture.Server);
        var routes = await RoutesAsync(client);
        byte[][] good =
        [
            "{\"search\":{\"name\":{\"$regex\":\"^CPU$\",\"$options\":\"i\"},\"weight\":{\"$gt\":1,\"$lte\":5}},\"bulk\":[{\"properties.createOrModify\":{\"name\":\"p\",\"value\":\"v\",\"type_id\":1}}]}"u8.ToArray(),
            "{\"search\":{\"tags\":{\"$in\":[\"a\",\"b\"]},\"properties\":{\"$elemMatch\":{\"name\":\"p\",\"value\":\"v\"}}},\"options\":{\"includeClientData\":true}}"u8.ToArray(),
            "{\"bulk\":[{\"modify\":{\"weight\":2,\"tags\":[\"x\"],\"geoposition\":[1.5,2.5]},\"stateConditions\":[{\"state\":3}]}]}"u8.ToArray(),
            "{\"name\":\"abc\",\"class_id\":3,\"parent_id\":[\"62d7e58056d203149a08001b\"],\"client_data\":\"{}\",\"discovery_id\":\"x\"}"u8.ToArray(),
            "{\"name\":\"p\",\"value\":\"v\",\"type_id\":101}"u8.ToArray(),
            "{\"source\":\"62d7e58056d203149a08001b\",\"target\":\"62d7e58056d203149a08001c\",\"name\":\"l\"}"u8.ToArray(),
            "{\"login\":\"root\",\"password\":\"x\"}"u8.ToArray(),
        ];
        for (var i = 0; i < count; i++)
        {
            var (method, path) = routes[random.Next(routes.Length)];
            await CheckAsync(client, method, path, Mutate(good[random.Next(good.Length)], random), "application/json");
        }
    }

    private static async Task<(HttpMethod Method, string Path)[]> RoutesAsync(SaymonClient client)
    {
        var id = await client.CreateAsync("""{"name":"CPU","weight":3,"tags":["a"]}""");
        var property = (await client.OkAsync(HttpMethod.Post, $"{Api}/objects/{id}/props", """{"name":"p","value":"v"}""")).Body.GetProperty("id").GetString();
        return
        [
            (HttpMethod.Post, $"{Api}/bulk/objects"), (HttpMethod.Post, $"{Api}/bulks/objects"), (HttpMethod.Post, $"{Api}/bulk/objects?dry_run=1"), (HttpMethod.Post, $"{Api}/objects/{id}/clone-bulk"),
            (HttpMethod.Post, $"{Api}/objects"), (HttpMethod.Patch, $"{Api}/objects/{id}"), (HttpMethod.Post, $"{Api}/objects/search"), (HttpMethod.Post, $"{Api}/objects/{id}/props"),
            (HttpMethod.Patch, $"{Api}/objects/{id}/props/{property}"), (HttpMethod.Post, $"{Api}/links"), (HttpMethod.Post, $"{Api}/users/session"),
        ];
    }

    private static async Task CheckAsync(SaymonClient client, HttpMethod method, string path, byte[]? body, string type)
    {
        using var content = body is null ? null : new ByteArrayContent(body);
        content?.Headers.TryAddWithoutValidation("Content-Type", type);
        var answer = await client.SendContentAsync(method, path, content);
        var about = $"{method} {Cut(path)} {Cut(body is null ? "" : Encoding.UTF8.GetString(body))} -> {(int)answer.Status} {Cut(answer.Text)}";
        Assert.True((int)answer.Status < 500, about);
        if ((int)answer.Status >= 400 && answer.Text.Length > 0)
        {
            Assert.Equal(["code", "message"], answer.Body.EnumerateObject().Select(m => m.Name));
        }
        else
        {
            Assert.True(answer.Status == HttpStatusCode.OK || path.Contains('%', StringComparison.Ordinal), "an error without a body: " + about);
        }
    }

    private static string Cut(string text) => text.Length <= 300 ? text : text[..300];

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
                    bytes.Insert(at, (byte)"{}[]\",:\\0$"[random.Next(10)]);
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(random.Next(1, 20), bytes.Count - at)));
                    break;
            }
        }

        return [.. bytes];
    }
}
