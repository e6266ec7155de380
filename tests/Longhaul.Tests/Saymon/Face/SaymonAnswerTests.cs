using System.Globalization;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon.Face;

/// <summary>What the face answers, judged by its own OpenAPI document: every route, every status that can be provoked.</summary>
public sealed class SaymonAnswerTests(DocumentedServer server) : IClassFixture<DocumentedServer>
{
    private const string Api = SaymonClient.Api;
    private const string NoId = "62d7e58056d203149a08001b";

    // A fault of ours and a store that is gone have tests of their own. Nothing can be wrong with a request that has neither id nor query.
    private static readonly string[] NotProvoked = ["500", "503"];

    private static readonly string[] NeverBad =
    [
        "clone-object-in-background 400", "get-object 400", "delete-object 400", "list-links 400", "delete-link 400", "delete-session 400", "get-current-user 400",
    ];

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    private OpenApiText Document => server.Documents["saymon"];

    [Fact]
    public async Task Every_answer_is_as_documented()
    {
        using var root = new SaymonClient(server.Process);
        using var nobody = new SaymonClient(server.Process, null);
        using var stranger = new SaymonClient(server.Process, await StrangerAsync());
        var id = (await SendAsync(root, "POST", $"{Api}/objects", """{"name":"one","class_id":3}""")).GetProperty("id").GetString()!;
        var other = (await SendAsync(root, "POST", $"{Api}/objects", """{"name":"two","class_id":"62d7e58056d203149a08001c"}""")).GetProperty("id").GetString()!;
        var property = (await SendAsync(root, "POST", $"{Api}/objects/{id}/props", """{"name":"p","value":true}""")).GetProperty("id").GetString()!;
        await SendAsync(root, "PATCH", $"{Api}/objects/{id}/props/{property}", """{"value":"x"}""");
        await SendAsync(root, "PATCH", $"{Api}/objects/{id}", """{"weight":1}""");
        await SendAsync(root, "GET", $"{Api}/objects/{id}");
        await SendAsync(root, "GET", $"{Api}/objects?fields=name");
        await SendAsync(root, "GET", $"{Api}/objects?fields=nonsense");
        await SendAsync(root, "POST", $"{Api}/objects/search", """{"search":{"name":"one"},"options":{"includeClientData":true}}""");
        var link = (await SendAsync(root, "POST", $"{Api}/links", $$"""{"source":"{{id}}","target":"{{other}}"}""")).GetProperty("id").GetString()!;
        await SendAsync(root, "GET", $"{Api}/links");
        await SendAsync(root, "GET", $"{Api}/users/current");
        await SendAsync(nobody, "POST", $"{Api}/users/session", $$"""{"auth-token":"{{LonghaulProcess.Token}}"}""");
        await SendAsync(root, "DELETE", $"{Api}/users/session");
        foreach (var spelling in (string[])["bulk", "bulks"])
        {
            const string Body = """{"search":{"name":"one"},"bulk":[{"modify":{"weight":2}}]}""";
            await SendAsync(root, "POST", $"{Api}/{spelling}/objects?dry_run=1", Body);
            var bulk = (await SendAsync(root, "POST", $"{Api}/{spelling}/objects", Body, ("Idempotency-Key", "k"))).GetProperty("bulkId").GetString()!;
            await SendAsync(root, "POST", $"{Api}/{spelling}/objects", """{"bulk":[]}""", ("Idempotency-Key", "k"));
            await SendAsync(root, "GET", $"{Api}/{spelling}/{bulk}/status", null, ("Prefer", "wait=30"));
            await SendAsync(root, "GET", $"{Api}/{spelling}/{bulk}/status?verbose=1");
            await SendAsync(root, "GET", $"{Api}/{spelling}/{bulk}/status?verbose=x");
        }

        await SendAsync(root, "POST", $"{Api}/objects/{id}/clone-bulk", "", ("Idempotency-Key", "c"));
        await SendAsync(root, "POST", $"{Api}/objects/{id}/clone-bulk", "x", ("Idempotency-Key", "c"));
        await TooMuchAsync(root, id);
        foreach (var operation in Document.Operations)
        {
            var known = operation.Path.Replace("{id}", id, StringComparison.Ordinal).Replace("{prop_id}", property, StringComparison.Ordinal).Replace("{bulk_id}", "x", StringComparison.Ordinal);
            var unknown = operation.Path.Replace("{id}", NoId, StringComparison.Ordinal).Replace("{prop_id}", NoId, StringComparison.Ordinal).Replace("{bulk_id}", "x", StringComparison.Ordinal);
            var hasBody = operation.Node["responses"]!["413"] is not null;
            var isLogin = operation.Id == "create-session";
            await SendAsync(nobody, operation.Method, known, hasBody ? isLogin ? """{"auth-token":"wrong"}""" : "{}" : null);
            await SendAsync(stranger, operation.Method, known, hasBody ? isLogin ? $$"""{"auth-token":"{{_strangersSecret}}"}""" : "{}" : null);
            await SendAsync(root, operation.Method, unknown, hasBody ? GoodBody(operation.Id, id) : null);
            if (hasBody)
            {
                await SendAsync(root, operation.Method, known, operation.Id.StartsWith("clone", StringComparison.Ordinal) ? null : "not json");
                await SendAsync(root, operation.Method, known, new string(' ', DocumentedServer.MaxBodyBytes + 1));
            }
        }

        await SendAsync(root, "DELETE", $"{Api}/links/{link}");
        await SendAsync(root, "DELETE", $"{Api}/objects/{other}");
        var missing = Document.Operations
            .SelectMany(o => o.Node["responses"]!.AsObject().Where(r => !NotProvoked.Contains(r.Key)).Select(r => $"{o.Id} {r.Key}"))
            .Except(_seen).Except(NeverBad);
        Assert.Equal("", string.Join(", ", missing));
    }

