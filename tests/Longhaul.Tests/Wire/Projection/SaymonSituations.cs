using System.Net;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.Projection;

/// <summary>What a bulk over objects and a clone can be in. The face has one account, so objects of a situation are told by their owner.</summary>
internal static class SaymonSituations
{
    public const string Bulk = "saymon.bulk";
    public const string Clone = "saymon.clone";
    public const string Account = "default";
    public const string Api = "/node/api";

    private static readonly string[] AllUpdated = ["succeeded updated", "succeeded updated"];
    private static readonly string[] AllCloned = ["succeeded cloned", "succeeded cloned", "succeeded cloned"];
    private static readonly string[] AllAborted = ["aborted", "aborted", "aborted"];

    public static IEnumerable<Situation> OfBulk()
    {
        foreach (var situation in Common(Bulk, async client => await WeighAsync(client, await OwnerOfAsync(client, 2)), AllUpdated, []))
        {
            yield return situation;
        }

        yield return new(Bulk, "paused before the start", "paused", async (_, client) =>
        {
            var id = await WeighAsync(client, await OwnerOfAsync(client, 2));
            await Situation.ControlAsync(client, id, "pause");
            return id;
        }, Items: []);
        yield return new(Bulk, "paused, abort requested", "paused", async (stage, client) =>
        {
            var id = await WeighAsync(client, await OwnerOfAsync(client, 2));
            Assert.Single(await stage.ClaimAsync());
            await Situation.ControlAsync(client, id, "pause");
            await Situation.ControlAsync(client, id, "abort");
            return id;
        }, IsAbortRequested: true, Items: []);
        yield return new(Bulk, "paused and all settled", "paused", async (stage, client) =>
        {
            var id = await WeighAsync(client, await OwnerOfAsync(client, 2));
            var chunk = Assert.Single(await stage.ClaimAsync());
            await Situation.ControlAsync(client, id, "pause");
            await stage.RunAsync(chunk);
            return id;
        }, Items: AllUpdated);
        yield return new(Bulk, "completed, each outcome", "completed", async (stage, client) =>
        {
            var owner = await OwnerOfAsync(client, 2);
            await CreateAsync(client, $$"""{"name":"o","owner_id":"{{owner}}","weight":7}""");
            var deleted = await CreateAsync(client, $$"""{"name":"o","owner_id":"{{owner}}"}""");
            var id = await WeighAsync(client, owner);
            await OkAsync(client, HttpMethod.Delete, $"{Api}/objects/{deleted}");
            await stage.RunAllAsync();
            return id;
        }, Items: ["skipped deleted", "succeeded unchanged", .. AllUpdated]);
        yield return new(Bulk, "completed, nothing matched", "completed", async (stage, client) =>
        {
            var id = await WeighAsync(client, "nobody");
            await stage.RunAllAsync();
            return id;
        }, Items: []);
        yield return new(Bulk, "completed, partial", "completed", async (stage, client) =>
        {
            var id = await SubmitAsync(client, DiscoverBody(await OwnerOfAsync(client, 2), NewName()));
            await stage.RunAllAsync();
            return id;
        }, IsPartial: true, Items: ["failed", "succeeded updated"]);
        yield return new(Bulk, "failed, every object", "failed", async (stage, client) =>
        {
            var taken = NewName();
            await CreateAsync(client, $$"""{"name":"o","discovery_id":"{{taken}}"}""");
            var id = await SubmitAsync(client, DiscoverBody(await OwnerOfAsync(client, 2), taken));
            await stage.RunAllAsync();
            return id;
        }, ErrorSlug: "all-items-failed", Items: ["failed", "failed"]);
        yield return new(Bulk, "failed, too many", "failed", async (stage, client) =>
        {
            var body = DiscoverBody(await OwnerOfAsync(client, 3), NewName());
            var answer = await client.SendAsync(HttpMethod.Post, "/v1/operations", $$"""{"kind":"saymon.bulk","account":"default","params":{{body}},"maxFailedItems":1}""");
            Assert.True(answer.Status == HttpStatusCode.Accepted, answer.Text);
            await stage.RunAllAsync();
            return answer.Body.GetProperty("id").GetString()!;
        }, ErrorSlug: "too-many-failures", Items: ["failed", "failed", "succeeded updated"]);
        yield return new(Bulk, "aborted while paused", "aborted", async (stage, client) =>
        {
            var id = await WeighAsync(client, await OwnerOfAsync(client, 2));
            var chunk = Assert.Single(await stage.ClaimAsync());
            await Situation.ControlAsync(client, id, "pause");
            await Situation.ControlAsync(client, id, "abort");
            await stage.ReleaseAsync(chunk);
            return id;
        }, IsAbortRequested: true, ErrorSlug: "aborted", Items: []);
    }

