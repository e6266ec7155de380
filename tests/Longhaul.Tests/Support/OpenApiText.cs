using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Json.Schema;

namespace Longhaul.Tests.Support;

/// <summary>One operation of a document.</summary>
public sealed record DocumentedOperation(string Id, string Method, string Path, JsonObject Node, Regex Pattern);

/// <summary>An OpenAPI document as the server gave it, and what it says about requests and answers.</summary>
public sealed class OpenApiText
{
    private static readonly EvaluationOptions Strictly = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    private readonly Dictionary<string, JsonSchema> _schemas = new(StringComparer.Ordinal);
    private readonly string _definitions;

    public OpenApiText(string json)
    {
        Json = JsonNode.Parse(json)!;
        Operations = [.. Json["paths"]!.AsObject().SelectMany(p => p.Value!.AsObject().Where(m => m.Key != "parameters").Select(m => ToOperation(p.Key, m.Key, m.Value!.AsObject())))];
        _definitions = AsDefinitions(Json["components"]!["schemas"]!.ToJsonString());
    }

    public JsonNode Json { get; }

    public IReadOnlyList<DocumentedOperation> Operations { get; }

    /// <summary>The operation that a request is; of two that fit, the one with the longer literal text.</summary>
    public DocumentedOperation Find(string method, string path) => Operations
        .Where(o => o.Method == method && o.Pattern.IsMatch(path))
        .MaxBy(o => o.Path.Count(c => c != '{'))
        ?? throw new InvalidOperationException($"{method} {path} is in no document");

    /// <summary>Follows a reference.</summary>
    public JsonNode Resolve(JsonNode node)
    {
        while (node is JsonObject && node["$ref"] is { } reference)
        {
            node = reference.GetValue<string>()[2..].Split('/').Aggregate(Json, (at, name) => at[name] ?? throw new InvalidOperationException($"{reference} leads nowhere"));
        }

        return node;
    }

    /// <summary>What is wrong with a value by a schema of the document; empty when nothing is.</summary>
    public string Judge(JsonNode schema, JsonElement value)
    {
        var text = AsDefinitions(schema.ToJsonString());
        if (!_schemas.TryGetValue(text, out var compiled))
        {
            compiled = JsonSchema.FromText($$"""{"$schema":"https://json-schema.org/draft/2020-12/schema","$id":"urn:uuid:{{Guid.NewGuid()}}","$defs":{{_definitions}},"allOf":[{{text}}]}""");
            _schemas.Add(text, compiled);
        }

        var result = compiled.Evaluate(JsonNode.Parse(value.GetRawText()), Strictly);
        return result.IsValid
            ? ""
            : string.Join("; ", result.Details.Where(d => d.HasErrors).SelectMany(d => d.Errors!.Select(e => $"{d.InstanceLocation}: {e.Value}")));
    }

    public string Judge(string schema, string json)
    {
        using var document = JsonDocument.Parse(json);
        return Judge(new JsonObject { ["$ref"] = $"#/components/schemas/{schema}" }, document.RootElement);
    }

    private static DocumentedOperation ToOperation(string path, string method, JsonObject node)
    {
        var parts = Regex.Split(path, @"\{[^}]*\}").Select(Regex.Escape);
        return new DocumentedOperation(node["operationId"]!.GetValue<string>(), method.ToUpperInvariant(), path, node, new Regex($"^{string.Join("[^/:]*", parts)}$"));
    }

    private static string AsDefinitions(string json) => json.Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal);
}
