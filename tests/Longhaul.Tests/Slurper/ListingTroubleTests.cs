using Longhaul.Engine.Operations;
using Longhaul.Slurper;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Slurper;

/// <summary>A listing that cannot go on is tried for as long as every other fault of a whole job, and then told by its own word.</summary>
public sealed class ListingTroubleTests : StorePair
{
    [Fact]
    public async Task A_token_that_stands_still_for_a_moment_does_not_pause_the_job()
    {
        Source.Bucket("source").Seed(2_200, 1, "k");
        await using var host = await MigrationHost.StartAsync(options: o => o.FatalRetrySeconds = 60);

        // The check lists once, the job its first page; then more answers are stuck than are asked for at once.
        Source.Faults.Add(Effect.StuckToken(), S3Verb.ListObjectsV2, times: 4, skip: 2);

        var id = await host.CreateAsync(MigrationHost.Request(Source, Target));
        var end = await host.EndAsync(id);

        Assert.Equal((OperationState.Completed, 2_200L), (end.State, end.Counts.Succeeded));
        Assert.Equal([LogTypes.Start, LogTypes.Complete], (await host.LogsAsync(id)).Select(l => l.LogType));
    }

    [Fact]
    public async Task A_listing_that_goes_on_and_does_not_say_where_is_told_as_a_failed_continuation()
    {
        Source.Bucket("source").Seed(2_200, 1, "k");
        await using var host = await MigrationHost.StartAsync(options: o => o.FatalRetrySeconds = 0);
        Source.Faults.Add(Effect.MissingToken(), S3Verb.ListObjectsV2, skip: 1);

        var id = await host.CreateAsync(MigrationHost.Request(Source, Target));
        await host.WaitAsync(id, o => o.State == OperationState.Paused);

        Assert.Equal([LogTypes.Start, LogTypes.FailedContinuation, LogTypes.Pause], (await host.LogsAsync(id)).Select(l => l.LogType));
    }
}
