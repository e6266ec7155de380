using System.Net;
using Longhaul.TestStores;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>Section "life cycle" with stores behind it.</summary>
[Collection(RealPlaces.Name)]
public sealed class LifeOnReal(RealPlace place) : LifeConformance(place)
{
    private const int PartBytes = 5 << 20;

    private readonly RealPlace _place = place;

    [Fact]
    public async Task S16_a_place_is_free_again_when_a_job_is_paused_or_has_ended()
    {
        using var client = _place.NewAccount();
        var running = new List<string>();
        for (var i = 0; i < RealPlace.MaxRunningJobs; i++)
        {
            running.Add(await _place.BringAsync(client, "running"));
        }

        var refused = await TryAsync();
        await client.SendAsync("PUT", $"{client.Jobs}/{running[0]}/pause");
        var instead = await TryAsync();
        var resumed = await client.SendAsync("PUT", $"{client.Jobs}/{running[0]}/resume");
        await client.SendAsync("PUT", $"{client.Jobs}/{running[1]}/abort");
        await _place.EndAsync(running[1]);
        var again = await TryAsync();

        var full = $"Maximum number of concurrent jobs has been reached (limit {RealPlace.MaxRunningJobs})";
        Assert.Equal((409, 19115, full), ((int)refused.Status, refused.Code, refused.Message));
        Assert.Equal(HttpStatusCode.Created, instead.Status);
        Assert.Equal((409, 19115, full), ((int)resumed.Status, resumed.Code, resumed.Message));
        Assert.Equal(HttpStatusCode.Created, again.Status);
        Assert.Equal("paused", await client.StatusAsync(running[0]));

        Task<Support.WireAnswer> TryAsync() => client.SendAsync("POST", client.Jobs, SlurperClient.Job(_place.Source(), _place.Target()));
    }

    [Fact]
    public async Task S34_a_deleted_job_is_gone_from_the_operations_too()
    {
        using var client = _place.NewAccount();
        var id = await _place.BringAsync(client, "completed");
        Assert.NotNull(await _place.FindOperationAsync(id));

        await client.SendAsync("DELETE", $"{client.Jobs}/{id}");

        Assert.Null(await _place.FindOperationAsync(id));
        Assert.Equal(0, (await client.SendAsync("GET", client.Jobs)).Result.GetArrayLength());
    }

    [Fact]
    public async Task S32_an_abort_in_the_middle_of_an_upload_ends_soon_and_leaves_no_part_of_it()
    {
        using var client = _place.NewAccount();
        var (source, target) = (_place.Elsewhere.CreateBucket("to-be-cut"), _place.R2.CreateBucket("cut"));
        source.PutMultipart("a large one", new byte[8 * PartBytes], PartBytes);
        source.Seed(2_000, 10);
        var gate = new TestGate();
        _place.R2.Faults.Add(new Fault(Effect.Gate(gate)) { Bucket = "cut", Verbs = [S3Verb.UploadPart], Skip = 2 });
        _place.R2.Faults.Add(new Fault(Effect.Latency(TimeSpan.FromMilliseconds(50))) { Bucket = "cut", Verbs = [S3Verb.PutObject] });
        var id = await client.CreateAsync(SlurperClient.Job(_place.Source("s3", "to-be-cut"), _place.Target("r2", "cut")));
        await gate.ArrivedAsync(2);
        await _place.R2.Log.EndedAsync(r => r.Bucket == "cut" && r.Verb == S3Verb.PutObject);

        await client.SendAsync("PUT", $"{client.Jobs}/{id}/abort");
        var at = DateTimeOffset.UtcNow;
        var begun = Begun();
        var end = await _place.EndedAsync(client, id);
        var last = _place.R2.Log.LastNumber;
        var late = DateTimeOffset.Parse((await client.SendAsync("GET", $"{client.Jobs}/{id}")).Result.GetProperty("finishedAt").GetString()!, null) - at;
        gate.Open();
        await _place.R2.Log.EndedAsync(r => r.Verb == S3Verb.UploadPart && r.Bucket == "cut", _place.R2.Log.Count(r => r.Verb == S3Verb.UploadPart && r.Bucket == "cut"));

        Assert.Equal("aborted", end.Status);

        // Long before the lease of 30 s would have run out: nobody waited for that.
        Assert.InRange(late, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(RealPlace.AbortGraceSeconds + 10));
        Assert.InRange(Begun() - begun, 0, 32);
        Assert.DoesNotContain(_place.R2.Log.WritesAfter(last), r => r.Bucket == "cut");
        Assert.Empty(target.Uploads);
        Assert.Null(target["a large one"]);
        Assert.Equal(end.Transferred, target.Count);
        Assert.InRange(target.Count, 1, 1_999);
        var closing = (await ProgramPlace.LogsAsync(client, id))[^1];
        Assert.Equal("migrationAbort", closing.GetProperty("logType").GetString());
        Assert.StartsWith($"aborted by request; {end.Objects - end.Transferred} objects not done", closing.GetProperty("message").GetString(), StringComparison.Ordinal);

        int Begun() => _place.Elsewhere.Log.Requests.Where(r => r.Bucket == "to-be-cut" && r.Verb == S3Verb.GetObject).Select(r => r.Key).Distinct().Count();
    }
}
