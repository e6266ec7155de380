using System.Text;
using Longhaul.Engine.Operations;
using Longhaul.Slurper;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Slurper;

/// <summary>Whole migrations between stores in memory: what arrives, what is counted, what the log says.</summary>
public sealed class MigrationTests : StorePair
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_object_arrives_with_its_bytes_and_headers_and_is_counted_once()
    {
        await using var host = await MigrationHost.StartAsync();
        Fill(2_345);

        var id = await host.CreateAsync(MigrationHost.Request(Source, Target));
        var end = await host.EndAsync(id);

        Assert.Equal((OperationState.Completed, 2_345L, 2_345L, 0L), (end.State, end.Total, end.Counts.Succeeded, end.Counts.Failed));
        AssertSame();
        Assert.Equal(Source.Bucket("source").Objects.Sum(o => o.Size), end.BytesDone);
        Assert.Equal(0, Source.Log.Count(S3Verb.HeadObject));
        var logs = await host.LogsAsync(id);
        Assert.Equal([LogTypes.Start, LogTypes.Complete], logs.Select(l => l.LogType));
        Assert.Equal("objects 2345, transferred 2345, skipped 0, failed 0", logs[1].Message);
    }

    [Fact]
    public async Task An_empty_bucket_completes_at_once()
    {
        await using var host = await MigrationHost.StartAsync();

        var end = await host.EndAsync(await host.CreateAsync(MigrationHost.Request(Source, Target)));

        Assert.Equal((OperationState.Completed, 0L), (end.State, end.Total));
    }

    [Fact]
    public async Task S42_prefix_and_keys_choose_objects()
    {
        await using var host = await MigrationHost.StartAsync();
        foreach (var key in new[] { "a/2023", "a/2024", "a/19", "b" })
        {
            Source.Bucket("source").Put(key, Encoding.UTF8.GetBytes(key));
        }

        var prefixed = await host.EndAsync(await host.CreateAsync(MigrationHost.Request(Source, Target, s => s with { Source = s.Source with { PathPrefix = "a/20" } })));
        var slashed = await host.CreateAsync(MigrationHost.Request(Source, Target, s => s with { Source = s.Source with { PathPrefix = "/a/2" } }));
        var keyed = await host.CreateAsync(MigrationHost.Request(
            Source, Target, s => s with { Source = s.Source with { PathPrefix = "a/", Keys = ["b", "a/19", "a/none"] } }));

        Assert.Equal(2, prefixed.Counts.Succeeded);
        Assert.Equal(2, (await host.EndAsync(slashed)).Counts.Succeeded);
        Assert.Contains("'a/2' is listed", (await host.LogsAsync(slashed))[0].Message, StringComparison.Ordinal);
        var end = await host.EndAsync(keyed);
        Assert.Equal((OperationState.Completed, 2L, 1L, 1L), (end.State, end.Total, end.Counts.Succeeded, end.Counts.Failed));
        var log = Assert.Single(await host.LogsAsync(keyed), l => l.ObjectKey is not null);
        Assert.Equal((LogTypes.RetryExhaustion, "a/none"), (log.LogType, log.ObjectKey));
        Assert.Equal(["a/19", "a/2023", "a/2024"], Target.Bucket("target").Keys);
    }

    [Fact]
    public async Task Keys_that_have_nothing_to_do_with_the_prefix_complete_with_no_object()
    {
        await using var host = await MigrationHost.StartAsync();

        var end = await host.EndAsync(await host.CreateAsync(MigrationHost.Request(
            Source, Target, s => s with { Source = s.Source with { PathPrefix = "x/", Keys = ["a"] } })));

        Assert.Equal((OperationState.Completed, 0L), (end.State, end.Total));
    }

    [Fact]
    public async Task Existing_objects_are_kept_when_they_must_not_be_overwritten()
    {
        await using var host = await MigrationHost.StartAsync();
        Fill(50);
        Target.Bucket("target").Put(Source.Bucket("source").Keys[3], "mine"u8);

        var id = await host.CreateAsync(MigrationHost.Request(Source, Target, s => s with { Overwrite = false }));
        var end = await host.EndAsync(id);

        Assert.Equal((49L, 1L), (end.Counts.Succeeded, end.Counts.Skipped));
        Assert.Equal(4, Target.Bucket("target")[Source.Bucket("source").Keys[3]]!.Size);
        var logs = await host.LogsAsync(id);
        Assert.Equal([LogTypes.Start, LogTypes.Complete], logs.Select(l => l.LogType));
        Assert.StartsWith("conditional create: on", logs[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task S31_a_paused_job_finishes_what_is_in_flight_and_resumes_without_repeating_anything()
    {
        await using var host = await MigrationHost.StartAsync();
        Fill(600);
        var gate = new TestGate();
        Target.Faults.Add(Effect.Gate(gate), S3Verb.PutObject, skip: 100);
        var id = await host.CreateAsync(MigrationHost.Request(Source, Target));
        await gate.ArrivedAsync(3);

        var paused = await host.Jobs.PauseAsync(MigrationHost.Account, id, new Actor("root"), Token);
        gate.Open();
        Assert.False(paused.IsRefused(out _, out var at));
        Assert.Equal(OperationState.Paused, at!.State);
        var settled = await host.WaitAsync(id, o => o.LeasedItems == 0);
        var puts = Target.Log.Count(S3Verb.PutObject);
        Assert.False((await host.Jobs.ResumeAsync(MigrationHost.Account, id, BroughtSecrets.None, new Actor("root"), Token)).IsRefused(out _, out _));
        var end = await host.EndAsync(id);

        Assert.Equal(puts, settled.Counts.Succeeded);
        Assert.Equal((OperationState.Completed, 600L), (end.State, end.Counts.Succeeded));
        Assert.Equal(600, Target.Log.Count(S3Verb.PutObject));
        AssertSame();
        Assert.Equal([LogTypes.Start, LogTypes.Pause, LogTypes.Resume, LogTypes.Complete], (await host.LogsAsync(id)).Select(l => l.LogType));
    }

    [Fact]
    public async Task S41_what_was_written_unseen_right_before_a_pause_is_not_taken_for_somebody_elses()
    {
        await using var host = await MigrationHost.StartAsync();
        Fill(50);
        var created = new TaskCompletionSource<string>();
        Target.Faults.Add(
            Effect.AfterAsync(async _ => await host.Jobs.PauseAsync(MigrationHost.Account, await created.Task, new Actor("root"), Token)), S3Verb.PutObject, times: 1, skip: 5);
        Target.Faults.Add(Effect.LostReply(), S3Verb.PutObject, times: 1, skip: 5);

        created.SetResult(await host.CreateAsync(MigrationHost.Request(Source, Target, s => s with { Overwrite = false })));
        var id = await created.Task;
        await host.WaitAsync(id, o => o.State == OperationState.Paused && o.LeasedItems == 0);
        await host.Jobs.ResumeAsync(MigrationHost.Account, id, BroughtSecrets.None, new Actor("root"), Token);
        var end = await host.EndAsync(id);

        Assert.Equal((50L, 0L, 0L), (end.Counts.Succeeded, end.Counts.Skipped, end.Counts.Failed));
        AssertSame();
    }

    [Fact]
    public async Task S35_refused_credentials_pause_the_job_and_a_resume_with_new_ones_goes_on_from_there()
    {
        await using var host = await MigrationHost.StartAsync(options: o => o.FatalRetrySeconds = 1);
        Fill(800);
        Source.Credentials.Add("new", "newsecret456");
        var seen = 0;
        Source.Faults.Add(Effect.Before(_ =>
        {
            if (Interlocked.Increment(ref seen) == 300)
            {
                Source.Credentials.Revoke();
            }
        }), S3Verb.GetObject);

        var id = await host.CreateAsync(MigrationHost.Request(Source, Target));
        var held = await host.WaitAsync(id, o => o.State == OperationState.Paused);
        var resumed = await host.Jobs.ResumeAsync(
            MigrationHost.Account, id, new BroughtSecrets(new StoreSecret("new", "newsecret456"), null), new Actor("root"), Token);
        Assert.False(resumed.IsRefused(out var refusal, out _), refusal?.Detail);
        var end = await host.EndAsync(id);

        Assert.StartsWith("paused by itself", held.StateReason, StringComparison.Ordinal);
        Assert.Equal((OperationState.Completed, 800L, 0L), (end.State, end.Counts.Succeeded, end.Counts.Failed));
        AssertSame();
        Assert.Equal([LogTypes.Start, LogTypes.Error, LogTypes.Pause, LogTypes.Resume, LogTypes.Complete], (await host.LogsAsync(id)).Select(l => l.LogType));
    }

    [Fact]
    public async Task A_listing_that_does_not_advance_pauses_the_job_and_never_completes_it()
    {
        await using var host = await MigrationHost.StartAsync(options: o => o.FatalRetrySeconds = 0);
        Fill(2_500);
        var stuck = Source.Faults.Add(Effect.StuckToken(), S3Verb.ListObjectsV2, skip: 2);

        var id = await host.CreateAsync(MigrationHost.Request(Source, Target));
        await host.WaitAsync(id, o => o.State == OperationState.Paused);
        Source.Faults.Remove(stuck);
        await host.Jobs.ResumeAsync(MigrationHost.Account, id, BroughtSecrets.None, new Actor("root"), Token);
        var end = await host.EndAsync(id);

        Assert.Equal((OperationState.Completed, 2_500L, 2_500L), (end.State, end.Total, end.Counts.Succeeded));
        AssertSame();
        Assert.Contains(await host.LogsAsync(id), l => l.LogType == LogTypes.FailedContinuation);
    }

    [Theory]
    [InlineData("repeat")]
    [InlineData("reorder")]
    [InlineData("error")]
    [InlineData("reset")]
    [InlineData("missing token")]
    public async Task A_listing_with_faults_loses_nothing_and_takes_nothing_twice(string fault)
    {
        await using var host = await MigrationHost.StartAsync(options: o => o.FatalRetrySeconds = 60);
        Fill(3_500);
        Source.Faults.Add(fault switch
        {
            "repeat" => Effect.RepeatPage(),
            "reorder" => Effect.Reorder(),
            "error" => Effect.InternalError(),
            "reset" => Effect.ResetAfter(500),
            _ => Effect.MissingToken(),
        }, S3Verb.ListObjectsV2, times: 2, skip: 2);

        var end = await host.EndAsync(await host.CreateAsync(MigrationHost.Request(Source, Target)));

        Assert.Equal((OperationState.Completed, 3_500L, 3_500L), (end.State, end.Total, end.Counts.Succeeded));
        AssertSame();
    }

    [Fact]
    public async Task S15_what_cannot_be_reached_is_refused_before_anything_is_created()
    {
        await using var host = await MigrationHost.StartAsync();
        var wrong = MigrationHost.Request(Source, Target) with { Secrets = new JobSecrets(new StoreSecret("testkey", "wrong-secret-xyz"), new StoreSecret("testkey", "testsecret123")) };
        var gone = MigrationHost.Request(Source, Target, s => s with { Target = s.Target with { Bucket = "missing" } });

        var first = await host.TryCreateAsync(wrong);
        var second = await host.TryCreateAsync(gone);

        Assert.Equal(["", "/source"], first.Faults.Select(f => f.Pointer ?? ""));
        Assert.Equal("Preconnectivity failed, please verify tokens and try again", first.Faults[0].Message);
        Assert.Equal(["", "/target"], second.Faults.Select(f => f.Pointer ?? ""));
        Assert.All(first.Faults.Concat(second.Faults), f => Assert.DoesNotContain("wrong-secret", f.Message, StringComparison.Ordinal));
        Assert.Empty(await host.Jobs.ListAsync(MigrationHost.Account, 50, 0, Token));
        Assert.Empty(Target.Bucket("target").Uploads);
    }

    [Fact]
    public async Task S16_running_jobs_are_limited_and_paused_ones_do_not_count()
    {
        await using var host = await MigrationHost.StartAsync(options: o => o.MaxRunningJobs = 2);
        Fill(10);
        var gate = new TestGate();
        var hold = Target.Faults.Add(Effect.Gate(gate), S3Verb.PutObject);
        var first = await host.CreateAsync(MigrationHost.Request(Source, Target));
        await host.CreateAsync(MigrationHost.Request(Source, Target));

        var third = await host.TryCreateAsync(MigrationHost.Request(Source, Target));
        await host.Jobs.PauseAsync(MigrationHost.Account, first, new Actor("root"), Token);
        var fourth = await host.TryCreateAsync(MigrationHost.Request(Source, Target));
        var resumed = await host.Jobs.ResumeAsync(MigrationHost.Account, first, BroughtSecrets.None, new Actor("root"), Token);
        Target.Faults.Remove(hold);
        gate.Open();

        Assert.Equal((RefusalCode.LaneFull, "Maximum number of concurrent jobs has been reached (limit 2)"), (third.Refusal!.Code, third.Refusal.Detail));
        Assert.NotNull(fourth.Id);
        Assert.True(resumed.IsRefused(out var refusal, out _));
        Assert.Equal(RefusalCode.LaneFull, refusal!.Code);
    }

    [Fact]
    public async Task S23_logs_hold_the_first_failures_and_say_how_many_were_left_out()
    {
        await using var host = await MigrationHost.StartAsync(engine: e => e.MaxItemRecords = 10);
        var keys = Enumerable.Range(0, 50).Select(i => $"none-{i:D2}").ToList();

        var id = await host.CreateAsync(MigrationHost.Request(Source, Target, s => s with { Source = s.Source with { Keys = keys } }));
        var end = await host.EndAsync(id);
        var logs = await host.LogsAsync(id);

        Assert.Equal((50L, true, OperationState.Completed), (end.Counts.Failed, end.IsItemsTruncated, end.State));
        Assert.Equal(12, logs.Count);
        Assert.Equal(LogTypes.Start, logs[0].LogType);
        Assert.All(logs[1..11], l => Assert.Equal(LogTypes.RetryExhaustion, l.LogType));
        Assert.EndsWith("failed 50; 40 records of objects were left out", logs[11].Message, StringComparison.Ordinal);
        Assert.Equal(logs.Select(l => l.At).Order(), logs.Select(l => l.At));
    }

    [Fact]
    public async Task Secrets_are_wiped_when_the_job_ends_and_forgotten_with_it()
    {
        await using var host = await MigrationHost.StartAsync();
        Fill(5);
        var id = await host.CreateAsync(MigrationHost.Request(Source, Target));
        await host.EndAsync(id);

        var wiped = await SecretsAsync(host);
        Assert.False((await host.Jobs.DeleteAsync(MigrationHost.Account, id, Token)).IsRefused(out _, out _));

        Assert.Equal([true], wiped);
        Assert.Empty(await SecretsAsync(host));
        Assert.Null(await host.Jobs.FindAsync(MigrationHost.Account, id, Token));
        Assert.Null(await host.Jobs.ReadLogsAsync(MigrationHost.Account, id, 5, 0, Token));
    }

    private static Task<List<bool>> SecretsAsync(MigrationHost host) => host.Database.ReadAsync(
        (session, token) => session.Sql("select secrets from slurper_jobs").ListAsync(r => r.IsDBNull(0), token), Token).AsTask();

    private void Fill(int count)
    {
        var random = new Random(7);
        for (var i = 0; i < count; i++)
        {
            var bytes = new byte[random.Next(0, 3_000)];
            random.NextBytes(bytes);
            Source.Bucket("source").Put($"dir {i % 7}/ä+{i:D5}%.bin", bytes, ("content-type", $"text/x-{i % 5}"), ("x-amz-meta-number", $"{i}"));
        }
    }

    private void AssertSame()
    {
        var (source, target) = (Source.Bucket("source").Objects, Target.Bucket("target").Objects);
        Assert.Equal(source.Select(o => o.Key), target.Select(o => o.Key));
        for (var i = 0; i < source.Count; i++)
        {
            Assert.Equal(source[i].ETag, target[i].ETag);
            Assert.Equal(source[i].Details.Headers.OrderBy(h => h.Key), target[i].Details.Headers.OrderBy(h => h.Key));
        }

        Assert.Empty(Target.Bucket("target").Uploads);
    }
}
