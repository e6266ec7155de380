using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Embedding;

/// <summary>The samples as somebody runs them from a clone: forty lines that import a file, exactly once, whatever is killed when.</summary>
[Collection("services")]
public sealed class SampleTests
{
    private static readonly string Root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", ".."));

    [Theory]
    [InlineData("import-people")]
    [InlineData("import-people-postgres")]
    public void A_sample_has_at_most_forty_lines(string name) =>
        Assert.InRange(File.ReadLines(Path.Combine(Root, "samples", $"{name}.cs")).Count(), 10, 40);

    [Theory]
    [InlineData("import-people", DatabaseUnderTest.Sqlite, 60_000)]
    [InlineData("import-people-postgres", DatabaseUnderTest.Postgres, 10_000)]
    public async Task A_sample_imports_a_file_and_every_row_once_though_it_is_killed(string name, DatabaseUnderTest kind, int many)
    {
        using var folder = new TempFolder();
        var program = await BuildAsync(name);
        string[] settings = ["--ApiKey", "k", "--Longhaul:Engine:LeaseSeconds", "3", "--Database", kind == DatabaseUnderTest.Sqlite ? folder["people.db"] : PostgresCluster.NewDatabase()];
        (string, string)[] caller = kind == DatabaseUnderTest.Sqlite ? [("X-Api-Key", "k")] : [("X-User", "ann"), ("X-Role", "operator")];

        string id;
        await using (var first = await HostProcess.StartAsync(program, folder.FullPath, settings))
        {
            using var client = first.NewClient(caller);
            await RefuseStrangersAsync(first);
            var small = await SubmitAsync(client, ["ada@example.com,Ada", "bob@example.com, Bob"], "wait=30");
            Assert.Equal("completed", (string?)small["state"]);
            var faulty = await client.PostAsJsonAsync("/v1/operations", Body(["ada@example.com"]), TestContext.Current.CancellationToken);
            Assert.Contains("\"pointer\":\"/items/0\"", await faulty.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);

            id = (string)(await SubmitAsync(client, Enumerable.Range(0, many).Select(i => $"p{i}@example.com,P{i}"), null))["id"]!;
            await SomeAreDoneAsync(client, id);
            await first.KillAsync();
        }

        await using var second = await HostProcess.StartAsync(program, folder.FullPath, settings);
        using var again = second.NewClient(caller);
        var end = await WaitAsync(again, id);
        await second.KillAsync();

        Assert.Equal(("completed", (long)many), ((string?)end["state"], (long?)end["progress"]!["succeeded"]));
        await using var database = Database.For(kind == DatabaseUnderTest.Sqlite ? new SqliteTarget(settings[^1]) : new PostgresTarget(settings[^1]));
        await database.OpenAsync([], TestContext.Current.CancellationToken);
        var (rows, names) = await database.ReadOneAsync(
            (session, token) => session.Sql("select count(*), count(distinct email) from people").FirstAsync(r => (r.GetInt64(0), r.GetInt64(1)), token),
            TestContext.Current.CancellationToken);
        Assert.Equal((many + 2, many + 2), (rows, names));
    }

    private static async Task<string> BuildAsync(string name)
    {
        // The projects below were built with these tests.
        await HostProcess.RunAsync(Root, "dotnet", "build", $"samples/{name}.cs", "-c", "Release", "-v", "quiet", "-p:BuildProjectReferences=false", "-p:UseSharedCompilation=false");
        return Path.Combine(Root, "artifacts", "bin", "release", $"{name}.dll");
    }

    private static async Task RefuseStrangersAsync(HostProcess host)
    {
        using var stranger = host.NewClient();
        var answer = await stranger.PostAsJsonAsync("/v1/operations", Body(["eve@example.com,Eve"]), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private static JsonObject Body(IEnumerable<string> lines) =>
        new() { ["kind"] = "people.import", ["account"] = "acme", ["items"] = new JsonArray([.. lines.Select(l => JsonValue.Create(l))]) };

    private static async Task<JsonNode> SubmitAsync(HttpClient client, IEnumerable<string> lines, string? prefer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/operations") { Content = JsonContent.Create(Body(lines)) };
        if (prefer is not null)
        {
            request.Headers.Add("Prefer", prefer);
        }

        var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    // Each change of the operation answers; the first one with something done is the middle.
    private static async Task SomeAreDoneAsync(HttpClient client, string id)
    {
        var version = "\"0\"";
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/operations/{id}");
            request.Headers.TryAddWithoutValidation("Prefer", "wait=30");
            request.Headers.TryAddWithoutValidation("If-None-Match", version);
            var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            var operation = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
            Assert.False((bool)operation["done"]!, "it was done before it could be killed");
            if ((long)operation["progress"]!["succeeded"]! > 0)
            {
                return;
            }

            version = answer.Headers.ETag!.Tag;
        }
    }

    private static async Task<JsonNode> WaitAsync(HttpClient client, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/operations/{id}") { Headers = { { "Prefer", "wait=60" } } };
        var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!;
    }
}
