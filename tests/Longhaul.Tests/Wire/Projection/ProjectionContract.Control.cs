using System.Text.Json;
using Longhaul.Tests.Support;
using Longhaul.TestStores;

namespace Longhaul.Tests.Wire.Projection;

/// <summary>What /v1 does with operations of the Slurper and the SAYMON kinds beyond showing them: dry run, pause, resume, abort, retry.</summary>
public abstract partial class ProjectionContract
{
    private static readonly string[] BulkKinds = [SaymonSituations.Bulk, SaymonSituations.Clone];

    [Theory]
    [InlineData(SaymonSituations.Bulk)]
    [InlineData(SaymonSituations.Clone)]
    public async Task B05_while_an_abort_waits_for_work_in_flight_the_bulk_is_not_finished(string kind)
    {
        using var client = Stage.NewClient(SaymonSituations.Account);
        var id = kind == SaymonSituations.Bulk
            ? await SaymonSituations.WeighAsync(client, await SaymonSituations.OwnerOfAsync(client, 2))
            : await SaymonSituations.CloneAsync(client, await SaymonSituations.TreeAsync(client));
        var status = $"{SaymonSituations.Api}/bulk/{id}/status";
        var flying = Assert.Single(await Stage.ClaimAsync());
        await Situation.ControlAsync(client, id, "abort");

        var asked = await SaymonSituations.OkAsync(client, HttpMethod.Get, status);
        var verbose = await SaymonSituations.OkAsync(client, HttpMethod.Get, $"{status}?verbose=1");
        var waiting = client.SendAsync(HttpMethod.Get, status, (string?)null, ("Prefer", "wait=50"));
        await Stage.WaitForTimerAsync(TimeSpan.FromSeconds(50));
        Assert.Empty(await Stage.ClaimAsync());
        Assert.False(waiting.IsCompleted, "answered while work was in flight");
        await Stage.ReleaseAsync(flying);
        await Stage.RunAllAsync();

        Assert.Equal(("{\"finished\":false}", "1"), (asked.Text, asked.Response.Headers.RetryAfter!.ToString()));
        Assert.Equal(("running", true), (verbose.Body.GetProperty("status").GetString(), verbose.Body.GetProperty("abortRequested").GetBoolean()));
        Assert.Equal("{\"finished\":true}", (await waiting).Text);
        Assert.Equal("aborted", (await OperationAsync(client, id)).GetProperty("state").GetString());
    }

    [Fact]
    public async Task O21_a_bulk_is_paused_and_resumed_here_and_changes_each_object_once()
    {
        using var client = Stage.NewClient(SaymonSituations.Account);
        var owner = await SaymonSituations.OwnerOfAsync(client, 3);
        var id = await SaymonSituations.WeighAsync(client, owner);
        foreach (var verb in (string[])["pause", "pause"])
        {
            await Situation.ControlAsync(client, id, verb);
        }

        Assert.Empty(await Stage.ClaimAsync());
        var held = await SaymonSituations.FindAsync(client, $$"""{"owner_id":"{{owner}}"}""");
        foreach (var verb in (string[])["resume", "resume"])
        {
            await Situation.ControlAsync(client, id, verb);
        }

        await Stage.RunAllAsync();
        var after = await SaymonSituations.FindAsync(client, $$"""{"owner_id":"{{owner}}"}""");

        Assert.Equal([1, 1, 1], held.Select(o => o.GetProperty("_version").GetInt32()));
        Assert.Equal([(2, 7), (2, 7), (2, 7)], after.Select(o => (o.GetProperty("_version").GetInt32(), o.GetProperty("weight").GetInt32())));
        Assert.Equal("completed", (await OperationAsync(client, id)).GetProperty("state").GetString());
        await RefusedAsync(client, id, "pause");
        await RefusedAsync(client, id, "resume");
    }

    [Fact]
    public async Task O21_a_clone_is_all_or_nothing_and_cannot_be_paused()
    {
        using var client = Stage.NewClient(SaymonSituations.Account);
        var id = await SaymonSituations.CloneAsync(client, await SaymonSituations.TreeAsync(client));

        await RefusedAsync(client, id, "pause");
        await RefusedAsync(client, id, "resume");
        await Stage.RunAllAsync();
    }

