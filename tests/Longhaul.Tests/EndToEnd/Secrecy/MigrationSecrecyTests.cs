using System.Net;
using System.Text.Json;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.EndToEnd.Secrecy;

/// <summary>
/// "Secrets never in logs, traces, errors, GET answers" and "encrypted at rest, wiped when the job is terminal" (<c>contracts/slurper.md</c>
/// sections 5, 11, 15; lines S-12 and O-61), through everything that can become of a job.
/// </summary>
[Collection("processes")]
public sealed class MigrationSecrecyTests
{
    private const string Bucket = SecrecyScene.Bucket;
    private const string Slurper = $"/client/v4/accounts/{SecrecyScene.Account}/slurper";
    private const string Jobs = $"{Slurper}/jobs";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task S12_O61_no_secret_of_a_migration_is_seen_anywhere_and_none_outlives_its_job(DatabaseUnderTest database)
    {
        await using var scene = await SecrecyScene.StartAsync(database);
        var source = NewKey(scene, "the source's key", scene.Source);
        var renewed = NewKey(scene, "the source's new key", scene.Source);
        var target = NewKey(scene, "the target's key", scene.Target);
        var wrong = NewKey(scene, "a wrong key", null);
        var google = scene.Source.GcsAccounts.Create($"g{Guid.NewGuid():N}@example.com");
        scene.Watch.Add("the private key of Google", google.PrivateKey);
        scene.Source.Bucket(Bucket).Seed(40, 100);
        var job = Job(S3(scene.Source, source), S3(scene.Target, target));

        await Task.WhenAll(CheckSidesAsync(scene, source, target, wrong, google), RefuseAsync(scene, source, target, wrong));
        await RepeatAsync(scene, job);
        await SubmitHereAsync(scene, job, source, target);
        await EndAsync(scene, await CreateAsync(scene, Job(Gcs(google), S3(scene.Target, target))), "completed");
        Assert.Empty(await scene.ReadSealedAsync());
        await scene.LookAsync();

        // One that has lost its credentials waits, one is aborted at work, one is at work when the program dies.
        var lost = await LoseCredentialsAsync(scene, source, target);
        var gate = new TestGate();
        var hold = scene.Target.Faults.Add(Effect.Gate(gate), S3Verb.PutObject);
        var aborted = await CreateAsync(scene, Job(S3(scene.Source, renewed), S3(scene.Target, target)));
        await gate.ArrivedAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(2, (await scene.ReadSealedAsync()).Count);
        await OkAsync(scene, HttpMethod.Put, $"{Jobs}/{aborted}/abort");
        await EndAsync(scene, aborted, "aborted");
        var arrived = gate.ArrivedCount;
        var killed = await CreateAsync(scene, Job(S3(scene.Source, renewed), S3(scene.Target, target)));
        await gate.ArrivedAsync(arrived + 1).WaitAsync(Patience, TestContext.Current.CancellationToken);
        await scene.LookAsync();
        Assert.Contains("holds itself", scene.Server.Errors, StringComparison.Ordinal);
        scene.Server.Kill();
        await scene.Server.WaitForExitAsync();
        scene.LookAtFiles();

        scene.Target.Faults.Remove(hold);
        gate.Open();
        await scene.ServeAsync();
        var ciphers = await scene.ReadSealedAsync();
        await ResumeAsync(scene, lost, renewed, target, wrong);
        ciphers.AddRange(await scene.ReadSealedAsync());
        await EndAsync(scene, lost, "completed");
        await EndAsync(scene, killed, "completed");

        Assert.InRange(ciphers.Count, 2, 4);
        Assert.Empty(await scene.ReadSealedAsync());
        await scene.LookAsync();
        await LookForAsync(scene, ciphers);
        await OkAsync(scene, HttpMethod.Delete, $"{Jobs}/{lost}");
        scene.Server.Terminate();
        Assert.Equal(0, await scene.Server.WaitForExitAsync());
        scene.Watch.Look("standard output", await scene.Server.ReadRestAsync());
        scene.Watch.Look("the log", scene.Server.Errors);
        scene.LookAtFiles();
        Assert.All(scene.ReadFiles(), f => Assert.All(ciphers, c => Assert.True(f.Bytes.AsSpan().IndexOf(Middle(c)) < 0, $"{f.Path} still holds what was sealed")));
    }

