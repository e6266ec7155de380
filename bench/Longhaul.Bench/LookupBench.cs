using System.Diagnostics;
using System.Net.Http.Headers;

namespace Longhaul.Bench;

/// <summary>
/// Look-ups of random addresses in a list of a million ranges, half of them covered, beside a bare minimal API that answers the bytes of
/// one of them. wrk with one thread and 64 connections drives both.
/// </summary>
internal static class LookupBench
{
    private const int Ranges = 1_000_000;

    public static async Task RunAsync(int pairs)
    {
        var folder = Rig.NewFolder();
        await using var rig = await Rig.StartAsync(Path.Combine(folder, "data"));
        var list = await rig.CreateListAsync("million");
        using (var content = new ByteArrayContent(Sample.RangesJson(Ranges)))
        {
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            using var response = await rig.Client.PutAsync(new Uri($"/client/v4/accounts/bench/rules/lists/{list}/items", UriKind.Relative), content);
            using var accepted = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync());
            await rig.EndAsync(accepted.RootElement.GetProperty("result").GetProperty("operation_id").GetString()!);
        }

        var route = $"/client/v4/accounts/bench/longhaul/lists/{list}/contains?value=";
        var paths = Path.Combine(folder, "paths");
        await File.WriteAllLinesAsync(paths, Sample.Addresses(20_000, isSorted: false).Select(a => route + Sample.Text(a)));
        var before = rig.MemoryMiB;
        var first = Stopwatch.StartNew();
        var direct = PollBench.Load(rig.Address, paths, 1);
        Rig.Say($"look-ups while the index is being built: {direct:0}/s");
        while (!(await rig.Client.GetStringAsync("/metrics")).Contains($"longhaul_lookup_entries {Ranges}", StringComparison.Ordinal))
        {
            await Task.Delay(20);
        }

        Rig.Say($"index of {Ranges} ranges there after {first.Elapsed.TotalSeconds:0.0} s, memory {before} → {rig.MemoryMiB} MiB");
        var sample = Path.Combine(folder, "body");
        await File.WriteAllTextAsync(sample, await rig.Client.GetStringAsync((await File.ReadAllLinesAsync(paths))[0]));
        await PollBench.PairsAsync("look-ups in 1,000,000 ranges", rig.Address, paths, sample, pairs);
    }
}
