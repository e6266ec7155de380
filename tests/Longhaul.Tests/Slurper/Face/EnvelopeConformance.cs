using System.Net;
using System.Net.Http.Headers;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>Section "envelope, routing, auth": S-01 to S-05.</summary>
public abstract class EnvelopeConformance(SlurperPlace place)
{
    [Fact]
    public async Task S01_each_of_the_twelve_routes_succeeds_in_the_envelope()
    {
        using var client = place.NewAccount();
        var id = await place.BringAsync(client, "running");
        (string Method, string Path, string? Body)[] calls =
        [
            ("GET", client.Jobs, null), ("GET", $"{client.Jobs}/{id}", null), ("GET", $"{client.Jobs}/{id}/progress", null), ("GET", $"{client.Jobs}/{id}/logs", null),
            ("PUT", $"{client.Jobs}/{id}/pause", null), ("PUT", $"{client.Jobs}/{id}/resume", null), ("PUT", $"{client.Jobs}/{id}/abort", null), ("DELETE", $"{client.Jobs}/{id}", null),
            ("PUT", $"{client.Jobs}/abortAll", null), ("PUT", $"{client.Base}/source/connectivity-precheck", $"{{{place.Source()}}}"), ("PUT", $"{client.Base}/target/connectivity-precheck", $"{{{place.Target()}}}"),
        ];

        foreach (var (method, path, body) in calls)
        {
            var answer = await client.SendAsync(method, path, body);
            Assert.True(answer.Status == HttpStatusCode.OK, $"{method} {path}: {answer.Text}");
            Assert.Equal("[]", answer.Body.GetProperty("errors").GetRawText());
        }
    }

    [Fact]
    public async Task A_read_can_be_asked_for_without_its_body()
    {
        using var client = place.NewAccount();
        var id = await place.BringAsync(client, "running");
        foreach (var path in (string[])[client.Jobs, $"{client.Jobs}/{id}", $"{client.Jobs}/{id}/progress", $"{client.Jobs}/{id}/logs"])
        {
            var head = await client.SendAsync("HEAD", path);
            Assert.Equal((HttpStatusCode.OK, ""), (head.Status, head.Text));
        }
    }

    [Fact]
    public async Task S02_no_route_answers_without_a_known_credential_and_every_form_of_it_is_taken()
    {
        using var client = place.NewAccount("account_id");
        using var http = new HttpClient { BaseAddress = place.Address };
        using var nobody = new SlurperClient(http, "account_id", place.Judge);
        foreach (var operation in place.Judge.Document.Operations)
        {
            var path = operation.Path.Replace("{account_id}", "account_id", StringComparison.Ordinal).Replace("{job_id}", "job_id", StringComparison.Ordinal);
            var none = await nobody.SendAsync(operation.Method, path);
            var malformed = await nobody.SendAsync(operation.Method, path, null, ("Authorization", "Token x"));
            var unknown = await nobody.SendAsync(operation.Method, path, null, ("X-Auth-User-Service-Key", "unknown"));
            Assert.Equal(((400, 9106), (400, 6003), (403, 10000)), (((int)none.Status, none.Code), ((int)malformed.Status, malformed.Code), ((int)unknown.Status, unknown.Code)));
        }

        (string, string)[][] forms = [[("Authorization", $"Bearer {place.Token}")], [("X-Auth-Key", place.Token), ("X-Auth-Email", "root@localhost")], [("X-Auth-User-Service-Key", place.Token)]];
        foreach (var form in forms)
        {
            Assert.Equal(HttpStatusCode.OK, (await nobody.SendAsync("GET", client.Jobs, null, form)).Status);
        }

        using var nowhere = place.NewAccount("no.account");
        var answer = await nowhere.SendAsync("GET", nowhere.Jobs);
        Assert.Equal((404, 7003), ((int)answer.Status, answer.Code));
    }

