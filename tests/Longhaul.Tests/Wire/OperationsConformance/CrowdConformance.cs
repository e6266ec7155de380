using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.OperationsConformance;

/// <summary>
/// Line O-07 and more: 500 who wait and 200 who watch, on one node, with work going on. Nothing here is decided by a clock: every step
/// waits for what it needs, and what is bounded is counted.
/// </summary>
[Collection("servers")]
public sealed class CrowdConformance
{
    private const int Waiters = 500;
    private const int Streams = 200;
    private const int Quiet = 10;
    private const int Busy = 40;
    private const int Wide = 60;
    private const int OtherReaders = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task O07_five_hundred_wait_and_two_hundred_watch_on_one_node_and_a_slow_one_costs_nobody_anything(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Operations__EnableNoop", "true"));
        using var http = server.NewClient();
        http.Timeout = Timeout.InfiniteTimeSpan;
        using var client = new ListsClient(http, "busy");

        // Held, with nothing in flight: their versions stand still until they are aborted.
        var quiet = new List<(string Id, string Tag)>();
        for (var i = 0; i < Quiet; i++)
        {
            quiet.Add(await HeldAsync(client));
        }

        await ChurnAsync(client, "warm", 5, "");
        var threads = server.Threads;
        var one = Enumerable.Range(0, Streams / 2).Select(i => Watcher.Start(http, $"/v1/operations/{quiet[i % Quiet].Id}/events", firsts: 1, ends: 1)).ToList();
        var many = Enumerable.Range(0, Streams / 2).Select(_ => Watcher.Start(http, "/v1/events?account=busy", firsts: Quiet, ends: Quiet + Busy)).ToList();
        var others = Enumerable.Range(0, OtherReaders).Select(_ => Watcher.Start(http, "/v1/events?account=wide&state=completed", firsts: 0, ends: Wide)).ToList();
        using var slow = await SlowReader.OpenAsync(server, "/v1/events?account=wide&state=completed");
        await Task.WhenAll([.. one.Select(w => w.Begun), .. many.Select(w => w.Begun), .. others.Select(w => w.Begun)]);
        var waits = Enumerable.Range(0, Waiters).Select(i => WaitAsync(client, quiet[i % Quiet], isByVersion: i % 2 == 0)).ToList();
        while (server.Sockets < Waiters + Streams)
        {
            await client.SendAsync(HttpMethod.Get, "/v1/kinds");
        }

        var crowded = server.Threads;
        var memory = server.MemoryMiB;
        await ChurnAsync(client, "busy", Busy, "");

        // Each event of these has about 17 KB: far more than the buffers between a server and a client that does not read.
        var wide = await ChurnAsync(client, "wide", Wide, $",\"labels\":{WideLabels()}");
        await Task.WhenAll(others.Select(w => w.Ended));
        var grown = server.MemoryMiB - memory;
        var working = server.Threads;
        Assert.All([.. waits, .. one.Select(w => w.Ended), .. many.Select(w => w.Ended)], t => Assert.False(t.IsCompleted, "answered before anything had ended"));
        foreach (var (id, _) in quiet)
        {
            Assert.Equal("aborted", (await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:abort")).Body.GetProperty("state").GetString());
        }

        Assert.All(await Task.WhenAll(waits), state => Assert.Equal("aborted", state));
        await Task.WhenAll([.. one.Select(w => w.Ended), .. many.Select(w => w.Ended)]);
        Assert.All(one, w => Assert.Equal("aborted", Assert.Single(w.Ends).Value));
        Assert.All(many, w => Assert.Equal((Quiet, Busy), (w.Ends.Values.Count(s => s == "aborted"), w.Ends.Values.Count(s => s == "completed"))));
        await slow.ReadUntilAsync(wide);

        Assert.InRange(Math.Max(crowded, working), 1, threads + 60);
        Assert.InRange(grown, long.MinValue, 250);
        foreach (var watcher in (List<Watcher>)[.. one, .. many, .. others])
        {
            watcher.Dispose();
        }
    }

    /// <summary>Submits an operation that is held and has nothing in flight; completes with its id and version.</summary>
    private static async Task<(string Id, string Tag)> HeldAsync(ListsClient client)
    {
        var id = await SubmitAsync(client, "busy", """{"count":500,"itemMs":100}""", "");
        var answer = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:pause");
        while (answer.Body.GetProperty("progress").GetProperty("running").GetInt64() > 0)
        {
            answer = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}");
        }

        answer = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}");
        Assert.Equal("paused", answer.Body.GetProperty("state").GetString());
        return (id, answer.Response.Headers.ETag!.Tag);
    }

    private static async Task<List<string>> ChurnAsync(ListsClient client, string account, int count, string rest)
    {
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            ids.Add(await SubmitAsync(client, account, """{"count":600,"failEvery":7}""", rest, ("Prefer", "wait=60")));
        }

