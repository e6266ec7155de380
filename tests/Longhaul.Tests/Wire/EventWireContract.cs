using System.Net;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>Event streams as a browser's EventSource sees them, over HTTP.</summary>
public abstract class EventWireContract(ServerFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task O32_a_stream_of_one_goes_to_its_end_and_is_not_taken_up_again()
    {
        using var client = fixture.NewAccount();
        var id = await SubmitAsync(client, """{"count":600,"itemMs":2}""");
        using var http = fixture.Server.NewClient();
        using var answer = await http.GetAsync($"/v1/operations/{id}/events", HttpCompletionOption.ResponseHeadersRead, Token);
        var lines = (await answer.Content.ReadAsStringAsync(Token)).Split('\n');
        var data = lines.Where(l => l.StartsWith("data: ", StringComparison.Ordinal)).Select(l => Parse(l["data: ".Length..])).ToList();
        var ids = lines.Where(l => l.StartsWith("id: ", StringComparison.Ordinal)).Select(l => l["id: ".Length..]).ToList();
        var late = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}/events", (string?)null, ("Last-Event-ID", ids[^1]));
        var missed = ids.Count < 2 ? null : await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}/events", (string?)null, ("Last-Event-ID", ids[0]));
        var anew = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}/events");

        Assert.Equal(("text/event-stream", "retry: 2000"), (answer.Content.Headers.ContentType!.MediaType, lines[0]));
        Assert.Equal(data.Count, ids.Count);
        Assert.Equal((true, "completed"), (data[^1].GetProperty("done").GetBoolean(), data[^1].GetProperty("state").GetString()));
        Assert.Equal(data.Select(d => d.GetProperty("version").GetInt64()).Distinct().Order(), data.Select(d => d.GetProperty("version").GetInt64()));
        Assert.Equal(HttpStatusCode.NoContent, late.Status);
        Assert.Contains("\"state\":\"completed\"", anew.Text, StringComparison.Ordinal);
        Assert.True(missed is null || missed.Text.Contains("\"state\":\"completed\"", StringComparison.Ordinal), "the end was never sent to this client");
    }

    [Fact]
    public async Task O32_a_stream_of_many_shows_what_comes_in_the_account()
    {
        using var client = fixture.NewAccount();
        using var http = fixture.Server.NewClient();
        using var answer = await http.GetAsync($"/v1/events?account={client.Account}&kind=noop&state=completed", HttpCompletionOption.ResponseHeadersRead, Token);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));
        await reader.ReadLineAsync(Token);
        var first = await SubmitAsync(client, """{"count":5}""");
        var one = await DataAsync(reader);
        var second = await SubmitAsync(client, """{"count":6}""");
        var two = await DataAsync(reader);

        Assert.Equal([$"{first} completed", $"{second} completed"], ((JsonElement[])[one, two]).Select(d => $"{d.GetProperty("id").GetString()} {d.GetProperty("state").GetString()}"));
    }

    [Fact]
    public async Task A_stream_of_named_operations_begins_with_each_of_them()
    {
        using var client = fixture.NewAccount();
        var ids = new[] { await SubmitAsync(client, """{"count":1}"""), await SubmitAsync(client, """{"count":2}""") };
        foreach (var id in ids)
        {
            await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", (string?)null, ("Prefer", "wait=30"));
        }

        using var http = fixture.Server.NewClient();
        using var answer = await http.GetAsync($"/v1/events?operations={string.Join(',', ids)}", HttpCompletionOption.ResponseHeadersRead, Token);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));
        var seen = new[] { await DataAsync(reader), await DataAsync(reader) };

        Assert.Equal(ids.Order(), seen.Select(d => d.GetProperty("id").GetString()).Order());
    }

    [Theory]
    [InlineData("/v1/events?operations=x", "?operations")]
    [InlineData("/v1/events?done=true", "?done")]
    [InlineData("/v1/events?state=gone", "?state")]
    public async Task What_a_stream_does_not_know_is_named(string path, string pointer)
    {
        using var client = fixture.NewAccount();
        var answer = await client.SendAsync(HttpMethod.Get, path);

        Assert.Equal((400, pointer), ((int)answer.Status, answer.Body.GetProperty("errors")[0].GetProperty("pointer").GetString()));
    }

    private static async Task<JsonElement> DataAsync(StreamReader reader)
    {
        while (true)
        {
            var line = await reader.ReadLineAsync(Token) ?? throw new EndOfStreamException();
            if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                return Parse(line["data: ".Length..]);
            }
        }
    }

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private static async Task<string> SubmitAsync(ListsClient client, string parameters)
    {
        var answer = await client.SendAsync(HttpMethod.Post, "/v1/operations", $$"""{"kind":"noop","account":"{{client.Account}}","params":{{parameters}}}""");
        Assert.True(answer.Status == HttpStatusCode.Accepted, answer.Text);
        return answer.Body.GetProperty("id").GetString()!;
    }
}

public sealed class EventWireOnSqlite(SqliteServer server) : EventWireContract(server), IClassFixture<SqliteServer>;

public sealed class EventWireOnPostgres(PostgresServer server) : EventWireContract(server), IClassFixture<PostgresServer>;

/// <summary>Event streams and the process around them.</summary>
public sealed class EventProcessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task O33_a_token_in_the_query_opens_event_streams_only_and_is_in_no_log()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeAsync(
            place,
            ("LONGHAUL_Operations__EnableNoop", "true"),
            ("LONGHAUL_Logging__LogLevel__Default", "Trace"),
            ("LONGHAUL_Logging__LogLevel__Microsoft", "Trace"),
            ("LONGHAUL_Logging__LogLevel__Microsoft.AspNetCore", "Trace"),
            ("LONGHAUL_Logging__LogLevel__Microsoft.AspNetCore.Hosting.Diagnostics", "Trace"));
        using var http = new HttpClient { BaseAddress = server.Address };
        using var open = await http.GetAsync($"/v1/events?access_token={LonghaulProcess.Token}", HttpCompletionOption.ResponseHeadersRead, Token);
        using var wrong = await http.GetAsync("/v1/events?access_token=wrong", Token);
        using var list = await http.GetAsync($"/v1/operations?access_token={LonghaulProcess.Token}", Token);
        using var client = new ListsClient(server.NewClient(), "acme");
        var id = (await client.SendAsync(HttpMethod.Post, "/v1/operations", """{"kind":"noop","account":"acme","params":{"count":1}}""", ("Prefer", "wait=30"))).Body.GetProperty("id").GetString();
        var one = await http.GetStringAsync($"/v1/operations/{id}/events?access_token={LonghaulProcess.Token}", Token);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (open.StatusCode, wrong.StatusCode));
        Assert.False(list.IsSuccessStatusCode);
        Assert.Contains("\"done\":true", one, StringComparison.Ordinal);
        server.Terminate();
        Assert.Equal(0, await server.WaitForExitAsync());
        Assert.NotEqual("", server.Errors);
        Assert.DoesNotContain(LonghaulProcess.Token, server.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_stops_ends_its_streams()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeAsync(place);
        using var http = server.NewClient();
        using var answer = await http.GetAsync("/v1/events", HttpCompletionOption.ResponseHeadersRead, Token);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));
        await reader.ReadLineAsync(Token);

        server.Terminate();

        Assert.Equal("", (await reader.ReadToEndAsync(Token)).Trim());
        Assert.Equal(0, await server.WaitForExitAsync());
    }
}
