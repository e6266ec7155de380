using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon.Face;

/// <summary>Lines B-01 to B-07, B-12, B-13, B-16 and B-40 to B-42 of <c>contracts/saymon.md</c>, on a real server.</summary>
public abstract partial class BulkWireContract(ServerFixture fixture)
{
    private const string Api = SaymonClient.Api;
    private const string Unknown = "00000000-0000-4000-8000-000000000000";

    private LonghaulProcess Server => fixture.Server;

    [Theory]
    [InlineData("bulk")]
    [InlineData("bulks")]
    public async Task B01_B02_B03_a_bulk_is_taken_and_ends_with_bodies_to_the_letter(string spelling)
    {
        using var client = new SaymonClient(Server);
        var name = SaymonClient.NewName();
        var parent = await client.CreateAsync("""{"name":"rack"}""");
        var id = await client.CreateAsync($$"""{"name":"{{name}}","parent_id":"{{parent}}"}""");
        var body = $$"""{"search":{"name":{"$regex":"^{{name.ToUpperInvariant()}}$","$options":"i"},"parent_id":"{{parent}}"},"bulk":[{"properties.createOrModify":{"name":"New Property","value":"value","type_id":1} }]}""";

        var accepted = await client.OkAsync(HttpMethod.Post, $"{Api}/{spelling}/objects", body);
        var path = $"{Api}/{spelling}/{SaymonClient.BulkId(accepted)}/status";
        var atOnce = await client.OkAsync(HttpMethod.Get, path);
        var end = await client.OkAsync(HttpMethod.Get, path, null, ("Prefer", "wait=60"));
        var again = await client.OkAsync(HttpMethod.Get, path);

        Assert.Matches(CreatedBody(), accepted.Text);
        Assert.Contains(atOnce.Text, (string[])["{\"finished\":false}", "{\"finished\":true}"]);
        Assert.Equal(["{\"finished\":true}", "{\"finished\":true}"], [end.Text, again.Text]);
        Assert.All((WireAnswer[])[accepted, atOnce, end], a => Assert.Equal("application/json; charset=utf-8", a.Response.Content.Headers.ContentType!.ToString()));
        var property = (await client.GetAsync(id)).Body.GetProperty("properties")[0];
        Assert.Equal(("New Property", "value", 1), (property.GetProperty("name").GetString(), property.GetProperty("value").GetString(), property.GetProperty("type_id").GetInt32()));
    }

    [Theory]
    [InlineData(Unknown)]
    [InlineData("00000000000040008000000000000000")]
    [InlineData("x")]
    [InlineData("%7B%7D")]
    [InlineData("62d7e58056d203149a08001b")]
    public async Task B04_an_id_that_nobody_has_is_not_found(string id)
    {
        using var client = new SaymonClient(Server);

        var answer = await client.SendAsync(HttpMethod.Get, $"{Api}/bulk/{id}/status");

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        Assert.Equal($$"""{"code":"ResourceNotFound","message":"Bulk {{Uri.UnescapeDataString(id)}} does not exist"}""", answer.Text);
    }

    [Fact]
    public async Task B04_an_operation_of_another_kind_or_account_is_no_bulk()
    {
        using var client = new SaymonClient(Server);
        var foreign = await client.SendAsync(HttpMethod.Post, "/v1/operations", """{"kind":"saymon.bulk","account":"elsewhere","params":{"bulk":[{"modify":{"weight":1}}]}}""");
        var noop = await client.SendAsync(HttpMethod.Post, "/v1/operations", """{"kind":"noop","account":"default","params":{"count":1}}""");

        foreach (var other in (WireAnswer[])[foreign, noop])
        {
            Assert.Equal(HttpStatusCode.Accepted, other.Status);
            Assert.Equal(HttpStatusCode.NotFound, (await client.SendAsync(HttpMethod.Get, $"{Api}/bulk/{other.Body.GetProperty("id").GetString()}/status")).Status);
        }
    }

