using System.Diagnostics;

namespace Longhaul.Bench;

/// <summary>
/// A migration through the Slurper API, from the create to "completed", beside rclone copying the same bucket with the best of 4, 16 and 64
/// transfers: between two stores in memory, each a process of its own, and on Ceph RGW where <c>BENCH_RGW</c> names one. Pairs in turn, each
/// into a bucket of its own. CPU is that of the copier alone, memory the peak of its process.
/// </summary>
internal static class MigrateBench
{
    private static readonly int[] Transfers = [4, 16, 64];

    public static async Task RunAsync(int pairs)
    {
        await InMemoryAsync("1 KiB", 10_000, 1 << 10, pairs);
        await InMemoryAsync("64 MiB", 16, 64L << 20, Math.Max(1, pairs / 2));
        await OneObjectAsync(pairs);
        if (Environment.GetEnvironmentVariable("BENCH_RGW") is { Length: > 0 } rgw)
        {
            await OnStoreAsync(rgw, "RGW, 1 KiB", 3_000, 1 << 10, pairs);
            await OnStoreAsync(rgw, "RGW, 64 MiB", 8, 64L << 20, Math.Max(1, pairs / 2));
        }
    }

    /// <summary>Peak memory at 10,000 and at 1,000,000 objects.</summary>
    public static async Task RunMemoryAsync()
    {
        foreach (var count in (int[])[10_000, 1_000_000])
        {
            await using var source = await Store.StartAsync("--bucket", "source", "--objects", $"{count}", "--size", "1024");
            await using var target = await Store.StartAsync("--bucket", "t0", "--discard");
            var run = await LonghaulAsync(source.Address, target.Address, "source", "t0", count);
            Rig.Say($"| migration of {count} objects of 1 KiB | {run.Seconds:0.0} s | {count / run.Seconds:0} objects/s | {run.Cpu / count * 1e6:0} µs CPU per object | peak memory {run.MiB} MiB |");
        }
    }

    private static async Task InMemoryAsync(string name, int count, long size, int pairs)
    {
        await using var source = await Store.StartAsync("--bucket", "source", "--objects", $"{count}", "--size", $"{size}");
        await using var target = await Store.StartAsync("--bucket", "t0", "--discard");
        await PairsAsync(name, source.Address, target.Address, count, size, pairs);
    }

    private static async Task OnStoreAsync(string endpoint, string name, int count, long size, int pairs)
    {
        await using var seed = await Store.StartAsync("--bucket", "source", "--objects", $"{count}", "--size", $"{size}");
        Rig.Run("rclone", [.. RcloneLine(seed.Address, endpoint), "copy", "from:source", "to:source", "--transfers", "16"]);
        await PairsAsync(name, endpoint, endpoint, count, size, pairs);
        Rig.Run("rclone", [.. RcloneLine(endpoint, endpoint), "purge", "to:source"]);
    }

    private static async Task PairsAsync(string name, string from, string to, int count, long size, int pairs)
    {
        List<Measured> ours = [], theirs = [];
        for (var pair = 0; pair < pairs; pair++)
        {
            var (mine, other) = ($"l{pair:D3}", $"r{pair:D3}");
            Rig.Run("rclone", [.. RcloneLine(from, to), "mkdir", $"to:{mine}"]);
            ours.Add(await LonghaulAsync(from, to, "source", mine, count));
            Rig.Run("rclone", [.. RcloneLine(from, to), "purge", $"to:{mine}"]);
            var best = Transfers.Select(t => Rclone(from, to, $"{other}{t}", t)).MinBy(m => m.Seconds)!;
            theirs.Add(best);
            Rig.Say($"{name} {pair}: {count / ours[^1].Seconds:0} objects/s, {ours[^1].Cpu / count * 1e3:0.00} ms CPU, {ours[^1].MiB} MiB; rclone {count / best.Seconds:0} objects/s, {best.Cpu / count * 1e3:0.00} ms CPU, {best.MiB} MiB");
        }

        var ratio = ours.Zip(theirs, (l, r) => r.Seconds / l.Seconds).ToList();
        var cpu = ours.Zip(theirs, (l, r) => l.Cpu / r.Cpu).ToList();
        Rig.Say($"| {name} | {Rig.Spread([.. ours.Select(m => count / m.Seconds)], "0")} objects/s, {Rig.Spread([.. ours.Select(m => count * size / m.Seconds / 1e6)], "0")} MB/s | rclone {Rig.Spread([.. theirs.Select(m => count / m.Seconds)], "0")} | speed {Rig.Spread(ratio)} times | CPU {Rig.Spread([.. ours.Select(m => m.Cpu / count * 1e3)])} ms, rclone {Rig.Spread([.. theirs.Select(m => m.Cpu / count * 1e3)])} ms, ratio {Rig.Spread(cpu)} | peak memory {Rig.Spread([.. ours.Select(m => (double)m.MiB)], "0")}, rclone {Rig.Spread([.. theirs.Select(m => (double)m.MiB)], "0")} MiB |");
    }

