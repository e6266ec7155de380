using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>What a running server answers, judged by its own documents: every route, every status that can be provoked.</summary>
public sealed class OpenApiAnswerTests(DocumentedServer server) : IClassFixture<DocumentedServer>
{
    private const string NoId = "00000000000000000000000000000000";

    // A fault of ours, a store that is gone and a body that trickles have tests of their own; with the root token nothing is forbidden
    // and no account is out of reach.
    private static readonly string[] NotProvoked = ["408", "500", "503"];
    private static readonly string[] NotForRoot = ["submitOperation 404", "listOperations 404", "watchOperations 404", "resumeOperation 429", "retryOperation 429"];

    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    [Fact]
    public async Task Every_answer_of_the_lists_face_is_as_documented()
    {
        using var http = server.Process.NewClient();
        var lists = $"/client/v4/accounts/a{Guid.NewGuid():N}/rules/lists";
        var list = (await SendAsync(http, "POST", lists, """{"name":"one","kind":"ip","description":"d"}""", ("Idempotency-Key", "k"))).GetProperty("result").GetProperty("id").GetString()!;
        var items = $"{lists}/{list}/items";
        var operation = (await SendAsync(http, "POST", items, """[{"ip":"192.0.2.1","comment":"c"},{"ip":"2001:db8::/32"}]""", ("Prefer", "wait=60"), ("Idempotency-Key", "k"))).GetProperty("result").GetProperty("operation_id").GetString()!;
        var page = await SendAsync(http, "GET", $"{items}?per_page=1");
        var item = page.GetProperty("result")[0].GetProperty("id").GetString()!;
        await SendAsync(http, "GET", $"{items}?search=192&match=exact");
        await SendAsync(http, "GET", $"{items}/{item}");
        await SendAsync(http, "GET", lists);
        await SendAsync(http, "GET", $"{lists}/{list}");
        await SendAsync(http, "PUT", $"{lists}/{list}", """{"description":null}""");
        await SendAsync(http, "GET", $"{lists}/bulk_operations/{operation}");
        await SendAsync(http, "DELETE", items, $$"""{"items":[{"id":"{{item}}"}]}""", ("Prefer", "wait=60"), ("Idempotency-Key", "d"));
        await SendAsync(http, "PUT", items, """[{"ip":"198.51.100.1"}]""", ("Prefer", "wait=60"), ("Idempotency-Key", "r"));

        await SendAsync(http, "POST", lists, """{"name":"one","kind":"ip"}""", ("Idempotency-Key", "k"));
        await SendAsync(http, "POST", lists, """{"name":"a b","kind":"nothing"}""");
        await SendAsync(http, "GET", $"{items}?cursor=zzz");
        await SendAsync(http, "GET", $"{lists}/{list}/items/{NoId}");
        foreach (var (method, path) in ((string, string)[])[("POST", items), ("PUT", items), ("DELETE", items), ("PUT", $"{lists}/{list}"), ("POST", lists)])
        {
            await SpoilAsync(http, method, path);
        }

        foreach (var (method, key) in ((string, string)[])[("POST", "k"), ("DELETE", "d"), ("PUT", "r")])
        {
            await SendAsync(http, method, items, method == "DELETE" ? $$"""{"items":[{"id":"{{NoId}}"}]}""" : "[]", ("Idempotency-Key", key));
            await SendAsync(http, method, items, Large(method), ("Idempotency-Key", "too-much"));
        }

        await BeyondTheVendorAsync(http, lists, list);
        await StrangersAsync("lists", ("{account_id}", lists.Split('/')[4]), ("{list_id}", list), ("{item_id}", item), ("{operation_id}", operation));
        await SendAsync(http, "DELETE", $"{lists}/{list}");
        Assert.Empty(Missing("lists"));
    }

