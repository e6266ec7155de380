using System.Text.Json;
using Longhaul.Engine.Storage;
using Longhaul.Saymon;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon;

/// <summary>Objects, properties and links, on whatever database.</summary>
public abstract class ObjectContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract DatabaseTarget NewTarget();

    [Fact]
    public async Task A_new_object_has_an_id_a_version_and_what_was_sent()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var created = await host.CreateAsync(
            """
            {"name":"Käse 😀","class_id":3,"state_id":"5F0000000000000000000001","client_data":"{\"a\":1}","geoposition":[30.5,59.9],"geopositionRadius":10,"weight":1.50,
             "tags":["x"],"manual_state":true,"mute_alert":{"reason":"r","by":"me"},"background":"b.png","owner_id":"u1","operations":[{"id":1}],"discovery_id":"D"}
            """);

        var id = created.GetProperty("id").GetString()!;
        Assert.Matches("^[0-9a-f]{24}$", id);
        Assert.Equal(created.GetRawText(), (await host.GetAsync(id)).GetRawText());
        Assert.Equal(created.GetRawText(), (await host.GetAsync(id.ToUpperInvariant())).GetRawText());
        Assert.Equal(1, created.GetProperty("_version").GetInt64());
        Assert.Equal(1, created.GetProperty("entityType").GetInt64());
        Assert.Equal(created.GetProperty("created").GetInt64(), created.GetProperty("last_state_update").GetInt64());
        Assert.Equal("3", created.GetProperty("class_id").GetRawText());
        Assert.Equal("5F0000000000000000000001", created.GetProperty("state_id").GetString());
        Assert.Equal("""{"reason":"r","by":"me"}""", created.GetProperty("mute_alert").GetRawText());
        Assert.Equal("[30.5,59.9]", created.GetProperty("geoposition").GetRawText());
        Assert.Equal("[]", created.GetProperty("child_ids").GetRawText());
    }

    [Theory]
    [InlineData("{}", "Mandatory \"name\" parameter is absent/empty.")]
    [InlineData("""{"name":null}""", "Mandatory \"name\" parameter is absent/empty.")]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"name":"a","id":"62d7e58056d203149a08001b"}""", "id")]
    [InlineData("""{"name":"a","entityType":1}""", "entityType")]
    [InlineData("""{"name":"a","parent_id":"x"}""", "parent_id")]
    [InlineData("""{"name":"a","tags":"x"}""", "tags")]
    [InlineData("""{"name":"a","tags":[1]}""", "tags")]
    [InlineData("""{"name":"a","class_id":"x"}""", "class_id")]
    [InlineData("""{"name":"a","geoposition":[1]}""", "geoposition")]
    [InlineData("""{"name":"a","unknown":1}""", "unknown")]
    [InlineData("""{"name":"a","client_data":{}}""", "client_data")]
    [InlineData("""{"name":"a","properties":{}}""", "properties")]
    [InlineData("""{"name":"a","properties":[{"value":"1"}]}""", "name")]
    [InlineData("[]", "object")]
    public async Task A_bad_object_is_refused_by_name(string body, string named)
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());

        Assert.True((await host.Objects.CreateAsync(SaymonHost.Root, SaymonHost.Bytes(body), Token)).IsFault(out var fault, out _));

        Assert.Equal(SaymonFaultCodes.BadRequest, fault!.Code);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.Empty(await host.SearchAsync("{}"));
    }

    [Fact]
    public async Task A_known_discovery_id_updates_that_object()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var first = await host.CreateAsync("""{"name":"a","discovery_id":"D","class_id":1}""");

        var second = await host.CreateAsync("""{"name":"b","discovery_id":"D"}""");
        var other = await host.CreateAsync("""{"name":"c","discovery_id":"d"}""");
        var clash = await host.Objects.UpdateAsync(SaymonHost.Root, other.GetProperty("id").GetString()!, SaymonHost.Bytes("""{"discovery_id":"D"}"""), Token);
        var newClass = await host.Objects.CreateAsync(SaymonHost.Root, SaymonHost.Bytes("""{"name":"b","discovery_id":"D","class_id":2}"""), Token);

        Assert.Equal(first.GetProperty("id").GetString(), second.GetProperty("id").GetString());
        Assert.Equal(("b", 2), (second.GetProperty("name").GetString(), second.GetProperty("_version").GetInt32()));
        Assert.NotEqual(first.GetProperty("id").GetString(), other.GetProperty("id").GetString());
        Assert.True(clash.IsFault(out _, out _));
        Assert.True(newClass.IsFault(out var fault, out _));
        Assert.Contains("class_id", fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_creates_with_one_discovery_id_make_one_object()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());

        var made = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => host.CreateAsync($$"""{"name":"n{{i}}","discovery_id":"same"}""")));

        Assert.Single(made.Select(o => o.GetProperty("id").GetString()).Distinct());
        Assert.Equal(20, (await host.GetAsync("discoveryid:same")).GetProperty("_version").GetInt64());
    }

    [Fact]
    public async Task A_change_takes_one_step_and_none_when_nothing_changes()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var id = await host.CreateIdAsync("""{"name":"a","weight":1,"tags":["t"]}""");

        var same = await host.PatchAsync(id, """{"weight":1,"name":"a"}""");
        var changed = await host.PatchAsync(id, """{"weight":null,"tags":null,"state_id":7}""");

        Assert.Equal(1, same.GetProperty("_version").GetInt64());
        Assert.Equal(2, changed.GetProperty("_version").GetInt64());
        Assert.False(changed.TryGetProperty("weight", out _));
        Assert.Equal("[]", changed.GetProperty("tags").GetRawText());
        Assert.True(changed.TryGetProperty("last_state_update", out _));
        Assert.Empty(await host.SearchAsync("""{"tags":"t"}"""));
        Assert.Equal([id], await host.SearchAsync("""{"state_id":7}"""));
    }

    [Fact]
    public async Task Children_references_and_links_are_found_from_the_others()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var a = await host.CreateIdAsync("""{"name":"a"}""");
        var b = await host.CreateIdAsync("""{"name":"b"}""");
        var x = await host.CreateIdAsync($$"""{"name":"x","parent_id":"{{a}}"}""");
        var y = await host.CreateIdAsync($$"""{"name":"y","parent_id":["{{b}}","{{a}}"]}""");
        var inner = await host.LinkAsync(x, y);
        await host.LinkAsync(x, b);

        Assert.Equal(($"[\"{x}\",\"{y}\"]", $"[\"{y}\"]", $"[\"{inner}\"]"), Derived(await host.GetAsync(a)));
        Assert.Equal(($"[\"{y}\"]", "[]", "[]"), Derived(await host.GetAsync(b)));
        Assert.Equal([a, b], await host.SearchAsync($$"""{"child_ids":"{{y}}"}"""));
        Assert.Equal([a], await host.SearchAsync($$"""{"child_link_ids":"{{inner}}"}"""));
        Assert.Equal([x, y], await host.SearchAsync($$"""{"parent_id":"{{a}}"}"""));

        static (string, string, string) Derived(JsonElement o) =>
            (o.GetProperty("child_ids").GetRawText(), o.GetProperty("child_ref_ids").GetRawText(), o.GetProperty("child_link_ids").GetRawText());
    }

    [Fact]
    public async Task A_deleted_object_takes_what_is_nested_in_it_and_their_links_along()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var root = await host.CreateIdAsync("""{"name":"root","discovery_id":"R"}""");
        var stays = await host.CreateIdAsync("""{"name":"stays"}""");
        var child = await host.CreateIdAsync($$"""{"name":"child","parent_id":"{{root}}"}""");
        await host.FillUnderAsync(child, 1_000);
        var shared = await host.CreateIdAsync($$"""{"name":"shared","parent_id":["{{child}}","{{stays}}"]}""");
        var below = await host.CreateIdAsync($$"""{"name":"below","parent_id":["{{shared}}"]}""");
        await host.LinkAsync(child, stays);
        var kept = await host.LinkAsync(stays, below);

        Assert.Null(await host.Objects.DeleteAsync(SaymonHost.Root, "discovery_id:R", Token));

        Assert.Equal(new[] { stays, shared, below }.Order(StringComparer.Ordinal), await host.SearchAsync("{}"));
        Assert.Equal($"[\"{stays}\"]", (await host.GetAsync(shared)).GetProperty("parent_id").GetRawText());
        Assert.Equal(kept, Assert.Single((await host.LinksAsync()).EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(3, await host.CountAsync("select count(*) from saymon_terms"));
        Assert.Equal(2, await host.CountAsync("select count(*) from saymon_parents"));
        Assert.Equal($"Object {root} does not exist", (await host.Objects.DeleteAsync(SaymonHost.Root, root, Token))!.Message);
    }

    [Fact]
    public async Task A_list_shows_the_default_fields_or_those_that_are_named_and_always_the_id()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var id = await host.CreateIdAsync("""{"name":"a","class_id":1,"client_data":"x"}""");

        var listed = Assert.Single((await host.ListAsync()).EnumerateArray());
        var named = Assert.Single((await host.ListAsync("client_data,name,id")).EnumerateArray());
        Assert.True((await host.Objects.ListAsync(SaymonHost.Root, "name,nope", Token)).IsFault(out var fault, out _));

        Assert.Equal(["id", "name", "parent_id", "class_id", "child_ids", "child_link_ids", "child_ref_ids"], listed.EnumerateObject().Select(m => m.Name));
        Assert.Equal($$"""{"id":"{{id}}","client_data":"x","name":"a"}""", named.GetRawText());
        Assert.Contains("nope", fault!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_list_is_an_empty_array_and_a_long_one_is_whole()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        Assert.Equal("[]", (await host.ListAsync()).GetRawText());
        Assert.Equal("[]", (await host.LinksAsync()).GetRawText());
        await host.FillAsync(1_234, i => $"o{i}");

        Assert.Equal(1_234, (await host.ListAsync("name")).EnumerateArray().Select(o => o.GetProperty("name").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task Properties_are_unique_by_the_bytes_of_their_names()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var id = await host.CreateIdAsync("""{"name":"a"}""");

        var first = await PropertyAsync(host, id, """{"name":"é","value":1.50}""");
        var again = await PropertyAsync(host, id, """{"name":"é","value":true,"type_id":101}""");
        var other = await PropertyAsync(host, id, """{"name":"e\u0301","value":"x"}""");
        var clash = await host.Objects.UpdatePropertyAsync(SaymonHost.Root, id, Id(other), SaymonHost.Bytes("""{"name":"é"}"""), Token);
        var unknown = await host.Objects.UpdatePropertyAsync(SaymonHost.Root, id, id, SaymonHost.Bytes("""{"value":"y"}"""), Token);
        Assert.False((await host.Objects.UpdatePropertyAsync(SaymonHost.Root, id, Id(other), SaymonHost.Bytes("""{"value":"y"}"""), Token)).IsFault(out _, out var changed));

        Assert.Equal($$"""{"id":"{{Id(first)}}","name":"é","value":"1.5","type_id":1,"owner_id":"{{id}}","owner_type":1}""", first.GetRawText());
        Assert.Equal((Id(first), "true", 101), (Id(again), again.GetProperty("value").GetString(), again.GetProperty("type_id").GetInt32()));
        Assert.NotEqual(Id(first), Id(other));
        Assert.True(clash.IsFault(out _, out _));
        Assert.True(unknown.IsFault(out var fault, out _));
        Assert.Equal($"Property {id} does not exist", fault!.Message);
        Assert.Equal("y", SaymonHost.Parse(changed!).GetProperty("value").GetString());
        Assert.Equal(5, (await host.GetAsync(id)).GetProperty("_version").GetInt64());

        static string Id(JsonElement property) => property.GetProperty("id").GetString()!;
    }

    [Fact]
    public async Task Service_properties_take_a_permission_of_their_own()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var id = await host.CreateIdAsync("""{"name":"a"}""");
        var service = (await PropertyAsync(host, id, """{"name":"s","value":"1","type_id":8}""")).GetProperty("id").GetString()!;

        SaymonResult<byte[]>[] refused =
        [
            await host.Objects.CreateAsync(SaymonHost.Editor, SaymonHost.Bytes("""{"name":"b","properties":[{"name":"s","value":"1","type_id":8}]}"""), Token),
            await host.Objects.CreatePropertyAsync(SaymonHost.Editor, id, SaymonHost.Bytes("""{"name":"s","value":"2"}"""), Token),
            await host.Objects.UpdatePropertyAsync(SaymonHost.Editor, id, service, SaymonHost.Bytes("""{"value":"2"}"""), Token),
        ];

        foreach (var result in refused)
        {
            Assert.True(result.IsFault(out var fault, out _));
            Assert.Equal(new SaymonFault(SaymonFaultCodes.Forbidden, "Permissions required: manage-service-properties"), fault);
        }

        Assert.Equal(2, (await host.GetAsync(id)).GetProperty("_version").GetInt64());
        Assert.Single(await host.SearchAsync("{}"));
    }

    [Fact]
    public async Task A_link_needs_two_objects()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var a = await host.CreateIdAsync("""{"name":"a"}""");
        var b = await host.CreateIdAsync("""{"name":"b"}""");
        var link = await host.LinkAsync(a, b, ",\"class_id\":35,\"source_name\":\"eth0\"");
        (string Body, string Named)[] bad =
        [
            ("{}", "source"), ($$"""{"source":"{{a}}"}""", "target"), ($$"""{"source":"{{a}}","target":"62d7e58056d203149a08001b"}""", "target"),
            ($$"""{"source":"x","target":"{{b}}"}""", "source"), ($$"""{"source":"{{a}}","target":"{{b}}","nope":1}""", "nope"), ("[]", "object"),
        ];
        foreach (var (body, named) in bad)
        {
            Assert.True((await host.Objects.CreateLinkAsync(SaymonHost.Root, SaymonHost.Bytes(body), Token)).IsFault(out var fault, out _));
            Assert.Contains(named, fault!.Message, StringComparison.Ordinal);
        }

        Assert.Equal(
            $$"""[{"id":"{{link}}","source":"{{a}}","target":"{{b}}","class_id":35,"source_name":"eth0","entityType":2}]""", (await host.LinksAsync()).GetRawText());
        Assert.Null(await host.Objects.DeleteLinkAsync(SaymonHost.Root, link, Token));
        Assert.Equal($"Link {link} does not exist", (await host.Objects.DeleteLinkAsync(SaymonHost.Root, link, Token))!.Message);
    }

    [Fact]
    public async Task Accounts_do_not_see_each_other()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var id = await host.CreateIdAsync("""{"name":"a","discovery_id":"D"}""");
        var other = SaymonHost.Root with { Account = "other" };

        Assert.True((await host.Objects.FindAsync(other, id, Token)).IsFault(out _, out _));
        Assert.True((await host.Objects.FindAsync(other, "discovery_id:D", Token)).IsFault(out _, out _));
        Assert.NotNull(await host.Objects.DeleteAsync(other, id, Token));
        Assert.NotEqual(id, (await host.CreateAsync("""{"name":"b","discovery_id":"D"}""", other)).GetProperty("id").GetString());
        Assert.Equal([id], await host.SearchAsync("""{}"""));
    }

    private static async Task<JsonElement> PropertyAsync(SaymonHost host, string id, string body)
    {
        Assert.False((await host.Objects.CreatePropertyAsync(SaymonHost.Root, id, SaymonHost.Bytes(body), Token)).IsFault(out var fault, out var value), fault?.Message);
        return SaymonHost.Parse(value!);
    }
}

public sealed class SqliteObjectTests : ObjectContract, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override DatabaseTarget NewTarget() => new SqliteTarget(_folder["longhaul.db"]);
}

public sealed class PostgresObjectTests : ObjectContract
{
    protected override DatabaseTarget NewTarget() => new PostgresTarget(PostgresCluster.NewDatabase());
}
