using System.Text;
using System.Text.Json;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Saymon;
using Longhaul.Saymon.Objects;
using Longhaul.Saymon.Searching;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon;

/// <summary>Rules of objects, properties and links that a script finds out at the edges, on whatever database.</summary>
public abstract class ObjectRulesContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract DatabaseTarget NewTarget();

    [Fact]
    public async Task An_empty_discovery_id_is_none_so_objects_sent_with_it_stay_apart()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var first = await host.CreateAsync("""{"name":"a","discovery_id":""}""");
        var second = await host.CreateAsync("""{"name":"b","discovery_id":""}""");
        var known = await host.CreateIdAsync("""{"name":"c","discovery_id":"d-1"}""");

        var cleared = await host.BulkAsync("""{"bulk":[{"modify":{"discovery_id":""}}]}""");

        Assert.Equal(("a", "b"), (first.GetProperty("name").GetString(), second.GetProperty("name").GetString()));
        Assert.NotEqual(first.GetProperty("id").GetString(), second.GetProperty("id").GetString());
        Assert.False(first.TryGetProperty("discovery_id", out _));
        Assert.Equal("""{"matched":3,"modified":1,"unchanged":2,"failed":0,"skipped":0}""", cleared.Response);
        Assert.False((await host.GetAsync(known)).TryGetProperty("discovery_id", out _));
        Assert.NotEqual(known, await host.CreateIdAsync("""{"name":"d","discovery_id":"d-1"}"""));
    }

    [Fact]
    public async Task A_link_shows_its_properties_as_an_object_does_and_guards_service_ones()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var (source, target) = (await host.CreateIdAsync("""{"name":"a"}"""), await host.CreateIdAsync("""{"name":"b"}"""));
        var body = SaymonHost.Bytes($$"""{"source":"{{source}}","target":"{{target}}","properties":[{"name":"p","value":1},{"name":"s","value":"x","type_id":8}]}""");

        var refused = await host.Objects.CreateLinkAsync(SaymonHost.Editor, body, Token);
        var made = await host.Objects.CreateLinkAsync(SaymonHost.Root, body, Token);

        Assert.True(refused.IsFault(out var fault, out _));
        Assert.Equal((SaymonFaultCodes.Forbidden, "Permissions required: manage-service-properties"), (fault!.Code, fault.Message));
        Assert.False(made.IsFault(out _, out var text));
        var link = SaymonHost.Parse(text!);
        foreach (var shown in (JsonElement[])[link, Assert.Single((await host.LinksAsync()).EnumerateArray())])
        {
            var property = shown.GetProperty("properties")[0];
            Assert.Equal(["id", "name", "value", "type_id", "owner_id", "owner_type"], property.EnumerateObject().Select(m => m.Name));
            Assert.Equal((link.GetProperty("id").GetString(), 2), (property.GetProperty("owner_id").GetString(), property.GetProperty("owner_type").GetInt32()));
        }
    }

    [Fact]
    public async Task Objects_that_become_large_are_changed_in_several_steps()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        await host.FillAsync(12, i => $"o{i}");

        var operation = await host.BulkAsync($$"""{"bulk":[{"modify":{"client_data":"{{new string('x', 1_000_000)}}"} }]}""");

        Assert.Equal((OperationState.Completed, 12L), (operation.State, operation.Tallies["modified"]));
        Assert.Equal(12, await host.CountAsync("select count(*) from saymon_objects where version = 2"));
        Assert.Equal(12, (await host.ItemsAsync(operation)).Select(i => i.Index).Distinct().Count());
        Assert.Equal(3, await host.CountAsync("select count(*) from outcomes"));
    }

    [Fact]
    public async Task Objects_that_get_very_many_tags_are_changed_in_several_steps()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        await host.FillAsync(4, i => $"o{i}");
        var tags = string.Join(",", Enumerable.Range(10_000, 10_000).Select(i => $"\"{i}\""));

        var operation = await host.BulkAsync($$"""{"bulk":[{"modify":{"tags":[{{tags}}]} }]}""");

        Assert.Equal((OperationState.Completed, 4L), (operation.State, operation.Tallies["modified"]));
        Assert.Equal(2, await host.CountAsync("select count(*) from outcomes"));
        Assert.Equal(4, (await host.SearchAsync("{\"tags\":\"12345\"}")).Count);
        Assert.Equal(
            "modify: tags must be an array of at most 10000 strings",
            (await host.RefusedBulkAsync($$"""{"bulk":[{"modify":{"tags":[{{tags}},"one more"]} }]}""")).Message);
    }

    [Fact]
    public async Task Whoever_retries_a_bulk_does_it_with_permissions_of_his_own()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var owner = await host.CreateIdAsync($$"""{"name":"owner","discovery_id":"{{new string('d', 5_000)}}"}""");
        var id = await host.CreateIdAsync("""{"name":"a"}""");
        var failed = await host.BulkAsync(
            $$"""{"search":{"name":"a"},"bulk":[{"modify":{"discovery_id":"{{new string('d', 5_000)}}"} },{"properties.createOrModify":{"name":"s","value":"1","type_id":8} }]}""");
        await host.PatchAsync(owner, """{"discovery_id":null}""");

        var byEditor = await RetryAsync("token:ed");
        var byRoot = await RetryAsync("root");

        var item = Assert.Single(await host.ItemsAsync(failed));
        Assert.Equal("already-exists", item.Failure!.Slug);
        Assert.InRange(item.Failure.Detail.Length, 1, 200);
        Assert.Equal("permission-denied", Assert.Single(await host.ItemsAsync(byEditor)).Failure!.Slug);
        Assert.Equal((OperationState.Failed, OperationState.Completed), (byEditor.State, byRoot.State));
        Assert.Equal(2, (await host.GetAsync(id)).GetProperty("_version").GetInt64());

        async Task<Operation> RetryAsync(string who)
        {
            Assert.False((await host.Operations.CheckRetryAsync(failed, false, default, who, Token)).IsRefused(out _, out var answer));
            return await host.RunAsync(answer!.Submission!);
        }
    }

    [Fact]
    public async Task The_length_of_a_property_name_is_counted_in_code_points()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var id = await host.CreateIdAsync("""{"name":"a"}""");

        var longest = await SendAsync(1_000);
        var longer = await SendAsync(1_001);

        Assert.False(longest.IsFault(out _, out _));
        Assert.True(longer.IsFault(out var fault, out _));
        Assert.Equal("the body: name must be a string of 1 to 1000 characters", fault!.Message);

        Task<SaymonResult<byte[]>> SendAsync(int length) => host.Objects.CreatePropertyAsync(
            SaymonHost.Root, id, SaymonHost.Bytes($$"""{"name":"{{string.Concat(Enumerable.Repeat("\U0001F600", length))}}","value":""}"""), Token);
    }
}