    private static async Task LookForAsync(SecrecyScene scene, List<byte[]> ciphers)
    {
        var rows = await scene.DumpAsync();
        Assert.All(ciphers, c => Assert.DoesNotContain(Convert.ToHexStringLower(Middle(c)), rows, StringComparison.Ordinal));
    }

    // Its beginning is the same for all that one key has sealed.
    private static ReadOnlySpan<byte> Middle(byte[] cipher) => cipher.AsSpan(cipher.Length / 2, 32);

    // Refused credentials are tried again for seconds, so all of it is asked for at once.
    private static Task CheckSidesAsync(SecrecyScene scene, (string Id, string Secret) source, (string Id, string Secret) target, (string Id, string Secret) wrong, TestStores.Gcs.ServiceAccount google)
    {
        (string, string, string)[] cases =
        [
            ("source", S3(scene.Source, source), "success"),
            ("source", S3(scene.Source, (source.Id, wrong.Secret)), "error"),
            ("source", S3(scene.Source, (wrong.Secret[..20], source.Secret)), "error"),
            ("source", Gcs(google), "success"),
            ("source", Gcs(google with { ClientEmail = "nobody@example.com" }), "error"),
            ("target", S3(scene.Target, target), "success"),
            ("target", S3(scene.Target, wrong), "error"),
        ];
        return Task.WhenAll(cases.Select(async check =>
        {
            var (side, body, expected) = check;
            var answer = await OkAsync(scene, HttpMethod.Put, $"{Slurper}/{side}/connectivity-precheck", body);
            Assert.Equal(expected, answer.Result.GetProperty("connectivityStatus").GetString());
        }));
    }

    /// <summary>Creates of which nothing comes: the credentials are refused, or the body is wrong in every way in which it can hold a secret.</summary>
    private static Task RefuseAsync(SecrecyScene scene, (string Id, string Secret) source, (string Id, string Secret) target, (string Id, string Secret) wrong)
    {
        var (good, secret) = (S3(scene.Target, target), JsonSerializer.Serialize(source.Secret));
        string[] sources =
        [
            S3(scene.Source, (source.Id, wrong.Secret)),
            S3(scene.Source, wrong),
            S3(scene.Source, (source.Secret, source.Id)),
            $$"""{"vendor":"s3","bucket":"{{Bucket}}","secret":{"accessKeyId":"x","secretKey":{{secret}} } }""",
            $$"""{"vendor":"s3","bucket":"{{Bucket}}","secret":{{secret}} }""",
            $$"""{"vendor":"s3","bucket":"{{Bucket}}","secret":{"accessKeyId":[{{secret}}],"secretAccessKey":{"a":{{secret}} } } }""",
            $$"""{"vendor":"s3","bucket":"{{Bucket}}","secret":{"accessKeyId":"x","secretAccessKey":{{JsonSerializer.Serialize(source.Secret + "\n")}} } }""",
            $$"""{"vendor":"gcs","bucket":"{{Bucket}}","secret":{"clientEmail":"x","privateKey":{{secret}} } }""",
            $$"""{"vendor":"s3","bucket":"{{Bucket}}","endpoint":"https://x:{{Uri.EscapeDataString(source.Secret)}}@example.com","secret":{"accessKeyId":"x","secretAccessKey":{{secret}} } }""",
            $$"""{"vendor":"s3","bucket":"{{Bucket}}","region":{{secret}},"secret":{"accessKeyId":"x","secretAccessKey":{{secret}} } }""",
            $$"""{"vendor":"s3","bucket":"{{Bucket}}","secret":{"accessKeyId":"x","secretAccessKey":{{secret}}""",
        ];
        return Task.WhenAll(sources.Select(async side =>
        {
            var check = scene.Client.SendAsync(HttpMethod.Put, $"{Slurper}/source/connectivity-precheck", side);
            var create = scene.Client.SendAsync(HttpMethod.Post, Jobs, Job(side, good), ("Idempotency-Key", "refused"));
            var submit = scene.Client.SendAsync(HttpMethod.Post, "/v1/operations", Submit(Job(side, good), ",\"validateOnly\":true"));
            await Task.WhenAll(check, create, submit);
            Assert.True((await create).Status == HttpStatusCode.BadRequest && (await submit).Status == HttpStatusCode.BadRequest, (await create).Text + (await submit).Text);
        }));
    }

