using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Data;

namespace Longhaul.Tests.Wire.Projection;

/// <summary>What a migration can be in.</summary>
internal static class MigrationSituations
{
    public const string Kind = "slurper.migrate";

    /// <summary>Less than a page of a listing, so that the second page has to wait.</summary>
    public const int ListAhead = 100;

    /// <summary>Larger objects are skipped.</summary>
    public const int MaxObjectBytes = 1_000;

    // A chunk has 250 objects: these are two.
    private const int TwoChunks = 260;

    private static readonly string[] Gone = ["gone-1", "gone-2", "gone-3"];

    public static IEnumerable<Situation> All()
    {
        yield return new(Kind, "pending", "pending", (stage, client) => MigrateAsync(stage, client), Items: []);
        yield return new(Kind, "running", "running", async (stage, client) => (await ClaimedAsync(stage, client)).Id, Items: []);
        yield return new(Kind, "running, still listing", "running", async (stage, client) =>
        {
            var id = await MigrateAsync(stage, client, objects: 1_001);
            Assert.NotEmpty(await stage.ClaimAsync());
            return id;
        }, Items: []);
        yield return new(Kind, "running, abort requested", "running", async (stage, client) =>
        {
            var (id, _) = await ClaimedAsync(stage, client);
            await Situation.ControlAsync(client, id, "abort");
            return id;
        }, IsAbortRequested: true, Items: []);
        yield return new(Kind, "paused before the start", "paused", async (stage, client) =>
        {
            var id = await MigrateAsync(stage, client);
            await Situation.ControlAsync(client, id, "pause");
            return id;
        }, Items: []);
        yield return new(Kind, "paused", "paused", async (stage, client) =>
        {
            var (id, chunks) = await ClaimedAsync(stage, client);
            await Situation.ControlAsync(client, id, "pause");
            await stage.RunAsync(chunks.MinBy(c => c.ItemCount)!);
            return id;
        }, Items: [.. Enumerable.Repeat("succeeded copied", 10)]);
        yield return new(Kind, "paused, abort requested", "paused", async (stage, client) =>
        {
            var (id, _) = await ClaimedAsync(stage, client);
            await Situation.ControlAsync(client, id, "pause");
            await Situation.ControlAsync(client, id, "abort");
            return id;
        }, IsAbortRequested: true, Items: []);
        yield return new(Kind, "paused by itself", "paused", async (stage, client) =>
        {
            var job = new Migration(stage);
            var id = await job.CreateAsync(client);
            stage.Source.Credentials.Revoke(job.KeyId);
            await stage.RunAllAsync();
            return id;
        }, Items: []);
        yield return new(Kind, "paused and all settled", "paused", async (stage, client) =>
        {
            var id = await MigrateAsync(stage, client, objects: 2);
            var chunk = Assert.Single(await stage.ClaimAsync());
            await Situation.ControlAsync(client, id, "pause");
            await stage.RunAsync(chunk);
            return id;
        }, Items: ["succeeded copied", "succeeded copied"]);
        yield return new(Kind, "completed", "completed", (stage, client) => EndedAsync(stage, client, objects: 2), Items: ["succeeded copied", "succeeded copied"]);
        yield return new(Kind, "completed, nothing to do", "completed", (stage, client) => EndedAsync(stage, client, objects: 0), Items: []);
        yield return new(Kind, "completed, some left out", "completed", async (stage, client) =>
        {
            // The one that exists is counted only: no item and no line of log.
            var job = new Migration(stage, objects: 2) { More = ",\"overwrite\":false" };
            job.To.Put("o0001", "mine"u8);
            job.From.Put("archived", new ByteContent(new byte[3]), new ObjectDetails { StorageClass = "GLACIER" });
            job.From.Put("large", new byte[MaxObjectBytes + 1]);
            var id = await job.CreateAsync(client);
            await stage.RunAllAsync();
            return id;
        }, Items: ["skipped importSkippedOversized", "skipped importSkippedStorageClass", "succeeded copied"]);
        yield return new(Kind, "completed, partial", "completed", (stage, client) => EndedAsync(stage, client, objects: 1, ["o0000", .. Gone[..1]]),
            IsPartial: true, Items: ["failed", "succeeded copied"]);
        yield return new(Kind, "completed, every object failed", "completed", (stage, client) => EndedAsync(stage, client, objects: 1, Gone),
            IsPartial: true, Items: ["failed", "failed", "failed"]);
        yield return new(Kind, "failed, too many", "failed", async (stage, client) =>
        {
            var id = await new Migration(stage) { Keys = Gone }.SubmitAsync(client, ",\"maxFailedItems\":1");
            await stage.RunAllAsync();
            return id;
        }, ErrorSlug: "too-many-failures", Items: ["failed", "failed", "failed"]);
        yield return new(Kind, "aborted while pending", "aborted", async (stage, client) =>
        {
            var id = await MigrateAsync(stage, client);
            await AbortAsync(client, id);
            return id;
        }, IsAbortRequested: true, ErrorSlug: "aborted", Items: []);
        yield return new(Kind, "aborted while running", "aborted", async (stage, client) =>
        {
            var (id, chunks) = await ClaimedAsync(stage, client);
            await stage.RunAsync(chunks.MinBy(c => c.ItemCount)!);
            await AbortAsync(client, id);
            await stage.ReleaseAsync(chunks.MaxBy(c => c.ItemCount)!);
            return id;
        }, IsAbortRequested: true, ErrorSlug: "aborted", Items: [.. Enumerable.Repeat("succeeded copied", 10)]);
        yield return new(Kind, "aborted while paused", "aborted", async (stage, client) =>
        {
            var id = await MigrateAsync(stage, client);
            await Situation.ControlAsync(client, id, "pause");
            await Situation.ControlAsync(client, id, "abort");
            return id;
        }, IsAbortRequested: true, ErrorSlug: "aborted", Items: []);
        yield return new(Kind, "abort asked for too late", "completed", async (stage, client) =>
        {
            var id = await MigrateAsync(stage, client, objects: 1);
            var chunk = Assert.Single(await stage.ClaimAsync());
            await AbortAsync(client, id);
            await stage.RunAsync(chunk);
            return id;
        }, IsAbortRequested: true, Items: ["succeeded copied"]);
    }