    [Fact]
    public async Task O04_B16_a_dry_run_of_a_bulk_is_the_same_here_and_in_the_face_and_does_nothing()
    {
        using var client = Stage.NewClient(SaymonSituations.Account);
        var owner = await SaymonSituations.OwnerOfAsync(client, 101);
        var body = SaymonSituations.WeighBody(owner);
        var root = await SaymonSituations.TreeAsync(client);
        var before = await CountAsync(client);

        var face = await SaymonSituations.OkAsync(client, HttpMethod.Post, $"{SaymonSituations.Api}/bulk/objects?dry_run=1", body);
        var here = await DryRunAsync(client, SaymonSituations.Bulk, body);
        var clone = await DryRunAsync(client, SaymonSituations.Clone, $$"""{"objectId":"{{root}}"}""");

        Assert.Equal((200, true), ((int)here.Status, here.Body.GetProperty("valid").GetBoolean()));
        Assert.Equal((101, 100), (here.Body.GetProperty("total").GetInt32(), here.Body.GetProperty("sample").GetArrayLength()));
        Assert.Equal((face.Body.GetProperty("matched").GetInt32(), face.Body.GetProperty("sample").GetRawText()), (101, here.Body.GetProperty("sample").GetRawText()));
        Assert.Equal((200, 3), ((int)clone.Status, clone.Body.GetProperty("total").GetInt32()));
        Assert.Equal(before, await CountAsync(client));
        Assert.Empty(await Stage.ClaimAsync());
        Assert.Empty(await SaymonSituations.FindAsync(client, $$"""{"owner_id":"{{owner}}","weight":7}"""));
        Assert.Single(await SaymonSituations.FindAsync(client, $$"""{"id":"{{root}}"}"""));
        foreach (var (kind, wrong) in ((string, string)[])
            [(SaymonSituations.Bulk, """{"bulk":[]}"""), (SaymonSituations.Bulk, """{"search":{"$where":1},"bulk":[{"modify":{"weight":1}}]}"""), (SaymonSituations.Clone, """{"objectId":"x"}"""), (SaymonSituations.Clone, "{}")])
        {
            var dry = await DryRunAsync(client, kind, wrong);
            var real = await SubmitAsync(client, kind, wrong);
            Assert.Equal((400, 400), ((int)dry.Status, (int)real.Status));
            Assert.Equal(real.Body.GetProperty("errors").GetRawText(), dry.Body.GetProperty("errors").GetRawText());
        }
    }

