using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon.Face;

/// <summary>Lines B-30 to B-34 of <c>contracts/saymon.md</c>, on a real server.</summary>
public abstract partial class LoginWireContract(ServerFixture fixture)
{
    private const string Api = SaymonClient.Api;
    private const string Root = LonghaulProcess.Token;
    private const string Session = $"{Api}/users/session";
    private const string Current = $"{Api}/users/current";

    private const string NotLoggedIn = """{"code":"Unauthorized","message":"{\"errorCode\":3,\"message\":\"Not logged in.\"}"}""";
    private const string Expired = """{"code":"Unauthorized","message":"{\"errorCode\":3,\"message\":\"Session expired.\"}"}""";
    private const string InvalidLogin = """{"code":"InvalidCredentials","message":"{\"errorCode\":3,\"message\":\"Invalid login or password.\"}"}""";
    private const string InvalidToken = """{"code":"Unauthorized","message":"{\"errorCode\":3,\"message\":\"Invalid API token.\"}"}""";

    private LonghaulProcess Server => fixture.Server;

    [Fact]
    public async Task B30_every_way_to_log_in_opens_all_three_calls()
    {
        var (name, secret) = await TokenAsync("saymon:edit");
        foreach (var (login, password) in ((string, string)[])[("root", Root), ("root@localhost", Root), (name, secret), ($"{name}@localhost", secret)])
        {
            await CheckCallsAsync(SaymonClient.Basic(login, password), "");
            var sid = await LogInAsync($$"""{"login":"{{login}}","password":"{{password}}"}""");
            await CheckCallsAsync(null, "", ("Cookie", $"sid={sid}"));
        }

        foreach (var token in (string[])[Root, secret])
        {
            await CheckCallsAsync($"Bearer {token}", "");
            await CheckCallsAsync(null, $"?api-token={token}");
            await CheckCallsAsync(null, "", ("Cookie", $"other=1; sid={await LogInAsync($$"""{"auth-token":"{{token}}"}""")}"));
        }
    }

    [Fact]
    public async Task B30_no_credential_and_wrong_ones_get_the_four_bodies()
    {
        var (name, secret) = await TokenAsync("saymon:edit");
        (string Expected, string? Authorization, string Query, (string, string)[] Headers)[] cases =
        [
            (NotLoggedIn, null, "", []),
            (NotLoggedIn, "Digest x", "", []),
            (Expired, null, "", [("Cookie", $"sid={Guid.NewGuid()}")]),
            (Expired, null, "", [("Cookie", "sid=x")]),
            (InvalidLogin, SaymonClient.Basic("root", "wrong"), "", []),
            (InvalidLogin, SaymonClient.Basic(name, Root), "", []),
            (InvalidLogin, SaymonClient.Basic("root", secret), "", []),
            (InvalidLogin, SaymonClient.Basic("nobody", secret), "", []),
            (InvalidLogin, SaymonClient.Basic("", ""), "", []),
            (InvalidLogin, "Basic !", "", []),
            (InvalidLogin, "Basic", "", []),
            (InvalidToken, "Bearer wrong", "", []),
            (InvalidToken, "Bearer", "", []),
            (InvalidToken, null, "?api-token=wrong", []),
            (InvalidToken, null, "?api-token=", []),
        ];
        foreach (var (expected, authorization, query, headers) in cases)
        {
            using var client = new SaymonClient(Server, authorization);
            foreach (var (method, path) in Calls("0f2a1c0e-5c1b-4a7e-9d57-0b6f4f6f3c11", "62d7e58056d203149a08001b"))
            {
                var answer = await client.SendAsync(method, path + query, method == HttpMethod.Get ? null : "{}", headers);
                Assert.Equal((HttpStatusCode.Unauthorized, expected), (answer.Status, answer.Text));
            }
        }
    }

    [Theory]
    [InlineData("""{"login":"root","password":"wrong"}""", 401, InvalidLogin)]
    [InlineData("""{"auth-token":"wrong"}""", 401, InvalidLogin)]
    [InlineData("""{"login":"root"}""", 400, """{"code":"BadRequest","message":"Mandatory \"password\" parameter is absent/empty."}""")]
    [InlineData("""{"password":"x"}""", 400, """{"code":"BadRequest","message":"Mandatory \"login\" parameter is absent/empty."}""")]
    [InlineData("""{"login":5,"password":"x"}""", 400, """{"code":"BadRequest","message":"login must be a string"}""")]
    [InlineData("""{"auth-service":"keycloak"}""", 400, """{"code":"BadRequest","message":"auth-service is not served here; log in with login and password, or with auth-token"}""")]
    public async Task A_login_that_is_wrong_opens_no_session(string body, int status, string expected)
    {
        using var nobody = new SaymonClient(Server, null);

        var answer = await nobody.SendAsync(HttpMethod.Post, Session, body);

        Assert.Equal((status, expected), ((int)answer.Status, answer.Text));
        Assert.False(answer.Response.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task B31_a_reader_may_poll_and_an_editor_of_elsewhere_may_nothing()
    {
        using var root = new SaymonClient(Server);
        var id = await root.CreateAsync("""{"name":"b31"}""");
        var bulkId = await root.BulkAsync("""{"search":{"name":"b31"},"bulk":[{"modify":{"weight":1}}]}""");
        var (_, reader) = await TokenAsync("saymon:read");
        var (_, stranger) = await TokenAsync("lists:edit");
        var (foreignName, foreign) = await TokenAsync("saymon:edit", "elsewhere");

        using (var client = new SaymonClient(Server, $"Bearer {reader}"))
        {
            await CheckForbiddenAsync(client, HttpMethod.Post, $"{Api}/bulk/objects", "run-bulks & manage-objects");
            await CheckForbiddenAsync(client, HttpMethod.Post, $"{Api}/objects/{id}/clone-bulk", "create-objects | manage-objects");
            await CheckForbiddenAsync(client, HttpMethod.Patch, $"{Api}/objects/{id}", "modify-objects | manage-objects");
            await CheckForbiddenAsync(client, HttpMethod.Delete, $"{Api}/objects/{id}", "delete-objects | manage-objects");
            await CheckForbiddenAsync(client, HttpMethod.Post, $"{Api}/objects/{id}/props", "manage-properties | manage-objects");
            await CheckForbiddenAsync(client, HttpMethod.Post, $"{Api}/links", "create-links | manage-links");
            await client.OkAsync(HttpMethod.Get, $"{Api}/bulk/{bulkId}/status");
            await client.OkAsync(HttpMethod.Post, $"{Api}/objects/search", "{}");
            Assert.Equal(0, (await client.OkAsync(HttpMethod.Get, Current)).Body.GetProperty("permissions").GetArrayLength());
        }

        foreach (var secret in (string[])[stranger, foreign])
        {
            using var client = new SaymonClient(Server, $"Bearer {secret}");
            foreach (var (method, path) in Calls(bulkId, id).Append((HttpMethod.Get, Current)).Append((HttpMethod.Get, $"{Api}/objects")).Append((HttpMethod.Delete, Session)))
            {
                Assert.Equal(HttpStatusCode.Forbidden, (await client.SendAsync(method, path, method == HttpMethod.Get ? null : "{}")).Status);
            }
        }

        using var nobody = new SaymonClient(Server, null);
        Assert.Equal(HttpStatusCode.Forbidden, (await nobody.SendAsync(HttpMethod.Post, Session, $$"""{"login":"{{foreignName}}","password":"{{foreign}}"}""")).Status);
        Assert.Equal(1, (await root.GetAsync(id)).Body.GetProperty("weight").GetInt32());
    }

    [Fact]
    public async Task B32_a_session_is_a_quoted_string_and_a_cookie_and_can_be_ended()
    {
        using var nobody = new SaymonClient(Server, null);

        var opened = await nobody.OkAsync(HttpMethod.Post, Session, $$"""{"login":"root","password":"{{Root}}"}""");
        var sid = opened.Body.GetString();
        var cookie = ("Cookie", $"sid={sid}");
        var who = await nobody.OkAsync(HttpMethod.Get, Current, null, cookie);
        var ended = await nobody.OkAsync(HttpMethod.Delete, Session, null, cookie);
        var after = await nobody.SendAsync(HttpMethod.Get, Current, null, cookie);

        Assert.Matches(QuotedUuid(), opened.Text);
        Assert.Equal($"sid={sid}; Path=/; HttpOnly; SameSite=Lax", opened.Response.Headers.GetValues("Set-Cookie").Single());
        Assert.Equal(["id", "login", "permissions"], who.Body.EnumerateObject().Select(m => m.Name));
        Assert.Equal("root", who.Body.GetProperty("login").GetString());
        Assert.Contains("manage-service-properties", who.Body.GetProperty("permissions").EnumerateArray().Select(p => p.GetString()));
        Assert.Equal("", ended.Text);
        Assert.StartsWith("sid=; Path=/;", ended.Response.Headers.GetValues("Set-Cookie").Single(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.Unauthorized, Expired), (after.Status, after.Text));
    }

    [Fact]
    public async Task A_session_ends_with_the_token_that_opened_it()
    {
        var (name, secret) = await TokenAsync("saymon:edit");
        var sid = await LogInAsync($$"""{"login":"{{name}}","password":"{{secret}}"}""");
        using var nobody = new SaymonClient(Server, null);
        Assert.Equal(name, (await nobody.OkAsync(HttpMethod.Get, Current, null, ("Cookie", $"sid={sid}"))).Body.GetProperty("login").GetString());

        Assert.Equal(0, (await Tokens.RunAsync(fixture.Place, "revoke", name)).Code);
        await Tokens.HoldsAsync(Server, secret, HttpStatusCode.Unauthorized);
        var after = await nobody.SendAsync(HttpMethod.Get, Current, null, ("Cookie", $"sid={sid}"));

        Assert.Equal((HttpStatusCode.Unauthorized, Expired), (after.Status, after.Text));
    }

    [Fact]
    public async Task B33_a_session_writes_from_its_own_origin_and_in_json_only()
    {
        using var nobody = new SaymonClient(Server, null);
        var cookie = ("Cookie", $"sid={await LogInAsync($$"""{"auth-token":"{{Root}}"}""")}");
        var host = Server.Address.Authority;
        const string Body = """{"name":"b33"}""";
        foreach (var origin in (string[])["https://evil.example", "null", $"http://evil.{host}", "http://127.0.0.1:1"])
        {
            Assert.Equal((origin, 403), (origin, (int)(await nobody.SendAsync(HttpMethod.Post, $"{Api}/objects", Body, cookie, ("Origin", origin))).Status));
            Assert.Equal((origin, 403), (origin, (int)(await nobody.SendAsync(HttpMethod.Delete, Session, null, cookie, ("Origin", origin))).Status));
            await nobody.OkAsync(HttpMethod.Get, $"{Api}/objects", null, cookie, ("Origin", origin));
        }

        foreach (var type in (string[])["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"])
        {
            using var form = new ByteArrayContent(Encoding.UTF8.GetBytes(Body));
            form.Headers.TryAddWithoutValidation("Content-Type", type);
            var refused = await nobody.SendContentAsync(HttpMethod.Post, $"{Api}/objects", form, cookie);
            Assert.Equal((type, 400, "BadRequest"), (type, (int)refused.Status, refused.Body.GetProperty("code").GetString()));
            using var root = new SaymonClient(Server);
            using var again = new ByteArrayContent(Encoding.UTF8.GetBytes(Body));
            again.Headers.TryAddWithoutValidation("Content-Type", type);
            Assert.Equal(HttpStatusCode.OK, (await root.SendContentAsync(HttpMethod.Post, $"{Api}/objects", again, ("Origin", "https://elsewhere.example"))).Status);
        }

        await nobody.OkAsync(HttpMethod.Post, $"{Api}/objects", Body, cookie, ("Origin", $"http://{host}"), ("X-CSRF-Token", "anything"));
        await nobody.OkAsync(HttpMethod.Post, $"{Api}/objects", Body, cookie, ("Origin", $"https://{host}"));
        await nobody.OkAsync(HttpMethod.Post, $"{Api}/objects", Body, cookie);
    }

    private async Task<(string Name, string Secret)> TokenAsync(string permission, string account = "default")
    {
        var name = SaymonClient.NewName();
        var secret = await Tokens.CreateAsync(fixture.Place, name, [permission], account);
        await Tokens.HoldsAsync(Server, secret, HttpStatusCode.OK);
        return (name, secret);
    }

    private async Task<string> LogInAsync(string body)
    {
        using var nobody = new SaymonClient(Server, null);
        return (await nobody.OkAsync(HttpMethod.Post, Session, body)).Body.GetString()!;
    }

    private async Task CheckCallsAsync(string? authorization, string query, params (string, string)[] headers)
    {
        using var root = new SaymonClient(Server);
        var id = await root.CreateAsync("""{"name":"b30"}""");
        using var client = new SaymonClient(Server, authorization);
        var bulk = await client.OkAsync(HttpMethod.Post, $"{Api}/bulk/objects{query}", """{"search":{"name":"b30"},"bulk":[{"modify":{"weight":1}}]}""", headers);
        await client.OkAsync(HttpMethod.Post, $"{Api}/objects/{id}/clone-bulk{query}", (string?)null, headers);
        await client.OkAsync(HttpMethod.Get, $"{Api}/bulk/{SaymonClient.BulkId(bulk)}/status{query}", (string?)null, headers);
    }

    private static (HttpMethod Method, string Path)[] Calls(string bulkId, string id) =>
        [(HttpMethod.Post, $"{Api}/bulk/objects"), (HttpMethod.Post, $"{Api}/objects/{id}/clone-bulk"), (HttpMethod.Get, $"{Api}/bulk/{bulkId}/status")];

    private static async Task CheckForbiddenAsync(SaymonClient client, HttpMethod method, string path, string permissions)
    {
        var answer = await client.SendAsync(method, path, "{}");
        Assert.Equal((HttpStatusCode.Forbidden, $$"""{"code":"Forbidden","message":"Permissions required: {{permissions}}"}"""), (answer.Status, answer.Text));
    }

    [GeneratedRegex("^\"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\"$")]
    private static partial Regex QuotedUuid();
}

public sealed class SqliteLoginWireTests(SqliteServer server) : LoginWireContract(server), IClassFixture<SqliteServer>;

public sealed class PostgresLoginWireTests(PostgresServer server) : LoginWireContract(server), IClassFixture<PostgresServer>;

/// <summary>What is configured for one server, and what outlives it.</summary>
[Collection("servers")]
public sealed class LoginOfOneServerTests
{
    private const string Current = $"{SaymonClient.Api}/users/current";

    [Fact]
    public async Task B34_no_secret_of_a_query_or_a_login_is_in_the_log()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeAsync(
            place, ("LONGHAUL_Logging__Console__LogLevel__Default", "Trace"), ("LONGHAUL_Logging__Console__LogLevel__Microsoft", "Trace"));
        using var nobody = new SaymonClient(server, null);
        const string Wrong = "a-secret-that-is-wrong";

        await nobody.OkAsync(HttpMethod.Get, $"{Current}?api-token={LonghaulProcess.Token}");
        await nobody.SendAsync(HttpMethod.Get, $"{Current}?api-token={Wrong}");
        await nobody.SendAsync(HttpMethod.Get, $"{SaymonClient.Api}/nonsense?api-token={Wrong}");
        await nobody.OkAsync(HttpMethod.Post, $"{SaymonClient.Api}/users/session", $$"""{"login":"root","password":"{{LonghaulProcess.Token}}"}""");
        server.Terminate();
        await server.WaitForExitAsync();

        Assert.NotEqual("", server.Errors);
        Assert.DoesNotContain(LonghaulProcess.Token, server.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Wrong, server.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task A_session_survives_a_restart_but_not_another_root_token(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        var cookie = ("Cookie", "");
        await using (var first = await LonghaulProcess.ServeAsync(place))
        {
            using var client = new SaymonClient(first, null);
            cookie.Item2 = $"sid={(await client.OkAsync(HttpMethod.Post, $"{SaymonClient.Api}/users/session", $$"""{"auth-token":"{{LonghaulProcess.Token}}"}""")).Body.GetString()}";
            first.Kill();
            await first.WaitForExitAsync();
        }

        await using (var second = await LonghaulProcess.ServeAsync(place))
        {
            using var client = new SaymonClient(second, null);
            await client.OkAsync(HttpMethod.Get, Current, null, cookie);
        }

        // The probe of the helper asks with the usual token, which this one does not know: it is open to loopback.
        await using var third = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_TOKEN", "another-token-0123456789-0123456789-0123456789"));
        using var last = new SaymonClient(third, null);
        Assert.Equal(HttpStatusCode.Unauthorized, (await last.SendAsync(HttpMethod.Get, Current, null, cookie)).Status);
    }

    [Fact]
    public async Task With_own_bulks_only_nobody_else_may_poll_and_a_search_may_be_required()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        var one = await Tokens.CreateAsync(place, "one", ["saymon:edit"], "default");
        var two = await Tokens.CreateAsync(place, "two", ["saymon:edit"], "default");
        await using var server = await LonghaulProcess.ServeAsync(
            place, ("LONGHAUL_Saymon__OwnBulksOnly", "true"), ("LONGHAUL_Saymon__RequireSearch", "true"), ("LONGHAUL_Saymon__MaxBodyBytes", "200"));
        using var mine = new SaymonClient(server, $"Bearer {one}");
        using var other = new SaymonClient(server, $"Bearer {two}");
        const string Steps = """[{"modify":{"weight":1}}]""";

        var bulkId = await mine.BulkAsync($$"""{"search":{"name":"x"},"bulk":{{Steps}}}""");
        var large = await mine.SendAsync(HttpMethod.Post, $"{SaymonClient.Api}/bulk/objects", new string(' ', 201));

        await mine.OkAsync(HttpMethod.Get, $"{SaymonClient.Api}/bulk/{bulkId}/status");
        Assert.Equal(HttpStatusCode.NotFound, (await other.SendAsync(HttpMethod.Get, $"{SaymonClient.Api}/bulk/{bulkId}/status")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await mine.SendAsync(HttpMethod.Post, $"{SaymonClient.Api}/bulk/objects", $$"""{"bulk":{{Steps}}}""")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await mine.SendAsync(HttpMethod.Post, $"{SaymonClient.Api}/bulk/objects", $$"""{"search":{},"bulk":{{Steps}}}""")).Status);
        Assert.Equal(
            (HttpStatusCode.RequestEntityTooLarge, """{"code":"RequestEntityTooLarge","message":"the body is larger than 200 bytes (Saymon:MaxBodyBytes)"}"""),
            (large.Status, large.Text));
    }

    [Fact]
    public async Task Too_many_requests_are_told_when_to_come_again()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Hosting__RateLimitRequests", "3"));
        using var client = new SaymonClient(server);
        for (var i = 0; i < 3; i++)
        {
            await client.OkAsync(HttpMethod.Get, Current);
        }

        var refused = await client.SendAsync(HttpMethod.Get, Current);

        Assert.Equal((HttpStatusCode.TooManyRequests, "TooManyRequests"), (refused.Status, refused.Body.GetProperty("code").GetString()));
        Assert.True(refused.Response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
        Assert.Equal(JsonValueKind.String, refused.Body.GetProperty("message").ValueKind);
    }
}
