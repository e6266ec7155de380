using System.Net;
using System.Text;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.ListsConformance;

/// <summary>Section "envelope and auth": L-01 to L-05 over every route and every kind.</summary>
public abstract class EnvelopeConformance(ServerFixture fixture)
{
    private static readonly string Unknown = new('0', 32);

    [Theory]
    [MemberData(nameof(ListsOfKinds.Theory), MemberType = typeof(ListsOfKinds))]
    public async Task L01_L05_each_of_the_eleven_routes_succeeds_in_the_envelope_and_ignores_unknown_parameters(string kind)
    {
        using var client = fixture.NewAccount();
        const string Query = "?page=7&direction=asc&x=%00y&per_pag=9";
        var created = await client.SendAsync(HttpMethod.Post, client.Lists + Query, $$"""{"name":"l","kind":"{{kind}}"}""");
        var path = $"{client.Lists}/{created.Result.GetProperty("id").GetString()}";
        var appended = await client.SendAsync(HttpMethod.Post, $"{path}/items{Query}", $"[{string.Join(',', ListsOfKinds.Items(kind, 0, 30))}]");
        await client.CompletedAsync(appended);
        var items = await client.SendAsync(HttpMethod.Get, $"{path}/items{Query}");
        var id = ListsOfKinds.Id(items.Result[0]);
        WireAnswer[] answers =
        [
            created, appended,
            await client.SendAsync(HttpMethod.Get, client.Lists + Query),
            await client.SendAsync(HttpMethod.Get, path + Query),
            await client.SendAsync(HttpMethod.Put, path + Query, """{"description":"x"}"""),
            await client.SendAsync(HttpMethod.Get, $"{path}/items/{id}{Query}"),
            await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{ListsClient.OperationId(appended)}{Query}"),
            await client.SendAsync(HttpMethod.Delete, $"{path}/items{Query}", $$"""{"items":[{"id":"{{id}}"}]}"""),
            await client.SendAsync(HttpMethod.Put, $"{path}/items{Query}", "[]"),
            await client.SendAsync(HttpMethod.Delete, path + Query),
        ];

        Assert.All(answers, a => AssertSuccess(a, []));
        AssertSuccess(items, ["result_info"]);
        Assert.Equal(25, items.Result.GetArrayLength());
    }

