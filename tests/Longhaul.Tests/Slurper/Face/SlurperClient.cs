using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>The face as any HTTP client sees it, for one account. Each answer is held against the vendor's description and against our document.</summary>
public sealed class SlurperClient : IDisposable
{
    private readonly ListsClient _client;
    private readonly AnswerJudge _judge;

    internal SlurperClient(HttpClient http, string account, AnswerJudge judge)
    {
        _client = new ListsClient(http, account);
        _judge = judge;
        Base = $"/client/v4/accounts/{account}/slurper";
    }

    public string Account => _client.Account;

    public string Base { get; }

    public string Jobs => $"{Base}/jobs";

    public static string Job(string source, string target, string more = "") => $$"""{"source":{{{source}}},"target":{{{target}}}{{more}}}""";

    public async Task<WireAnswer> SendAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        var answer = await _client.SendAsync(new HttpMethod(method), path, body, headers);
        _judge.Check(method, path.Split('?')[0], answer);
        return answer;
    }

    public async Task<WireAnswer> SendAsync(string method, string path, HttpContent content)
    {
        var answer = await _client.SendAsync(new HttpMethod(method), path, content);
        _judge.Check(method, path.Split('?')[0], answer);
        return answer;
    }

    public async Task<string> CreateAsync(string body, params (string Name, string Value)[] headers)
    {
        var answer = await SendAsync("POST", Jobs, body, headers);
        Assert.True((int)answer.Status == 201, answer.Text);
        return answer.Result.GetProperty("id").GetString()!;
    }

    public async Task<string> StatusAsync(string id) => (await SendAsync("GET", $"{Jobs}/{id}")).Result.GetProperty("status").GetString()!;

    public void Dispose() => _client.Dispose();
}

/// <summary>Judges answers by the vendor's file, with the departures that the contract names, and by our own document.</summary>
internal sealed class AnswerJudge
{
    private static readonly JsonNode Vendor = JsonNode.Parse(File.ReadAllText(
        Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", "..", "tests", "clients", "schemas", "slurper.json")))!;

    private readonly Dictionary<string, JsonSchema> _compiled = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly string _definitions;

    public AnswerJudge(string document)
    {
        Document = new OpenApiText(document);
        var schemas = Vendor["components"]!["schemas"]!.DeepClone().AsObject();
        schemas["r2-slurper_Jurisdiction"]!["enum"]!.AsArray().Add("us");
        schemas["r2-slurper_api-v4-error"]!["items"]!["properties"]!["code"]!["minimum"] = 971;
        var target = schemas["r2-slurper_JobResponse"]!["properties"]!["target"]!.DeepClone();
        schemas["r2-slurper_JobResponse"]!["properties"]!["target"] = new JsonObject
        {
            ["oneOf"] = new JsonArray(target, JsonNode.Parse("""{"type":"object","required":["bucket","endpoint","vendor"],"properties":{"vendor":{"enum":["s3"]}}}""")),
        };
        AllowNull(schemas);
        _definitions = Local(schemas.ToJsonString());
    }

    public OpenApiText Document { get; }

    public void Check(string method, string path, WireAnswer answer)
    {
        var shown = $"{method} {path} -> {(int)answer.Status} {answer.Text}";
        var names = answer.Response.Content.Headers.ContentType?.ToString();
        Assert.True(names == "application/json; charset=UTF-8", shown);
        Assert.Equal(answer.Response.Headers.GetValues("cf-ray").Single(), answer.Response.Headers.GetValues("X-Request-Id").Single());
        if (method == "HEAD")
        {
            return;
        }

        Assert.Equal(["errors", "messages", "result", "success"], answer.Body.EnumerateObject().Select(m => m.Name).Order());
        Assert.Equal(("[]", (int)answer.Status < 400), (answer.Body.GetProperty("messages").GetRawText(), answer.Body.GetProperty("success").GetBoolean()));
        Assert.DoesNotContain("SECRET", answer.Text, StringComparison.Ordinal);
        Assert.True((int)answer.Status is not (409 or 500) || answer.Response.Headers.GetValues("x-should-retry").Single() == "false", shown);
        Assert.True((int)answer.Status is not (429 or 503) || answer.Response.Headers.RetryAfter is not null, shown);
        if (FindVendor(method, path, (int)answer.Status) is { } schema)
        {
            Assert.True(Evaluate(schema, answer.Body) is { Length: 0 }, $"not as the vendor has it: {Evaluate(schema, answer.Body)}: {shown}");
        }

        var operation = Document.Operations.Where(o => o.Method == method && o.Pattern.IsMatch(path)).MaxBy(o => o.Path.Count(c => c != '{'));
        if (operation is not null && (int)answer.Status != 405)
        {
            var response = operation.Node["responses"]![$"{(int)answer.Status}"];
            Assert.True(response is not null, $"not documented: {shown}");
            var fault = Document.Judge(Document.Resolve(response!)["content"]!["application/json"]!["schema"]!, answer.Body);
            Assert.True(fault.Length == 0, $"not as documented: {fault}: {shown}");
        }
    }

    private static JsonNode? FindVendor(string method, string path, int status)
    {
        var parts = path.Replace("/client/v4", "", StringComparison.Ordinal).Split('/');
        var route = Vendor["paths"]!.AsObject()
            .Where(p => p.Value![method.ToLowerInvariant()] is not null)
            .Where(p => p.Key.Split('/') is var own && own.Length == parts.Length && own.Zip(parts).All(x => x.First.StartsWith('{') || x.First == x.Second))
            .OrderBy(p => p.Key.Count(c => c == '{'))
            .FirstOrDefault();
        var responses = route.Value?[method.ToLowerInvariant()]!["responses"];
        return status >= 500 || responses is null ? null : (responses[$"{status}"] ?? (status >= 400 ? responses["4XX"] : null))?["content"]!["application/json"]!["schema"]
            ?? throw new InvalidOperationException($"the vendor knows no {status} of {method} {path}");
    }

    private string Evaluate(JsonNode schema, JsonElement value)
    {
        var text = Local(schema.ToJsonString());
        lock (_gate)
        {
            if (!_compiled.TryGetValue(text, out var compiled))
            {
                compiled = JsonSchema.FromText($$"""{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"urn:uuid:{{Guid.NewGuid()}}","$defs":{{_definitions}},"allOf":[{{text}}]}""");
                _compiled.Add(text, compiled);
            }

            var result = compiled.Evaluate(JsonNode.Parse(value.GetRawText()), new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true });
            return result.IsValid ? "" : string.Join("; ", result.Details.Where(d => d.HasErrors).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}")));
        }
    }

    private static void AllowNull(JsonNode? node)
    {
        if (node is JsonArray array)
        {
            foreach (var each in array)
            {
                AllowNull(each);
            }
        }
        else if (node is JsonObject members)
        {
            if (members["nullable"]?.GetValueKind() == JsonValueKind.True && members["type"] is JsonValue type)
            {
                members["type"] = new JsonArray(type.DeepClone(), "null");
            }

            foreach (var each in members.Select(m => m.Value).ToList())
            {
                AllowNull(each);
            }
        }
    }

    private static string Local(string json) => json.Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
}
