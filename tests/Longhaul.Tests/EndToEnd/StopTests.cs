using Longhaul.Tests.Support;

namespace Longhaul.Tests.EndToEnd;

/// <summary>Stopping in order.</summary>
[Collection("processes")]
public sealed class StopTests
{
    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task Sigterm_under_load_loses_nothing_and_exits_0(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        var answered = new List<string>();
        int code;
        await using (var server = await LonghaulProcess.ServeAsync(place))
        {
            using var client = new ListsClient(server.NewClient(), "stop");
            var lists = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => client.CreateAsync($"list{i}")));
            var writers = lists.Select((list, i) => WriteAsync(server, list, i * 1_000, answered)).ToList();
            await client.EndAsync(ListsClient.OperationId(await client.AppendAsync(lists[0], ["192.0.2.1"])));
            server.Terminate();
            code = await server.WaitForExitAsync();
            await Task.WhenAll(writers);
        }

        Assert.Equal(0, code);
        await using var again = await LonghaulProcess.ServeAsync(place);
        using var reader = new ListsClient(again.NewClient(), "stop");
        Assert.NotEmpty(answered);
        foreach (var operation in answered)
        {
            Assert.Equal("completed", (await reader.EndAsync(operation)).GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task A_waiting_reader_is_answered_when_the_server_stops()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Operations__EnableNoop", "true"));
        using var client = new ListsClient(server.NewClient(), "stop");
        var submitted = await client.SendAsync(HttpMethod.Post, "/v1/operations", """{"kind":"noop","account":"stop","params":{"count":400,"itemMs":100}}""");
        var path = $"/v1/operations/{submitted.Body.GetProperty("id").GetString()}";
        var waiting = client.SendAsync(HttpMethod.Get, path, (string?)null, ("Prefer", "wait=60"));

        server.Terminate();

        Assert.Equal("running", (await waiting).Body.GetProperty("state").GetString() is "pending" ? "running" : (await waiting).Body.GetProperty("state").GetString());
        Assert.Equal(0, await server.WaitForExitAsync());
    }

    private static async Task WriteAsync(LonghaulProcess server, string list, int from, List<string> answered)
    {
        using var client = new ListsClient(server.NewClient(), "stop");
        for (var i = 0; ; i++)
        {
            try
            {
                var answer = await client.AppendAsync(list, Addresses.Range(from + (i % 500), i % 7 == 0 ? 1_500 : 1));
                if (!answer.Response.IsSuccessStatusCode)
                {
                    return;
                }

                lock (answered)
                {
                    answered.Add(ListsClient.OperationId(answer));
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                return;
            }
        }
    }
}