    [Fact]
    public async Task L02_every_error_has_its_form()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var items = $"{client.Lists}/{list}/items";
        using var http = new HttpClient { BaseAddress = fixture.Server.Address };
        using var nobody = new ListsClient(http, client.Account);
        using var multipart = new MultipartFormDataContent { new StringContent("[]") };
        ((int Status, int Code) Expected, WireAnswer Answer)[] all =
        [
            ((400, 10026), await client.SendAsync(HttpMethod.Post, items, "{")),
            ((400, 10028), await client.SendAsync(HttpMethod.Post, items, """[{"ip":"x"}]""")),
            ((400, 10027), await client.SendAsync(HttpMethod.Get, $"{items}?cursor=zzz")),
            ((404, 19001), await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{Unknown}")),
            ((404, 19001), await client.SendAsync(HttpMethod.Put, $"{client.Lists}/{Unknown}", "{}")),
            ((404, 19001), await client.SendAsync(HttpMethod.Post, $"{client.Lists}/{Unknown}/items", "[]")),
            ((404, 19001), await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{Unknown}/items/{Unknown}")),
            ((404, 19002), await client.SendAsync(HttpMethod.Get, $"{items}/{Unknown}")),
            ((404, 19003), await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{Unknown}")),
            ((400, 19010), await client.SendAsync(HttpMethod.Post, client.Lists, """{"kind":"ip"}""")),
            ((400, 19011), await client.SendAsync(HttpMethod.Post, client.Lists, """{"name":"m"}""")),
            ((400, 19012), await client.SendAsync(HttpMethod.Post, client.Lists, $$"""{"name":"m","kind":"ip","description":"{{new string('x', 501)}}"}""")),
            ((400, 19012), await client.SendAsync(HttpMethod.Put, $"{client.Lists}/{list}", $$"""{"description":"{{new string('x', 501)}}"}""")),
            ((400, 19013), await client.SendAsync(HttpMethod.Post, client.Lists, """{"name":"L","kind":"asn"}""")),
            ((415, 19033), await client.SendAsync(HttpMethod.Post, items, multipart)),
            ((404, 7003), await client.SendAsync(HttpMethod.Get, "/client/v4/accounts/a/rules/nowhere")),
            ((404, 7003), await client.SendAsync(HttpMethod.Get, "/client/v4/nowhere")),
            ((405, 7001), await client.SendAsync(HttpMethod.Patch, items, "[]")),
            ((400, 9106), await nobody.SendAsync(HttpMethod.Get, items)),
            ((400, 6003), await nobody.SendAsync(HttpMethod.Get, items, (string?)null, ("Authorization", "Token x"))),
            ((403, 10000), await nobody.SendAsync(HttpMethod.Put, items, "[]", ("Authorization", "Bearer unknown"))),
        ];

        foreach (var ((status, code), answer) in all)
        {
            Assert.True(((int)answer.Status, answer.Code) == (status, code), $"{status} {code} expected: {answer.Text}");
            Assert.Equal(["errors", "messages", "result", "success"], answer.Body.EnumerateObject().Select(m => m.Name).Order());
            Assert.Equal((JsonValueKind.Null, JsonValueKind.False), (answer.Result.ValueKind, answer.Body.GetProperty("success").ValueKind));
            Assert.Equal(0, answer.Body.GetProperty("messages").GetArrayLength());
            Assert.NotEqual("", answer.Message);
            AssertHeaders(answer);
        }
    }

    [Theory]
    [InlineData("GET", "/{list}/items")]
    [InlineData("GET", "/bulk_operations/00000000000000000000000000000000")]
    [InlineData("POST", "")]
    [InlineData("PUT", "/{list}/items")]
    [InlineData("DELETE", "/{list}")]
    public async Task L03_no_route_answers_without_a_known_credential(string method, string path)
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        using var http = new HttpClient { BaseAddress = fixture.Server.Address };
        using var nobody = new ListsClient(http, client.Account);
        var full = client.Lists + path.Replace("{list}", list, StringComparison.Ordinal);

        var none = await nobody.SendAsync(new HttpMethod(method), full, "[]");
        var unknown = await nobody.SendAsync(new HttpMethod(method), full, "[]", ("X-Auth-User-Service-Key", "unknown"));
        var stranger = await nobody.SendAsync(new HttpMethod(method), full, "[]", ("X-Auth-Key", LonghaulProcess.Token), ("X-Auth-Email", "else@localhost"));

        Assert.Equal(((400, 9106), (403, 10000), (403, 10000)), (((int)none.Status, none.Code), ((int)unknown.Status, unknown.Code), ((int)stranger.Status, stranger.Code)));
        Assert.Equal("Authentication error", unknown.Message);
        Assert.Equal(1, (await client.SendAsync(HttpMethod.Get, client.Lists)).Result.GetArrayLength());
    }

    [Theory]
    [InlineData("", "GET", "POST")]
    [InlineData("/{list}", "DELETE", "GET", "PUT")]
    [InlineData("/{list}/items", "DELETE", "GET", "POST", "PUT")]
    [InlineData("/{list}/items/{list}", "GET")]
    [InlineData("/bulk_operations/{list}", "GET")]
    public async Task L04_a_method_that_is_not_there_is_answered_with_those_that_are(string path, params string[] allowed)
    {
        using var client = fixture.NewAccount();
        var full = client.Lists + path.Replace("{list}", Unknown, StringComparison.Ordinal);

        var patch = await client.SendAsync(HttpMethod.Patch, full, "{}");

        Assert.Equal((HttpStatusCode.MethodNotAllowed, 7001), (patch.Status, patch.Code));
        Assert.Equal("Method PATCH not available for the URI", patch.Message);
        Assert.Equal(allowed, patch.Response.Content.Headers.Allow.Except(["HEAD", "OPTIONS"]).Order());
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/octet-stream")]
    [InlineData("application/x-www-form-urlencoded")]
    public async Task Any_content_type_but_multipart_is_read_as_json(string type)
    {
        using var client = fixture.NewAccount();
        using var content = new StringContent("""{"name":"l","kind":"ip"}""", Encoding.UTF8, type);

        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(HttpMethod.Post, client.Lists, content)).Status);
    }

    private static void AssertSuccess(WireAnswer answer, string[] more)
    {
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        Assert.Equal([.. more.Concat(["errors", "messages", "result", "success"]).Order()], answer.Body.EnumerateObject().Select(m => m.Name).Order());
        Assert.Equal(JsonValueKind.True, answer.Body.GetProperty("success").ValueKind);
        Assert.Equal(("[]", "[]"), (answer.Body.GetProperty("errors").GetRawText(), answer.Body.GetProperty("messages").GetRawText()));
        AssertHeaders(answer);
    }

    private static void AssertHeaders(WireAnswer answer)
    {
        Assert.Equal("application/json; charset=UTF-8", answer.Response.Content.Headers.GetValues("Content-Type").Single());
        Assert.Equal(answer.Response.Headers.GetValues("cf-ray").Single(), answer.Response.Headers.GetValues("X-Request-Id").Single());
    }
}

public sealed class EnvelopeOnSqlite(SqliteServer server) : EnvelopeConformance(server), IClassFixture<SqliteServer>;

public sealed class EnvelopeOnPostgres(PostgresServer server) : EnvelopeConformance(server), IClassFixture<PostgresServer>;
