using System.Text.Json.Nodes;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Saymon;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon;

/// <summary>Cloning, on whatever database.</summary>
public abstract class CloneContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract DatabaseTarget NewTarget();

    [Fact]
    public async Task A_clone_is_the_tree_with_its_inner_links_under_new_ids()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var top = await host.CreateIdAsync("""{"name":"top"}""");
        var root = await host.CreateIdAsync($$"""{"name":"root","parent_id":"{{top}}","discovery_id":"R","tags":["t"],"properties":[{"name":"p","value":"1","type_id":8}]}""");
        var a = await host.CreateIdAsync($$"""{"name":"a","parent_id":["{{root}}"],"class_id":4,"client_data":"{}"}""");
        var b = await host.CreateIdAsync($$"""{"name":"b","parent_id":["{{root}}","{{a}}"],"discovery_id":"B"}""");
        var outside = await host.CreateIdAsync("""{"name":"outside"}""");
        await host.LinkAsync(a, b, ",\"properties\":[{\"name\":\"lp\",\"value\":1}]");
        await host.LinkAsync(a, outside);
        await host.PatchAsync(a, """{"weight":3}""");

        var operation = await host.EndAsync(await host.CloneAsync("discovery_id:R"));

        Assert.Equal(OperationState.Completed, operation.State);
        var response = JsonNode.Parse(operation.Response!)!;
        Assert.Equal((3, 1), ((int)response["objects"]!, (int)response["links"]!));
        var clone = (string)response["rootId"]!;
        var copy = await host.GetAsync(clone);
        Assert.Equal([top], copy.GetProperty("parent_id").EnumerateArray().Select(p => p.GetString()));
        Assert.False(copy.TryGetProperty("discovery_id", out _));
        Assert.Equal(1, copy.GetProperty("_version").GetInt64());
        Assert.Equal(await ShapeAsync(host, root), await ShapeAsync(host, clone));
        Assert.NotEqual((await host.GetAsync(root)).GetProperty("properties")[0].GetProperty("id").GetString(), copy.GetProperty("properties")[0].GetProperty("id").GetString());
        Assert.Single(copy.GetProperty("child_link_ids").EnumerateArray());
        Assert.Equal(3, (await host.LinksAsync()).GetArrayLength());
        Assert.Equal([root, clone], await host.SearchAsync("""{"name":"root","tags":"t"}"""));
        Assert.Equal(operation.Total, (await host.ItemsAsync(operation)).Count(i => i.Outcome == "cloned"));
    }

    [Fact]
    public async Task Readers_see_a_clone_as_a_whole_or_not_at_all()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var root = await host.CreateIdAsync("""{"name":"root"}""");
        await host.FillUnderAsync(root, 1_999);
        var seen = new HashSet<int>();

        var operation = host.EndAsync(await host.CloneAsync(root));
        do
        {
            seen.Add((await host.SearchAsync("{}")).Count);
            seen.Add((await host.ListAsync("name")).GetArrayLength());
        }
        while (!operation.IsCompleted);

        Assert.Equal(OperationState.Completed, (await operation).State);
        Assert.Subset(new HashSet<int> { 2_000, 4_000 }, seen);
        Assert.Equal(4_000, (await host.SearchAsync("{}")).Count);

        // The marks are taken off in the background; nothing changes for readers.
        while (await host.CountAsync("select count(*) from saymon_clones") > 0)
        {
            Assert.Equal(4_000, (await host.SearchAsync("{}")).Count);
        }

        Assert.Equal(0, await host.CountAsync("select count(*) from saymon_objects where mark > 0"));
    }

    [Fact]
    public async Task A_clone_that_has_not_finished_is_seen_by_no_call()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var root = await host.CreateIdAsync("""{"name":"root"}""");
        var child = await host.CreateIdAsync($$"""{"name":"child","parent_id":"{{root}}"}""");
        var clone = await WriteHiddenAsync(host, root);

        Assert.True((await host.Objects.FindAsync(SaymonHost.Root, clone, Token)).IsFault(out _, out _));
        Assert.True((await host.Objects.UpdateAsync(SaymonHost.Root, clone, SaymonHost.Bytes("""{"weight":1}"""), Token)).IsFault(out _, out _));
        Assert.NotNull(await host.Objects.DeleteAsync(SaymonHost.Root, clone, Token));
        Assert.Equal([child], (await host.GetAsync(root)).GetProperty("child_ids").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal([root], await host.SearchAsync("""{"name":"root"}"""));
        Assert.Equal(2, (await host.BulkAsync("""{"bulk":[{"modify":{"weight":1}}]}""")).Total);

        await host.Database.WriteAsync(
            async (session, token) =>
            {
                await SaymonStore.ShowCloneAsync(session, 77, token);
                return true;
            },
            WriteWeight.Small,
            Token);
        Assert.Equal(2, (await host.GetAsync(root)).GetProperty("child_ids").GetArrayLength());
        Assert.Equal(3, (await host.BulkAsync("""{"bulk":[{"modify":{"weight":2}}]}""")).Total);
    }

    [Fact]
    public async Task A_clone_whose_original_goes_meanwhile_fails_and_leaves_nothing()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var root = await host.CreateIdAsync("""{"name":"root"}""");
        var child = await host.CreateIdAsync($$"""{"name":"child","parent_id":"{{root}}"}""");
        await host.LinkAsync(root, child);
        var kind = host.Get<CloneOperation>();
        var answer = await kind.CheckAsync(new SubmitRequest("default", SaymonHost.Bytes($$"""{"objectId":"{{root}}"}"""), default, 10, "{}", "root", null), Token);
        Assert.Null(await host.Objects.DeleteAsync(SaymonHost.Root, root, Token));

        var operation = await host.RunAsync(answer.Submission!);

        Assert.Equal((OperationState.Failed, OperationFailure.TargetGoneSlug), (operation.State, operation.Failure!.Slug));
        foreach (var table in (string[])["saymon_objects", "saymon_links", "saymon_terms", "saymon_parents", "saymon_clones"])
        {
            Assert.Equal(0, await host.CountAsync($"select count(*) from {table}"));
        }
    }

    [Theory]
    [InlineData("discovery_id:Käse/1")]
    [InlineData("discoveryid:Käse/1")]
    [InlineData("discovery id:Käse/1")]
    public async Task Every_spelling_of_a_discovery_id_finds_the_object(string path)
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        await host.CreateIdAsync("""{"name":"root","discovery_id":"Käse/1"}""");

        Assert.Equal(OperationState.Completed, (await host.EndAsync(await host.CloneAsync(path))).State);
    }

    [Theory]
    [InlineData("62d7e58056d203149a08001b")]
    [InlineData("discovery_id:none")]
    [InlineData("nonsense")]
    [InlineData("discovery_id:\0")]
    public async Task An_unknown_object_is_refused_at_submit(string path)
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());

        Assert.True((await host.Bulks.CloneAsync(SaymonHost.Root, path, null, Token)).IsFault(out var fault, out _));

        Assert.Equal((SaymonFaultCodes.ResourceNotFound, $"Object {path} does not exist"), (fault!.Code, fault.Message));
    }

    [Fact]
    public async Task An_object_nested_in_itself_is_copied_once()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var a = await host.CreateIdAsync("""{"name":"a"}""");
        var b = await host.CreateIdAsync($$"""{"name":"b","parent_id":"{{a}}"}""");
        await host.PatchAsync(a, $$"""{"parent_id":"{{b}}"}""");

        var operation = await host.EndAsync(await host.CloneAsync(a));

        Assert.Equal(2, operation.Total);
        Assert.Null(await host.Objects.DeleteAsync(SaymonHost.Root, a, Token));
    }

    [Fact]
    public async Task An_aborted_clone_can_be_retried()
    {
        var gate = new Gate();
        await using var host = await SaymonHost.StartAsync(NewTarget(), services: gate.Add);
        var root = await host.CreateIdAsync("""{"name":"root"}""");
        await gate.CloseAsync(host, "lane");
        var answer = await host.Get<CloneOperation>().CheckAsync(
            new SubmitRequest("default", SaymonHost.Bytes($$"""{"objectId":"{{root}}"}"""), default, 10, "{}", "root", null), Token);
        var id = await host.SubmitAsync(answer.Submission! with { Lane = "lane" });
        await host.Operations.AbortAsync(id, new Actor("root"), Token);
        var aborted = await host.EndAsync(id);
        gate.Open();

        var again = await host.RetryAsync(aborted);

        Assert.Equal((OperationState.Aborted, OperationState.Completed), (aborted.State, again.State));
        Assert.Equal(2, (await host.SearchAsync("{}")).Count);
    }

    // A tree as text, without what a clone has of its own.
    private static async Task<string> ShapeAsync(SaymonHost host, string id)
    {
        var node = JsonNode.Parse((await host.GetAsync(id)).GetRawText())!.AsObject();
        var children = node["child_ids"]!.AsArray().Select(c => (string)c!).ToList();
        foreach (var own in (string[])["id", "parent_id", "child_ids", "child_ref_ids", "child_link_ids", "discovery_id", "_version", "created", "updated"])
        {
            node.Remove(own);
        }

        foreach (var property in node["properties"]!.AsArray())
        {
            property!.AsObject().Remove("id");
            property.AsObject().Remove("owner_id");
        }

        var below = new List<string>();
        foreach (var child in children)
        {
            below.Add(await ShapeAsync(host, child));
        }

        return node.ToJsonString() + "[" + string.Join(",", below.Order(StringComparer.Ordinal)) + "]";
    }

    private static async Task<string> WriteHiddenAsync(SaymonHost host, string root)
    {
        var answer = await host.Get<CloneOperation>().CheckAsync(
            new SubmitRequest("default", SaymonHost.Bytes($$"""{"objectId":"{{root}}"}"""), default, 10, "{}", "root", null), Token);
        var entries = CloneEntry.Read(answer.Submission!.Chunks![0].Encode());
        var copy = entries[0] with { Stored = SaymonHost.Bytes($$"""{"name":"root","parent_id":["{{root}}"],"properties":[],"operations":[],"tags":[]}""").ToArray() };
        await host.Database.WriteAsync(
            async (session, token) =>
            {
                await SaymonStore.InsertAsync(session, "default", 77, [new(copy.Id, 1, 1, 1, copy.Stored)], token);
                return true;
            },
            WriteWeight.Small,
            Token);
        return copy.Id;
    }
}

public sealed class SqliteCloneTests : CloneContract, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override DatabaseTarget NewTarget() => new SqliteTarget(_folder["longhaul.db"]);
}

public sealed class PostgresCloneTests : CloneContract
{
    protected override DatabaseTarget NewTarget() => new PostgresTarget(PostgresCluster.NewDatabase());
}