    [Theory]
    [InlineData("abort", "running")]
    [InlineData("pause", "running")]
    [InlineData("resume", "paused")]
    [InlineData("abortAll", "running")]
    public async Task S03_actions_take_a_put_without_a_body_in_every_form_and_no_post(string action, string state)
    {
        foreach (var content in (Func<HttpContent?>[])[() => null, () => new ByteArrayContent([]), () => Typed(), () => new Chunkless()])
        {
            using var client = place.NewAccount();
            var id = await place.BringAsync(client, state);
            var path = action == "abortAll" ? $"{client.Jobs}/abortAll" : $"{client.Jobs}/{id}/{action}";
            var post = await client.SendAsync("POST", path);
            Assert.Equal((405, 7001), ((int)post.Status, post.Code));
            Assert.Contains("PUT", post.Response.Content.Headers.Allow);
            using var body = content();
            var put = body is null ? await client.SendAsync("PUT", path) : await client.SendAsync("PUT", path, body);
            Assert.True(put.Status == HttpStatusCode.OK, put.Text);
            Assert.Equal(action == "abortAll" ? "aborted 1 jobs" : id, put.Result.GetString());
        }
    }

    [Fact]
    public async Task S04_abort_all_is_no_job_and_only_in_its_own_letters()
    {
        using var client = place.NewAccount();
        await place.BringAsync(client, "running");

        var get = await client.SendAsync("GET", $"{client.Jobs}/abortAll");
        var other = await client.SendAsync("PUT", $"{client.Jobs}/ABORTALL");
        var all = await client.SendAsync("PUT", $"{client.Jobs}/abortAll");

        Assert.Equal((404, 19114, "job not found: abortAll"), ((int)get.Status, get.Code, get.Message));
        Assert.Equal((405, 7001), ((int)other.Status, other.Code));
        Assert.Equal(["DELETE", "GET", "HEAD"], other.Response.Content.Headers.Allow.Order());
        Assert.Equal("aborted 1 jobs", all.Result.GetString());
    }

    [Theory]
    [InlineData("", "GET", "HEAD", "POST")]
    [InlineData("/x", "DELETE", "GET", "HEAD")]
    [InlineData("/x/progress", "GET", "HEAD")]
    [InlineData("/x/logs", "GET", "HEAD")]
    [InlineData("/x/pause", "PUT")]
    public async Task A_method_that_is_not_there_is_answered_with_those_that_are(string path, params string[] allowed)
    {
        using var client = place.NewAccount();

        var patch = await client.SendAsync("PATCH", client.Jobs + path, "{}");

        Assert.Equal((405, 7001, "Method PATCH not available for the URI"), ((int)patch.Status, patch.Code, patch.Message));
        Assert.Equal(allowed, patch.Response.Content.Headers.Allow.Order());
    }

    private static ByteArrayContent Typed()
    {
        var content = new ByteArrayContent([]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>Nothing, sent without saying how much.</summary>
    private sealed class Chunkless : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

public sealed class EnvelopeOnFake(FakePlace place) : EnvelopeConformance(place), IClassFixture<FakePlace>
{
    private readonly FakePlace _place = place;

    [Fact]
    public async Task S02_reading_and_editing_are_permissions_of_their_own()
    {
        var calls = _place.Judge.Document.Operations.Select(o => (o.Method, Path: o.Path.Replace("{account_id}", FakePlace.Scoped, StringComparison.Ordinal).Replace("{job_id}", "x", StringComparison.Ordinal))).ToList();
        using var reader = _place.NewAccount(FakePlace.Scoped, _place.Reader);
        using var editor = _place.NewAccount(FakePlace.Scoped, _place.Editor);
        using var stranger = _place.NewAccount(FakePlace.Scoped, _place.Stranger);
        foreach (var (method, path) in calls)
        {
            Assert.Equal(method == "GET", (await reader.SendAsync(method, path)).Text.Contains("9109", StringComparison.Ordinal) is false);
            Assert.DoesNotContain("9109", (await editor.SendAsync(method, path)).Text, StringComparison.Ordinal);
            var refused = await stranger.SendAsync(method, path);
            Assert.Equal((403, 9109), ((int)refused.Status, refused.Code));
            Assert.Equal(403, (int)(await editor.SendAsync(method, path.Replace(FakePlace.Scoped, "other", StringComparison.Ordinal))).Status);
        }
    }
}
