using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace Longhaul.Bench;

/// <summary>
/// How long the end of an operation takes to everybody who wants to know of it: 200 event streams (half of one operation, half of many) and
/// 500 requests with <c>Prefer: wait</c>, on one node. Measured is the instant at which a client has the whole event or answer in hand
/// against the operation's <c>endTime</c>, both by the clock of this machine. The server takes that time inside the transaction that ends
/// the operation, so the commit itself and its sync are within the figure; its resolution is a millisecond.
/// </summary>
internal static class EventsBench
{
    private const int Streams = 200;
    private const int Waiters = 500;
    private const int Operations = 50;

    public static async Task RunAsync(int pairs)
    {
        List<double> streamMedians = [], streamTails = [], waitMedians = [], waitTails = [];
        for (var pair = 0; pair < pairs; pair++)
        {
            var folder = Rig.NewFolder();
            await using (var rig = await Rig.StartAsync(folder))
            {
                rig.Client.Timeout = Timeout.InfiniteTimeSpan;
                var (streams, waits) = await MeasureAsync(rig);
                streamMedians.Add(Rig.Percentile(streams, 0.5));
                streamTails.Add(Rig.Percentile(streams, 0.99));
                waitMedians.Add(Rig.Percentile(waits, 0.5));
                waitTails.Add(Rig.Percentile(waits, 0.99));
                Rig.Say($"events {pair}: streams p50 {streamMedians[^1]:0} ms, p99 {streamTails[^1]:0} ms ({streams.Count} deliveries); waits p50 {waitMedians[^1]:0} ms, p99 {waitTails[^1]:0} ms ({waits.Count} answers)");
            }

            Directory.Delete(folder, recursive: true);
        }

        Rig.Say($"| an end delivered to 200 event streams | p50 {Rig.Spread(streamMedians, "0")} ms | p99 {Rig.Spread(streamTails, "0")} ms |");
        Rig.Say($"| an end answered to 500 who wait | p50 {Rig.Spread(waitMedians, "0")} ms | p99 {Rig.Spread(waitTails, "0")} ms |");
    }

    /// <summary>Ends one operation after the other while everybody watches; completes with the delays in milliseconds.</summary>
    private static async Task<(List<double> Streams, List<double> Waits)> MeasureAsync(Rig rig)
    {
        var ids = new List<string>();
        for (var i = 0; i < Operations; i++)
        {
            using var answer = await rig.SendAsync(HttpMethod.Post, "/v1/operations", """{"kind":"noop","account":"bench","params":{"count":500,"itemMs":1000}}""", null);
            ids.Add(answer.RootElement.GetProperty("id").GetString()!);
        }

        foreach (var id in ids)
        {
            await HoldAsync(rig, id);
        }

        var watchers = new List<Watcher>();
        for (var i = 0; i < Streams; i++)
        {
            watchers.Add(i < Streams / 2
                ? new Watcher(rig.Client, $"/v1/operations/{ids[i % Operations]}/events", 1)
                : new Watcher(rig.Client, "/v1/events?account=bench", Operations));
        }

        await Task.WhenAll(watchers.Select(w => w.Begun));
        var waits = new ConcurrentBag<double>();
        var waiting = Enumerable.Range(0, Waiters).Select(i => WaitAsync(rig, ids[i % Operations], waits)).ToList();
        foreach (var id in ids)
        {
            using var aborted = await rig.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:abort", null, null);

            // One end after the other, each on a server that has delivered the one before.
            await Task.Delay(100);
        }

        await Task.WhenAll([.. waiting, .. watchers.Select(w => w.Ended)]);
        return ([.. watchers.SelectMany(w => w.Delays)], [.. waits]);
    }

    /// <summary>Pauses an operation and waits until nothing of it is in flight: its abort is then its end.</summary>
    private static async Task HoldAsync(Rig rig, string id)
    {
        var answer = await rig.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:pause", null, null);
        while (answer.RootElement.GetProperty("progress").GetProperty("running").GetInt64() > 0)
        {
            answer.Dispose();
            await Task.Delay(20);
            answer = await rig.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", null, null);
        }

        answer.Dispose();
    }

    private static async Task WaitAsync(Rig rig, string id, ConcurrentBag<double> delays)
    {
        while (true)
        {
            using var answer = await rig.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", null, "wait=60");
            if (answer.RootElement.GetProperty("done").GetBoolean())
            {
                delays.Add(DelayOf(answer.RootElement));
                return;
            }
        }
    }

    private static double DelayOf(JsonElement operation) =>
        (DateTimeOffset.UtcNow - DateTimeOffset.Parse(operation.GetProperty("endTime").GetString()!, CultureInfo.InvariantCulture)).TotalMilliseconds;

    /// <summary>A client of one stream; notes how long each end took to it.</summary>
    private sealed class Watcher
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Watcher(HttpClient http, string path, int operations) => Ended = RunAsync(http, path, operations);

        /// <summary>Completes when each of its operations was seen.</summary>
        public Task Begun => _begun.Task;

        /// <summary>Completes when each of them was seen ended.</summary>
        public Task Ended { get; }

        public List<double> Delays { get; } = [];

        private async Task RunAsync(HttpClient http, string path, int operations)
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
            var seen = new HashSet<string>();
            while (Delays.Count < operations && await reader.ReadLineAsync() is { } line)
            {
                if (!line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    continue;
                }

                using var json = JsonDocument.Parse(line["data: ".Length..]);
                seen.Add(json.RootElement.GetProperty("id").GetString()!);
                if (json.RootElement.GetProperty("done").GetBoolean())
                {
                    Delays.Add(DelayOf(json.RootElement));
                }

                if (seen.Count == operations)
                {
                    _begun.TrySetResult();
                }
            }
        }
    }
}
