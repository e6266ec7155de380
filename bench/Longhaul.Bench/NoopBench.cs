using System.Diagnostics;

namespace Longhaul.Bench;

/// <summary>No-op items in chunks of 500 on PostgreSQL; BENCH_POSTGRES is the connection string of an empty database.</summary>
internal static class NoopBench
{
    private const int Items = 3_000_000;

    public static async Task RunAsync(int runs)
    {
        var database = Environment.GetEnvironmentVariable("BENCH_POSTGRES") ?? throw new InvalidOperationException("set BENCH_POSTGRES");
        await using var rig = await Rig.StartAsync(["--database", database], []);
        var rates = new List<double>();
        for (var run = 0; run < runs; run++)
        {
            var watch = Stopwatch.StartNew();
            using var answer = await rig.SendAsync(HttpMethod.Post, "/v1/operations", $$$"""{"kind":"noop","account":"bench","params":{"count":{{{Items}}}}}""", null);
            await rig.EndAsync(answer.RootElement.GetProperty("id").GetString()!);
            rates.Add(Items / watch.Elapsed.TotalSeconds);
            Rig.Say($"noop {run}: {rates[^1]:0} items/s");
        }

        Rig.Say($"| no-op items on PostgreSQL, chunks of 500 | {Rig.Spread(rates, "0")} items/s |");
    }
}
