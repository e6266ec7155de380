using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Saymon;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon;

/// <summary>Bulks over objects, on whatever database.</summary>
public abstract class BulkContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract DatabaseTarget NewTarget();

    [Fact]
    public async Task Each_operation_key_does_what_it_says_and_an_object_makes_one_step()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var id = await host.CreateIdAsync("""{"name":"CPU","class_id":3}""");

        var operation = await host.BulkAsync(
            """
            {"search":{"name":"CPU"},"bulk":[{"modify":{"tags":["a"],"weight":2}},
            {"properties.createOrModify":{"name":"P","value":7},"stateConditions":[{"state":1}]},{"stateTriggers":{"a":1}},{"incidentConditions":[]}]}
            """);

        Assert.Equal(OperationState.Completed, operation.State);
        Assert.Equal("""{"matched":1,"modified":1,"unchanged":0,"failed":0,"skipped":0}""", operation.Response);
        var item = Assert.Single(await host.ItemsAsync(operation));
        Assert.Equal((id, ItemState.Succeeded, "updated"), (item.Key, item.State, item.Outcome));
        var changed = await host.GetAsync(id);
        Assert.Equal(2, changed.GetProperty("_version").GetInt64());
        Assert.Equal("""["a"]""", changed.GetProperty("tags").GetRawText());
        var property = Assert.Single(changed.GetProperty("properties").EnumerateArray());
        Assert.Equal(("P", "7", 1, id), (
            property.GetProperty("name").GetString(), property.GetProperty("value").GetString(), property.GetProperty("type_id").GetInt32(), property.GetProperty("owner_id").GetString()));
        Assert.False(changed.TryGetProperty("stateConditions", out _));
        var listed = Assert.Single((await host.ListAsync("stateConditions,stateTriggers,incidentConditions")).EnumerateArray());
        Assert.Equal($$"""{"id":"{{id}}","stateConditions":[{"state":1}],"stateTriggers":{"a":1},"incidentConditions":[]}""", listed.GetRawText());
        Assert.Equal([id], await host.SearchAsync("""{"tags":"a"}"""));
    }

    [Fact]
    public async Task Operations_are_applied_in_the_order_written()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var id = await host.CreateIdAsync("""{"name":"x"}""");

        await host.BulkAsync("""{"bulk":[{"modify":{"name":"one"}},{"properties.createOrModify":{"name":"p","value":"1"}},{"modify":{"name":"two"},"properties.createOrModify":{"name":"p","value":"2","type_id":3}}]}""");

        var changed = await host.GetAsync(id);
        Assert.Equal("two", changed.GetProperty("name").GetString());
        var property = Assert.Single(changed.GetProperty("properties").EnumerateArray());
        Assert.Equal(("2", 3), (property.GetProperty("value").GetString(), property.GetProperty("type_id").GetInt32()));
        Assert.Empty(await host.SearchAsync("""{"name":"one"}"""));
        Assert.Equal([id], await host.SearchAsync("""{"name":"two"}"""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"search\":{},")]
    public async Task Without_a_search_every_object_is_meant(string search)
    {
        var target = NewTarget();
        await using (var host = await SaymonHost.StartAsync(target))
        {
            await host.FillAsync(2_345, i => $"o{i}");
            var operation = await host.BulkAsync("{" + search + "\"bulk\":[{\"modify\":{\"weight\":1}}]}");
            Assert.Equal((2_345L, 2_345L), (operation.Total, operation.Tallies["modified"]));
            Assert.Equal(2_345, await host.CountAsync("select count(*) from saymon_objects where version = 2"));
            Assert.Equal(Enumerable.Range(0, 2_345).Select(i => (long)i), (await host.ItemsAsync(operation)).Select(i => i.Index));
        }

        await using var strict = await SaymonHost.StartAsync(target, o => o.RequireSearch = true);
        var fault = await strict.RefusedBulkAsync("{" + search + "\"bulk\":[{\"modify\":{\"weight\":2}}]}");
        Assert.Equal((SaymonFaultCodes.BadRequest, "Mandatory \"search\" parameter is absent/empty."), (fault.Code, fault.Message));
    }

    [Theory]
    [InlineData("{}", "Mandatory \"bulk\" parameter is absent/empty.")]
    [InlineData("""{"bulk":[]}""", "Mandatory \"bulk\" parameter is absent/empty.")]
    [InlineData("""{"bulk":{}}""", "Mandatory \"bulk\" parameter is absent/empty.")]
    [InlineData("""{"bulk":null}""", "Mandatory \"bulk\" parameter is absent/empty.")]
    [InlineData("""{"bulk":[{"delete":{}}]}""", "delete")]
    [InlineData("""{"bulk":[{}]}""", "bulk")]
    [InlineData("""{"bulk":[{"modify":{"weight":1}}],"mode":1}""", "mode")]
    [InlineData("""{"bulk":[{"modify":{"class_id":1}}]}""", "class_id")]
    [InlineData("""{"bulk":[{"modify":{"_version":1}}]}""", "_version")]
    [InlineData("""{"bulk":[{"modify":{"child_ids":[]}}]}""", "child_ids")]
    [InlineData("""{"bulk":[{"modify":{"properties":[]}}]}""", "properties")]
    [InlineData("""{"bulk":[{"modify":{"nmae":"x"}}]}""", "nmae")]
    [InlineData("""{"bulk":[{"modify":{"name":null}}]}""", "name")]
    [InlineData("""{"bulk":[{"modify":{"name":"a\u0000b"}}]}""", "name")]
    [InlineData("""{"bulk":[{"modify":{"background":{"deep":["\ud800"]}}}]}""", "deep")]
    [InlineData("""{"bulk":[{"properties.createOrModify":{"name":"a","value":{}}}]}""", "value")]
    [InlineData("""{"bulk":[{"properties.createOrModify":{"name":"a"}}]}""", "value")]
    [InlineData("""{"bulk":[{"stateConditions":"x"}]}""", "stateConditions")]
    [InlineData("""{"search":[],"bulk":[{"modify":{"weight":1}}]}""", "search")]
    public async Task A_bad_body_is_refused_by_name_and_nothing_starts(string body, string named)
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());

        var fault = await host.RefusedBulkAsync(body);

        Assert.Equal(SaymonFaultCodes.BadRequest, fault.Code);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.Equal(0, await host.CountAsync("select count(*) from operations"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"bulk":[}""")]
    public async Task What_is_no_json_is_invalid_content(string body)
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());

        var fault = await host.RefusedBulkAsync(body);

        Assert.Equal(SaymonFaultCodes.InvalidContent, fault.Code);
        Assert.StartsWith("Invalid JSON: ", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_object_with_a_service_property_of_that_name_fails_alone()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var bad = await host.CreateIdAsync("""{"name":"a","properties":[{"name":"AgentId","value":"1","type_id":8}]}""");
        var good = await host.CreateIdAsync("""{"name":"b"}""");

        var operation = await host.BulkAsync(
            """{"bulk":[{"modify":{"weight":5}},{"properties.createOrModify":{"name":"AgentId","value":"2"}}]}""", SaymonHost.Editor);

        Assert.Equal((OperationState.Completed, 1L, 1L), (operation.State, operation.Counts.Failed, operation.Counts.Succeeded));
        var items = await host.ItemsAsync(operation);
        var failed = Assert.Single(items, i => i.State == ItemState.Failed);
        Assert.Equal((bad, false), (failed.Key, failed.IsRetriable));
        Assert.Contains("manage-service-properties", failed.Failure!.Detail, StringComparison.Ordinal);
        Assert.Equal(1, (await host.GetAsync(bad)).GetProperty("_version").GetInt64());
        Assert.False((await host.GetAsync(bad)).TryGetProperty("weight", out _));
        Assert.Equal(2, (await host.GetAsync(good)).GetProperty("_version").GetInt64());

        // Whoever may, changes it and keeps its type.
        var allowed = await host.BulkAsync("""{"bulk":[{"properties.createOrModify":{"name":"AgentId","value":"2"}}]}""");
        Assert.Equal(0, allowed.Counts.Failed);
        Assert.Equal(8, (await host.GetAsync(bad)).GetProperty("properties")[0].GetProperty("type_id").GetInt32());
    }

    [Fact]
    public async Task A_bulk_every_object_of_which_fails_ends_as_failed_and_its_failed_objects_can_be_retried()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        await host.CreateIdAsync("""{"name":"a"}""");

        var operation = await host.BulkAsync("""{"bulk":[{"properties.createOrModify":{"name":"s","value":"2","type_id":8}}]}""", SaymonHost.Editor);
        Assert.Equal((OperationState.Failed, OperationFailure.AllItemsFailedSlug), (operation.State, operation.Failure!.Slug));

        var end = await host.RetryAsync(operation, isWithAborted: false);
        Assert.Equal((OperationState.Completed, 1L), (end.State, end.Total));
    }

    [Fact]
    public async Task Unchanged_objects_keep_their_version_and_deleted_ones_are_skipped()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var same = await host.CreateIdAsync("""{"name":"a","weight":1}""");
        var other = await host.CreateIdAsync("""{"name":"b"}""");
        var gone = await host.CreateIdAsync("""{"name":"c"}""");
        var prepared = await host.PrepareAsync("""{"bulk":[{"modify":{"weight":1}}]}""");
        Assert.Null(await host.Objects.DeleteAsync(SaymonHost.Root, gone, Token));
        var late = await host.CreateIdAsync("""{"name":"d"}""");

        var operation = await host.RunAsync(prepared);

        Assert.Equal("""{"matched":3,"modified":1,"unchanged":1,"failed":0,"skipped":1}""", operation.Response);
        Assert.Equal(["unchanged", "updated", "deleted"], (await host.ItemsAsync(operation)).Select(i => i.Outcome));
        Assert.Equal(1, (await host.GetAsync(same)).GetProperty("_version").GetInt64());
        Assert.Equal(2, (await host.GetAsync(other)).GetProperty("_version").GetInt64());
        Assert.Equal(1, (await host.GetAsync(late)).GetProperty("_version").GetInt64());
    }

    [Fact]
    public async Task No_match_is_accepted_and_finishes()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());

        var operation = await host.BulkAsync("""{"search":{"name":"nobody"},"bulk":[{"modify":{"weight":1}}]}""");

        Assert.Equal((OperationState.Completed, 0L), (operation.State, operation.Total));
        Assert.Equal("""{"matched":0,"modified":0,"unchanged":0,"failed":0,"skipped":0}""", operation.Response);
    }

    [Fact]
    public async Task A_preview_changes_nothing_and_tells_how_many()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget(), o => o.MaxMatched = 1_500);
        await host.FillAsync(1_400, i => $"o{i}");
        var body = SaymonHost.Bytes("""{"search":{"name":{"$regex":"^o"}},"bulk":[{"modify":{"weight":1}}]}""");

        Assert.False((await host.Bulks.PreviewAsync(SaymonHost.Root, body, Token)).IsFault(out _, out var preview));
        await host.FillAsync(200, i => $"o{i}");
        Assert.True((await host.Bulks.PreviewAsync(SaymonHost.Root, body, Token)).IsFault(out var fault, out _));

        Assert.Equal((1_400L, 100), (preview!.Matched, preview.Sample.Count));
        Assert.Equal(preview.Sample.Order(StringComparer.Ordinal), preview.Sample);
        Assert.Contains("MaxMatched", fault!.Message, StringComparison.Ordinal);
        Assert.Equal(0, await host.CountAsync("select count(*) from operations"));
    }

    [Fact]
    public async Task One_discovery_id_goes_to_one_object()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var first = await host.CreateIdAsync("""{"name":"a"}""");
        await host.CreateIdAsync("""{"name":"b"}""");

        var operation = await host.BulkAsync("""{"bulk":[{"modify":{"discovery_id":"D1"}}]}""");

        Assert.Equal((1L, 1L), (operation.Counts.Succeeded, operation.Counts.Failed));
        Assert.Equal(first, (await host.GetAsync("discovery id:D1")).GetProperty("id").GetString());
        Assert.Equal([first], await host.SearchAsync("""{"discovery_id":"D1"}"""));
    }

    [Fact]
    public async Task Two_bulks_over_the_same_objects_both_complete_and_each_changes_each_object_once()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        await host.FillAsync(6_000, i => $"o{i}");

        var ids = await Task.WhenAll(Enumerable.Range(0, 4).Select(i =>
            host.SubmitAsync($$$"""{"bulk":[{"properties.createOrModify":{"name":"p{{{i}}}","value":"v"}},{"modify":{"weight":{{{i}}}}}]}""")));
        foreach (var id in ids)
        {
            var operation = await host.EndAsync(id);
            Assert.Equal((OperationState.Completed, 6_000L, 0L), (operation.State, operation.Tallies["modified"], operation.Counts.Failed));
        }

        Assert.Equal(6_000, await host.CountAsync("select count(*) from saymon_objects where version = 5"));
        foreach (var i in Enumerable.Range(0, 4))
        {
            Assert.Equal(6_000, await host.CountAsync($"select count(*) from saymon_objects where doc like '%\"name\":\"p{i}\"%'"));
        }
    }

    [Fact]
    public async Task Single_writes_between_the_chunks_are_not_lost()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        await host.FillAsync(3_000, i => $"o{i}");
        var all = await host.SearchAsync("{}");

        var id = await host.SubmitAsync("""{"bulk":[{"properties.createOrModify":{"name":"p","value":"v"}}]}""");
        var patched = all.Where((_, i) => i % 50 == 0).ToList();
        await Task.WhenAll(patched.Select(o => host.PatchAsync(o, """{"weight":9}""")));
        var operation = await host.EndAsync(id);

        Assert.Equal(3_000, operation.Tallies["modified"]);
        Assert.Equal(60, await host.CountAsync("select count(*) from saymon_objects where version = 3 and doc like '%\"weight\":9%'"));
        Assert.Equal(3_000, await host.CountAsync("select count(*) from saymon_objects where doc like '%\"value\":\"v\"%'"));
    }

    [Fact]
    public async Task A_host_that_ends_in_the_middle_leaves_the_rest_to_the_next_one_and_each_object_is_changed_once()
    {
        var target = NewTarget();
        OperationId id;
        var first = await SaymonHost.StartAsync(target, engine: o => o.DrainSeconds = 0);
        await first.FillAsync(20_000, i => $"o{i}");
        id = await first.SubmitAsync("""{"bulk":[{"properties.createOrModify":{"name":"p","value":"v"}}]}""");
        await first.Operations.WaitAsync(id, o => o.Counts.Succeeded > 0, TimeSpan.FromSeconds(30), Token);
        await first.DisposeAsync();

        await using var second = await SaymonHost.StartAsync(target, engine: o => o.LeaseSeconds = 2);
        var operation = await second.EndAsync(id);

        Assert.Equal((OperationState.Completed, 20_000L), (operation.State, operation.Tallies["modified"]));
        Assert.Equal(20_000, await second.CountAsync("select count(*) from saymon_objects where version = 2"));
    }

    [Fact]
    public async Task A_bulk_that_waits_can_be_paused_and_resumed()
    {
        var gate = new Gate();
        await using var host = await SaymonHost.StartAsync(NewTarget(), services: gate.Add);
        await host.FillAsync(3_000, i => $"o{i}");
        await gate.CloseAsync(host, "lane");
        var id = await host.SubmitAsync(await host.PrepareAsync("""{"bulk":[{"modify":{"weight":1}}]}""") with { Lane = "lane" });

        Assert.False((await host.Operations.PauseAsync(id, new Actor("root"), Token)).IsRefused(out var why, out var paused), why?.Detail);
        gate.Open();
        Assert.Equal(OperationState.Paused, paused!.State);
        Assert.Empty((await host.Operations.ResumeAsync(id, ReadOnlyMemory<byte>.Empty, new Actor("root"), Token)).Faults);
        var operation = await host.EndAsync(id);

        Assert.Equal((OperationState.Completed, 3_000L), (operation.State, operation.Tallies["modified"]));
    }

    [Fact]
    public async Task What_an_aborted_bulk_has_not_done_can_be_retried()
    {
        var gate = new Gate();
        await using var host = await SaymonHost.StartAsync(NewTarget(), services: gate.Add);
        await host.FillAsync(3_500, i => $"o{i}");
        await gate.CloseAsync(host, "lane");
        var id = await host.SubmitAsync(await host.PrepareAsync("""{"bulk":[{"modify":{"weight":1}}]}""") with { Lane = "lane" });
        await host.Operations.AbortAsync(id, new Actor("root"), Token);
        var aborted = await host.EndAsync(id);
        gate.Open();

        var again = await host.RetryAsync(aborted);

        Assert.Equal((OperationState.Aborted, 3_500L), (aborted.State, aborted.AbortedItems));
        Assert.Equal((OperationState.Completed, 3_500L, id.Value), (again.State, again.Total, again.RetryOf));
        Assert.Equal(3_500, await host.CountAsync("select count(*) from saymon_objects where version = 2"));
    }

    [Fact]
    public async Task A_bulk_that_is_aborted_in_the_middle_and_retried_has_changed_every_object_once()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        await host.FillAsync(15_000, i => $"o{i}");
        var id = await host.SubmitAsync("""{"bulk":[{"modify":{"weight":1}}]}""");
        await host.Operations.WaitAsync(id, o => o.Counts.Succeeded > 0, TimeSpan.FromSeconds(30), Token);
        await host.Operations.AbortAsync(id, new Actor("root"), Token);
        var end = await host.EndAsync(id);

        // What was in flight still ended; where that was the whole rest, nothing is left to retry.
        var again = end.AbortedItems > 0 ? await host.RetryAsync(end) : end;

        Assert.Equal(OperationState.Completed, again.State);
        Assert.Equal(15_000, await host.CountAsync("select count(*) from saymon_objects where version = 2"));
    }

    [Fact]
    public async Task Large_objects_go_in_several_steps_of_one_chunk()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        await host.FillAsync(30, i => $"o{i}", $",\"client_data\":\"{new string('x', 500_000)}\"");

        var operation = await host.BulkAsync("""{"bulk":[{"modify":{"weight":1}}]}""");

        Assert.Equal(30, operation.Tallies["modified"]);
        Assert.Equal(30, await host.CountAsync("select count(*) from saymon_objects where version = 2"));
        Assert.Equal(30, (await host.ItemsAsync(operation)).Count);
        Assert.True(await host.CountAsync("select count(*) from outcomes") > 1);
    }

    [Fact]
    public async Task It_can_be_submitted_and_only_checked_through_the_operations_api()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var id = await host.CreateIdAsync("""{"name":"a"}""");
        var kind = host.Get<BulkOperation>();

        var good = await kind.CheckAsync(Request("""{"search":{"name":"a"},"bulk":[{"modify":{"weight":1}}]}"""), Token);
        var bad = await kind.CheckAsync(Request("""{"bulk":[{"modify":{"nope":1}}]}"""), Token);

        Assert.Equal([id], kind.ReadInput(good.Submission!.Chunks![0].Encode()).Select(i => i.Key));
        Assert.Equal("""{"search":{"name":"a"},"bulk":[{"modify":{"weight":1}}]}""", good.Submission.Metadata);
        Assert.Contains("nope", Assert.Single(bad.Faults).Detail, StringComparison.Ordinal);

        static SubmitRequest Request(string parameters) => new("default", SaymonHost.Bytes(parameters), default, 1_000, "{}", "root", null);
    }

    [Fact]
    public async Task A_bulk_of_another_account_or_an_unknown_one_does_not_exist()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget(), o => o.OwnBulksOnly = true);
        var id = (await host.SubmitAsync("""{"bulk":[{"modify":{"weight":1}}]}""", SaymonHost.Editor)).Value;

        Assert.False((await host.Bulks.FindAsync(SaymonHost.Editor, Guid.Parse(id).ToString(), TimeSpan.FromSeconds(30), Token)).IsFault(out _, out var found));
        Assert.Equal(OperationState.Completed, found!.State);
        foreach (var (caller, text) in new[] { (SaymonHost.Editor, "nonsense"), (SaymonHost.Editor with { SubmittedBy = "token:b" }, id), (SaymonHost.Editor with { Account = "b" }, id) })
        {
            Assert.True((await host.Bulks.FindAsync(caller, text, null, Token)).IsFault(out var fault, out _));
            Assert.Equal((SaymonFaultCodes.ResourceNotFound, $"Bulk {text} does not exist"), (fault!.Code, fault.Message));
        }
    }
}

public sealed class SqliteBulkTests : BulkContract, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override DatabaseTarget NewTarget() => new SqliteTarget(_folder["longhaul.db"]);
}

public sealed class PostgresBulkTests : BulkContract
{
    protected override DatabaseTarget NewTarget() => new PostgresTarget(PostgresCluster.NewDatabase());
}
