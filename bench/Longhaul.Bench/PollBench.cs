using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Longhaul.Bench;

/// <summary>
/// Polls of 10,000 running operations, random ids, while their counters move; beside a bare minimal API that answers the same bytes.
/// wrk with one thread and 64 connections drives both.
/// </summary>
internal static partial class PollBench
{
    private const int Operations = 10_000;

    public static async Task RunAsync(int pairs)
    {
        var folder = Rig.NewFolder();
        await using var rig = await Rig.StartAsync(Path.Combine(folder, "data"), ("LONGHAUL_Engine__Workers", "16000"));
        var ids = await SubmitAsync(rig);
        var paths = Path.Combine(folder, "paths");
        await File.WriteAllLinesAsync(paths, ids.Select(i => $"/v1/operations/{i}"));
        var sample = Path.Combine(folder, "body");
        await File.WriteAllTextAsync(sample, await rig.Client.GetStringAsync($"/v1/operations/{ids[0]}"));
        var before = await MovedAsync(rig, ids);
        await PairsAsync("polls of running operations", rig.Address, paths, sample, pairs);
        Rig.Say($"versions of 100 of them moved by {await MovedAsync(rig, ids) - before} meanwhile");
    }

    /// <summary>Requests of the paths in a file, beside a bare minimal API that answers the bytes of another file; in turn, each warmed up once.</summary>
    public static async Task PairsAsync(string name, Uri address, string paths, string sample, int pairs)
    {
        using var bare = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["bare", "http://127.0.0.1:0", sample]) { RedirectStandardOutput = true })!;
        try
        {
            var bareAddress = new Uri((await bare.StandardOutput.ReadLineAsync())!);
            List<double> ours = [], theirs = [], ratios = [];
            Load(address, paths, 5);
            Load(bareAddress, paths, 5);
            for (var pair = 0; pair < pairs; pair++)
            {
                ours.Add(Load(address, paths, 5));
                theirs.Add(Load(bareAddress, paths, 5));
                ratios.Add(ours[^1] / theirs[^1]);
                Rig.Say($"{name} {pair}: {ours[^1]:0}/s, bare {theirs[^1]:0}/s, ratio {ratios[^1]:0.00}");
            }

            Rig.Say($"| {name} | {Rig.Spread(ours, "0")} /s | {Rig.Spread(theirs, "0")} /s | {Rig.Spread(ratios)} |");
        }
        finally
        {
            bare.Kill();
        }
    }

    private static async Task<List<string>> SubmitAsync(Rig rig)
    {
        var ids = new List<string>();
        for (var from = 0; from < Operations; from += 100)
        {
            ids.AddRange(await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
            {
                using var answer = await rig.SendAsync(HttpMethod.Post, "/v1/operations", """{"kind":"noop","account":"bench","params":{"count":500,"itemMs":10000}}""", null);
                return answer.RootElement.GetProperty("id").GetString()!;
            })));
        }

        return ids;
    }

    public static double Load(Uri address, string paths, int seconds)
    {
        var output = Rig.Run(
            "wrk", "-t1", "-c64", string.Create(CultureInfo.InvariantCulture, $"-d{seconds}s"), "-s", Path.Combine(Rig.Root, "bench/yardsticks/poll.lua"), address.ToString().TrimEnd('/'), "--", paths, Rig.Token);
        return output.Contains("Non-2xx", StringComparison.Ordinal)
            ? throw new InvalidOperationException(output)
            : double.Parse(Rate().Match(output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>The sum of the versions of the first hundred operations: it grows while their counters move.</summary>
    private static async Task<long> MovedAsync(Rig rig, List<string> ids)
    {
        var sum = 0L;
        foreach (var id in ids.Take(100))
        {
            using var answer = await rig.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", null, null);
            sum += answer.RootElement.GetProperty("version").GetInt64();
        }

        return sum;
    }

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();
}