    [Fact]
    public async Task O04_a_dry_run_of_a_migration_tries_both_sides_and_creates_nothing()
    {
        using var client = Stage.NewAccount();
        var job = new Migration(Stage);
        var wrong = new Migration(Stage);
        Stage.Source.DeleteBucket(wrong.From.Name);

        var all = await client.SendAsync(HttpMethod.Post, "/v1/operations", job.ToSubmit(client, ",\"validateOnly\":true"));
        var some = await client.SendAsync(HttpMethod.Post, "/v1/operations", new Migration(Stage) { Keys = ["o0000", "gone"] }.ToSubmit(client, ",\"validateOnly\":true"));
        var dry = await client.SendAsync(HttpMethod.Post, "/v1/operations", wrong.ToSubmit(client, ",\"validateOnly\":true"));
        var real = await client.SendAsync(HttpMethod.Post, "/v1/operations", wrong.ToSubmit(client));

        Assert.Equal((200, """{"valid":true,"total":null,"sample":[]}"""), ((int)all.Status, all.Text));
        Assert.Equal((200, """{"valid":true,"total":2,"sample":["o0000","gone"]}"""), ((int)some.Status, some.Text));
        Assert.Equal((400, 400), ((int)dry.Status, (int)real.Status));
        Assert.Contains("/params/source", dry.Body.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
        Assert.Equal(real.Body.GetProperty("errors").GetRawText(), dry.Body.GetProperty("errors").GetRawText());
        Assert.Equal("[]", (await client.SendAsync(HttpMethod.Get, SlurperFace.Jobs(client))).Result.GetRawText());
        Assert.Empty(await Stage.ClaimAsync());
        Assert.Empty(job.To.Keys);
    }

    [Fact]
    public async Task O22_what_failed_of_a_bulk_is_retried_and_what_was_aborted_too_when_asked_for()
    {
        using var client = Stage.NewClient(SaymonSituations.Account);
        var (owner, discovery) = (await SaymonSituations.OwnerOfAsync(client, 2), SaymonSituations.NewName());
        var partial = await SaymonSituations.SubmitAsync(client, SaymonSituations.DiscoverBody(owner, discovery));
        await Stage.RunAllAsync();
        var loser = (await ItemsAsync(client, partial)).Single(i => i.GetProperty("state").GetString() == "failed").GetProperty("key").GetString();
        var winner = (await SaymonSituations.FindAsync(client, $$"""{"discovery_id":"{{discovery}}"}""")).Single().GetProperty("id").GetString();
        await SaymonSituations.OkAsync(client, HttpMethod.Delete, $"{SaymonSituations.Api}/objects/{winner}");
        var again = await RetryAsync(client, partial, "{}");
        var aborted = await SaymonSituations.WeighAsync(client, owner);
        await Situation.ControlAsync(client, aborted, "abort");
        var nothing = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{aborted}:retry", "{}");
        var weighed = await RetryAsync(client, aborted, """{"items":"unsuccessful"}""");
        var open = await SaymonSituations.WeighAsync(client, owner);
        await RefusedAsync(client, open, "retry");
        await Stage.EndAllAsync();

        Assert.Equal((partial, 1), (again.GetProperty("retryOf").GetString(), again.GetProperty("progress").GetProperty("succeeded").GetInt32()));
        Assert.Equal(loser, (await SaymonSituations.FindAsync(client, $$"""{"discovery_id":"{{discovery}}"}""")).Single().GetProperty("id").GetString());
        Assert.Equal(409, (int)nothing.Status);
        Assert.Equal((aborted, 1), (weighed.GetProperty("retryOf").GetString(), weighed.GetProperty("progress").GetProperty("succeeded").GetInt32()));
        Assert.Equal("completed", weighed.GetProperty("state").GetString());
    }

    [Fact]
    public async Task O22_an_aborted_clone_leaves_nothing_and_is_retried_as_a_whole()
    {
        using var client = Stage.NewClient(SaymonSituations.Account);
        var root = await SaymonSituations.TreeAsync(client);
        var name = (await SaymonSituations.OkAsync(client, HttpMethod.Get, $"{SaymonSituations.Api}/objects/{root}")).Body.GetProperty("name").GetString();
        var id = await SaymonSituations.CloneAsync(client, root);
        await Situation.ControlAsync(client, id, "abort");

        Assert.Single(await SaymonSituations.FindAsync(client, $$"""{"name":"{{name}}"}"""));
        var retried = await RetryAsync(client, id, """{"items":"unsuccessful"}""");

        Assert.Equal(("completed", id), (retried.GetProperty("state").GetString(), retried.GetProperty("retryOf").GetString()));
        var copy = retried.GetProperty("response").GetProperty("rootId").GetString();
        Assert.Equal(((string?[])[root, copy]).Order(StringComparer.Ordinal), (await SaymonSituations.FindAsync(client, $$"""{"name":"{{name}}"}""")).Select(o => o.GetProperty("id").GetString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task O22_a_retry_of_a_migration_copies_exactly_what_failed_with_secrets_brought_again()
    {
        using var client = Stage.NewAccount();
        var job = new Migration(Stage) { Keys = ["o0000", "late"] };
        var id = await job.CreateAsync(client);
        await Stage.RunAllAsync();
        job.From.Put("late", "1"u8);
        var puts = Stage.Target.Log.Count(S3Verb.PutObject);

        var bare = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:retry", "{}");
        var retried = await RetryAsync(client, id, $$"""{"params":{{Migration.Secrets(job.KeyId, job.Secret)}} }""");

        Assert.Equal((400, "/params"), ((int)bare.Status, bare.Body.GetProperty("errors")[0].GetProperty("pointer").GetString()));
        Assert.Equal(("completed", id, 1), (retried.GetProperty("state").GetString(), retried.GetProperty("retryOf").GetString(), retried.GetProperty("progress").GetProperty("total").GetInt32()));
        Assert.Equal(["late", "o0000"], job.To.Keys);
        Assert.Equal(1, Stage.Target.Log.Count(S3Verb.PutObject) - puts);
        Assert.Equal("completed", (await client.SendAsync(HttpMethod.Get, $"{SlurperFace.Jobs(client)}/{retried.GetProperty("id").GetString()}")).Result.GetProperty("status").GetString());
    }

    [Fact]
    public async Task S35_a_job_that_held_itself_is_resumed_here_with_new_secrets()
    {
        using var client = Stage.NewAccount();
        var job = new Migration(Stage, objects: 3);
        var id = await job.CreateAsync(client);
        Stage.Source.Credentials.Revoke(job.KeyId);
        await Stage.RunAllAsync();
        var held = await OperationAsync(client, id);
        Stage.Source.Credentials.Add($"{job.KeyId}n", "new-secret");

        var wrong = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:resume", """{"params":{"source":{"secret":{"clientEmail":"x"} } } }""");
        var resumed = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:resume", $$"""{"params":{{Migration.Secrets($"{job.KeyId}n", "new-secret")}} }""");
        await Stage.RunAllAsync();

        Assert.StartsWith("paused by itself: ", held.GetProperty("stateReason").GetString(), StringComparison.Ordinal);
        Assert.Equal(400, (int)wrong.Status);
        Assert.Contains("/params/source/secret/clientEmail", wrong.Body.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
        Assert.Equal((200, "running"), ((int)resumed.Status, resumed.Body.GetProperty("state").GetString()));
        Assert.Equal("completed", (await OperationAsync(client, id)).GetProperty("state").GetString());
        Assert.Equal(3, job.To.Count);
        var logs = (await client.SendAsync(HttpMethod.Get, $"{SlurperFace.Jobs(client)}/{id}/logs")).Result.EnumerateArray().Select(l => l.GetProperty("logType").GetString());
        Assert.Equal(["migrationStart", "migrationError", "migrationPause", "migrationResume", "migrationComplete"], logs);
    }

    private static async Task<JsonElement> OperationAsync(ListsClient client, string id) => (await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}")).Body;

    private static Task<WireAnswer> SubmitAsync(ListsClient client, string kind, string parameters, string rest = "") =>
        client.SendAsync(HttpMethod.Post, "/v1/operations", $$"""{"kind":"{{kind}}","account":"{{client.Account}}","params":{{parameters}}{{rest}}}""");

    private static Task<WireAnswer> DryRunAsync(ListsClient client, string kind, string parameters) => SubmitAsync(client, kind, parameters, ",\"validateOnly\":true");

    private static async Task<int> CountAsync(ListsClient client) =>
        (await client.SendAsync(HttpMethod.Get, $"/v1/operations?account={client.Account}&pageSize=500{string.Concat(BulkKinds.Select(k => $"&kind={k}"))}")).Body.GetProperty("operations").GetArrayLength();

    private static async Task RefusedAsync(ListsClient client, string id, string verb)
    {
        var answer = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:{verb}", verb == "retry" ? "{}" : null);
        Assert.Equal((409, "urn:longhaul:problem:failed-precondition"), ((int)answer.Status, answer.Body.GetProperty("type").GetString()));
    }

    /// <summary>Retries and runs what came of it; completes with the new operation as it ended.</summary>
    private async Task<JsonElement> RetryAsync(ListsClient client, string id, string body)
    {
        var answer = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:retry", body);
        Assert.True((int)answer.Status == 202, answer.Text);
        await Stage.RunAllAsync();
        return await OperationAsync(client, answer.Body.GetProperty("id").GetString()!);
    }
}
