using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Longhaul.Bench;

/// <summary>
/// One PUT of a million addresses, from its first byte to "completed", beside the sqlite3 shell importing as many rows of the same
/// sizes into the same table in one transaction. Each run on an empty database.
/// </summary>
internal static class PutBench
{
    private const int Million = 1_000_000;

    public static async Task RunAsync(int pairs)
    {
        foreach (var isSorted in (bool[])[true, false])
        {
            var addresses = Sample.Addresses(Million, isSorted);
            var body = Sample.Json(addresses);
            var csv = WriteCsv(addresses);
            List<double> ours = [], theirs = [], ratios = [], memory = [];
            for (var pair = 0; pair < pairs; pair++)
            {
                var (seconds, mebibytes) = await PutAsync(body, Million);
                var yardstick = Import(csv);
                ours.Add(seconds);
                theirs.Add(yardstick);
                ratios.Add(seconds / yardstick);
                memory.Add(mebibytes);
                Rig.Say($"put {(isSorted ? "sorted" : "shuffled")} {pair}: {seconds:0.00} s, sqlite3 {yardstick:0.00} s, ratio {seconds / yardstick:0.00}, {mebibytes} MiB");
            }

            Rig.Say($"| PUT of 1,000,000, {(isSorted ? "sorted" : "shuffled")} | {Rig.Spread(ours)} s | {Rig.Spread(theirs)} s | {Rig.Spread(ratios)} | peak memory {Rig.Spread(memory, "0")} MiB |");
            File.Delete(csv);
        }
    }

    /// <summary>Time per item over sizes.</summary>
    public static async Task RunFlatAsync(int runs)
    {
        foreach (var count in (int[])[1_000, 10_000, 100_000, Million])
        {
            var body = Sample.Json(Sample.Addresses(count, isSorted: false));
            var perItem = new List<double>();
            for (var run = 0; run < runs; run++)
            {
                perItem.Add((await PutAsync(body, count)).Seconds / count * 1e6);
            }

            Rig.Say($"| {count} items, shuffled | {Rig.Spread(perItem)} µs per item |");
        }
    }

    private static async Task<(double Seconds, long MiB)> PutAsync(byte[] body, int count)
    {
        var folder = Rig.NewFolder();
        try
        {
            await using var rig = await Rig.StartAsync(folder);

            // The program is warm as a server is: its code has run once.
            await SendAsync(rig, await rig.CreateListAsync("warm"), Sample.Json(Sample.Addresses(5_000, false)));
            var list = await rig.CreateListAsync("million");
            var watch = Stopwatch.StartNew();
            await SendAsync(rig, list, body);
            var seconds = watch.Elapsed.TotalSeconds;
            using var read = await rig.SendAsync(HttpMethod.Get, $"/client/v4/accounts/bench/rules/lists/{list}", null, null);
            if (read.RootElement.GetProperty("result").GetProperty("num_items").GetInt64() != count)
            {
                throw new InvalidOperationException("the list is not whole");
            }

            return (seconds, rig.PeakMemoryMiB);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task SendAsync(Rig rig, string list, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/client/v4/accounts/bench/rules/lists/{list}/items") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await rig.Client.SendAsync(request);
        using var accepted = System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var end = await rig.EndAsync(accepted.RootElement.GetProperty("result").GetProperty("operation_id").GetString()!);
        if (end.GetProperty("state").GetString() != "completed")
        {
            throw new InvalidOperationException(end.ToString());
        }
    }

    // Columns of the same lengths as ours, as text, since CSV holds no bytes: 18 for the key, 16 for the id, in the order of the input.
    private static string WriteCsv(uint[] addresses)
    {
        var path = Path.GetTempFileName();
        using var file = new StreamWriter(path, false, Encoding.ASCII);
        for (var i = 0; i < addresses.Length; i++)
        {
            file.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"1,4{addresses[i]:x8}000000020,1,9223372036854775807,01a20e22{i:x8},1795000000,1795000000,\"{{\"\"ip\"\":\"\"{Sample.Text(addresses[i])}\"\"}}\"\n"));
        }

        return path;
    }

    private static double Import(string csv)
    {
        var folder = Rig.NewFolder();
        var script = Path.Combine(folder, "import.sql");
        File.WriteAllText(script, File.ReadAllText(Path.Combine(Rig.Root, "bench/yardsticks/import.sql")).Replace("CSV_FILE", csv, StringComparison.Ordinal));
        var times = Rig.Run("sqlite3", Path.Combine(folder, "yardstick.db"), $".read {script}").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(l => l.Contains('.', StringComparison.Ordinal)).Select(l => double.Parse(l, CultureInfo.InvariantCulture)).ToList();
        Directory.Delete(folder, recursive: true);
        return times[^1] - times[0];
    }
}