    [Fact]
    public async Task B05_B14_a_bulk_whose_every_object_fails_is_finished_too()
    {
        using var root = new SaymonClient(Server);
        var name = SaymonClient.NewName();
        var secret = await Tokens.CreateAsync(fixture.Place, name, ["saymon:edit"], "default");
        await Tokens.HoldsAsync(Server, secret, HttpStatusCode.OK);
        using var editor = new SaymonClient(Server, $"Bearer {secret}");
        var clash = await root.CreateAsync($$"""{"name":"clash","owner_id":"{{name}}"}""");
        await root.OkAsync(HttpMethod.Post, $"{Api}/objects/{clash}/props", """{"name":"AgentId","value":"1","type_id":8}""");
        var bulk = $$"""{"search":{"owner_id":"{{name}}"},"bulk":[{"properties.createOrModify":{"name":"AgentId","value":"2"} }]}""";

        var failed = await editor.EndAsync(await editor.BulkAsync(bulk));
        await root.CreateAsync($$"""{"name":"good","owner_id":"{{name}}"}""");
        var partial = await editor.EndAsync(await editor.BulkAsync(bulk));
        var denied = await editor.SendAsync(HttpMethod.Post, $"{Api}/objects/{clash}/props", """{"name":"AgentId","value":"2"}""");

        Assert.Equal(("failed", 1, JsonValueKind.String), (failed.Body.GetProperty("status").GetString(), failed.Body.GetProperty("failed").GetInt32(), failed.Body.GetProperty("error").ValueKind));
        Assert.Equal("{\"finished\":true}", (await editor.OkAsync(HttpMethod.Get, $"{Api}/bulk/{SaymonClient.BulkId(failed)}/status")).Text);
        Assert.Equal(("completed", true, 1, 1), (partial.Body.GetProperty("status").GetString(), partial.Body.GetProperty("partial").GetBoolean(), partial.Body.GetProperty("failed").GetInt32(), partial.Body.GetProperty("succeeded").GetInt32()));
        Assert.Equal((HttpStatusCode.Forbidden, """{"code":"Forbidden","message":"Permissions required: manage-service-properties"}"""), (denied.Status, denied.Text));
    }

    [Fact]
    public async Task B06_no_success_has_a_code()
    {
        using var client = new SaymonClient(Server);
        var id = await client.CreateAsync("""{"name":"one","discovery_id":"b06"}""");
        var other = await client.CreateAsync("""{"name":"two"}""");
        var property = (await client.OkAsync(HttpMethod.Post, $"{Api}/objects/{id}/props", """{"name":"p","value":1}""")).Body.GetProperty("id").GetString();
        var link = await client.OkAsync(HttpMethod.Post, $"{Api}/links", $$"""{"source":"{{id}}","target":"{{other}}"}""");
        var linkId = link.Body.GetProperty("id").GetString();
        WireAnswer[] answers =
        [
            link,
            await client.OkAsync(HttpMethod.Get, $"{Api}/objects"),
            await client.OkAsync(HttpMethod.Get, $"{Api}/objects?fields=name"),
            await client.OkAsync(HttpMethod.Post, $"{Api}/objects", """{"name":"one again","discovery_id":"b06"}"""),
            await client.OkAsync(HttpMethod.Get, $"{Api}/objects/{id}"),
            await client.OkAsync(HttpMethod.Patch, $"{Api}/objects/{id}", """{"weight":3}"""),
            await client.OkAsync(HttpMethod.Post, $"{Api}/objects/search", """{"search":{}}"""),
            await client.OkAsync(HttpMethod.Patch, $"{Api}/objects/{id}/props/{property}", """{"value":"2"}"""),
            await client.OkAsync(HttpMethod.Get, $"{Api}/links"),
            await client.OkAsync(HttpMethod.Get, $"{Api}/users/current"),
            await client.OkAsync(HttpMethod.Delete, $"{Api}/links/{linkId}"),
            await client.OkAsync(HttpMethod.Delete, $"{Api}/objects/{other}"),
        ];

        Assert.All(answers, a => Assert.False(a.Body.ValueKind == JsonValueKind.Object && a.Body.TryGetProperty("code", out _), a.Text));
        Assert.Equal(["", ""], answers.TakeLast(2).Select(a => a.Text));
        Assert.Equal(id, answers[3].Body.GetProperty("id").GetString());
        Assert.Equal(
            (HttpStatusCode.NotFound, $$"""{"code":"ResourceNotFound","message":"Object {{other}} does not exist"}"""),
            await Pair(client.SendAsync(HttpMethod.Get, $"{Api}/objects/{other}")));
    }

