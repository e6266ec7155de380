using System.Net;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>
/// Lines O-60, O-61 and L-03: who may do what. Every expected status comes from <see cref="Rules"/>, which says again what
/// <c>contracts/operations.md</c> 1.1 and <c>contracts/lists.md</c> 2.1 say; nothing here asks the program's own rules.
/// </summary>
public abstract class AccessContract(ServerFixture fixture)
{
    private static readonly string[] AllPermissions =
    [
        "operations:read", "operations:edit", "lists:read", "lists:edit", "slurper:read", "slurper:edit", "saymon:read", "saymon:edit", "admin",
    ];

    private LonghaulProcess Server => fixture.Server;

    [Fact]
    public async Task O60_each_permission_opens_its_routes_on_its_accounts_and_no_other()
    {
        var own = await Scene.MakeAsync(fixture);
        var foreign = await Scene.MakeAsync(fixture);
        var unseen = $"u{Guid.NewGuid():N}";
        var actors = await MakeActorsAsync(own.Account);
        var wrong = new List<string>();
        foreach (var actor in actors)
        {
            foreach (var scene in (Scene[])[own, foreign])
            {
                await CheckListsAsync(actor, scene, wrong);
                await CheckOperationsAsync(actor, scene, wrong);
            }

            await CheckUnseenAsync(actor, unseen, wrong);
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task O60_a_listing_shows_what_the_token_may_read_page_by_page()
    {
        var own = await Scene.MakeAsync(fixture);
        var second = await Scene.MakeAsync(fixture);
        var foreign = await Scene.MakeAsync(fixture);
        var expected = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            await foreign.SubmitListAsync();
            await own.SubmitNoopAsync();
            expected.Insert(0, await own.SubmitListAsync());
            await second.SubmitNoopAsync();
            expected.Insert(0, await second.SubmitListAsync());
        }

        var secret = await Tokens.CreateAsync(fixture.Place, Name(), ["lists:read"], own.Account, second.Account);
        await Tokens.HoldsAsync(Server, secret, HttpStatusCode.OK);
        using var client = new ListsClient(Server.NewClient(secret), own.Account);

        var all = await ReadPagesAsync(client, "");
        var ofOne = await ReadPagesAsync(client, $"&account={second.Account}");

        Assert.Equal(expected, all.Take(expected.Count).Select(o => o.GetProperty("id").GetString()));
        Assert.All(all, o => Assert.StartsWith("lists.", o.GetProperty("kind").GetString(), StringComparison.Ordinal));
        Assert.All(all, o => Assert.NotEqual(foreign.Account, o.GetProperty("account").GetString()));
        Assert.Equal(all.Where(o => o.GetProperty("account").GetString() == second.Account).Select(Id), ofOne.Select(Id));
        Assert.Equal(all.Count, all.Select(Id).Distinct().Count());
    }

    [Fact]
    public async Task O60_a_submit_may_leave_out_the_only_account_and_names_the_token()
    {
        var (a, b, name) = (Name(), Name(), Name());
        var one = await Tokens.CreateAsync(fixture.Place, name, ["operations:edit"], a);
        var two = await Tokens.CreateAsync(fixture.Place, Name(), ["operations:edit"], a, b);
        await Tokens.HoldsAsync(Server, one, HttpStatusCode.OK);
        await Tokens.HoldsAsync(Server, two, HttpStatusCode.OK);
        const string Body = """{"kind":"noop","params":{"count":1} }""";

        var byOne = await Server.SendAsync(HttpMethod.Post, "/v1/operations", Body, Bearer(one));
        var byTwo = await Server.SendAsync(HttpMethod.Post, "/v1/operations", Body, Bearer(two));
        var byRoot = await Server.SendAsync(HttpMethod.Post, "/v1/operations", Body, Bearer(LonghaulProcess.Token));

        Assert.Equal(HttpStatusCode.Accepted, byOne.Status);
        Assert.Equal((a, $"token:{name}"), (byOne.Body.GetProperty("account").GetString(), byOne.Body.GetProperty("submittedBy").GetString()));
        foreach (var refused in (WireAnswer[])[byTwo, byRoot])
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
            Assert.Equal("/account", refused.Body.GetProperty("errors")[0].GetProperty("pointer").GetString());
        }
    }