    private static Task<string> MigrateAsync(StagedServer stage, ListsClient client, int objects = TwoChunks, string[]? keys = null) =>
        new Migration(stage, objects) { Keys = keys }.CreateAsync(client);

    private static async Task<(string Id, List<ClaimedChunk> Chunks)> ClaimedAsync(StagedServer stage, ListsClient client)
    {
        var id = await MigrateAsync(stage, client);
        var chunks = await stage.ClaimAsync();
        Assert.Equal([10L, 250L], chunks.Select(c => c.ItemCount).Order());
        return (id, chunks);
    }

    private static async Task<string> EndedAsync(StagedServer stage, ListsClient client, int objects, string[]? keys = null)
    {
        var id = await MigrateAsync(stage, client, objects, keys);
        await stage.RunAllAsync();
        return id;
    }

    /// <summary>By the face, as line O-71 has it in the other direction.</summary>
    private static async Task AbortAsync(ListsClient client, string id)
    {
        var answer = await client.SendAsync(HttpMethod.Put, $"{SlurperFace.Jobs(client)}/{id}/abort");
        Assert.Equal((200, id), ((int)answer.Status, answer.Result.GetString()));
    }
}

/// <summary>A migration to be asked for: buckets and a key of its own in the stores of a stage.</summary>
internal sealed class Migration
{
    private readonly StagedServer _stage;
    private readonly string _bucket = $"b{Guid.NewGuid():N}";

    public Migration(StagedServer stage, int objects = 1)
    {
        _stage = stage;
        stage.Source.Credentials.Add(KeyId, Secret);
        (From, To) = (stage.Source.CreateBucket(_bucket), stage.Target.CreateBucket(_bucket));
        for (var i = 0; i < objects; i++)
        {
            From.Put($"o{i:D4}", "0123456789"u8);
        }
    }

    public Bucket From { get; }

    public Bucket To { get; }

    /// <summary>The key of the source.</summary>
    public string KeyId { get; } = $"k{Guid.NewGuid():N}";

    public string Secret { get; init; } = "source-secret";

    public string[]? Keys { get; init; }

    /// <summary>Further members of the body, each with a comma in front.</summary>
    public string More { get; init; } = "";

    public string Body
    {
        get
        {
            var keys = Keys is null ? "" : $",\"keys\":[{string.Join(',', Keys.Select(k => $"\"{k}\""))}]";
            return $$"""{"source":{ {{Side(_stage.Source, KeyId, Secret)}}{{keys}} },"target":{ {{Side(_stage.Target, Credentials.DefaultId, Credentials.DefaultSecret)}} }{{More}} }""";
        }
    }

    /// <summary>What a resume or a retry brings of secrets.</summary>
    public static string Secrets(string keyId, string secret) =>
        $$"""{"source":{ {{SecretOf(keyId, secret)}} },"target":{ {{SecretOf(Credentials.DefaultId, Credentials.DefaultSecret)}} } }""";

    /// <summary>Asks for it as the vendor's clients do.</summary>
    public async Task<string> CreateAsync(ListsClient client)
    {
        var answer = await client.SendAsync(HttpMethod.Post, SlurperFace.Jobs(client), Body);
        Assert.True((int)answer.Status == 201, answer.Text);
        return answer.Result.GetProperty("id").GetString()!;
    }

    /// <summary>Asks for it through the operations API.</summary>
    public async Task<string> SubmitAsync(ListsClient client, string rest = "")
    {
        var answer = await client.SendAsync(HttpMethod.Post, "/v1/operations", ToSubmit(client, rest));
        Assert.True((int)answer.Status == 202, answer.Text);
        return answer.Body.GetProperty("id").GetString()!;
    }

    public string ToSubmit(ListsClient client, string rest = "") => $$"""{"kind":"slurper.migrate","account":"{{client.Account}}","params":{{Body}}{{rest}}}""";

    private static string SecretOf(string keyId, string secret) => $$""" "secret":{"accessKeyId":"{{keyId}}","secretAccessKey":"{{secret}}"} """;

    private string Side(TestStore store, string keyId, string secret) =>
        $$""" "vendor":"s3","bucket":"{{_bucket}}","endpoint":"{{store.Address}}",{{SecretOf(keyId, secret)}} """;
}
