using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Longhaul.Bench;

/// <summary>
/// A million addresses read as one export and along one cursor chain, from the first byte asked for to the last one received, each beside
/// the sqlite3 shell printing the same rows as JSON from the same database file.
/// </summary>
internal static class ExportBench
{
    private const int Million = 1_000_000;
    private const string Account = "/client/v4/accounts/bench";

    public static async Task RunAsync(int pairs)
    {
        var folder = Rig.NewFolder();
        try
        {
            var list = await LoadAsync(folder);
            await RunAsync("export as jsonl", pairs, folder, list, ExportAsync);
            await RunAsync("all pages of 500", pairs, folder, list, ReadPagesAsync);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunAsync(string what, int pairs, string folder, string list, Func<Rig, string, Task> read)
    {
        List<double> ours = [], theirs = [], plain = [], ratios = [], plainRatios = [], memory = [];
        for (var pair = 0; pair < pairs; pair++)
        {
            // A server that has done nothing else, so that its peak is that of reading; warm as a server is.
            await using var rig = await Rig.StartAsync(folder);
            await read(rig, await WarmListAsync(rig));
            var watch = Stopwatch.StartNew();
            await read(rig, list);
            var seconds = watch.Elapsed.TotalSeconds;
            var (yardstick, cheap) = (Print(folder, list, "export.sql"), Print(folder, list, "export-plain.sql"));
            ours.Add(seconds);
            theirs.Add(yardstick);
            plain.Add(cheap);
            ratios.Add(seconds / yardstick);
            plainRatios.Add(seconds / cheap);
            memory.Add(rig.PeakMemoryMiB);
            Rig.Say($"{what} {pair}: {seconds:0.00} s, sqlite3 {yardstick:0.00} s, ratio {seconds / yardstick:0.00}, plain {cheap:0.00} s, ratio {seconds / cheap:0.00}, {rig.PeakMemoryMiB} MiB");
        }

        Rig.Say($"| {what}, 1,000,000 items | {Rig.Spread(ours)} s | {Rig.Spread(theirs)} s | {Rig.Spread(ratios)} | plain {Rig.Spread(plain)} s, {Rig.Spread(plainRatios)} | peak memory {Rig.Spread(memory, "0")} MiB |");
    }

    private static async Task<string> LoadAsync(string folder)
    {
        await using var rig = await Rig.StartAsync(folder);
        var list = await rig.CreateListAsync("million");
        await PutAsync(rig, list, Sample.Json(Sample.Addresses(Million, isSorted: true)));
        var small = await rig.CreateListAsync("warm");
        await PutAsync(rig, small, Sample.Json(Sample.Addresses(20_000, isSorted: true)));
        return list;
    }

    private static async Task PutAsync(Rig rig, string list, byte[] body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"{Account}/rules/lists/{list}/items") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await rig.Client.SendAsync(request);
        using var accepted = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var end = await rig.EndAsync(accepted.RootElement.GetProperty("result").GetProperty("operation_id").GetString()!);
        if (end.GetProperty("state").GetString() != "completed")
        {
            throw new InvalidOperationException(end.ToString());
        }
    }

    private static async Task<string> WarmListAsync(Rig rig)
    {
        using var lists = await rig.SendAsync(HttpMethod.Get, $"{Account}/rules/lists", null, null);
        return lists.RootElement.GetProperty("result").EnumerateArray().First(l => l.GetProperty("name").GetString() == "warm").GetProperty("id").GetString()!;
    }

    private static async Task ExportAsync(Rig rig, string list)
    {
        using var response = await rig.Client.GetAsync(new Uri($"{Account}/longhaul/lists/{list}/export?format=jsonl", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[256 << 10];
        var lines = 0;
        for (int length; (length = await stream.ReadAsync(buffer)) > 0;)
        {
            lines += buffer.AsSpan(0, length).Count((byte)'\n');
        }

        Check(list, lines, await CountAsync(rig, list));
    }

    private static async Task ReadPagesAsync(Rig rig, string list)
    {
        var (items, after) = (0, "");
        do
        {
            var page = await rig.Client.GetByteArrayAsync(new Uri($"{Account}/rules/lists/{list}/items?per_page=500{after}", UriKind.Relative));
            items += Read(page, out after);
        }
        while (after.Length > 0);
        Check(list, items, await CountAsync(rig, list));
    }

    // Counted and searched without a tree of objects: what a client does with the items is not what is measured.
    private static int Read(ReadOnlySpan<byte> page, out string after)
    {
        var items = page.Count("\"modified_on\""u8);
        var cursor = page.LastIndexOf("\"after\":\""u8);
        var rest = cursor < 0 ? [] : page[(cursor + 9)..];
        after = cursor < 0 ? "" : $"&cursor={System.Text.Encoding.ASCII.GetString(rest[..rest.IndexOf((byte)'"')])}";
        return items;
    }

    private static async Task<int> CountAsync(Rig rig, string list)
    {
        using var read = await rig.SendAsync(HttpMethod.Get, $"{Account}/rules/lists/{list}", null, null);
        return read.RootElement.GetProperty("result").GetProperty("num_items").GetInt32();
    }

    private static void Check(string list, int items, int count)
    {
        if (items != count)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"list {list} has {count} items, {items} came"));
        }
    }

    private static double Print(string folder, string list, string yardstick)
    {
        var place = Rig.NewFolder();
        var script = Path.Combine(place, "export.sql");
        var text = File.ReadAllText(Path.Combine(Rig.Root, "bench/yardsticks", yardstick)).Replace("LIST_ID", list, StringComparison.Ordinal);
        File.WriteAllText(script, text.Replace("OUTPUT_FILE", "/dev/null", StringComparison.Ordinal));
        var times = Rig.Run("sqlite3", Path.Combine(folder, "longhaul.db"), $".read {script}").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(l => l.Contains('.', StringComparison.Ordinal)).Select(l => double.Parse(l, CultureInfo.InvariantCulture)).ToList();
        Directory.Delete(place, recursive: true);
        return times[^1] - times[0];
    }
}
