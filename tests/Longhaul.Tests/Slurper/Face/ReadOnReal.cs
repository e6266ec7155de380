using Longhaul.TestStores;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>Section "reads" with stores behind it: S-22 and S-23 on a job that has failures and skips.</summary>
[Collection(RealPlaces.Name)]
public sealed class ReadOnReal(RealPlace place) : ReadConformance(place)
{
    private static readonly string[] LogTypes =
        ["migrationStart", "importErrorRetryExhaustion", "importSkippedStorageClass", "migrationComplete"];

    private readonly RealPlace _place = place;

    [Fact]
    public async Task S22_S23_counters_only_rise_and_the_log_has_each_failure_and_skip_once()
    {
        using var client = _place.NewAccount();
        var source = _place.Elsewhere.CreateBucket("troubled");
        source.Seed(300, 20, "a-");
        source.Seed(60, 20, "gone-");
        source.Seed(10, 20, "cold-", new ObjectDetails { StorageClass = "GLACIER" });
        source.Seed(3, 20, "redirected-");
        Strike("a-", Effect.Latency(TimeSpan.FromMilliseconds(30)));
        Strike("gone-", Effect.Error(404, "NoSuchKey", "The specified key does not exist."));
        Strike("redirected-", Effect.Redirect($"http://127.0.0.1:{_place.ForbiddenPort}/x"));

        var id = await client.CreateAsync(SlurperClient.Job(_place.Source("s3", "troubled"), _place.Target()));
        var (polls, last) = (0, ("running", 0L, 0L, 0L, 0L));
        while (last.Item1 == "running")
        {
            var progress = (await client.SendAsync("GET", $"{client.Jobs}/{id}/progress")).Result;
            Assert.Equal(["createdAt", "failedObjects", "id", "objects", "skippedObjects", "status", "transferredObjects"], progress.EnumerateObject().Select(m => m.Name).Order());
            var now = ProgramPlace.Counters(progress);
            Assert.True(now.Transferred + now.Skipped + now.Failed <= now.Objects, $"{now}");
            Assert.True(now.Objects >= last.Item2 && now.Transferred >= last.Item3 && now.Skipped >= last.Item4 && now.Failed >= last.Item5, $"{last} became {now}");
            (polls, last) = (polls + 1, now);
        }

        Assert.Equal(("completed", 373L, 300L, 10L, 63L), last);
        Assert.True(polls > 5, $"it was read only {polls} times");
        Assert.Equal(("completed", true), ((await _place.EndAsync(id)).GetProperty("state").GetString(), (await _place.EndAsync(id)).GetProperty("partial").GetBoolean()));
        Assert.False(_place.WasForbiddenReached);

        var (log, again) = (await ProgramPlace.LogsAsync(client, id, 7), await ProgramPlace.LogsAsync(client, id, 50));
        Assert.Equal(again.Select(l => l.GetRawText()), log.Select(l => l.GetRawText()));
        Assert.All(log, l => Assert.Contains(l.GetProperty("logType").GetString(), LogTypes));
        Assert.Equal(log.Select(l => l.GetProperty("createdAt").GetString()).Order(StringComparer.Ordinal), log.Select(l => l.GetProperty("createdAt").GetString()));
        Assert.Equal(("migrationStart", "migrationComplete"), (log[0].GetProperty("logType").GetString(), log[^1].GetProperty("logType").GetString()));
        Assert.Equal("objects 373, transferred 300, skipped 10, failed 63", log[^1].GetProperty("message").GetString());
        Assert.Equal(
            source.Keys.Where(k => !k.StartsWith("a-", StringComparison.Ordinal)),
            log[1..^1].Select(l => l.GetProperty("objectKey").GetString()).Order(StringComparer.Ordinal));

        void Strike(string prefix, Effect effect) => _place.Elsewhere.Faults.Add(new Fault(effect)
        {
            Bucket = "troubled",
            Verbs = [S3Verb.GetObject],
            Key = key => key.StartsWith(prefix, StringComparison.Ordinal),
            When = r => r.Header("range") is null,
        });
    }
}