    private string _strangersSecret = "";

    private async Task<string> StrangerAsync()
    {
        _strangersSecret = await Tokens.CreateAsync(server.Place, "stranger", ["lists:edit"], "default");
        await Tokens.HoldsAsync(server.Process, _strangersSecret, System.Net.HttpStatusCode.OK);
        return $"Bearer {_strangersSecret}";
    }

    // More stored input than an account may have.
    private async Task TooMuchAsync(SaymonClient root, string id)
    {
        var parent = await root.CreateAsync("""{"name":"many"}""");
        for (var i = 0; i < 200; i++)
        {
            await root.CreateAsync($$"""{"name":"many{{i * 7919:x8}}{{i * 104729:x8}}","parent_id":"{{parent}}"}""");
        }

        Assert.NotEqual(id, parent);
        foreach (var spelling in (string[])["bulk", "bulks"])
        {
            await SendAsync(root, "POST", $"{Api}/{spelling}/objects", """{"search":{"name":{"$regex":"^many"}},"bulk":[{"modify":{"weight":2}}]}""");
        }

        await SendAsync(root, "POST", $"{Api}/objects/{parent}/clone-bulk");
    }

    // What a route would take if only the thing were there.
    private static string GoodBody(string route, string id) => route switch
    {
        "create-object-property" => """{"name":"q","value":"v"}""",
        "update-object-property" => """{"value":"v"}""",
        "update-object" => """{"weight":1}""",
        "create-link" => $$"""{"source":"{{NoId}}","target":"{{id}}"}""",
        "search-objects" => "{}",
        _ => "",
    };

    /// <summary>Sends a request and holds the answer, and a request that was taken, against the document.</summary>
    private async Task<JsonElement> SendAsync(SaymonClient client, string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        var operation = Document.Operations.Where(o => o.Method == method && o.Pattern.IsMatch(path.Split('?')[0])).MaxBy(o => o.Path.Count(c => c != '{') - (o.Path.Contains('{') ? 100 : 0))!;
        var answer = await client.SendAsync(HttpMethod.Parse(method), path, body, headers);
        var status = ((int)answer.Status).ToString(CultureInfo.InvariantCulture);
        var response = operation.Node["responses"]![status];
        Assert.True(response is not null, $"{operation.Id} answered {status}, which is not documented: {answer.Text}");
        _seen.Add($"{operation.Id} {status}");
        if (Document.Resolve(response)["content"]?.AsObject() is not { } content)
        {
            Assert.Equal("", answer.Text);
            return default;
        }

        var fault = Document.Judge(content.Single().Value!["schema"]!, answer.Body);
        Assert.True(fault.Length == 0, $"{operation.Id} {status}: {fault} in {answer.Text}");
        if (answer.Response.IsSuccessStatusCode && body is ['{', ..] && operation.Node["requestBody"] is { } requestBody)
        {
            using var sent = JsonDocument.Parse(body);
            var refused = Document.Judge(Document.Resolve(requestBody)["content"]!["application/json"]!["schema"]!, sent.RootElement);
            Assert.True(refused.Length == 0, $"{operation.Id} took what its document refuses: {refused}");
        }

        return answer.Body;
    }
}