    [Theory]
    [InlineData("discovery_id:")]
    [InlineData("discoveryid:")]
    [InlineData("discovery%20id:")]
    [InlineData("discovery_id%3A")]
    public async Task B07_an_object_is_cloned_by_each_spelling_of_its_discovery_id(string prefix)
    {
        using var client = new SaymonClient(Server);
        var name = SaymonClient.NewName();
        var discovery = $"{name}/ü%2F";
        var id = await client.CreateAsync($$"""{"name":"{{name}}","discovery_id":"{{discovery}}"}""");

        var accepted = await client.OkAsync(HttpMethod.Post, $"{Api}/objects/{prefix}{Uri.EscapeDataString(discovery)}/clone-bulk");
        var end = await client.EndAsync(SaymonClient.BulkId(accepted));
        var copy = await client.GetAsync(end.Body.GetProperty("result").GetProperty("rootId").GetString()!);

        Assert.Matches(CreatedBody(), accepted.Text);
        Assert.Equal((name, false, 1), (copy.Body.GetProperty("name").GetString(), copy.Body.TryGetProperty("discovery_id", out _), copy.Body.GetProperty("_version").GetInt32()));
        Assert.NotEqual(id, copy.Body.GetProperty("id").GetString());
        Assert.Equal(
            (HttpStatusCode.NotFound, """{"code":"ResourceNotFound","message":"Object discovery_id:none does not exist"}"""),
            await Pair(client.SendAsync(HttpMethod.Post, $"{Api}/objects/discovery_id:none/clone-bulk")));
    }

