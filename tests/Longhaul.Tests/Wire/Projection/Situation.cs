using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.Projection;

/// <summary>
/// A state that an operation of a kind can be in, with what the generic column of section 10 says of it, and how to bring one there.
/// </summary>
internal sealed record Situation(
    string Kind, string Name, string State, Func<StagedServer, ListsClient, Task<string>> Arrange, bool IsAbortRequested = false, bool IsPartial = false, string? ErrorSlug = null)
{
    // What a list needs that bounds it, so that it can be full.
    public const int MaxItemsPerList = 3;

    private static readonly string[] Three = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];

    public bool IsFinal => State is "completed" or "failed" or "aborted";

    public static IReadOnlyList<Situation> All { get; } =
    [
        .. ((string[])["lists.append", "lists.replace", "lists.delete"]).SelectMany(OfLists),
        .. OfNoop(),
    ];

    public static TheoryData<string> Names { get; } = [.. All.Select(s => s.ToString())];

    public static Situation Find(string name) => All.Single(s => s.ToString() == name);

    public override string ToString() => $"{Kind}: {Name}";

    private static IEnumerable<Situation> OfLists(string kind)
    {
        yield return new(kind, "pending", "pending", (stage, client) => WriteAsync(stage, client, kind));
        yield return new(kind, "pending behind another", "pending", async (stage, client) =>
        {
            var list = await FilledAsync(stage, client);
            await client.AppendAsync(list, [Three[0]]);
            return await WriteAsync(client, kind, list);
        });
        yield return new(kind, "running", "running", async (stage, client) =>
        {
            var id = await WriteAsync(stage, client, kind);
            Assert.Single(await stage.ClaimAsync());
            return id;
        });
        yield return new(kind, "running, abort requested", "running", async (stage, client) =>
        {
            var id = await WriteAsync(stage, client, kind);
            Assert.Single(await stage.ClaimAsync());
            await ControlAsync(client, id, "abort");
            return id;
        }, IsAbortRequested: true);
        yield return new(kind, "completed", "completed", async (stage, client) =>
        {
            var id = await WriteAsync(stage, client, kind);
            await stage.RunAllAsync();
            return id;
        });
        yield return new(kind, "failed, the list is gone", "failed", async (stage, client) =>
        {
            var list = await FilledAsync(stage, client);
            var id = await WriteAsync(client, kind, list);
            var chunk = Assert.Single(await stage.ClaimAsync());
            Assert.Equal(200, (int)(await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{list}")).Status);
            await stage.RunAsync(chunk);
            await stage.RunAllAsync();
            return id;
        }, ErrorSlug: "target-gone");
        yield return new(kind, "aborted while pending", "aborted", async (stage, client) =>
        {
            var id = await WriteAsync(stage, client, kind);
            await ControlAsync(client, id, "abort");
            return id;
        }, IsAbortRequested: true, ErrorSlug: "aborted");
        yield return new(kind, "aborted while running", "aborted", async (stage, client) =>
        {
            var id = await WriteAsync(stage, client, kind);
            var chunk = Assert.Single(await stage.ClaimAsync());
            await ControlAsync(client, id, "abort");
            await stage.ReleaseAsync(chunk);
            await stage.RunAllAsync();
            return id;
        }, IsAbortRequested: true, ErrorSlug: "aborted");
        yield return new(kind, "abort asked for too late", "completed", async (stage, client) =>
        {
            var id = await WriteAsync(stage, client, kind);
            var chunk = Assert.Single(await stage.ClaimAsync());
            await ControlAsync(client, id, "abort");
            await stage.RunAsync(chunk);
            return id;
        }, IsAbortRequested: true);
        if (kind != "lists.delete")
        {
            yield return new(kind, "failed, the list is full", "failed", async (stage, client) =>
            {
                var list = await FilledAsync(stage, client);
                string[] tooMany = ["198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"];
                var id = ListsClient.OperationId(await (kind == "lists.append" ? client.AppendAsync(list, tooMany) : client.ReplaceAsync(list, tooMany)));
                await stage.RunAllAsync();
                return id;
            }, ErrorSlug: "capacity-exceeded");
        }
    }

    private static IEnumerable<Situation> OfNoop()
    {
        const string Kind = "noop";
        yield return new(Kind, "pending", "pending", (_, client) => NoopAsync(client));
        yield return new(Kind, "running", "running", ClaimedAsync);
        yield return new(Kind, "running, abort requested", "running", async (stage, client) =>
        {
            var id = await ClaimedAsync(stage, client);
            await ControlAsync(client, id, "abort");
            return id;
        }, IsAbortRequested: true);
        yield return new(Kind, "paused before the start", "paused", async (_, client) =>
        {
            var id = await NoopAsync(client);
            await ControlAsync(client, id, "pause");
            return id;
        });
        yield return new(Kind, "paused", "paused", async (stage, client) =>
        {
            var id = await ClaimedAsync(stage, client);
            await ControlAsync(client, id, "pause");
            return id;
        });
        yield return new(Kind, "paused, abort requested", "paused", async (stage, client) =>
        {
            var id = await ClaimedAsync(stage, client);
            await ControlAsync(client, id, "pause");
            await ControlAsync(client, id, "abort");
            return id;
        }, IsAbortRequested: true);
        yield return new(Kind, "paused and all settled", "paused", async (stage, client) =>
        {
            var id = await NoopAsync(client);
            var chunks = await stage.ClaimAsync();
            await ControlAsync(client, id, "pause");
            foreach (var chunk in chunks)
            {
                await stage.RunAsync(chunk);
            }

            return id;
        });
        yield return new(Kind, "completed", "completed", (stage, client) => EndedAsync(stage, client, """{"count":10}"""));
        yield return new(Kind, "completed, nothing to do", "completed", (stage, client) => EndedAsync(stage, client, """{"count":0}"""));
        yield return new(Kind, "completed, partial", "completed", (stage, client) => EndedAsync(stage, client, """{"count":10,"failEvery":2}"""), IsPartial: true);
        yield return new(Kind, "failed, every item", "failed", (stage, client) => EndedAsync(stage, client, """{"count":10,"failEvery":1}"""), ErrorSlug: "all-items-failed");
        yield return new(Kind, "failed, too many", "failed", (stage, client) => EndedAsync(stage, client, """{"count":600,"failEvery":2}""", ",\"maxFailedItems\":3"), ErrorSlug: "too-many-failures");
        yield return new(Kind, "failed, fatal", "failed", (stage, client) => EndedAsync(stage, client, """{"count":10,"fatalAt":4}"""), ErrorSlug: "fatal-item");
        yield return new(Kind, "aborted while pending", "aborted", async (_, client) =>
        {
            var id = await NoopAsync(client);
            await ControlAsync(client, id, "abort");
            return id;
        }, IsAbortRequested: true, ErrorSlug: "aborted");
        yield return new(Kind, "aborted while paused", "aborted", async (stage, client) =>
        {
            var id = await NoopAsync(client);
            var chunks = await stage.ClaimAsync();
            await ControlAsync(client, id, "pause");
            await ControlAsync(client, id, "abort");
            await stage.RunAsync(chunks[0]);
            await stage.ReleaseAsync(chunks[1]);
            return id;
        }, IsAbortRequested: true, ErrorSlug: "aborted");
    }

    private static async Task ControlAsync(ListsClient client, string id, string verb)
    {
        var answer = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:{verb}");
        Assert.True((int)answer.Status == 200, answer.Text);
    }

    /// <summary>A list that holds as much as it may.</summary>
    private static async Task<string> FilledAsync(StagedServer stage, ListsClient client)
    {
        var list = await client.CreateAsync("l");
        await client.AppendAsync(list, Three);
        await stage.RunAllAsync();
        Assert.Equal(Three.Length, await client.NumItemsAsync(list));
        return list;
    }

    private static async Task<string> WriteAsync(StagedServer stage, ListsClient client, string kind) => await WriteAsync(client, kind, await FilledAsync(stage, client));

    private static async Task<string> WriteAsync(ListsClient client, string kind, string list)
    {
        var items = await client.ReadAllAsync(list);
        return ListsClient.OperationId(kind switch
        {
            "lists.append" => await client.AppendAsync(list, ["""{"ip":"192.0.2.1","comment":"new"}"""]),
            "lists.replace" => await client.ReplaceAsync(list, ["198.51.100.9"]),
            _ => await client.DeleteAsync(list, [items[0].GetProperty("id").GetString()!]),
        });
    }

    private static async Task<string> NoopAsync(ListsClient client, string parameters = """{"count":1000}""", string rest = "")
    {
        var answer = await client.SendAsync(HttpMethod.Post, "/v1/operations", $$"""{"kind":"noop","account":"{{client.Account}}","params":{{parameters}}{{rest}}}""");
        Assert.True((int)answer.Status == 202, answer.Text);
        return answer.Body.GetProperty("id").GetString()!;
    }

    private static async Task<string> ClaimedAsync(StagedServer stage, ListsClient client)
    {
        var id = await NoopAsync(client);
        Assert.Equal(2, (await stage.ClaimAsync()).Count);
        return id;
    }

    private static async Task<string> EndedAsync(StagedServer stage, ListsClient client, string parameters, string rest = "")
    {
        var id = await NoopAsync(client, parameters, rest);
        await stage.RunAllAsync();
        return id;
    }
}
