using Longhaul.Slurper;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Slurper;

/// <summary>What the acceptance of a job has to know and cannot find out is the caller's error, named by its side, and never a guess.</summary>
public sealed class IntakeRefusalTests : StorePair
{
    [Fact]
    public async Task A_target_that_refuses_the_probe_of_conditional_writes_is_a_failed_check_and_no_internal_error()
    {
        await using var host = await MigrationHost.StartAsync();
        Target.Faults.Add(Effect.AccessDenied(), S3Verb.PutObject);

        var answer = await host.TryCreateAsync(MigrationHost.Request(Source, Target, s => s with { Overwrite = false }));

        Assert.Null(answer.Id);
        Assert.Equal([(19112, null), (19112, "/target")], answer.Faults.Select(f => (f.Code, f.Pointer)));
        Assert.Equal("Preconnectivity failed, please verify tokens and try again", answer.Faults[0].Message);
        Assert.Contains("PutObject was answered 403", answer.Faults[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_stumbles_over_a_prefix_with_a_slash_does_not_make_the_job_copy_nothing()
    {
        await using var host = await MigrationHost.StartAsync();
        Source.Bucket("source").Put("a/1", "x"u8);

        // The check has listed both forms; the third listing looks for what the job will list.
        Source.Faults.Add(new Fault(Effect.InternalError()) { Verbs = [S3Verb.ListObjectsV2], Skip = 2, Times = 1 });
        var id = await host.CreateAsync(MigrationHost.Request(Source, Target, s => s with { Source = s.Source with { PathPrefix = "/a" } }));

        Assert.Equal(1, (await host.EndAsync(id)).Counts.Succeeded);
    }

    [Fact]
    public async Task A_configured_endpoint_that_is_not_allowed_is_named_with_the_way_out()
    {
        await using var host = await MigrationHost.StartAsync(options: o => o.R2Endpoint = "http://r2.example/{account}");

        var answer = await host.TryCreateAsync(MigrationHost.Request(
            Source, Target, s => s with { Target = new JobTarget { Vendor = "r2", Bucket = "target", Jurisdiction = "default" } }));

        var fault = Assert.Single(answer.Faults);
        Assert.Equal((19113, "/target"), (fault.Code, fault.Pointer));
        Assert.Equal("endpoint not allowed: r2.example; add it to Slurper:AllowedEndpoints (it is not https)", fault.Message);
    }
}