    [Theory]
    [InlineData("{}", "BadRequest", "Mandatory \"bulk\" parameter is absent/empty.")]
    [InlineData("""{"bulk":[]}""", "BadRequest", "Mandatory \"bulk\" parameter is absent/empty.")]
    [InlineData("""{"bulk":{}}""", "BadRequest", "Mandatory \"bulk\" parameter is absent/empty.")]
    [InlineData("""{"bulk":null}""", "BadRequest", "Mandatory \"bulk\" parameter is absent/empty.")]
    [InlineData("""{"bulk":[{"modyfy":{}}]}""", "BadRequest", "modyfy")]
    [InlineData("""{"bulk":[{"modify":{"weight":1}}],"serch":{}}""", "BadRequest", "serch")]
    [InlineData("""{"bulk":[{"modify":{"class_id":1}}]}""", "BadRequest", "class_id")]
    [InlineData("""{"bulk":[{"modify":{"name":"a\u0000"}}]}""", "BadRequest", "name")]
    [InlineData("""{"bulk":[{"modify":{"name":"a\ud800"}}]}""", "BadRequest", "name")]
    [InlineData("""{"search":{"$where":"1"},"bulk":[{"modify":{"weight":1}}]}""", "BadRequest", "$where")]
    [InlineData("""{"bulk":[""", "InvalidContent", "Invalid JSON: ")]
    [InlineData("", "InvalidContent", "Invalid JSON: ")]
    public async Task B12_a_bad_body_is_named_and_nothing_starts(string body, string code, string named)
    {
        using var client = new SaymonClient(Server);
        var before = await CountAsync(client);

        foreach (var query in (string[])["", "?dry_run=1"])
        {
            var answer = await client.SendAsync(HttpMethod.Post, $"{Api}/bulk/objects{query}", body);

            Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
            Assert.Equal(["code", "message"], answer.Body.EnumerateObject().Select(m => m.Name));
            Assert.Equal(code, answer.Body.GetProperty("code").GetString());
            Assert.Contains(named, answer.Body.GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(before, await CountAsync(client));
    }

    [Fact]
    public async Task B13_a_property_is_made_and_then_modified_by_its_name()
    {
        using var client = new SaymonClient(Server);
        var name = SaymonClient.NewName();
        var id = await client.CreateAsync($$"""{"name":"{{name}}"}""");
        await client.EndAsync(await client.BulkAsync($$"""{"search":{"name":"{{name}}"},"bulk":[{"properties.createOrModify":{"name":"p","value":12.5} }]}"""));
        var made = (await client.GetAsync(id)).Body.GetProperty("properties")[0];

        await client.EndAsync(await client.BulkAsync($$"""{"search":{"name":"{{name}}"},"bulk":[{"properties.createOrModify":{"name":"p","value":"other"} }]}"""));
        var modified = Assert.Single((await client.GetAsync(id)).Body.GetProperty("properties").EnumerateArray());

        Assert.Equal(("12.5", 1), (made.GetProperty("value").GetString(), made.GetProperty("type_id").GetInt32()));
        Assert.Equal((made.GetProperty("id").GetString(), "other"), (modified.GetProperty("id").GetString(), modified.GetProperty("value").GetString()));
    }

    [Fact]
    public async Task B16_a_dry_run_tells_what_matches_and_changes_nothing()
    {
        using var client = new SaymonClient(Server);
        var (owner, count) = await client.CreateManyAsync(128);
        var before = await CountAsync(client);
        var body = $$"""{"search":{"owner_id":"{{owner}}"},"bulk":[{"modify":{"weight":9} }]}""";

        var preview = await client.OkAsync(HttpMethod.Post, $"{Api}/bulk/objects?dry_run=1", body);
        var mistyped = await client.SendAsync(HttpMethod.Post, $"{Api}/bulk/objects?dry_run=true", body);
        var found = await client.OkAsync(HttpMethod.Post, $"{Api}/objects/search", $$"""{"search":{"owner_id":"{{owner}}","weight":9} }""");

        Assert.Equal(["matched", "sample"], preview.Body.EnumerateObject().Select(m => m.Name));
        Assert.Equal((count, 100), (preview.Body.GetProperty("matched").GetInt64(), preview.Body.GetProperty("sample").GetArrayLength()));
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":"BadRequest","message":"dry_run must be 1 or 0"}"""), (mistyped.Status, mistyped.Text));
        Assert.Equal("[]", found.Text);
        Assert.Equal(before, await CountAsync(client));
    }

    [Fact]
    public async Task B40_the_verbose_status_comes_only_when_it_is_asked_for()
    {
        using var client = new SaymonClient(Server);
        var name = SaymonClient.NewName();
        await client.CreateAsync($$"""{"name":"{{name}}","weight":5}""");
        await client.CreateAsync($$"""{"name":"{{name}}","weight":6}""");
        var bulkId = await client.BulkAsync($$"""{"search":{"name":"{{name}}"},"bulk":[{"modify":{"weight":5} }]}""");
        await client.EndAsync(bulkId);
        var path = $"{Api}/bulk/{bulkId}/status";

        var byQuery = await client.OkAsync(HttpMethod.Get, $"{path}?verbose=1");
        var byHeader = await client.OkAsync(HttpMethod.Get, path, null, ("Prefer", "respond-async, return=representation"));
        var plain = await client.OkAsync(HttpMethod.Get, $"{path}?verbose=0", null, ("Prefer", "return=minimal"));

        Assert.Equal(
            ["bulkId", "finished", "status", "abortRequested", "partial", "total", "pending", "running", "succeeded", "skipped", "failed", "aborted", "unchanged", "error", "createdAt", "startedAt", "finishedAt", "result"],
            byQuery.Body.EnumerateObject().Select(m => m.Name));
        Assert.Equal((bulkId, 2, 2, 1), (SaymonClient.BulkId(byQuery), byQuery.Body.GetProperty("total").GetInt32(), byQuery.Body.GetProperty("succeeded").GetInt32(), byQuery.Body.GetProperty("unchanged").GetInt32()));
        CheckSum(byQuery.Body);
        Assert.Equal(byQuery.Text, byHeader.Text);
        Assert.Equal("return=representation", byHeader.Response.Headers.GetValues("Preference-Applied").Single());
        Assert.Equal("{\"finished\":true}", plain.Text);
        Assert.False(plain.Response.Headers.Contains("Retry-After"));
    }

