using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Longhaul.Bench;

/// <summary>How long the refusal of a million items takes of which three are bad, beside how long the good ones take to be accepted.</summary>
internal static class RefuseBench
{
    private const int Million = 1_000_000;

    public static async Task RunAsync(int pairs)
    {
        var addresses = Sample.Addresses(Million, isSorted: false);
        var good = Sample.Json(addresses);
        var bad = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(good)
            .Replace($"\"{Sample.Text(addresses[7])}\"", "\"none\"", StringComparison.Ordinal)
            .Replace($"\"{Sample.Text(addresses[500_000])}\"", $"\"{Sample.Text(addresses[0])}\"", StringComparison.Ordinal)
            .Replace($"\"{Sample.Text(addresses[999_999])}\"", "7", StringComparison.Ordinal));
        List<double> accepted = [], refused = [], ratios = [];
        var folder = Rig.NewFolder();
        await using (var rig = await Rig.StartAsync(folder))
        {
            for (var pair = -1; pair < pairs; pair++)
            {
                var list = await rig.CreateListAsync($"list{pair + 1}");
                var (acceptance, answer) = await PutAsync(rig, list, good, HttpStatusCode.OK);
                await rig.EndAsync(answer.GetProperty("result").GetProperty("operation_id").GetString()!);
                var (refusal, named) = await PutAsync(rig, list, bad, HttpStatusCode.BadRequest);
                var positions = named.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("source").GetProperty("parameter_value_index").GetInt32());
                if (!positions.SequenceEqual([7, 500_000, 999_999]))
                {
                    throw new InvalidOperationException(named.ToString());
                }

                // The first pair warms the program up.
                if (pair >= 0)
                {
                    accepted.Add(acceptance);
                    refused.Add(refusal);
                    ratios.Add(refusal / acceptance);
                    Rig.Say($"refuse {pair}: accepted in {acceptance:0.00} s, refused in {refusal:0.00} s, ratio {refusal / acceptance:0.00}");
                }
            }
        }

        Directory.Delete(folder, recursive: true);
        Rig.Say($"| refusal of 1,000,000 items, 3 bad | {Rig.Spread(refused)} s | accepted {Rig.Spread(accepted)} s | {Rig.Spread(ratios)} |");
    }

    private static async Task<(double Seconds, JsonElement Answer)> PutAsync(Rig rig, string list, byte[] body, HttpStatusCode expected)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var watch = Stopwatch.StartNew();
        using var response = await rig.Client.PutAsync(new Uri($"/client/v4/accounts/bench/rules/lists/{list}/items", UriKind.Relative), content);
        var text = await response.Content.ReadAsStringAsync();
        var seconds = watch.Elapsed.TotalSeconds;
        using var answer = response.StatusCode == expected ? JsonDocument.Parse(text) : throw new InvalidOperationException(text);
        return (seconds, answer.RootElement.Clone());
    }
}
