using System.Net;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.OperationsConformance;

/// <summary>Lines O-02, O-05 and O-06 to the second: the clock of the server moves only when the test moves it.</summary>
public abstract class WaitingConformance(DatabaseUnderTest database) : StagedConformance(database)
{
    private static readonly TimeSpan Five = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Blink = TimeSpan.FromMilliseconds(1);

    [Fact]
    public async Task O02_a_long_one_is_answered_202_when_the_wait_is_over_and_not_before()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var submit = SubmitAsync(client, """{"count":5}""", "", ("Prefer", "wait=5"));
        await stage.WaitForTimerAsync(Five);
        stage.Clock.Advance(Five - Blink);
        await client.SendAsync(HttpMethod.Get, "/v1/kinds");
        Assert.False(submit.IsCompleted, "answered before its five seconds were over");
        stage.Clock.Advance(Blink);
        var answer = await submit;

        Assert.Equal((HttpStatusCode.Accepted, "pending"), (answer.Status, State(answer.Body)));
        Assert.Equal("wait=5", answer.Response.Headers.GetValues("Preference-Applied").Single());
        Assert.Contains("Prefer", answer.Response.Headers.Vary);
        Assert.Equal($"/v1/operations/{Id(answer)}", answer.Response.Headers.Location!.ToString());
        Assert.Equal("1", answer.Response.Headers.RetryAfter!.ToString());
    }

    [Fact]
    public async Task O02_a_short_one_is_answered_200_at_its_end()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var submit = SubmitAsync(client, """{"count":5}""", "", ("Prefer", "wait=5"));
        await stage.WaitForTimerAsync(Five);
        await stage.RunAllAsync();
        var answer = await submit;

        Assert.Equal((HttpStatusCode.OK, "completed"), (answer.Status, State(answer.Body)));
        Assert.Equal("wait=5", answer.Response.Headers.GetValues("Preference-Applied").Single());
        Assert.Null(answer.Response.Headers.RetryAfter);
    }

    [Fact]
    public async Task O06_a_wait_ends_with_the_operation_or_with_its_time()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":5}""");
        var over = ReadAsync(client, id, ("Prefer", "wait=5"));
        await stage.WaitForTimerAsync(Five);
        stage.Clock.Advance(Five);
        var early = await over;
        var wait = ReadAsync(client, id, ("Prefer", "wait=30"));
        await stage.WaitForTimerAsync(TimeSpan.FromSeconds(30));
        await stage.RunAllAsync();
        var end = await wait;

        Assert.Equal((HttpStatusCode.OK, "pending"), (early.Status, State(early.Body)));
        Assert.Equal((HttpStatusCode.OK, "completed"), (end.Status, State(end.Body)));
        Assert.Equal("1", early.Response.Headers.RetryAfter!.ToString());
    }

    [Fact]
    public async Task O06_with_a_known_version_it_ends_with_the_first_change_or_304()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":1000}""");
        var known = (await ReadAsync(client, id)).Response.Headers.ETag!.Tag;
        var quiet = ReadAsync(client, id, ("Prefer", "wait=5"), ("If-None-Match", known));
        await stage.WaitForTimerAsync(Five);
        stage.Clock.Advance(Five);
        var same = await quiet;
        var changing = ReadAsync(client, id, ("Prefer", "wait=50"), ("If-None-Match", known));
        await stage.WaitForTimerAsync(TimeSpan.FromSeconds(50));
        await stage.ClaimAsync();
        var changed = await changing;
        var atOnce = await ReadAsync(client, id, ("Prefer", "wait=50"), ("If-None-Match", known));

        Assert.Equal((HttpStatusCode.NotModified, known, ""), (same.Status, same.Response.Headers.ETag!.Tag, same.Text));
        Assert.Equal("running", State(changed.Body));
        Assert.NotEqual(known, changed.Response.Headers.ETag!.Tag);
        Assert.Equal(HttpStatusCode.OK, atOnce.Status);
    }

    [Fact]
    public async Task O06_longer_waits_are_cut_to_the_longest_and_said_so()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":5}""");
        foreach (var asked in (string[])["wait=61", "wait=99999999999999999999", "respond-async, wait=1000", "WAIT=60; foo=bar"])
        {
            var wait = ReadAsync(client, id, ("Prefer", asked));
            await stage.WaitForTimerAsync(TimeSpan.FromSeconds(60));
            stage.Clock.Advance(TimeSpan.FromSeconds(60));

            Assert.Equal("wait=60", (await wait).Response.Headers.GetValues("Preference-Applied").Single());
        }

        foreach (var wrong in (string[])["wait=0", "wait=x", "wait=", "wait=-1", "wait=1.5"])
        {
            var answer = await ReadAsync(client, id, ("Prefer", wrong));
            Assert.Equal((wrong, 400, "invalid-argument"), (wrong, (int)answer.Status, Slug(answer.Body)));
        }
    }

    [Theory]
    [InlineData("\"9\", \"{v}\"", 304)]
    [InlineData("W/\"{v}\"", 304)]
    [InlineData("*", 304)]
    [InlineData("\"{v}9\"", 200)]
    [InlineData("{v}", 200)]
    public async Task A_version_is_known_in_every_form_that_http_has_for_it(string form, int expected)
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":5}""");
        var version = (await ReadAsync(client, id)).Body.GetProperty("version").GetRawText();

        Assert.Equal(expected, (int)(await ReadAsync(client, id, ("If-None-Match", form.Replace("{v}", version, StringComparison.Ordinal)))).Status);
    }

    [Fact]
    public async Task The_pause_between_polls_grows_with_the_age_and_ends_with_the_operation()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":5}""");
        stage.Clock.Advance(TimeSpan.FromSeconds(10) - Blink);
        var young = await ReadAsync(client, id);
        stage.Clock.Advance(Blink);
        var old = await ReadAsync(client, id);
        await stage.RunAllAsync();
        var ended = await ReadAsync(client, id);

        Assert.Equal(("1", "5"), (young.Response.Headers.RetryAfter!.ToString(), old.Response.Headers.RetryAfter!.ToString()));
        Assert.Null(ended.Response.Headers.RetryAfter);
    }

    [Fact]
    public async Task O05_unknown_foreign_deleted_and_expired_are_one_and_the_same_answer()
    {
        await using var stage = await StartAsync(("Engine:RetentionDays", "1"));
        using var client = stage.NewAccount();
        var (expired, deleted) = (await AcceptedAsync(client, """{"count":1}"""), await AcceptedAsync(client, """{"count":1}"""));
        await stage.RunAllAsync();
        var kept = await ReadAsync(client, expired);
        Assert.Equal(204, (int)(await client.SendAsync(HttpMethod.Delete, $"/v1/operations/{deleted}")).Status);
        Assert.Equal(stage.Clock.GetUtcNow().AddDays(1), kept.Body.GetProperty("expireTime").GetDateTimeOffset());
        stage.Clock.Advance(TimeSpan.FromDays(1) + Blink);
        await stage.ForgetExpiredAsync();
        foreach (var (verb, path) in ((string, string)[])[("GET", ""), ("GET", "/items"), ("GET", "/events"), ("POST", ":abort"), ("POST", ":pause"), ("POST", ":resume"), ("POST", ":retry"), ("DELETE", "")])
        {
            var answers = new HashSet<string>();
            foreach (var id in (string[])[expired, deleted, new string('0', 32), "ffffffff-ffff-4fff-bfff-ffffffffffff", "x"])
            {
                var answer = await client.SendAsync(new HttpMethod(verb), $"/v1/operations/{id}{path}");
                Assert.Equal((path, 404), (path, (int)answer.Status));
                answers.Add(answer.Text.Replace(id, "ID", StringComparison.Ordinal).Replace(answer.Body.GetProperty("requestId").GetString()!, "REQUEST", StringComparison.Ordinal));
            }

            Assert.Single(answers);
        }
    }
}

public sealed class WaitingOnSqlite() : WaitingConformance(DatabaseUnderTest.Sqlite);

public sealed class WaitingOnPostgres() : WaitingConformance(DatabaseUnderTest.Postgres);