    /// <summary>A job that is asked for again and again, and everything that shows it.</summary>
    private static async Task RepeatAsync(SecrecyScene scene, string job)
    {
        (string, string)[] key = [("Idempotency-Key", "k"), ("X-Stainless-Retry-Count", "1")];
        var first = await scene.Client.SendAsync(HttpMethod.Post, Jobs, job, key[0]);
        var replay = await scene.Client.SendAsync(HttpMethod.Post, Jobs, job, key[0]);
        var again = await scene.Client.SendAsync(HttpMethod.Post, Jobs, job, key[1]);
        var other = await scene.Client.SendAsync(HttpMethod.Post, Jobs, job[..^1] + ",\"overwrite\":false}", key[0]);
        Assert.Equal([201, 201, 201, 422], ((WireAnswer[])[first, replay, again, other]).Select(a => (int)a.Status));
        Assert.Equal([first.Text, first.Text], [replay.Text, again.Text]);
        await EndAsync(scene, first.Result.GetProperty("id").GetString()!, "completed");
    }

    /// <summary>The same through the operations API: submit, and a retry that brings its secrets again.</summary>
    private static async Task SubmitHereAsync(SecrecyScene scene, string job, (string Id, string Secret) source, (string Id, string Secret) target)
    {
        var keyed = job.Insert(job.IndexOf("\"endpoint\"", StringComparison.Ordinal), "\"keys\":[\"gone\"],");
        var key = ("Idempotency-Key", "here");
        var first = await scene.Client.SendAsync(HttpMethod.Post, "/v1/operations", Submit(keyed), key);
        var replay = await scene.Client.SendAsync(HttpMethod.Post, "/v1/operations", Submit(keyed), key);
        Assert.Equal((202, first.Text), ((int)first.Status, replay.Text));
        var id = first.Body.GetProperty("id").GetString()!;
        await EndAsync(scene, id, "completed");
        var bare = await scene.Client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:retry", $$"""{"params":{"source":{{Secret(source)}} } }""");
        var retried = await scene.Client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:retry", $$"""{"params":{{Secrets(source, target)}} }""", key);
        Assert.Equal((400, 202), ((int)bare.Status, (int)retried.Status));
        await EndAsync(scene, retried.Body.GetProperty("id").GetString()!, "completed");
    }

    /// <summary>Takes the source's key away while a job reads; completes with the job when it has paused itself.</summary>
    private static async Task<string> LoseCredentialsAsync(SecrecyScene scene, (string Id, string Secret) source, (string Id, string Secret) target)
    {
        scene.Source.Faults.Add(Effect.Before(_ => scene.Source.Credentials.Revoke(source.Id)), S3Verb.GetObject, times: 1, skip: 10);
        var id = await CreateAsync(scene, Job(S3(scene.Source, source), S3(scene.Target, target)));
        WireAnswer paused;
        do
        {
            var known = await scene.Client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}");
            paused = known.Body.GetProperty("state").GetString() == "paused"
                ? known
                : await scene.Client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", (string?)null, ("Prefer", "wait=5"), ("If-None-Match", known.Response.Headers.ETag!.Tag));
        }
        while (paused.Status == HttpStatusCode.NotModified || paused.Body.GetProperty("state").GetString() == "running");

        Assert.Equal("paused", paused.Body.GetProperty("state").GetString());
        var log = await OkAsync(scene, HttpMethod.Get, $"{Jobs}/{id}/logs");
        Assert.Contains("migrationError", log.Text, StringComparison.Ordinal);
        await OkAsync(scene, HttpMethod.Get, $"{Jobs}/{id}");
        return id;
    }

    private static async Task ResumeAsync(SecrecyScene scene, string id, (string Id, string Secret) renewed, (string Id, string Secret) target, (string Id, string Secret) wrong)
    {
        foreach (var bad in (string[])[$$"""{"source":{"secret":{{JsonSerializer.Serialize(renewed.Secret)}} } }""", $$"""{"source":{"secret":{"privateKey":{{JsonSerializer.Serialize(renewed.Secret)}} } } }"""])
        {
            Assert.Equal(400, (int)(await scene.Client.SendAsync(HttpMethod.Put, $"{Jobs}/{id}/resume", bad)).Status);
            Assert.Equal(400, (int)(await scene.Client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:resume", $$"""{"params":{{bad}} }""")).Status);
        }

        // Others that are wrong are taken, and hold it again.
        await OkAsync(scene, HttpMethod.Put, $"{Jobs}/{id}/resume", $$"""{"source":{{Secret(wrong)}} }""");
        string state;
        do
        {
            state = (await scene.Client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}")).Body.GetProperty("state").GetString()!;
        }
        while (state == "running");

        Assert.Equal("paused", state);
        await OkAsync(scene, HttpMethod.Post, $"/v1/operations/{id}:resume", $$"""{"params":{{Secrets(renewed, target)}} }""");
    }

    /// <summary>Waits for the end and reads all that there is to read about it.</summary>
    private static async Task EndAsync(SecrecyScene scene, string id, string expected)
    {
        // The stream gives each state until the last one, and closes.
        await OkAsync(scene, HttpMethod.Get, $"/v1/operations/{id}/events");
        var end = await OkAsync(scene, HttpMethod.Get, $"/v1/operations/{id}");
        Assert.True(end.Body.GetProperty("state").GetString() == expected, end.Text);
        foreach (var path in (string[])[$"/v1/operations/{id}/items?pageSize=1000", "/v1/operations", "/v1/kinds", Jobs, $"{Jobs}/{id}", $"{Jobs}/{id}/progress", $"{Jobs}/{id}/logs"])
        {
            await OkAsync(scene, HttpMethod.Get, path);
        }
    }

    private static async Task<string> CreateAsync(SecrecyScene scene, string job)
    {
        var answer = await scene.Client.SendAsync(HttpMethod.Post, Jobs, job);
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        return answer.Result.GetProperty("id").GetString()!;
    }

    private static async Task<WireAnswer> OkAsync(SecrecyScene scene, HttpMethod method, string path, string? body = null)
    {
        var answer = await scene.Client.SendAsync(method, path, body);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{method} {path}: {(int)answer.Status} {answer.Text}");
        return answer;
    }

    /// <summary>A pair that nothing else has, and that every encoding changes; the store knows it, if there is one.</summary>
    private static (string Id, string Secret) NewKey(SecrecyScene scene, string name, TestStore? store)
    {
        var key = (Id: $"AKIA{Guid.NewGuid():N}", Secret: $"s/{Guid.NewGuid():N}+\"q\\é=");
        store?.Credentials.Add(key.Id, key.Secret);
        scene.Watch.Add($"the id of {name}", key.Id);
        scene.Watch.Add(name, key.Secret);
        return key;
    }

    private static string Job(string source, string target) => $$"""{"source":{{source}},"target":{{target}}}""";

    private static string Submit(string job, string rest = "") => $$"""{"kind":"slurper.migrate","account":"{{SecrecyScene.Account}}","params":{{job}}{{rest}}}""";

    private static string S3(TestStore store, (string Id, string Secret) key) =>
        $$"""{"vendor":"s3","bucket":"{{Bucket}}","endpoint":"{{store.Address}}",{{Secret(key)[1..]}}""";

    private static string Gcs(TestStores.Gcs.ServiceAccount account) =>
        $$"""{"vendor":"gcs","bucket":"{{Bucket}}","secret":{"clientEmail":"{{account.ClientEmail}}","privateKey":{{JsonSerializer.Serialize(account.PrivateKey)}} } }""";

    private static string Secret((string Id, string Secret) key) =>
        $$"""{"secret":{"accessKeyId":{{JsonSerializer.Serialize(key.Id)}},"secretAccessKey":{{JsonSerializer.Serialize(key.Secret)}} } }""";

    private static string Secrets((string Id, string Secret) source, (string Id, string Secret) target) => $$"""{"source":{{Secret(source)}},"target":{{Secret(target)}} }""";
}