    [Fact]
    public async Task O61_L03_every_form_of_a_credential_works_and_a_wrong_name_is_unknown()
    {
        var (account, name) = (Name(), Name());
        var secret = await Tokens.CreateAsync(fixture.Place, name, ["lists:edit"], account);
        await Tokens.HoldsAsync(Server, secret, HttpStatusCode.OK);
        var root = LonghaulProcess.Token;
        (string Form, int Lists, int Code, int Operations, (string, string)[] Headers)[] forms =
        [
            ("root, Bearer", 200, 0, 200, [Bearer(root)]),
            ("root, key", 200, 0, 401, [("X-Auth-Email", "root@localhost"), ("X-Auth-Key", root)]),
            ("root, service key", 200, 0, 401, [("X-Auth-User-Service-Key", root)]),
            ("scoped, Bearer", 200, 0, 200, [Bearer(secret)]),
            ("scoped, key", 200, 0, 401, [("X-Auth-Email", $"{name}@localhost"), ("X-Auth-Key", secret)]),
            ("scoped, service key", 200, 0, 401, [("X-Auth-User-Service-Key", secret)]),
            ("root's secret, another e-mail", 403, 10000, 401, [("X-Auth-Email", $"{name}@localhost"), ("X-Auth-Key", root)]),
            ("scoped secret, root's e-mail", 403, 10000, 401, [("X-Auth-Email", "root@localhost"), ("X-Auth-Key", secret)]),
            ("unknown, Bearer", 403, 10000, 401, [Bearer("lht_" + new string('A', 43))]),
            ("unknown, key", 403, 10000, 401, [("X-Auth-Email", "root@localhost"), ("X-Auth-Key", "x")]),
            ("unknown, service key", 403, 10000, 401, [("X-Auth-User-Service-Key", "x")]),
            ("unknown, very long", 403, 10000, 401, [Bearer(new string('x', 4_000))]),
            ("the token's id is no secret", 403, 10000, 401, [Bearer(name)]),
            ("none", 400, 9106, 401, []),
            ("malformed", 400, 6003, 401, [("Authorization", "Token x")]),
            ("malformed, no key", 400, 6003, 401, [("X-Auth-Email", "root@localhost")]),
            ("malformed, no e-mail", 400, 6003, 401, [("X-Auth-Key", root)]),
        ];
        foreach (var (form, lists, code, operations, headers) in forms)
        {
            var face = await Server.SendAsync(HttpMethod.Get, $"/client/v4/accounts/{account}/rules/lists", null, headers);
            var api = await Server.SendAsync(HttpMethod.Get, $"/v1/operations?account={account}", null, headers);

            Assert.Equal((form, lists, code), (form, (int)face.Status, lists == 200 ? 0 : face.Code));
            Assert.Equal((form, operations), (form, (int)api.Status));
            if (operations == 401)
            {
                Assert.Equal("Bearer", api.Response.Headers.WwwAuthenticate.ToString());
                Assert.Equal("UNAUTHENTICATED", api.Body.GetProperty("code").GetString());
            }
        }
    }