        return ids;
    }

    private static async Task<string> SubmitAsync(ListsClient client, string account, string parameters, string rest, params (string, string)[] headers)
    {
        var answer = await client.SendAsync(HttpMethod.Post, "/v1/operations", $$"""{"kind":"noop","account":"{{account}}","params":{{parameters}}{{rest}}}""", headers);
        Assert.True(answer.Response.IsSuccessStatusCode, answer.Text);
        return answer.Body.GetProperty("id").GetString()!;
    }

    /// <summary>Asks again where the longest wait was not long enough: only the end is an answer.</summary>
    private static async Task<string> WaitAsync(ListsClient client, (string Id, string Tag) operation, bool isByVersion)
    {
        (string, string)[] headers = isByVersion ? [("Prefer", "wait=60"), ("If-None-Match", operation.Tag)] : [("Prefer", "wait=60")];
        while (true)
        {
            var answer = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{operation.Id}", (string?)null, headers);
            Assert.True((int)answer.Status == 200 || (isByVersion && (int)answer.Status == 304), answer.Text);
            if ((int)answer.Status == 200 && answer.Body.GetProperty("done").GetBoolean())
            {
                return answer.Body.GetProperty("state").GetString()!;
            }
        }
    }

    private static string WideLabels() => $"{{{string.Join(',', Enumerable.Range(0, 16).Select(i => $"\"k{i.ToString(CultureInfo.InvariantCulture)}\":\"{string.Concat(Enumerable.Repeat("😀", 255))}\""))}}}";

    /// <summary>A client of one stream that reads as fast as it can.</summary>
    private sealed class Watcher : IDisposable
    {
        private readonly CancellationTokenSource _leave = CancellationTokenSource.CreateLinkedTokenSource(Token);
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly HashSet<string> _seen = [];

        /// <summary>Completes when so many operations were seen, whatever state they are in.</summary>
        public Task Begun => _begun.Task;

        /// <summary>Completes when so many have been seen ended.</summary>
        public Task Ended => _ended.Task;

        /// <summary>The final states by id.</summary>
        public ConcurrentDictionary<string, string> Ends { get; } = new();

        public static Watcher Start(HttpClient http, string path, int firsts, int ends)
        {
            var watcher = new Watcher();
            _ = watcher.RunAsync(http, path, firsts, ends);
            return watcher;
        }

        public void Dispose()
        {
            _leave.Cancel();
            _leave.Dispose();
        }

        private async Task RunAsync(HttpClient http, string path, int firsts, int ends)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, _leave.Token);
                using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(_leave.Token), Encoding.UTF8);
                while (await reader.ReadLineAsync(_leave.Token) is { } line)
                {
                    if (line.StartsWith("data: ", StringComparison.Ordinal))
                    {
                        Take(line["data: ".Length..]);
                    }

                    if (_seen.Count >= firsts)
                    {
                        _begun.TrySetResult();
                    }

                    if (Ends.Count == ends)
                    {
                        _ended.TrySetResult();
                    }
                }

                _ended.TrySetException(new EndOfStreamException($"{path} closed after {Ends.Count} ends"));
            }
            catch (Exception exception)
            {
                _begun.TrySetException(exception);
                _ended.TrySetException(exception);
            }
        }

        private void Take(string data)
        {
            using var json = JsonDocument.Parse(data);
            var id = json.RootElement.GetProperty("id").GetString()!;
            _seen.Add(id);
            if (json.RootElement.GetProperty("done").GetBoolean())
            {
                Assert.True(Ends.TryAdd(id, json.RootElement.GetProperty("state").GetString()!), "a final state came twice");
            }
        }
    }

    /// <summary>A client that asks for a stream and does not take its bytes until it is told to.</summary>
    private sealed class SlowReader : IDisposable
    {
        private readonly TcpClient _socket = new() { ReceiveBufferSize = 4_096 };
        private StreamReader _reader = StreamReader.Null;

        public static async Task<SlowReader> OpenAsync(LonghaulProcess server, string path)
        {
            var slow = new SlowReader();
            await slow._socket.ConnectAsync(server.Address.Host, server.Address.Port, Token);
            var stream = slow._socket.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.0\r\nHost: x\r\nAuthorization: Bearer {LonghaulProcess.Token}\r\n\r\n"), Token);
            slow._reader = new StreamReader(stream, Encoding.UTF8, false, 1_024);
            while (await slow._reader.ReadLineAsync(Token) != "retry: 2000")
            {
                // The head of the answer.
            }

            return slow;
        }

        /// <summary>Takes what is there; completes when the final state of every one of these operations has come.</summary>
        public async Task ReadUntilAsync(List<string> ids)
        {
            var missing = ids.ToHashSet();
            while (missing.Count > 0)
            {
                var line = await _reader.ReadLineAsync(Token) ?? throw new EndOfStreamException($"the stream closed before {missing.Count} ends had come");
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    using var json = JsonDocument.Parse(line["data: ".Length..]);
                    Assert.Equal("completed", json.RootElement.GetProperty("state").GetString());
                    missing.Remove(json.RootElement.GetProperty("id").GetString()!);
                }
            }
        }

        public void Dispose()
        {
            _reader.Dispose();
            _socket.Dispose();
        }
    }
}
