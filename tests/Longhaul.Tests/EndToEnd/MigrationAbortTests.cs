using System.Globalization;
using System.Text;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.EndToEnd;

/// <summary>
/// S-32: jobs are aborted while the store holds each of them at another request, and the program may be killed in the middle of that. Once
/// a job is shown as aborted nothing is written to its target any more and no upload is left there.
/// </summary>
[Collection("processes")]
public sealed class MigrationAbortTests
{
    private const int GraceSeconds = 1;
    private const int SmallObjects = 100;
    private const int SmallDone = 20;

    // A job's objects that are under way side by side in one chunk.
    private const int ChunkWidth = 32;

    /// <summary>A request at which a job is held: before the store does it, or when it is done and only the answer is missing.</summary>
    private static readonly (string Bucket, S3Verb Verb, bool IsDone)[] Places =
    [
        ("begin", S3Verb.CreateMultipartUpload, false),
        ("begun", S3Verb.CreateMultipartUpload, true),
        ("part", S3Verb.UploadPart, false),
        ("abort", S3Verb.AbortMultipartUpload, false),
        ("aborted", S3Verb.AbortMultipartUpload, true),
        ("complete", S3Verb.CompleteMultipartUpload, false),
        ("completed", S3Verb.CompleteMultipartUpload, true),
        ("small", S3Verb.PutObject, false),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite, false)]
    [InlineData(DatabaseUnderTest.Sqlite, true)]
    [InlineData(DatabaseUnderTest.Postgres, true)]
    public async Task S32_nothing_is_written_once_a_job_is_aborted_and_no_upload_is_left(DatabaseUnderTest database, bool isKilled)
    {
        await using var scene = await MigrationScene.StartAsync(
            database, new TestStoreOptions(), Places.Select(p => p.Bucket), ("LONGHAUL_Slurper__AbortGraceSeconds", $"{GraceSeconds}"));
        Fill(scene.Source.Bucket("source"));
        await scene.ServeAsync();
        var jobs = new List<Job>();
        foreach (var place in Places)
        {
            jobs.Add(await BeginAsync(scene, place.Bucket, place.Verb, place.IsDone));
        }

        await CountedAsync(scene, jobs[^1].Id, SmallDone);
        var reads = scene.Source.Log.LastNumber;
        Assert.Equal($"aborted {jobs.Count} jobs", await scene.PutAsync("abortAll"));
        foreach (var job in jobs)
        {
            await job.Gate.ArrivedAsync().WaitAsync(TimeSpan.FromSeconds(30), Token);
        }

        if (isKilled)
        {
            scene.Kill();
            jobs.ForEach(j => j.OpenAll());
            await scene.EndedAsync();
            await scene.ServeAsync();
        }
        else
        {
            // The store does answer an abort, if late; all else stays held and has to be given up.
            jobs.Where(j => j.Verb == S3Verb.AbortMultipartUpload).ToList().ForEach(j => j.Gate.Open());
        }

        foreach (var job in jobs)
        {
            await AbortedAsync(scene, job);
        }

        // What the store still holds has been given up by the program, or it was killed; whatever that has in its hands ends before it does.
        jobs.ForEach(j => j.OpenAll());
        await scene.StopAsync();
        Assert.All(jobs, job => AssertQuiet(scene, job));

        // Copied objects stay; a store that was only held may have done what it was told before the kill.
        Assert.InRange(scene.Target.Bucket("small").Count, SmallDone, isKilled ? SmallDone + ChunkWidth : SmallDone);
        Assert.InRange(scene.Source.Log.Requests.Where(r => r.Key.StartsWith("small", StringComparison.Ordinal)).Select(r => r.Key).Distinct().Count(), 0, SmallDone + ChunkWidth);
        Assert.DoesNotContain(scene.Source.Log.Requests, r => r.Number > reads && r.Verb == S3Verb.ListObjectsV2);
    }

    private static void Fill(Bucket source)
    {
        var content = new SyntheticContent(5, 12 << 20);
        foreach (var place in Places[..^1])
        {
            source.PutMultipart($"{place.Bucket}/12 MiB", content, 5 << 20);
        }

        for (var i = 0; i < SmallObjects; i++)
        {
            source.Put($"small/{i:D3}", Encoding.UTF8.GetBytes(i.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static async Task<Job> BeginAsync(MigrationScene scene, string bucket, S3Verb verb, bool isDone)
    {
        var gate = new TestGate();
        var parts = new TestGate();
        scene.Target.Faults.Add(new Fault(isDone ? Effect.GateAnswer(gate) : Effect.Gate(gate))
        {
            Verbs = [verb],
            Bucket = bucket,
            // The target's check at the create is an upload that is aborted.
            Key = key => !key.StartsWith(".longhaul", StringComparison.Ordinal),
            Skip = verb == S3Verb.PutObject ? SmallDone : 0,
        });
        if (verb == S3Verb.AbortMultipartUpload)
        {
            // It comes to an abort only by being cut.
            scene.Target.Faults.Add(new Fault(Effect.Gate(parts)) { Verbs = [S3Verb.UploadPart], Bucket = bucket });
        }

        var id = await scene.CreateAsync(bucket, prefix: $"{bucket}/");
        await (verb == S3Verb.AbortMultipartUpload ? parts : gate).ArrivedAsync().WaitAsync(TimeSpan.FromSeconds(30), Token);
        return new Job(id, bucket, verb, gate, parts);
    }

    private static async Task CountedAsync(MigrationScene scene, string job, int transferred)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await scene.ProgressAsync(job)).Transferred != transferred)
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private static async Task AbortedAsync(MigrationScene scene, Job job)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var progress = await scene.ProgressAsync(job.Id);
            if (progress.Status == "aborted")
            {
                Assert.Empty(scene.Target.Bucket(job.Bucket).Uploads);
                Assert.True(progress is { Skipped: 0, Failed: 0 } && progress.Transferred == (job.Bucket == "small" ? SmallDone : 0), $"{job.Bucket}: {progress}");
                job.AbortedAt = (await scene.JobAsync(job.Id)).GetProperty("finishedAt").GetDateTimeOffset();
                return;
            }

            Assert.Equal("running", progress.Status);
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }

    private static void AssertQuiet(MigrationScene scene, Job job)
    {
        // Times of jobs are whole milliseconds.
        var until = job.AbortedAt + TimeSpan.FromMilliseconds(1);
        var late = scene.Target.Log.Requests
            .Where(r => r.Bucket == job.Bucket && r.Verb.IsWrite() && (r.StartedAt > until || (r.IsDone && r.EndedAt > until)))
            .ToList();
        Assert.True(late.Count == 0, $"{job.Bucket}: written after it was aborted at {until:O}: {string.Join(", ", late.Select(r => $"{r} {r.StartedAt:O} to {r.EndedAt:O}"))}");
        Assert.Empty(scene.Target.Bucket(job.Bucket).Uploads);
    }

    private sealed record Job(string Id, string Bucket, S3Verb Verb, TestGate Gate, TestGate Parts)
    {
        public void OpenAll()
        {
            Gate.Open();
            Parts.Open();
        }

        public DateTimeOffset AbortedAt { get; set; }
    }
}