    private async Task BeyondTheVendorAsync(HttpClient http, string lists, string list)
    {
        var beyond = lists.Replace("rules/lists", "longhaul/lists", StringComparison.Ordinal);
        var moved = (await SendAsync(http, "POST", lists, """{"name":"moved","kind":"redirect"}""")).GetProperty("result").GetProperty("id").GetString()!;
        await SendAsync(http, "PUT", $"{lists}/{moved}/items", """[{"redirect":{"source_url":"example.com","target_url":"https://example.org/"}}]""", ("Prefer", "wait=60"));
        await SendAsync(http, "GET", $"{beyond}/{list}/contains?value=198.51.100.1");
        await SendAsync(http, "GET", $"{beyond}/{moved}/resolve?url=https://example.com/");
        await SendAsync(http, "GET", $"{beyond}/{moved}/resolve?url=https://example.com/other");
        await SendAsync(http, "GET", $"{beyond}/{list}/export?format=csv");
        await SendAsync(http, "GET", $"{beyond}/{list}/export", null, ("If-None-Match", "*"));
        await SendAsync(http, "POST", $"{beyond}/{list}/import?mode=replace", "198.51.100.1\n", ("Content-Type", "text/plain"), ("Idempotency-Key", "i"));
        await SendAsync(http, "POST", $"{beyond}/{list}/import", "[]", ("Idempotency-Key", "i"));
        await SendAsync(http, "POST", $"{beyond}/{list}/import", "[]", ("Idempotency-Key", "j"));
        await SendAsync(http, "POST", $"{beyond}/{list}/import?format=csv", "192.0.2.2\n", ("Idempotency-Key", "j"));
        await SendAsync(http, "POST", $"{beyond}/{list}/import", "[{\"ip\":\"192.0.2.2\"}]", ("Idempotency-Key", "j"));
        await SendAsync(http, "POST", $"{beyond}/{list}/import", Large("POST"));
        await SpoilAsync(http, "POST", $"{beyond}/{list}/import");
    }

    [Fact]
    public async Task Every_answer_of_the_operations_api_is_as_documented()
    {
        using var http = server.Process.NewClient();
        var account = $"a{Guid.NewGuid():N}";
        const string All = "/v1/operations";
        await SendAsync(http, "GET", "/v1/kinds");
        var quick = (await SendAsync(http, "POST", All, Noop(account, """{"count":10,"failEvery":3}"""), ("Prefer", "wait=60"))).GetProperty("id").GetString()!;
        var broken = await SendAsync(http, "POST", All, Noop(account, """{"count":10,"fatalAt":1}"""), ("Prefer", "wait=60"));
        var slow = (await SendAsync(http, "POST", All, Noop(account, """{"count":100000,"itemMs":1000}"""), ("Idempotency-Key", "k"))).GetProperty("id").GetString()!;
        await SendAsync(http, "POST", All, Noop(account, """{"count":1}"""), ("Idempotency-Key", "k"));
        await SendAsync(http, "GET", $"{All}?account={account}&pageSize=1");
        await SendAsync(http, "GET", $"{All}/{quick}/items?state=failed&pageSize=1");
        await SendAsync(http, "DELETE", $"{All}/{slow}");
        foreach (var action in (string[])["pause", "resume", "abort"])
        {
            await SendAsync(http, "POST", $"{All}/{slow}:{action}");
        }

        await SendAsync(http, "GET", $"{All}/{slow}", null, ("Prefer", "wait=1"));
        await SendAsync(http, "GET", $"{All}/{quick}", null, ("If-None-Match", "\"0\""));
        using (var known = await http.GetAsync($"{All}/{quick}", TestContext.Current.CancellationToken))
        {
            await SendAsync(http, "GET", $"{All}/{quick}", null, ("If-None-Match", known.Headers.ETag!.Tag));
        }

        await SendAsync(http, "POST", $"{All}/{quick}:pause");
        await SendAsync(http, "POST", $"{All}/{quick}:resume", """{"params":{}}""");
        await SendAsync(http, "POST", $"{All}/{quick}:resume");
        await SpoilAsync(http, "POST", $"{All}/{quick}:resume", "text/plain");
        await CheckOnlyAsync(http, account);
        await SpoilAsync(http, "POST", All, "text/plain");
        await RetryAndWatchAsync(http, account, $"{All}/{quick}");
        var list = await NewListAsync(http, account);
        await SendAsync(http, "POST", All, $$"""{"kind":"lists.append","account":"{{account}}","params":{"listId":"{{list}}"},"items":{{Large("POST")}}}""");
        await StrangersAsync("operations", ("{id}", quick));
        await SendAsync(http, "DELETE", $"{All}/{quick}");

        Assert.Equal("failed", broken.GetProperty("state").GetString());
        Assert.Empty(Missing("operations").Where(m => !m.EndsWith(" 403", StringComparison.Ordinal)).Except(NotForRoot));
    }