    public static IEnumerable<Situation> OfClone()
    {
        foreach (var situation in Common(Clone, async client => await CloneAsync(client, await TreeAsync(client)), AllCloned, AllAborted))
        {
            yield return situation;
        }

        yield return new(Clone, "failed, the object is gone", "failed", async (stage, client) =>
        {
            var root = await TreeAsync(client);
            var id = await CloneAsync(client, root);
            await OkAsync(client, HttpMethod.Delete, $"{Api}/objects/{root}");
            await stage.RunAllAsync();
            return id;
        }, ErrorSlug: "target-gone", Items: AllAborted);
    }

    public static string NewName() => $"n{Guid.NewGuid():N}";

    /// <summary>Makes so many objects; completes with the owner that only they have.</summary>
    public static async Task<string> OwnerOfAsync(ListsClient client, int count)
    {
        var owner = NewName();
        for (var i = 0; i < count; i++)
        {
            await CreateAsync(client, $$"""{"name":"o","owner_id":"{{owner}}"}""");
        }

        return owner;
    }

    /// <summary>A bulk that changes every object.</summary>
    public static string WeighBody(string owner) => $$"""{"search":{"owner_id":"{{owner}}"},"bulk":[{"modify":{"weight":7} }]}""";

    /// <summary>A bulk of which only one object can come out well: a discovery id is one object's.</summary>
    public static string DiscoverBody(string owner, string discovery) => $$"""{"search":{"owner_id":"{{owner}}"},"bulk":[{"modify":{"discovery_id":"{{discovery}}"} }]}""";

    public static Task<string> WeighAsync(ListsClient client, string owner) => SubmitAsync(client, WeighBody(owner));

    public static async Task<string> SubmitAsync(ListsClient client, string body) => BulkId(await OkAsync(client, HttpMethod.Post, $"{Api}/bulk/objects", body));

    /// <summary>Two objects, one in the other, and a link between them; completes with the outer one.</summary>
    public static async Task<string> TreeAsync(ListsClient client)
    {
        var root = await CreateAsync(client, $$"""{"name":"{{NewName()}}"}""");
        var child = await CreateAsync(client, $$"""{"name":"child","parent_id":"{{root}}"}""");
        await OkAsync(client, HttpMethod.Post, $"{Api}/links", $$"""{"source":"{{root}}","target":"{{child}}"}""");
        return root;
    }

    public static async Task<string> CloneAsync(ListsClient client, string root) => BulkId(await OkAsync(client, HttpMethod.Post, $"{Api}/objects/{root}/clone-bulk"));

    public static async Task<string> CreateAsync(ListsClient client, string json) =>
        (await OkAsync(client, HttpMethod.Post, $"{Api}/objects", json)).Body.GetProperty("id").GetString()!;

    public static async Task<List<System.Text.Json.JsonElement>> FindAsync(ListsClient client, string search) =>
        [.. (await OkAsync(client, HttpMethod.Post, $"{Api}/objects/search", $$"""{"search":{{search}}}""")).Body.EnumerateArray()];

    public static async Task<WireAnswer> OkAsync(ListsClient client, HttpMethod method, string path, string? body = null)
    {
        var answer = await client.SendAsync(method, path, body);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{method} {path}: {answer.Text}");
        return answer;
    }

    // The id of the operation is the id of the bulk without its dashes.
    private static string BulkId(WireAnswer answer) => answer.Body.GetProperty("bulkId").GetString()!.Replace("-", "", StringComparison.Ordinal);

    private static IEnumerable<Situation> Common(string kind, Func<ListsClient, Task<string>> submit, string[] done, string[] undone)
    {
        yield return new(kind, "pending", "pending", (_, client) => submit(client), Items: []);
        yield return new(kind, "running", "running", async (stage, client) =>
        {
            var id = await submit(client);
            Assert.Single(await stage.ClaimAsync());
            return id;
        }, Items: []);
        yield return new(kind, "running, abort requested", "running", async (stage, client) =>
        {
            var id = await submit(client);
            Assert.Single(await stage.ClaimAsync());
            await Situation.ControlAsync(client, id, "abort");
            return id;
        }, IsAbortRequested: true, Items: []);
        yield return new(kind, "completed", "completed", async (stage, client) =>
        {
            var id = await submit(client);
            await stage.RunAllAsync();
            return id;
        }, Items: done);
        yield return new(kind, "aborted while pending", "aborted", async (_, client) =>
        {
            var id = await submit(client);
            await Situation.ControlAsync(client, id, "abort");
            return id;
        }, IsAbortRequested: true, ErrorSlug: "aborted", Items: undone);
        yield return new(kind, "aborted while running", "aborted", async (stage, client) =>
        {
            var id = await submit(client);
            var chunk = Assert.Single(await stage.ClaimAsync());
            await Situation.ControlAsync(client, id, "abort");
            await stage.ReleaseAsync(chunk);
            await stage.RunAllAsync();
            return id;
        }, IsAbortRequested: true, ErrorSlug: "aborted", Items: undone);
        yield return new(kind, "abort asked for too late", "completed", async (stage, client) =>
        {
            var id = await submit(client);
            var chunk = Assert.Single(await stage.ClaimAsync());
            await Situation.ControlAsync(client, id, "abort");
            await stage.RunAsync(chunk);
            return id;
        }, IsAbortRequested: true, Items: done);
    }
}
