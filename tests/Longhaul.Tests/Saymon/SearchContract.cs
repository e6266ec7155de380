using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Longhaul.Engine.Storage;
using Longhaul.Saymon;
using Longhaul.Saymon.Objects;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon;

/// <summary>The search language over stored objects, on whatever database.</summary>
public abstract class SearchContract
{
    private const int Objects = 10_000;

    private static readonly string[] Names = ["CPU", "cpu", "Memory", "Disk \"a\"", "Käse", "😀 face", "x\ny", ""];
    private static readonly string[] SomeTags = ["a", "b", "c", "é", "A"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract DatabaseTarget NewTarget();

    /// <summary>Every form on scalar and array fields finds what a plain reading of the contract finds, over many random objects.</summary>
    [Fact]
    public async Task Searches_find_what_a_reference_evaluation_finds()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        var random = new Random(20_261_125);
        var all = await FillAsync(host, random);
        var searches = Enumerable.Range(0, 150).Select(_ => RandomSearch(random, all)).Concat(FixedSearches(all)).ToList();
        var found = 0;
        foreach (var search in searches)
        {
            var expected = all.Where(o => Matches(o, search)).Select(o => (string)o["id"]!).ToList();

            Assert.Equal(expected, await host.SearchAsync(search.ToJsonString()));
            found += expected.Count > 0 ? 1 : 0;
        }

        // A reference that never finds anything would prove nothing.
        Assert.True(found > searches.Count / 3, found.ToString(CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("""{"$where":"1"}""", "$where")]
    [InlineData("""{"$or":[{"name":"a"}]}""", "$or")]
    [InlineData("""{"name":{"$ne":"a"}}""", "$ne")]
    [InlineData("""{"name":{"$exists":true}}""", "$exists")]
    [InlineData("""{"name":{"$regex":"a","$options":"x"}}""", "$options")]
    [InlineData("""{"name":{"$options":"i"}}""", "$options")]
    [InlineData("""{"nmae":"a"}""", "nmae")]
    [InlineData("""{"properties.name":"a"}""", "properties.name")]
    [InlineData("""{"properties":"a"}""", "$elemMatch")]
    [InlineData("""{"properties":{"$in":["a"]}}""", "$in")]
    [InlineData("""{"properties":{"$elemMatch":{"nope":"a"}}}""", "nope")]
    [InlineData("""{"properties":{"$elemMatch":{"$or":[]}}}""", "$or")]
    [InlineData("""{"tags":{"$elemMatch":{"name":"a"}}}""", "$elemMatch")]
    [InlineData("""{"tags":["a"]}""", "tags")]
    [InlineData("""{"name":{}}""", "name")]
    [InlineData("""{"name":{"$in":"a"}}""", "$in")]
    [InlineData("""{"name":{"$in":[{}]}}""", "$in")]
    [InlineData("""{"weight":{"$gt":"1"}}""", "$gt")]
    [InlineData("""{"name":{"$regex":1}}""", "$regex")]
    [InlineData("""{"name":{"$regex":"("}}""", "$regex")]
    [InlineData("""{"name":{"$regex":"(?=a)"}}""", "look-around")]
    [InlineData("""{"name":{"$regex":"(a)\\1"}}""", "back-reference")]
    [InlineData("""{"name":{"$regex":"(((a{90}){90}){90}){90}"}}""", "repetitions")]
    [InlineData("""{"name":{"$regex":"a{99999999999}"}}""", "repetitions")]
    [InlineData("""{"properties":{"$elemMatch":{"name":{"$in":[[["x"]]]}}}}""", "nested deeper than 5")]
    [InlineData("""{"name":"\u0000"}""", "name")]
    public async Task What_the_language_does_not_have_is_refused_by_name(string search, string named)
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());

        var fault = await host.RefusedSearchAsync(search);
        var ofBulk = await host.RefusedBulkAsync($$"""{"search":{{search}},"bulk":[{"modify":{"weight":1} }]}""");

        Assert.Equal(SaymonFaultCodes.BadRequest, fault.Code);
        Assert.Contains(named, fault.Message, StringComparison.Ordinal);
        Assert.Equal(fault, ofBulk);
    }