    private static async Task OneObjectAsync(int pairs)
    {
        await using var source = await Store.StartAsync("--bucket", "source", "--objects", "1", "--size", "1024");
        await using var target = await Store.StartAsync("--bucket", "t0");
        var folder = Rig.NewFolder();
        await using var rig = await StartAsync(folder);
        var times = new List<double>();
        for (var run = 0; run < pairs; run++)
        {
            var watch = Stopwatch.StartNew();
            await MigrateAsync(rig, source.Address, target.Address, "source", "t0", 1);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        Rig.Say($"| job of one object, create to completed | {Rig.Spread(times, "0")} ms |");
    }

    private static async Task<Measured> LonghaulAsync(string from, string to, string bucket, string into, int count)
    {
        var folder = Rig.NewFolder();
        try
        {
            await using var rig = await StartAsync(folder);
            var cpu = rig.CpuSeconds;
            var watch = Stopwatch.StartNew();
            await MigrateAsync(rig, from, to, bucket, into, count);
            return new Measured(watch.Elapsed.TotalSeconds, rig.CpuSeconds - cpu, rig.PeakMemoryMiB);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<Rig> StartAsync(string folder) => Rig.StartAsync(folder, ("LONGHAUL_Slurper__AllowedEndpoints__0", "127.0.0.0/8"));

    private static async Task MigrateAsync(Rig rig, string from, string to, string bucket, string into, int count)
    {
        const string Secret = """{"accessKeyId":"testkey","secretAccessKey":"testsecret123"}""";
        var body = $$$"""
            {"source":{"vendor":"s3","bucket":"{{{bucket}}}","endpoint":"{{{from}}}","secret":{{{Secret}}}},
             "target":{"vendor":"s3","bucket":"{{{into}}}","endpoint":"{{{to}}}","secret":{{{Secret}}}}}
            """;
        using var created = await rig.SendAsync(HttpMethod.Post, "/client/v4/accounts/bench/slurper/jobs", body, null);
        var end = await rig.EndAsync(created.RootElement.GetProperty("result").GetProperty("id").GetString()!);
        if (end.GetProperty("progress").GetProperty("succeeded").GetInt64() != count)
        {
            throw new InvalidOperationException($"not everything was copied: {end}");
        }
    }

    private static Measured Rclone(string from, string to, string into, int transfers)
    {
        string[] line = [.. RcloneLine(from, to), "copy", "from:source", $"to:{into}", "--transfers", $"{transfers}", "--checkers", $"{transfers}"];
        var start = new ProcessStartInfo("rclone", line) { RedirectStandardError = true };
        start.Environment.Remove("AWS_CA_BUNDLE");
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var (cpu, peak) = (0.0, 0L);
        while (!process.WaitForExit(20))
        {
            try
            {
                (cpu, peak) = (Rig.CpuSecondsOf(process.Id), Rig.PeakMemoryOf(process.Id));
            }
            catch (Exception exception) when (exception is IOException or InvalidOperationException)
            {
                // It has just ended: the last reading stands, at most 20 ms old.
            }
        }

        var seconds = watch.Elapsed.TotalSeconds;
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException(errors.Result);
        }

        Rig.Run("rclone", [.. RcloneLine(from, to), "purge", $"to:{into}"]);
        return new Measured(seconds, cpu, peak);
    }

    private static string[] RcloneLine(string from, string to)
    {
        var config = Path.Combine(Path.GetTempPath(), "longhaul-bench-rclone.conf");
        File.WriteAllText(config, $"[from]\n{Remote(from)}\n[to]\n{Remote(to)}\n");
        return ["--config", config, "--retries", "1", "--quiet"];

        static string Remote(string endpoint) =>
            $"type = s3\nprovider = Other\naccess_key_id = testkey\nsecret_access_key = testsecret123\nendpoint = {endpoint}\nforce_path_style = true\n";
    }

    private sealed record Measured(double Seconds, double Cpu, long MiB);

    /// <summary>A store in memory, in a process of its own.</summary>
    private sealed class Store : IAsyncDisposable
    {
        private readonly Process _process;

        private Store(Process process, string address)
        {
            _process = process;
            Address = address;
        }

        public string Address { get; }

        public static async Task<Store> StartAsync(params string[] arguments)
        {
            var program = Path.Combine(Rig.Root, "artifacts/bin/Longhaul.TestStore/release/longhaul-teststore");
            var start = new ProcessStartInfo(program, [.. arguments, "--no-auth", "--no-log"]) { RedirectStandardOutput = true };
            var process = Process.Start(start)!;
            var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("the store did not start");
            return new Store(process, address);
        }

        public async ValueTask DisposeAsync()
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }
    }
}
