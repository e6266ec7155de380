using System.Text.Json;
using Longhaul.Engine.Operations;
using Longhaul.Slurper;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>Section "reads", as far as the wire shows it: S-20, S-22, S-23.</summary>
public sealed class ReadOnFake(FakePlace place) : IClassFixture<FakePlace>
{
    [Fact]
    public async Task S20_the_list_is_paged_newest_first()
    {
        using var client = place.NewAccount();
        var made = new List<string>();
        for (var i = 0; i < 60; i++)
        {
            made.Add(await place.BringAsync(client, i % 2 == 0 ? "running" : "completed"));
        }

        made.Reverse();
        Assert.Equal(made.Take(50), await IdsAsync(client, ""));
        Assert.Equal(made.Take(50), await IdsAsync(client, "?limit=100"));
        Assert.Equal(made.Take(50), await IdsAsync(client, "?limit=99999999999999999999&offset=0"));
        Assert.Equal(made[..1], await IdsAsync(client, "?limit=1&offset=0"));
        Assert.Equal(made[1..2], await IdsAsync(client, "?limit=1&offset=1"));
        Assert.Equal(made[50..], await IdsAsync(client, "?offset=50"));
        Assert.Empty(await IdsAsync(client, "?offset=60"));
        Assert.Empty(await IdsAsync(client, "?offset=99999999999999999999"));
    }

    [Theory]
    [InlineData("limit=0", "/limit")]
    [InlineData("limit=-1", "/limit")]
    [InlineData("limit=x", "/limit")]
    [InlineData("limit=", "/limit")]
    [InlineData("limit=1.5", "/limit")]
    [InlineData("limit=1&limit=2", "/limit")]
    [InlineData("offset=-1", "/offset")]
    [InlineData("offset=x", "/offset")]
    public async Task S20_a_limit_or_offset_that_is_none_is_refused(string query, string pointer)
    {
        using var client = place.NewAccount();
        var id = await place.BringAsync(client, "running");
        foreach (var path in (string[])[client.Jobs, $"{client.Jobs}/{id}/logs"])
        {
            var answer = await client.SendAsync("GET", $"{path}?{query}");

            Assert.Equal((400, 19111), ((int)answer.Status, answer.Code));
            Assert.Equal(pointer, answer.Body.GetProperty("errors")[0].GetProperty("source").GetProperty("pointer").GetString());
        }
    }

    [Fact]
    public async Task S22_progress_has_exactly_seven_members()
    {
        using var client = place.NewAccount();
        var id = await place.BringAsync(client, "running");
        place.Jobs.Count(id, 3_000_000_000, new ItemCounts(2_000_000_000, 7, 5));

        var progress = (await client.SendAsync("GET", $"{client.Jobs}/{id}/progress")).Result;

        Assert.Equal(["createdAt", "failedObjects", "id", "objects", "skippedObjects", "status", "transferredObjects"], progress.EnumerateObject().Select(m => m.Name).Order());
        Assert.Equal(("3000000000", "2000000000", "7", "5"), (Raw("objects"), Raw("transferredObjects"), Raw("skippedObjects"), Raw("failedObjects")));

        string Raw(string name) => progress.GetProperty(name).GetRawText();
    }

    [Fact]
    public async Task S23_logs_are_paged_oldest_first_and_have_all_their_members()
    {
        using var client = place.NewAccount();
        var id = await place.BringAsync(client, "completed");
        place.Jobs.Log(id, [.. Enumerable.Range(0, 60).Select(i => new JobLog(1_700_000_100_000 + i, "importErrorRetryExhaustion", $"k\u00e9\n{i}", "404"))]);

        var (first, second) = ((await client.SendAsync("GET", $"{client.Jobs}/{id}/logs")).Result, (await client.SendAsync("GET", $"{client.Jobs}/{id}/logs?offset=50&limit=50")).Result);

        var all = first.EnumerateArray().Concat(second.EnumerateArray()).ToList();
        Assert.Equal((50, 61), (first.GetArrayLength(), all.Count));
        Assert.All(all, l => Assert.Equal(["createdAt", "job", "logType", "message", "objectKey"], l.EnumerateObject().Select(m => m.Name).Order()));
        Assert.Equal(("migrationStart", JsonValueKind.Null, id), (all[0].GetProperty("logType").GetString(), all[0].GetProperty("objectKey").ValueKind, all[0].GetProperty("job").GetString()));
        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"k\u00e9\n{i}"), all.Skip(1).Select(l => l.GetProperty("objectKey").GetString()));
        Assert.Equal("2023-11-14T22:15:00.007Z", all[8].GetProperty("createdAt").GetString());
    }

    private static async Task<IEnumerable<string>> IdsAsync(SlurperClient client, string query) =>
        (await client.SendAsync("GET", client.Jobs + query)).Result.EnumerateArray().Select(j => j.GetProperty("id").GetString()!);
}