    [Fact]
    public async Task The_bounds_of_a_search_are_exact()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        await host.CreateIdAsync("""{"name":"v5"}""");
        string Values(int count) => $$"""{"name":{"$in":[{{string.Join(",", Enumerable.Range(0, count).Select(i => $"\"v{i}\""))}}]} }""";
        string Pattern(int length) => $$"""{"name":{"$regex":"{{new string('v', length)}}"} }""";

        Assert.Single(await host.SearchAsync(Values(1_000)));
        Assert.Contains("1000", (await host.RefusedSearchAsync(Values(1_001))).Message, StringComparison.Ordinal);
        Assert.Empty(await host.SearchAsync(Pattern(1_000)));
        Assert.Contains("1000", (await host.RefusedSearchAsync(Pattern(1_001))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData("(a|aa)+$")]
    [InlineData("(.*)*x")]
    [InlineData("(?:a?){500}a{500}")]
    public async Task A_pattern_that_hangs_others_ends_here(string pattern)
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        await host.CreateIdAsync($$"""{"name":"{{new string('a', 5_000)}}!"}""");
        var started = TimeProvider.System.GetTimestamp();

        _ = await host.SearchAsync($$"""{"name":{"$regex":"{{pattern}}"} }""");

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Client_data_comes_only_when_it_is_asked_for()
    {
        await using var host = await SaymonHost.StartAsync(NewTarget());
        await host.CreateIdAsync("""{"name":"a","client_data":"{\"x\":1}"}""");

        Assert.DoesNotContain("client_data", await TextAsync(host, "{}"), StringComparison.Ordinal);
        Assert.DoesNotContain("client_data", await TextAsync(host, """{"search":{},"options":{"includeClientData":false}}"""), StringComparison.Ordinal);
        Assert.Contains("{\\\"x\\\":1}", await TextAsync(host, """{"options":{"includeClientData":true}}"""), StringComparison.Ordinal);
    }

    private static async Task<string> TextAsync(SaymonHost host, string body)
    {
        Assert.False((await host.Objects.SearchAsync(SaymonHost.Root, SaymonHost.Bytes(body), Token)).IsFault(out var fault, out var pieces), fault?.Message);
        var text = new StringBuilder();
        await foreach (var piece in pieces!(Token))
        {
            text.Append(Encoding.UTF8.GetString(piece.Span));
        }

        return text.ToString();
    }

    private static async Task<List<JsonObject>> FillAsync(SaymonHost host, Random random)
    {
        var ids = Enumerable.Range(0, Objects).Select(_ => host.Get<ObjectIds>().Next()).ToList();
        var all = ids.ConvertAll(id => RandomObject(random, id, ids));
        foreach (var page in all.Chunk(500))
        {
            var rows = page.Select(o =>
            {
                var stored = o.DeepClone().AsObject();
                foreach (var own in (string[])["id", "_version", "created", "updated", "entityType"])
                {
                    stored.Remove(own);
                }

                return new ObjectRow((string)o["id"]!, (int)o["_version"]!, (int)o["created"]!, (int)o["updated"]!, Encoding.UTF8.GetBytes(stored.ToJsonString()));
            }).ToList();
            await host.Database.WriteAsync(
                async (session, token) =>
                {
                    await SaymonStore.InsertAsync(session, "default", 0, rows, token);
                    return true;
                },
                WriteWeight.Bulk,
                Token);
        }

        // The derived fields, as the reference sees them.
        var byId = all.ToDictionary(o => (string)o["id"]!, StringComparer.Ordinal);
        foreach (var parent in all)
        {
            parent["child_ids"] = new JsonArray();
            parent["child_ref_ids"] = new JsonArray();
        }

        foreach (var child in all)
        {
            var parents = child["parent_id"]!.AsArray();
            for (var place = 0; place < parents.Count; place++)
            {
                byId[(string)parents[place]!]["child_ids"]!.AsArray().Add((string)child["id"]!);
                if (place > 0)
                {
                    byId[(string)parents[place]!]["child_ref_ids"]!.AsArray().Add((string)child["id"]!);
                }
            }
        }

        return all;
    }

    private static JsonObject RandomObject(Random random, string id, List<string> ids)
    {
        var o = new JsonObject
        {
            ["id"] = id,
            ["name"] = Names[random.Next(Names.Length)] + (random.Next(3) == 0 ? "" : random.Next(40).ToString(CultureInfo.InvariantCulture)),
            ["parent_id"] = new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(_ => ids[random.Next(200)]).Distinct().Select(i => (JsonNode)i!)]),
            ["tags"] = new JsonArray([.. SomeTags.Where(_ => random.Next(3) == 0).Select(t => (JsonNode)t!)]),
            ["properties"] = new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(i => (JsonNode)new JsonObject
            {
                ["id"] = ids[i], ["name"] = $"p{i}{random.Next(3)}", ["value"] = random.Next(30).ToString(CultureInfo.InvariantCulture), ["type_id"] = random.Next(1, 4),
            })]),
            ["_version"] = random.Next(1, 9),
            ["created"] = random.Next(1_000),
            ["updated"] = random.Next(1_000),
            ["entityType"] = 1,
        };
        JsonNode?[] classes = [null, random.Next(5), ids[random.Next(5)], 2.5];
        if (classes[random.Next(classes.Length)] is { } cls)
        {
            o["class_id"] = cls;
        }

        if (random.Next(2) == 0)
        {
            o["state_id"] = random.Next(4);
            o["weight"] = random.Next(2) == 0 ? random.Next(10) : random.NextDouble() * 10;
        }

        if (random.Next(4) == 0)
        {
            o["geoposition"] = new JsonArray(random.Next(180), random.NextDouble());
            o["manual_state"] = random.Next(2) == 0;
        }

        return o;
    }

    private static IEnumerable<JsonObject> FixedSearches(List<JsonObject> all)
    {
        var some = (string)all[42]["id"]!;
        string[] texts =
        [
            "{}", $$"""{"_id":"{{some}}"}""", $$"""{"id":{"$in":["{{some}}","nothing"]} }""", """{"tags":{"$in":[]}}""", """{"class_id":null}""",
            """{"class_id":{"$in":[null,3]}}""", """{"class_id":2.50}""", """{"class_id":"2"}""", """{"tags":"a","state_id":1,"weight":{"$gte":2,"$lt":8}}""",
            """{"name":{"$regex":"^CPU$","$options":"i"}}""", """{"tags":{"$regex":"É|c","$options":"i"}}""", """{"geoposition":{"$lt":1}}""", """{"manual_state":true}""",
            """{"properties":{"$elemMatch":{}}}""", """{"entityType":1,"_version":{"$in":[1,2]}}""", """{"properties":{"$elemMatch":{"name":"p01","value":"7","type_id":{"$lte":2}}}}""",
            """{"name":"x\ny"}""", """{"name":""}""", """{"discovery_id":"none"}""", """{"client_data":null,"created":{"$gt":990}}""",
        ];
        return texts.Select(t => JsonNode.Parse(t)!.AsObject());
    }

    private static JsonObject RandomSearch(Random random, List<JsonObject> all)
    {
        string[] fields = ["id", "name", "class_id", "parent_id", "child_ids", "child_ref_ids", "state_id", "tags", "weight", "_version", "created", "updated", "geoposition", "manual_state", "entityType"];
        var search = new JsonObject();
        for (var left = random.Next(1, 4); left > 0; left--)
        {
            if (random.Next(6) == 0)
            {
                search["properties"] = new JsonObject { ["$elemMatch"] = new JsonObject { ["name"] = $"p{random.Next(3)}{random.Next(3)}", ["type_id"] = new JsonObject { ["$gte"] = random.Next(4) } } };
                continue;
            }

            var field = fields[random.Next(fields.Length)];
            search[field] = random.Next(5) switch
            {
                0 => new JsonObject { ["$in"] = new JsonArray([.. Enumerable.Range(0, random.Next(5)).Select(_ => Sample(random, all, field))]) },
                1 => new JsonObject { ["$gt"] = random.Next(10), ["$lte"] = random.Next(1_000) },
                2 => new JsonObject { ["$lt"] = random.Next(1_000), ["$gte"] = random.NextDouble() * 3 },
                3 => new JsonObject { ["$regex"] = new[] { "^C", "p.$", "[0-9]{2}", "a|é", "." }[random.Next(5)], ["$options"] = random.Next(2) == 0 ? "i" : "" },
                _ => Sample(random, all, field),
            };
        }

        return search;
    }

    private static JsonNode? Sample(Random random, List<JsonObject> all, string field)
    {
        var value = all[random.Next(field is "child_ids" or "child_ref_ids" ? 200 : all.Count)][field];
        return value is JsonArray array ? (array.Count == 0 ? "none" : array[random.Next(array.Count)]!.DeepClone()) : value?.DeepClone();
    }

    // The contract, read as plainly as it can be.
    private static bool Matches(JsonObject o, JsonObject search) => search.All(c => c.Key == "properties"
        ? o["properties"]!.AsArray().Any(p => c.Value!["$elemMatch"]!.AsObject().All(e => Holds(p![e.Key], e.Value)))
        : Holds(o[c.Key == "_id" ? "id" : c.Key], c.Value));

    private static bool Holds(JsonNode? value, JsonNode? wanted)
    {
        if (wanted is not JsonObject operators)
        {
            return Elements(value).Any(e => AreEqual(e, wanted));
        }

        return operators.All(o => o.Key switch
        {
            "$in" => Elements(value).Any(e => o.Value!.AsArray().Any(w => AreEqual(e, w))),
            "$regex" => Elements(value).Any(e => e?.GetValueKind() == System.Text.Json.JsonValueKind.String && System.Text.RegularExpressions.Regex.IsMatch(
                (string)e!,
                (string)o.Value!,
                System.Text.RegularExpressions.RegexOptions.CultureInvariant | ((string?)operators["$options"] == "i" ? System.Text.RegularExpressions.RegexOptions.IgnoreCase : 0))),
            "$options" => true,
            _ => Elements(value).Any(e => e?.GetValueKind() == System.Text.Json.JsonValueKind.Number && Compare(Number(e), o.Key, Number(o.Value!))),
        });
    }

    private static List<JsonNode?> Elements(JsonNode? value)
    {
        List<JsonNode?> elements = [];
        if (value is JsonArray array)
        {
            elements.AddRange(array);
        }
        else
        {
            elements.Add(value);
        }

        return elements;
    }

    private static bool AreEqual(JsonNode? left, JsonNode? right) =>
        left is null || right is null ? left is null && right is null
        : left.GetValueKind() == right.GetValueKind()
            && (left.GetValueKind() == System.Text.Json.JsonValueKind.Number ? Number(left) == Number(right) : left.ToJsonString() == right.ToJsonString());

    private static double Number(JsonNode node) => double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);

    private static bool Compare(double left, string sign, double right) => sign switch
    {
        "$gt" => left > right,
        "$lt" => left < right,
        "$gte" => left >= right,
        _ => left <= right,
    };
}

public sealed class SqliteSearchTests : SearchContract, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override DatabaseTarget NewTarget() => new SqliteTarget(_folder["longhaul.db"]);
}

public sealed class PostgresSearchTests : SearchContract
{
    protected override DatabaseTarget NewTarget() => new PostgresTarget(PostgresCluster.NewDatabase());
}