    [Fact]
    public async Task O61_a_token_in_the_query_opens_event_streams_only()
    {
        var secret = await Tokens.CreateAsync(fixture.Place, Name(), ["admin"]);
        await Tokens.HoldsAsync(Server, secret, HttpStatusCode.OK);

        foreach (var token in (string[])[secret, LonghaulProcess.Token])
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await Server.SendAsync(HttpMethod.Get, $"/v1/kinds?access_token={token}", null)).Status);
            Assert.Equal(HttpStatusCode.Unauthorized, (await Server.SendAsync(HttpMethod.Post, $"/v1/events?access_token={token}", null)).Status);
            using (var browser = new HttpClient { BaseAddress = Server.Address })
            using (var stream = await browser.GetAsync($"/v1/events?access_token={token}", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken))
            {
                Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (stream.StatusCode, stream.Content.Headers.ContentType?.MediaType));
            }

            Assert.Equal(HttpStatusCode.BadRequest, (await Server.SendAsync(HttpMethod.Get, $"/client/v4/accounts/a/rules/lists?access_token={token}", null)).Status);
        }
    }

    private async Task<List<Actor>> MakeActorsAsync(string account)
    {
        List<Actor> actors = [new("root", LonghaulProcess.Token, account)];
        foreach (var permission in AllPermissions)
        {
            actors.Add(new Actor(permission, await Tokens.CreateAsync(fixture.Place, Name(), [permission], account), account));
        }

        foreach (var actor in actors)
        {
            await Tokens.HoldsAsync(Server, actor.Secret, HttpStatusCode.OK);
        }

        return actors;
    }

    private async Task CheckListsAsync(Actor actor, Scene scene, List<string> wrong)
    {
        var lists = $"/client/v4/accounts/{scene.Account}/rules/lists";
        (HttpMethod Method, string Path, string? Body, bool Edits, int Allowed)[] routes =
        [
            (HttpMethod.Get, lists, null, false, 200),
            (HttpMethod.Post, lists, $$"""{"name":"{{Name()}}","kind":"ip"}""", true, 200),
            (HttpMethod.Get, $"{lists}/{scene.List}", null, false, 200),
            (HttpMethod.Put, $"{lists}/{scene.List}", """{"description":"d"}""", true, 200),
            (HttpMethod.Delete, $"{lists}/{Nobody}", null, true, 404),
            (HttpMethod.Get, $"{lists}/{scene.List}/items", null, false, 200),
            (HttpMethod.Post, $"{lists}/{scene.List}/items", """[{"ip":"10.0.0.1"}]""", true, 200),
            (HttpMethod.Put, $"{lists}/{scene.List}/items", """[{"ip":"10.0.0.1"}]""", true, 200),
            (HttpMethod.Delete, $"{lists}/{scene.List}/items", $$"""{"items":[{"id":"{{Nobody}}"}]}""", true, 200),
            (HttpMethod.Get, $"{lists}/{scene.List}/items/{Nobody}", null, false, 404),
            (HttpMethod.Get, $"{lists}/bulk_operations/{scene.ListOperation}", null, false, 200),
        ];
        foreach (var (method, path, body, edits, allowed) in routes)
        {
            foreach (var form in (string[])["bearer", "service"])
            {
                var answer = await Server.SendAsync(method, path, body, form == "bearer" ? Bearer(actor.Secret) : ("X-Auth-User-Service-Key", actor.Secret));
                var expected = Rules.MayOnListsFace(actor, scene.Account, edits) ? (allowed, 0) : (403, 9109);
                var got = ((int)answer.Status, answer.Status == HttpStatusCode.Forbidden ? answer.Code : 0);

                // A second list of the same name is refused for its name: that is past the door, too.
                if (expected == (200, 0) && method == HttpMethod.Post && path == lists && form == "service")
                {
                    expected = (400, 0);
                }

                Note(wrong, actor, scene, $"{method} {path} ({form})", expected, got);
            }
        }
    }

    private async Task CheckOperationsAsync(Actor actor, Scene scene, List<string> wrong)
    {
        foreach (var kind in (string[])["noop", "lists.append"])
        {
            var finished = kind == "noop" ? scene.Noop : scene.ListOperation;
            var disposable = kind == "noop" ? await scene.SubmitNoopAsync() : await scene.SubmitListAsync();
            var submit = kind == "noop"
                ? $$"""{"kind":"noop","account":"{{scene.Account}}","params":{"count":1} }"""
                : $$"""{"kind":"lists.append","account":"{{scene.Account}}","params":{"listId":"{{scene.List}}"},"items":[{"ip":"10.0.0.2"}]}""";
            (HttpMethod Method, string Path, string? Body, bool Edits, int Allowed)[] routes =
            [
                (HttpMethod.Get, $"/v1/operations/{finished}", null, false, 200),
                (HttpMethod.Get, $"/v1/operations/{finished}/items", null, false, 200),
                (HttpMethod.Post, "/v1/operations", submit, true, 202),
                (HttpMethod.Post, $"/v1/operations/{finished}:abort", null, true, 200),
                (HttpMethod.Post, $"/v1/operations/{finished}:pause", null, true, 409),
                (HttpMethod.Post, $"/v1/operations/{finished}:resume", null, true, 409),
                (HttpMethod.Delete, $"/v1/operations/{disposable}", null, true, 204),
            ];
            foreach (var (method, path, body, edits, allowed) in routes)
            {
                var answer = await Server.SendAsync(method, path, body, Bearer(actor.Secret));
                var expected = Rules.MayOnOperations(actor, scene.Account, kind, edits) ? allowed
                    : Rules.MayOnOperations(actor, scene.Account, kind, edits: false) ? 403 : 404;
                Note(wrong, actor, scene, $"{method} {path} of {kind}", (expected, 0), ((int)answer.Status, 0));
            }
        }

        await CheckListingsAsync(actor, scene, wrong);
    }

    private async Task CheckListingsAsync(Actor actor, Scene scene, List<string> wrong)
    {
        var listing = await Server.SendAsync(HttpMethod.Get, $"/v1/operations?account={scene.Account}&pageSize=500", null, Bearer(actor.Secret));
        var kinds = await Server.SendAsync(HttpMethod.Get, "/v1/kinds", null, Bearer(actor.Secret));
        var isOurs = Rules.IsFor(actor, scene.Account);
        Note(wrong, actor, scene, "GET /v1/operations", (isOurs ? 200 : 404, 0), ((int)listing.Status, 0));
        Note(wrong, actor, scene, "GET /v1/kinds", (200, 0), ((int)kinds.Status, 0));
        if (listing.Status != HttpStatusCode.OK)
        {
            return;
        }

        foreach (var kind in (string[])["noop", "lists.append"])
        {
            var isShown = listing.Body.GetProperty("operations").EnumerateArray().Any(o => o.GetProperty("kind").GetString() == kind);
            var may = Rules.MayOnOperations(actor, scene.Account, kind, edits: false);
            Note(wrong, actor, scene, $"GET /v1/operations shows {kind}", (may ? 1 : 0, 0), (isShown ? 1 : 0, 0));
        }
    }

    private async Task CheckUnseenAsync(Actor actor, string account, List<string> wrong)
    {
        var scene = new Scene(fixture, account, "", "", "");
        var isForAll = Rules.IsFor(actor, account);
        var face = await Server.SendAsync(HttpMethod.Get, $"/client/v4/accounts/{account}/rules/lists", null, Bearer(actor.Secret));
        var listing = await Server.SendAsync(HttpMethod.Get, $"/v1/operations?account={account}", null, Bearer(actor.Secret));
        var submit = await Server.SendAsync(
            HttpMethod.Post, "/v1/operations", $$"""{"kind":"noop","account":"{{account}}","params":{"count":1} }""", Bearer(actor.Secret));
        var unknown = await Server.SendAsync(HttpMethod.Get, $"/v1/operations/{Nobody}", null, Bearer(actor.Secret));
        Note(wrong, actor, scene, "lists", (isForAll ? 200 : 403, 0), ((int)face.Status, 0));
        Note(wrong, actor, scene, "listing", (isForAll ? 200 : 404, 0), ((int)listing.Status, 0));
        Note(wrong, actor, scene, "submit", (isForAll ? 202 : 404, 0), ((int)submit.Status, 0));
        Note(wrong, actor, scene, "unknown operation", (404, 0), ((int)unknown.Status, 0));
    }

    private static async Task<List<JsonElement>> ReadPagesAsync(ListsClient client, string query)
    {
        var all = new List<JsonElement>();
        var next = "";
        do
        {
            var page = await client.SendAsync(HttpMethod.Get, $"/v1/operations?pageSize=3{query}{next}");
            Assert.True(page.Status == HttpStatusCode.OK, page.Text);
            var shown = page.Body.GetProperty("operations").EnumerateArray().ToList();
            next = page.Body.TryGetProperty("nextPageToken", out var token) ? $"&pageToken={token.GetString()}" : "";
            Assert.True(shown.Count == 3 || next.Length == 0, "a page that is not the last one is not full");
            all.AddRange(shown);
        }
        while (next.Length > 0);
        return all;
    }

    private static void Note(List<string> wrong, Actor actor, Scene scene, string what, (int Status, int Code) expected, (int Status, int Code) got)
    {
        if (expected != got)
        {
            var whose = scene.Account == actor.Account ? "its own" : scene.List.Length == 0 ? "a never-seen" : "a foreign";
            wrong.Add($"{actor.Permission} on {whose} account: {what}: expected {expected}, got {got}");
        }
    }

    private static string Id(JsonElement operation) => operation.GetProperty("id").GetString()!;

    private static string Name() => $"n{Guid.NewGuid():N}";

    private static (string Name, string Value) Bearer(string secret) => ("Authorization", $"Bearer {secret}");

    private const string Nobody = "00000000000040008000000000000000";

    /// <summary>A credential with one permission for one account.</summary>
    private sealed record Actor(string Permission, string Secret, string Account);

    /// <summary>The rules of the contract, written down a second time.</summary>
    private static class Rules
    {
        public static bool IsFor(Actor actor, string account) => actor.Permission is "root" or "admin" || actor.Account == account;

        public static bool MayOnListsFace(Actor actor, string account, bool edits) =>
            IsFor(actor, account) && (actor.Permission is "root" or "admin" or "lists:edit" || (actor.Permission is "lists:read" && !edits));

        public static bool MayOnOperations(Actor actor, string account, string kind, bool edits)
        {
            var room = kind.Contains('.', StringComparison.Ordinal) ? kind[..kind.IndexOf('.', StringComparison.Ordinal)] : "none";
            string[] enough = edits
                ? ["root", "admin", "operations:edit", $"{room}:edit"]
                : ["root", "admin", "operations:edit", $"{room}:edit", "operations:read", $"{room}:read"];
            return IsFor(actor, account) && enough.Contains(actor.Permission);
        }
    }

    /// <summary>An account with a list and with a finished operation of each of two kinds, all made by root.</summary>
    private sealed record Scene(ServerFixture Fixture, string Account, string List, string ListOperation, string Noop)
    {
        public static async Task<Scene> MakeAsync(ServerFixture fixture)
        {
            using var client = fixture.NewAccount();
            var list = await client.CreateAsync("scene");
            var empty = new Scene(fixture, client.Account, list, "", "");
            return empty with { ListOperation = await empty.SubmitListAsync(), Noop = await empty.SubmitNoopAsync() };
        }

        public async Task<string> SubmitListAsync()
        {
            using var client = new ListsClient(Fixture.Server.NewClient(), Account);
            return await client.CompletedAsync(await client.AppendAsync(List, ["10.1.1.1"]));
        }

        public async Task<string> SubmitNoopAsync()
        {
            using var client = new ListsClient(Fixture.Server.NewClient(), Account);
            var answer = await client.SendAsync(
                HttpMethod.Post, "/v1/operations", $$"""{"kind":"noop","account":"{{Account}}","params":{"count":1} }""", ("Prefer", "wait=60"));
            Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
            return Id(answer.Body);
        }
    }
}

public sealed class AccessOnSqlite(SqliteServer server) : AccessContract(server), IClassFixture<SqliteServer>;

public sealed class AccessOnPostgres(PostgresServer server) : AccessContract(server), IClassFixture<PostgresServer>;
