using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon.Face;

/// <summary>
/// Many objects at once, as a client sees it: trees of them are cloned, bulks run over all of them, and whoever writes something else meanwhile
/// is served. LONGHAUL_SAYMON_OBJECTS sets how many objects there are at least: the contract's number is 100,000, the short form has fewer.
/// </summary>
[Collection("servers")]
public sealed class SaymonSoakTests
{
    private const int Bulks = 3;
    private const int Writers = 4;

    private static readonly long Objects = long.Parse(Environment.GetEnvironmentVariable("LONGHAUL_SAYMON_OBJECTS") ?? "4096", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task Large_trees_are_cloned_and_changed_while_other_objects_stay_writable(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place);
        using var client = new SaymonClient(server);
        var begun = TimeProvider.System.GetTimestamp();
        var (owner, count) = await client.CreateManyAsync(Objects);
        var cloned = TimeProvider.System.GetElapsedTime(begun);
        var others = new List<string>();
        for (var i = 0; i < Writers; i++)
        {
            others.Add(await client.CreateAsync("""{"name":"other"}"""));
        }

        var peakBefore = server.PeakMemoryMiB;
        begun = TimeProvider.System.GetTimestamp();
        var bulks = await Task.WhenAll(Enumerable.Range(0, Bulks).Select(i => client.BulkAsync(
            $$$"""{"search":{"owner_id":"{{{owner}}}"},"bulk":[{"properties.createOrModify":{"name":"p{{{i}}}","value":"v"}}]}""")));
        var ended = Task.WhenAll(bulks.Select(client.EndAsync));
        var latencies = new ConcurrentBag<double>();
        await Task.WhenAll(others.Select(other => WriteUntilAsync(client, other, ended, latencies)));
        var changed = TimeProvider.System.GetElapsedTime(begun);

        foreach (var end in await ended)
        {
            Assert.Equal(
                ("completed", count, count, 0L),
                (end.Body.GetProperty("status").GetString(), end.Body.GetProperty("total").GetInt64(), end.Body.GetProperty("succeeded").GetInt64(), end.Body.GetProperty("unchanged").GetInt64()));
        }

        await AssertChangedAsync(client, owner, count);
        var slowest = latencies.Order().ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{database}: {count} objects made by clones in {cloned.TotalSeconds:0.0} s; {Bulks} bulks over all of them at once in {changed.TotalSeconds:0.0} s; meanwhile {slowest.Count} single changes, "
            + $"p50 {slowest[slowest.Count / 2]:0.0} ms, p99 {slowest[slowest.Count * 99 / 100]:0.0} ms, slowest {slowest[^1]:0.0} ms, none refused; peak memory {peakBefore} MiB after the clones, {server.PeakMemoryMiB} MiB after the bulks"));

        // The ids of the matches take twelve bytes each; what is in work at a time does not grow with them.
        Assert.InRange(server.PeakMemoryMiB - peakBefore, 0, 200);
    }

    private static async Task WriteUntilAsync(SaymonClient client, string id, Task end, ConcurrentBag<double> latencies)
    {
        for (var weight = 1; ; weight++)
        {
            var begun = TimeProvider.System.GetTimestamp();
            var answer = await client.SendAsync(HttpMethod.Patch, $"{SaymonClient.Api}/objects/{id}", $$"""{"weight":{{weight}} }""");
            latencies.Add(TimeProvider.System.GetElapsedTime(begun).TotalMilliseconds);
            Assert.True(answer.Status == HttpStatusCode.OK, $"{(int)answer.Status} {answer.Text}");
            if (end.IsCompleted)
            {
                return;
            }
        }
    }

    // A clone is made with the properties of its original, so only the bulks make steps; the roots of the copies were moved once besides.
    private static async Task AssertChangedAsync(SaymonClient client, string owner, long count)
    {
        var found = (await client.OkAsync(HttpMethod.Get, $"{SaymonClient.Api}/objects?fields=_version,owner_id,properties")).Body.EnumerateArray()
            .Where(o => o.TryGetProperty("owner_id", out var of) && of.GetString() == owner)
            .ToList();
        Assert.Equal(count, found.Count);
        foreach (var one in found)
        {
            Assert.InRange(one.GetProperty("_version").GetInt64(), 1 + Bulks, 2 + Bulks);
            Assert.Equal(Enumerable.Range(0, Bulks).Select(i => $"p{i}"), one.GetProperty("properties").EnumerateArray().Select(p => p.GetProperty("name").GetString()).Order(StringComparer.Ordinal));
        }

        Assert.True(found.Count(o => o.GetProperty("_version").GetInt64() == 2 + Bulks) < 32, "only the roots of the copies were changed besides");
    }
}
