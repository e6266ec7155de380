using System.Globalization;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon.Face;

/// <summary>
/// Line B-08: SIGKILL in the middle of bulks over many objects, two of them at once. LONGHAUL_SAYMON_OBJECTS sets how many objects there
/// are at least: the contract's number is 100,000, the short form has fewer.
/// </summary>
[Collection("servers")]
public sealed class SaymonCrashTests
{
    private static readonly long Objects = long.Parse(Environment.GetEnvironmentVariable("LONGHAUL_SAYMON_OBJECTS") ?? "16384", CultureInfo.InvariantCulture);

    private static readonly (string, string)[] Options = [("LONGHAUL_Engine__LeaseSeconds", "2"), ("LONGHAUL_Engine__UpkeepSeconds", "1")];

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task B08_after_kill_9_every_object_is_changed_exactly_once_by_each_bulk(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        string owner, first, second;
        long count;
        Dictionary<string, long> before;
        await using (var server = await LonghaulProcess.ServeAsync(place, Options))
        {
            using var client = new SaymonClient(server);
            (owner, count) = await client.CreateManyAsync(Objects);
            before = await VersionsAsync(client, owner);
            var bulks = await Task.WhenAll(client.BulkAsync(Bulk(owner, "weight")), client.BulkAsync(Bulk(owner, "geopositionRadius")));
            (first, second) = (bulks[0], bulks[1]);
            await WaitForSomeAsync(client, first, second);
            server.Kill();
            await server.WaitForExitAsync();
        }

        await using var again = await LonghaulProcess.ServeAsync(place, Options);
        using var survivor = new SaymonClient(again);
        var midway = await survivor.OkAsync(HttpMethod.Get, $"{SaymonClient.Api}/bulk/{first}/status?verbose=1");
        foreach (var bulkId in (string[])[first, second])
        {
            var end = (await survivor.EndAsync(bulkId)).Body;
            Assert.Equal(("completed", count, count, 0), (end.GetProperty("status").GetString(), end.GetProperty("total").GetInt64(), end.GetProperty("succeeded").GetInt64(), end.GetProperty("unchanged").GetInt64()));
        }

        var after = await VersionsAsync(survivor, owner);
        Assert.False(midway.Body.GetProperty("finished").GetBoolean() && midway.Body.GetProperty("succeeded").GetInt64() == count, "the kill came too late to show anything");
        Assert.Equal(before.Count, after.Count);
        Assert.DoesNotContain(after, a => a.Value != before[a.Key] + 2);
    }

    // A fraction that no bulk before has set: the version of each object grows by one for each bulk.
    private static string Bulk(string owner, string field) => $$"""{"search":{"owner_id":"{{owner}}"},"bulk":[{"modify":{"{{field}}":12.5} }]}""";

    /// <summary>Completes when both are under way: something of one is done, and not all of it.</summary>
    private static async Task WaitForSomeAsync(SaymonClient client, params string[] bulkIds)
    {
        while (true)
        {
            foreach (var bulkId in bulkIds)
            {
                var status = (await client.OkAsync(HttpMethod.Get, $"{SaymonClient.Api}/bulk/{bulkId}/status?verbose=1")).Body;
                Assert.False(status.GetProperty("finished").GetBoolean(), "it has ended before the kill; give it more objects");
                if (status.GetProperty("succeeded").GetInt64() > 0)
                {
                    return;
                }
            }
        }
    }

    private static async Task<Dictionary<string, long>> VersionsAsync(SaymonClient client, string owner)
    {
        var found = await client.OkAsync(HttpMethod.Get, $"{SaymonClient.Api}/objects?fields=_version,owner_id");
        return found.Body.EnumerateArray().Where(o => Owner(o) == owner).ToDictionary(o => o.GetProperty("id").GetString()!, o => o.GetProperty("_version").GetInt64());
    }

    private static string? Owner(JsonElement found) => found.TryGetProperty("owner_id", out var owner) ? owner.GetString() : null;
}
