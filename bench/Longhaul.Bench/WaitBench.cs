using System.Diagnostics;

namespace Longhaul.Bench;

/// <summary>How long a submit of one item takes while another list is being replaced by a million addresses, beside an idle server.</summary>
internal static class WaitBench
{
    public static async Task RunAsync(int pairs)
    {
        var body = Sample.Json(Sample.Addresses(1_000_000, isSorted: false));
        List<double> idle = [], busy = [], ratios = [];
        for (var pair = 0; pair < pairs; pair++)
        {
            var folder = Rig.NewFolder();
            await using (var rig = await Rig.StartAsync(folder))
            {
                var small = await rig.CreateListAsync("small");
                var large = await rig.CreateListAsync("large");
                await SubmitAsync(rig, small, () => false, 1_000);
                var calm = Rig.Percentile(await SubmitAsync(rig, small, () => false, 1_000), 0.99);
                var replace = ReplaceAsync(rig, large, body);
                var times = await SubmitAsync(rig, small, () => replace.IsCompleted, int.MaxValue);
                await replace;
                var loaded = Rig.Percentile(times, 0.99);
                idle.Add(calm);
                busy.Add(loaded);
                ratios.Add(loaded / calm);
                Rig.Say($"wait {pair}: idle p99 {calm:0.00} ms, during the replace {loaded:0.00} ms ({times.Count} submits, max {times.Max():0.0} ms), ratio {loaded / calm:0.00}");
            }

            Directory.Delete(folder, recursive: true);
        }

        Rig.Say($"| p99 of a one-item submit | {Rig.Spread(busy)} ms | idle {Rig.Spread(idle)} ms | {Rig.Spread(ratios)} |");
    }

    private static async Task ReplaceAsync(Rig rig, string list, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        using var response = await rig.Client.PutAsync(new Uri($"/client/v4/accounts/bench/rules/lists/{list}/items", UriKind.Relative), content);
        using var accepted = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        await rig.EndAsync(accepted.RootElement.GetProperty("result").GetProperty("operation_id").GetString()!);
    }

    private static async Task<List<double>> SubmitAsync(Rig rig, string list, Func<bool> isOver, int count)
    {
        var times = new List<double>();
        while (times.Count < count && !isOver())
        {
            var watch = Stopwatch.StartNew();
            using var answer = await rig.SendAsync(
                HttpMethod.Post, $"/client/v4/accounts/bench/rules/lists/{list}/items", $$"""[{"ip":"{{Sample.Text(0x0A00_0000u + (uint)times.Count)}}"}]""", null);
            times.Add(watch.Elapsed.TotalMilliseconds);

            // A caller that submits now and then, not one that fills the lane.
            await Task.Delay(3);
        }

        return times;
    }
}
