using Longhaul.Tests.Support;

namespace Longhaul.Tests.EndToEnd;

/// <summary>An event stream lives no longer than the credential that opened it.</summary>
[Collection("processes")]
public sealed class RevokedStreamTests
{
    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task Revoking_a_token_ends_its_open_event_streams_and_no_others(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Operations__EnableNoop", "true"));
        using var root = new ListsClient(server.NewClient(), "acme");
        var running = await root.SendAsync(HttpMethod.Post, "/v1/operations", """{"kind":"noop","account":"acme","params":{"count":6000,"itemMs":100}}""");
        var one = $"/v1/operations/{running.Body.GetProperty("id").GetString()}/events";
        var secret = await Tokens.CreateAsync(place, "watcher", ["operations:read"], "acme");
        await Tokens.HoldsAsync(server, secret, System.Net.HttpStatusCode.OK);
        using var watcher = server.NewClient(secret);
        using var other = server.NewClient();
        await using var streams = new Streams([await OpenAsync(watcher, "/v1/events?account=acme"), await OpenAsync(watcher, one)]);
        await using var others = new Streams([await OpenAsync(other, one)]);

        var (code, _, errors) = await Tokens.RunAsync(place, "revoke", "watcher");
        Assert.True(code == 0, errors);

        await Task.WhenAll(streams.Ended).WaitAsync(Tokens.Promise, TestContext.Current.CancellationToken);
        Assert.False(others.Ended[0].IsCompleted);
    }

    private static async Task<Stream> OpenAsync(HttpClient client, string path)
    {
        var answer = await client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode}");
        return await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
    }

    private sealed class Streams : IAsyncDisposable
    {
        private readonly IReadOnlyList<Stream> _streams;

        public Streams(IReadOnlyList<Stream> streams)
        {
            _streams = streams;
            Ended = [.. streams.Select(ReadToEndAsync)];
        }

        public IReadOnlyList<Task> Ended { get; }

        public async ValueTask DisposeAsync()
        {
            foreach (var stream in _streams)
            {
                await stream.DisposeAsync();
            }

            await Task.WhenAll(Ended);
        }

        private static async Task ReadToEndAsync(Stream stream)
        {
            var buffer = new byte[4_096];
            try
            {
                while (await stream.ReadAsync(buffer, TestContext.Current.CancellationToken) > 0)
                {
                }
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException or OperationCanceledException or ObjectDisposedException)
            {
                // A stream that is cut, by the server or by the end of the test, has ended too.
            }
        }
    }
}