/// <summary>What takes no database.</summary>
public sealed class ObjectTextTests
{
    [Theory]
    [InlineData("7", "7")]
    [InlineData("-0", "0")]
    [InlineData("-0.0", "0")]
    [InlineData("1.50", "1.5")]
    [InlineData("1e3", "1000")]
    [InlineData("12345678901234567890", "12345678901234567890")]
    [InlineData("0.00001", "0.00001")]
    [InlineData("-0.0000015", "-0.0000015")]
    [InlineData("1e-7", "1e-7")]
    [InlineData("1.25E-7", "1.25e-7")]
    [InlineData("1.5e15", "1500000000000000")]
    [InlineData("1.2345678901234567e16", "12345678901234568")]
    [InlineData("1e20", "100000000000000000000")]
    [InlineData("1e21", "1e+21")]
    [InlineData("-1.5e300", "-1.5e+300")]
    [InlineData("1e400", "1e400")]
    public void Numbers_become_texts_as_the_vendors_language_writes_them(string sent, string expected)
    {
        using var document = JsonDocument.Parse($$"""{"name":"p","value":{{sent}}}""");

        Assert.True(PropertyInput.TryRead(document.RootElement, "here", isWhole: true, out var input, out _));
        Assert.Equal(expected, input!.Value);
    }

    [Theory]
    [InlineData("^[[:digit:]]+$", true)]
    [InlineData("[a[:alpha:]b]", true)]
    [InlineData("[^[:space:]]", true)]
    [InlineData("\\[[:]x:]", false)]
    [InlineData("[[:x]", false)]
    [InlineData("[:digit:]", false)]
    [InlineData("a:]", false)]
    public void A_named_set_is_refused_because_it_would_match_something_else(string pattern, bool isRefused)
    {
        var regex = SearchPattern.TryMake(pattern, ignoresCase: false, out var problem);

        Assert.Equal(isRefused, regex is null);
        Assert.Equal(isRefused, problem is not null && problem.Contains("[:digit:]", StringComparison.Ordinal));
    }

    [Fact]
    public void A_property_is_found_by_its_name_among_very_many()
    {
        // As many as one body holds: with a look through all of them for each this takes a minute, in a transaction that holds up every writer.
        const int Count = 200_000;
        var document = ObjectDocument.New();
        var watch = System.Diagnostics.Stopwatch.StartNew();
        for (var i = 0; i < Count; i++)
        {
            document.Put(new ObjectProperty("0", $"p{i}", "a", 1));
        }

        document.Put(new ObjectProperty("1", "p7", "b", 1));
        document.Replace("1", new ObjectProperty("1", "renamed", "c", 1));

        Assert.Equal(Count, document.Properties.Count);
        Assert.Equal(("c", null), (document.Find("renamed")?.Value, document.Find("p7")));
        Assert.Equal(Count, ObjectProperty.ReadAll(document[ObjectField.Properties].Span).Count);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"{watch.Elapsed}");
    }

    [Fact]
    public void A_name_in_a_refusal_is_not_without_end()
    {
        using var document = JsonDocument.Parse($$"""{"{{new string('x', 100_000)}}":1}""");

        Assert.False(PropertyInput.TryRead(document.RootElement, "here", isWhole: true, out _, out var fault));
        Assert.InRange(Encoding.UTF8.GetByteCount(fault!.Message), 1, 300);
    }
}

public sealed class SqliteObjectRulesTests : ObjectRulesContract, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override DatabaseTarget NewTarget() => new SqliteTarget(_folder["longhaul.db"]);
}

public sealed class PostgresObjectRulesTests : ObjectRulesContract
{
    protected override DatabaseTarget NewTarget() => new PostgresTarget(PostgresCluster.NewDatabase());
}
