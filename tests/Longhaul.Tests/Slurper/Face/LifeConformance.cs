using System.Net;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>Section "life cycle", as far as the wire shows it: S-21, S-30, S-33, S-34, with S-05 on every refusal.</summary>
public abstract class LifeConformance(SlurperPlace place)
{
    [Theory]
    [InlineData("running", "pause", 200, 0, "paused")]
    [InlineData("running", "resume", 409, 19116, "running")]
    [InlineData("running", "abort", 200, 0, "aborted")]
    [InlineData("running", "DELETE", 409, 19117, "running")]
    [InlineData("paused", "pause", 409, 19116, "paused")]
    [InlineData("paused", "resume", 200, 0, "running")]
    [InlineData("paused", "abort", 200, 0, "aborted")]
    [InlineData("paused", "DELETE", 409, 19117, "paused")]
    [InlineData("aborted", "pause", 409, 19116, "aborted")]
    [InlineData("aborted", "resume", 409, 19116, "aborted")]
    [InlineData("aborted", "abort", 200, 0, "aborted")]
    [InlineData("completed", "pause", 409, 19116, "completed")]
    [InlineData("completed", "resume", 409, 19116, "completed")]
    [InlineData("completed", "abort", 200, 0, "completed")]
    public async Task S30_each_cell_of_the_table(string state, string action, int status, int code, string after)
    {
        using var client = place.NewAccount();
        var id = await place.BringAsync(client, state);

        var answer = action == "DELETE" ? await client.SendAsync("DELETE", $"{client.Jobs}/{id}") : await client.SendAsync("PUT", $"{client.Jobs}/{id}/{action}");

        Assert.Equal(status, (int)answer.Status);
        if (status == 200)
        {
            Assert.Equal(id, answer.Result.GetString());
        }
        else
        {
            Assert.Equal((code, code == 19117 ? "job is still active" : $"job is {state}"), (answer.Code, answer.Message));
        }

        Assert.Equal(after, await place.SettledAsync(client, id, after));
    }

    [Theory]
    [InlineData("aborted")]
    [InlineData("completed")]
    public async Task S34_a_job_that_has_ended_can_be_deleted_once(string state)
    {
        using var client = place.NewAccount();
        var id = await place.BringAsync(client, state);

        var deleted = await client.SendAsync("DELETE", $"{client.Jobs}/{id}");
        var again = await client.SendAsync("DELETE", $"{client.Jobs}/{id}");

        Assert.Equal((HttpStatusCode.OK, id), (deleted.Status, deleted.Result.GetString()));
        Assert.Equal((404, 19114), ((int)again.Status, again.Code));
        Assert.Equal(404, (int)(await client.SendAsync("GET", $"{client.Jobs}/{id}")).Status);
    }

    [Theory]
    [InlineData("00000000000000000000000000000000")]
    [InlineData("job_id")]
    [InlineData("a%2Fb%20c")]
    public async Task S21_an_unknown_job_is_not_found_by_any_route(string id)
    {
        using var client = place.NewAccount();
        using var other = place.NewAccount();
        foreach (var unknown in (string[])[id, await place.BringAsync(other, "running")])
        {
            foreach (var (method, path) in ((string, string)[])[("GET", ""), ("GET", "/progress"), ("GET", "/logs"), ("PUT", "/abort"), ("PUT", "/pause"), ("PUT", "/resume"), ("DELETE", "")])
            {
                var answer = await client.SendAsync(method, $"{client.Jobs}/{unknown}{path}");
                Assert.Equal((404, 19114), ((int)answer.Status, answer.Code));
                Assert.StartsWith("job not found: ", answer.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task S33_all_running_and_paused_jobs_of_one_account_are_aborted()
    {
        using var client = place.NewAccount();
        using var other = place.NewAccount();
        string[] open = [await place.BringAsync(client, "running"), await place.BringAsync(client, "running"), await place.BringAsync(client, "paused")];
        var done = await place.BringAsync(client, "completed");
        var others = await place.BringAsync(other, "running");

        var answer = await client.SendAsync("PUT", $"{client.Jobs}/abortAll");

        Assert.Equal("aborted 3 jobs", answer.Result.GetString());
        foreach (var id in open)
        {
            Assert.Equal("aborted", await place.SettledAsync(client, id, "aborted"));
        }

        Assert.Equal(("completed", "running"), (await client.StatusAsync(done), await other.StatusAsync(others)));
    }
}

public sealed class LifeOnFake(FakePlace place) : LifeConformance(place), IClassFixture<FakePlace>
{
    private readonly FakePlace _place = place;

    [Fact]
    public async Task S16_one_job_too_many_is_refused_with_the_limit()
    {
        using var client = _place.NewAccount();
        for (var i = 0; i < 100; i++)
        {
            await _place.BringAsync(client, "running");
        }

        var refused = await client.SendAsync("POST", client.Jobs, SlurperClient.Job(_place.Source(), _place.Target()));
        Assert.Equal((409, 19115, "Maximum number of concurrent jobs has been reached (limit 100)"), ((int)refused.Status, refused.Code, refused.Message));
    }

    [Theory]
    [InlineData(Longhaul.Engine.Operations.OperationState.Pending, "running")]
    [InlineData(Longhaul.Engine.Operations.OperationState.Failed, "aborted")]
    public async Task States_that_the_vendor_has_not_are_shown_as_those_that_it_has(Longhaul.Engine.Operations.OperationState state, string shown)
    {
        using var client = _place.NewAccount();
        var id = await _place.BringAsync(client, "running");
        _place.Jobs.Bring(id, state);

        Assert.Equal(shown, await client.StatusAsync(id));
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    public async Task A_job_that_is_being_aborted_says_so(string action)
    {
        using var client = _place.NewAccount();
        var id = await _place.BringAsync(client, "running");
        _place.Jobs.Bring(id, Longhaul.Engine.Operations.OperationState.Running, isAbortRequested: true);

        var answer = await client.SendAsync("PUT", $"{client.Jobs}/{id}/{action}");

        Assert.Equal((409, 19116, "job is running; it is being aborted"), ((int)answer.Status, answer.Code, answer.Message));
    }

    [Fact]
    public async Task A_resume_may_bring_credentials_of_the_jobs_vendors()
    {
        using var client = _place.NewAccount();
        var id = await _place.BringAsync(client, "paused");

        var good = await client.SendAsync("PUT", $"{client.Jobs}/{id}/resume", """{"source":{"secret":{"accessKeyId":"NEW","secretAccessKey":"NEWSECRET"}}}""");
        Assert.Equal(HttpStatusCode.OK, good.Status);
        Assert.Equal((new Longhaul.Slurper.StoreSecret("NEW", "NEWSECRET"), null), (_place.Jobs.Resumes[^1].Source, _place.Jobs.Resumes[^1].Target));

        var bad = await client.SendAsync("PUT", $"{client.Jobs}/{id}/resume", """{"source":{"secret":{"clientEmail":"x"}},"target":{"bucket":"b"}}""");
        Assert.Equal((400, 19111), ((int)bad.Status, bad.Code));
        Assert.Contains("/source/secret/clientEmail", bad.Text, StringComparison.Ordinal);
        Assert.Contains("/target/bucket", bad.Text, StringComparison.Ordinal);
    }
}