    /// <summary>A submit that is only checked has an answer of its own, and the document tells it from an operation.</summary>
    private async Task CheckOnlyAsync(HttpClient http, string account)
    {
        var noop = await SendAsync(http, "POST", "/v1/operations", Noop(account, """{"count":7}""")[..^1] + ",\"validateOnly\":true}");
        var list = await NewListAsync(http, account);
        var append = await SendAsync(
            http, "POST", "/v1/operations", $$"""{"kind":"lists.append","account":"{{account}}","params":{"listId":"{{list}}"},"items":[{"ip":"192.0.2.1"}],"validateOnly":true}""");

        Assert.Equal("""{"valid":true,"total":7,"sample":[]}""", noop.GetRawText());
        Assert.Equal("""{"valid":true,"total":1,"sample":["192.0.2.1"]}""", append.GetRawText());
        var document = server.Documents["operations"];
        foreach (var wrong in (string[])["""{"valid":false,"total":1,"sample":[]}""", """{"valid":true,"total":1}""", """{"valid":true,"total":1,"sample":[1]}"""])
        {
            Assert.NotEqual("", document.Judge("Valid", wrong));
        }
    }

    private async Task RetryAndWatchAsync(HttpClient http, string account, string ended)
    {
        var whole = (await SendAsync(http, "POST", "/v1/operations", Noop(account, """{"count":1}"""), ("Prefer", "wait=60"))).GetProperty("id").GetString()!;
        await SendAsync(http, "POST", $"{ended}:retry", """{"items":"failed"}""", ("Idempotency-Key", "t"));
        await SendAsync(http, "POST", $"{ended}:retry", """{"items":"unsuccessful"}""", ("Idempotency-Key", "t"));
        await SendAsync(http, "POST", $"/v1/operations/{whole}:retry", "{}");
        await SpoilAsync(http, "POST", $"{ended}:retry", "text/plain");
        var stream = await http.GetStringAsync($"{ended}/events", TestContext.Current.CancellationToken);
        await SendAsync(http, "GET", $"{ended}/events");
        await SendAsync(http, "GET", $"{ended}/events", null, ("Last-Event-ID", stream.Split('\n').Last(l => l.StartsWith("id: ", StringComparison.Ordinal))[4..]));
        await SendAsync(http, "GET", $"/v1/events?account={account}");
    }

    private static string Noop(string account, string parameters) => $$"""{"kind":"noop","account":"{{account}}","params":{{parameters}},"labels":{"team":"web"} }""";