    [Fact]
    public async Task B41_a_repetition_gets_the_first_bulk_and_another_request_is_refused()
    {
        using var client = new SaymonClient(Server);
        var name = SaymonClient.NewName();
        var id = await client.CreateAsync($$"""{"name":"{{name}}"}""");
        var body = $$"""{"search":{"name":"{{name}}"},"bulk":[{"modify":{"weight":5} }]}""";
        foreach (var (path, sent) in ((string, string?)[])[($"{Api}/bulk/objects", body), ($"{Api}/objects/{id}/clone-bulk", null)])
        {
            var key = ("Idempotency-Key", SaymonClient.NewName());
            var first = await client.OkAsync(HttpMethod.Post, path, sent, key);
            await client.EndAsync(SaymonClient.BulkId(first));
            var second = await client.OkAsync(HttpMethod.Post, path, sent, key);
            var other = await client.SendAsync(HttpMethod.Post, path, """{"bulk":[{"modify":{"weight":6}}]}""", key);

            Assert.Equal(first.Text, second.Text);
            Assert.Equal(first.Response.Headers.GetValues("Link"), second.Response.Headers.GetValues("Link"));
            Assert.Equal("true", second.Response.Headers.GetValues("Idempotent-Replayed").Single());
            Assert.Equal((HttpStatusCode.UnprocessableEntity, "IdempotencyMismatch"), (other.Status, other.Body.GetProperty("code").GetString()));
        }
    }

    [Theory]
    [InlineData("GET", "/node/api/nonsense", 404, "ResourceNotFound", "Route /node/api/nonsense does not exist")]
    [InlineData("POST", "/node/api/objects/62d7e58056d203149a08001b/clone", 404, "ResourceNotFound", "Route /node/api/objects/62d7e58056d203149a08001b/clone does not exist")]
    [InlineData("PUT", "/node/api/objects", 405, "MethodNotAllowed", "PUT is not allowed")]
    [InlineData("GET", "/node/api/bulk/objects", 405, "MethodNotAllowed", "GET is not allowed")]
    public async Task What_no_route_takes_is_answered_in_the_form_of_the_face(string method, string path, int status, string code, string message)
    {
        using var client = new SaymonClient(Server);

        var answer = await client.SendAsync(HttpMethod.Parse(method), path);

        Assert.Equal((status, $$"""{"code":"{{code}}","message":"{{message}}"}"""), ((int)answer.Status, answer.Text));
        Assert.Equal(status == 405, answer.Response.Content.Headers.Allow.Count > 0);
    }

    private static async Task<(HttpStatusCode Status, string Text)> Pair(Task<WireAnswer> sent)
    {
        var answer = await sent;
        return (answer.Status, answer.Text);
    }

    private static async Task<int> CountAsync(SaymonClient client) =>
        (await client.OkAsync(HttpMethod.Get, "/v1/operations?account=default&kind=saymon.bulk&pageSize=500")).Body.GetProperty("operations").GetArrayLength();

    internal static void CheckSum(JsonElement status) => Assert.Equal(
        status.GetProperty("total").GetInt64(),
        ((string[])["pending", "running", "succeeded", "skipped", "failed", "aborted"]).Sum(n => status.GetProperty(n).GetInt64()));

    [GeneratedRegex("""^\{"bulkId":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}","finished":false\}$""")]
    private static partial Regex CreatedBody();

    [GeneratedRegex("^<(/v1/operations/[0-9a-f]{32})>; rel=\"monitor\"$")]
    internal static partial Regex MonitorLink();
}

public sealed class SqliteBulkWireTests(SqliteServer server) : BulkWireContract(server), IClassFixture<SqliteServer>;

public sealed class PostgresBulkWireTests(PostgresServer server) : BulkWireContract(server), IClassFixture<PostgresServer>;
