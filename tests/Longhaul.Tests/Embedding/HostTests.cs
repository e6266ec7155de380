using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Longhaul.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Longhaul.Tests.Embedding;

/// <summary>What a host that is not ours needs, and what it does not.</summary>
public sealed class HostTests
{
    private static readonly string[] Reads = ["/v1/operations", "/v1/operations/4da8780eeb215e6cb7f48dd981c4ea02", "/v1/kinds", "/v1/events"];

    [Fact]
    public async Task A_host_that_says_nothing_about_callers_lets_nobody_in()
    {
        await using var host = await ForeignHost.StartAsync();
        using var stranger = host.NewClient();

        foreach (var path in Reads)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode);
        }

        Assert.Equal(401, (await ForeignHost.SubmitAsync(stranger, "names.send", "a", "\"ada\"")).Status);
    }

    [Fact]
    public async Task Without_policies_a_caller_has_the_accounts_of_its_claims_and_no_others()
    {
        await using var host = await ForeignHost.StartAsync();
        using var ann = host.NewClient("ann", account: "a");
        using var bob = host.NewClient("bob", account: "b");
        using var nobody = host.NewClient("nobody");

        var (status, operation) = await ForeignHost.SubmitAsync(ann, "names.send", null, "\"ada\"");
        var path = $"/v1/operations/{operation["id"]}";

        Assert.Equal((200, "completed", "ann"), (status, (string?)operation["state"], (string?)operation["submittedBy"]));
        Assert.Equal(404, (await ForeignHost.SubmitAsync(ann, "names.send", "b", "\"ada\"")).Status);
        Assert.Equal(404, (await ForeignHost.SubmitAsync(nobody, "names.send", "a", "\"ada\"")).Status);
        Assert.Equal(HttpStatusCode.OK, (await ann.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await bob.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await nobody.GetAsync(path, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await nobody.GetAsync("/v1/operations", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Single((await ListAsync(ann))!);
        Assert.Empty((await ListAsync(bob))!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_policies_of_the_host_decide_whether_defined_before_or_after(bool isBefore)
    {
        static void Define(IServiceCollection services) => services.AddAuthorizationBuilder()
            .AddPolicy(OperationScope.ReadPolicy, policy => policy.RequireAuthenticatedUser())
            .AddPolicy(OperationScope.EditPolicy, policy => policy.RequireRole("operator"));
        await using var host = await ForeignHost.StartAsync(before: isBefore ? Define : null, after: isBefore ? null : Define);
        using var reader = host.NewClient("rita");
        using var editor = host.NewClient("otto", role: "operator");

        Assert.Equal(200, (await ForeignHost.SubmitAsync(editor, "names.send", "anything", "\"ada\"")).Status);
        Assert.Equal(403, (await ForeignHost.SubmitAsync(reader, "names.send", "anything", "\"ada\"")).Status);
        Assert.Single((await ListAsync(reader))!);
    }

    [Fact]
    public async Task Require_authorization_on_what_is_mapped_asks_the_scheme_of_the_host()
    {
        await using var host = await ForeignHost.StartAsync(
            before: services => services.AddAuthentication("door").AddScheme<AuthenticationSchemeOptions, Door>("door", null),
            map: operations => operations.RequireAuthorization());
        using var stranger = host.NewClient();
        using var guest = host.NewClient();
        guest.DefaultRequestHeaders.Add("X-Door", "open");

        var refused = await stranger.GetAsync("/v1/kinds", TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.Unauthorized, "Door"), (refused.StatusCode, refused.Headers.WwwAuthenticate.ToString()));
        Assert.Equal(HttpStatusCode.OK, (await guest.GetAsync("/v1/kinds", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(200, (await ForeignHost.SubmitAsync(guest, "names.send", null, "\"ada\"")).Status);
    }

    [Fact]
    public async Task Items_are_written_once_and_listed_by_their_keys()
    {
        await using var host = await ForeignHost.StartAsync();
        using var ann = host.NewClient("ann", account: "a");

        var (_, operation) = await ForeignHost.SubmitAsync(ann, "names.keep", null, """{"name":"ada"}""", """{"name":"bob"}""", """{"name":"cy"}""");
        var items = await ann.GetFromJsonAsync<JsonNode>($"/v1/operations/{operation["id"]}/items", TestContext.Current.CancellationToken);
        var names = await host.Database.ReadOneAsync(
            (session, token) => session.Sql("select name from names order by name").ListAsync(r => r.GetString(0), token), TestContext.Current.CancellationToken);

        Assert.Equal(("completed", 3L), ((string?)operation["state"], (long?)operation["progress"]!["succeeded"]));
        Assert.Equal(["ada", "bob", "cy"], names);
        Assert.Equal(["ada", "bob", "cy"], items!["items"]!.AsArray().Select(i => (string?)i!["key"]));
    }

    [Theory]
    [InlineData("""{"kind":"names.keep","items":[{"name":"ada"},{"name":""},7]}""", 400, "a name must not be empty /items/1 the item is not as kind 'names.keep' takes it /items/2")]
    [InlineData("""{"kind":"names.keep","items":[{"name":"a\u0000"},{"name":"b\ud800"},{"other":1}]}""", 400, "lone surrogate /items/0 lone surrogate /items/1 /items/2")]
    [InlineData("""{"kind":"names.keep","items":[{"name":"1"},{"name":"2"},{"name":"3"},{"name":"4"}]}""", 413, "may have 3 items")]
    [InlineData("""{"kind":"names.keep"}""", 400, "needs items /items")]
    [InlineData("""{"kind":"names.keep","params":{"x":1},"items":[{"name":"ada"}]}""", 400, "takes no params /params/x")]
    [InlineData("""{"kind":"names.send","params":{"greeting":"\u0000"},"items":["ada"]}""", 400, "lone surrogate /params")]
    public async Task What_is_wrong_with_items_is_told_with_its_place_and_nothing_is_created(string body, int status, string words)
    {
        await using var host = await ForeignHost.StartAsync();
        using var ann = host.NewClient("ann", account: "a");

        var answer = await ann.PostAsync("/v1/operations", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.All(words.Split(' '), word => Assert.Contains(word, text, StringComparison.Ordinal));
        Assert.Empty((await ListAsync(ann))!);
    }

    [Fact]
    public async Task A_retry_does_the_failed_items_again_and_no_others()
    {
        await using var host = await ForeignHost.StartAsync();
        using var ann = host.NewClient("ann", account: "a");
        var (_, first) = await ForeignHost.SubmitAsync(ann, "names.send", null, "\"ada\"", "\"-bob\"", "\"cy\"", "\"-dan\"");

        host.Letters.TakesAll = true;
        var end = await RetryAsync(ann, first, "failed");

        Assert.Equal((true, 2L), ((bool)first["partial"]!, (long)first["progress"]!["failed"]!));
        Assert.Equal(("completed", 2L, (string?)first["id"]), ((string?)end["state"], (long)end["progress"]!["succeeded"]!, (string?)end["retryOf"]));
        Assert.Equal(["-bob", "-dan", "ada", "cy"], host.Letters.Sent.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_retry_of_what_was_unsuccessful_does_what_an_abort_left_undone_too()
    {
        await using var host = await ForeignHost.StartAsync();
        using var ann = host.NewClient("ann", account: "a");
        var submit = ForeignHost.SubmitAsync(ann, "names.send", null, "\"-ada\"", "\"slow\"", "\"slow\"", "\"cy\"");
        await host.Letters.SlowHasCome.Task;
        var running = (await ListAsync(ann))![0]!;

        await ann.PostAsync($"/v1/operations/{running["id"]}:abort", null, TestContext.Current.CancellationToken);
        host.Letters.Go.SetResult();
        var (_, first) = await submit;
        host.Letters.TakesAll = true;
        var end = await RetryAsync(ann, first, "unsuccessful");

        Assert.Equal("aborted", (string?)first["state"]);
        Assert.Equal("completed", (string?)end["state"]);
        Assert.Equal(["-ada", "cy", "slow", "slow"], host.Letters.Sent.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_log_says_what_an_effect_threw()
    {
        await using var host = await ForeignHost.StartAsync();
        using var ann = host.NewClient("ann", account: "a");

        await ann.PostAsJsonAsync(
            "/v1/operations", JsonNode.Parse("""{"kind":"names.miss","items":["ada"]}"""), TestContext.Current.CancellationToken);
        var logged = await host.Errors.First;

        Assert.Contains("no such table: missing", logged!.InnerException!.Message, StringComparison.Ordinal);
    }

    private static async Task<JsonNode> RetryAsync(HttpClient client, JsonNode operation, string items)
    {
        var answer = await client.PostAsJsonAsync(
            $"/v1/operations/{operation["id"]}:retry", new JsonObject { ["items"] = items }, TestContext.Current.CancellationToken);
        var retry = (await answer.Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!;
        using var wait = new HttpRequestMessage(HttpMethod.Get, $"/v1/operations/{retry["id"]}") { Headers = { { "Prefer", "wait=30" } } };
        return (await (await client.SendAsync(wait, TestContext.Current.CancellationToken)).Content.ReadFromJsonAsync<JsonNode>(TestContext.Current.CancellationToken))!;
    }

    private static async Task<JsonArray?> ListAsync(HttpClient client) =>
        (await client.GetFromJsonAsync<JsonNode>("/v1/operations", TestContext.Current.CancellationToken))!["operations"]!.AsArray();

    private sealed class Door(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, System.Text.Encodings.Web.UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync()
        {
            System.Security.Claims.Claim[] claims = [new(System.Security.Claims.ClaimTypes.Name, "guest"), new(OperationScope.AccountClaim, "a")];
            var guest = new System.Security.Claims.ClaimsPrincipal(new System.Security.Claims.ClaimsIdentity(claims, Scheme.Name));
            return Task.FromResult(Request.Headers["X-Door"] == "open"
                ? AuthenticateResult.Success(new AuthenticationTicket(guest, Scheme.Name))
                : AuthenticateResult.NoResult());
        }

        protected override Task HandleChallengeAsync(AuthenticationProperties properties)
        {
            Response.StatusCode = 401;
            Response.Headers.WWWAuthenticate = "Door";
            return Task.CompletedTask;
        }
    }
}