    // More than an account may have pending, less than a body may have.
    private static string Large(string method) => method == "DELETE"
        ? $$"""{"items":[{{string.Join(',', Enumerable.Range(0, 300).Select(i => $$"""{"id":"{{Convert.ToHexStringLower(SHA256.HashData([(byte)i, (byte)(i >> 8)]))[..32]}}"}"""))}}]}"""
        : $"[{string.Join(',', Addresses.Range(0, 300).Select((a, i) => $$"""{"ip":"{{a}}","comment":"{{i * 7919:x8}}{{i * 104729:x8}}"}"""))}]";

    private static async Task<string> NewListAsync(HttpClient http, string account)
    {
        using var body = new StringContent($$"""{"name":"l{{Guid.NewGuid():N}}","kind":"ip"}""");
        var answer = await http.PostAsync($"/client/v4/accounts/{account}/rules/lists", body, TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return json.RootElement.GetProperty("result").GetProperty("id").GetString()!;
    }

    /// <summary>What can be wrong with any body.</summary>
    private async Task SpoilAsync(HttpClient http, string method, string path, string wrongType = "multipart/form-data; boundary=x")
    {
        await SendAsync(http, method, path, "not json");
        await SendAsync(http, method, path, new string(' ', DocumentedServer.MaxBodyBytes + 1));
        await SendAsync(http, method, path, "{}", ("Content-Type", wrongType));
    }

    /// <summary>Every route with no credential, with an unknown one, with a query that it does not know, and for things that are not there.</summary>
    private async Task StrangersAsync(string document, params (string Name, string Value)[] values)
    {
        using var nobody = new HttpClient { BaseAddress = server.Process.Address };
        using var stranger = new HttpClient { BaseAddress = server.Process.Address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", new string('x', 40)) } };
        using var root = server.Process.NewClient();
        foreach (var operation in server.Documents[document].Operations)
        {
            var path = values.Aggregate(operation.Path, (p, v) => p.Replace(v.Name, v.Value, StringComparison.Ordinal));
            var unknown = values.Aggregate(operation.Path, (p, v) => p.Replace(v.Name, v.Name == "{account_id}" ? "no.account" : NoId, StringComparison.Ordinal));
            await SendAsync(nobody, operation.Method, path);
            await SendAsync(stranger, operation.Method, path);
            await SendAsync(root, operation.Method, unknown, operation.Node["requestBody"] is null ? null : "{}");
            if (document == "operations")
            {
                await SendAsync(root, operation.Method, $"{path}?nonsense=1");
            }
        }
    }

    private IEnumerable<string> Missing(string document) => server.Documents[document].Operations
        .SelectMany(o => o.Node["responses"]!.AsObject().Where(r => !NotProvoked.Contains(r.Key)).Select(r => $"{o.Id} {r.Key}"))
        .Except(_seen);

    /// <summary>Sends a request and holds the answer, and a request that was taken, against the document.</summary>
    private async Task<JsonElement> SendAsync(HttpClient http, string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        var document = server.Documents[path.StartsWith("/v1", StringComparison.Ordinal) ? "operations" : "lists"];
        var operation = document.Find(method, path.Split('?')[0]);
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", headers.Where(h => h.Name == "Content-Type").Select(h => h.Value).FirstOrDefault("application/json"));
        }

        foreach (var (name, value) in headers.Where(h => h.Name != "Content-Type"))
        {
            Assert.Contains(operation.Node["parameters"]!.AsArray().Select(p => document.Resolve(p!)["name"]!.GetValue<string>()), n => n == name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        var isStream = answer.Content.Headers.ContentType?.MediaType == "text/event-stream";
        var text = isStream ? "" : await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var status = ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var response = operation.Node["responses"]![status];
        Assert.True(response is not null, $"{operation.Id} answered {status}, which is not documented: {text}");
        _seen.Add($"{operation.Id} {status}");
        var content = document.Resolve(response)["content"]?.AsObject();
        var type = answer.Content.Headers.ContentType?.MediaType;
        Assert.True(content is null ? type is null : content.ContainsKey(type ?? ""), $"{operation.Id} {status} came as {type}");
        if (type is not null && type != "application/json" && !type.EndsWith("+json", StringComparison.Ordinal))
        {
            return default;
        }

        if (content is null)
        {
            Assert.Equal("", text);
            return default;
        }

        using var json = JsonDocument.Parse(text);
        Assert.True(document.Judge(content.Single().Value!["schema"]!, json.RootElement) is { Length: 0 }, $"{operation.Id} {status}: {document.Judge(content.Single().Value!["schema"]!, json.RootElement)} in {text}");
        if (answer.IsSuccessStatusCode && body is not null && body[0] is '[' or '{' && operation.Node["requestBody"] is { } requestBody)
        {
            using var sent = JsonDocument.Parse(body);
            var fault = document.Judge(document.Resolve(requestBody)["content"]!["application/json"]!["schema"]!, sent.RootElement);
            Assert.True(fault.Length == 0, $"{operation.Id} took what its document refuses: {fault}");
        }

        return json.RootElement.Clone();
    }
}
