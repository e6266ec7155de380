using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Longhaul.AspNetCore;
using Longhaul.Lists;
using Longhaul.Lists.Lookup;
using Longhaul.Lists.Transfer;
using Longhaul.Saymon;
using Longhaul.Slurper;
using Longhaul.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;

namespace Longhaul.Tests.Wire;

/// <summary>The documents as a reader without a credential gets them.</summary>
public sealed partial class OpenApiTests(DocumentedServer server) : IClassFixture<DocumentedServer>
{
    private static readonly Dictionary<string, string> VendorIds = new(StringComparer.Ordinal)
    {
        ["lists-get-lists"] = "GET /rules/lists",
        ["lists-create-a-list"] = "POST /rules/lists",
        ["lists-get-a-list"] = "GET /rules/lists/{list_id}",
        ["lists-update-a-list"] = "PUT /rules/lists/{list_id}",
        ["lists-delete-a-list"] = "DELETE /rules/lists/{list_id}",
        ["lists-get-list-items"] = "GET /rules/lists/{list_id}/items",
        ["lists-create-list-items"] = "POST /rules/lists/{list_id}/items",
        ["lists-update-all-list-items"] = "PUT /rules/lists/{list_id}/items",
        ["lists-delete-list-items"] = "DELETE /rules/lists/{list_id}/items",
        ["lists-get-a-list-item"] = "GET /rules/lists/{list_id}/items/{item_id}",
        ["lists-get-bulk-operation-status"] = "GET /rules/lists/bulk_operations/{operation_id}",
    };

    [Theory]
    [InlineData("lists.json", "application/json")]
    [InlineData("lists.yaml", "text/plain+yaml")]
    [InlineData("slurper.json", "application/json")]
    [InlineData("slurper.yaml", "text/plain+yaml")]
    [InlineData("operations.json", "application/json")]
    [InlineData("operations.yaml", "text/plain+yaml")]
    [InlineData("saymon.json", "application/json")]
    [InlineData("saymon.yaml", "text/plain+yaml")]
    public async Task Every_document_renders_for_everybody(string name, string type)
    {
        using var anybody = new HttpClient { BaseAddress = server.Process.Address };

        var answer = await anybody.GetAsync($"/openapi/{name}", TestContext.Current.CancellationToken);

        Assert.Equal((200, type), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Contains("3.1.", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lists")]
    [InlineData("slurper")]
    [InlineData("operations")]
    [InlineData("saymon")]
    public void Every_document_is_open_api_3_1(string name)
    {
        var text = server.Documents[name];
        var read = OpenApiDocument.Parse(text.Json.ToJsonString(), "json");

        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Equal(OpenApiSpecVersion.OpenApi3_1, read.Diagnostic.SpecificationVersion);
        Assert.Empty(read.Document!.Validate(ValidationRuleSet.GetDefaultRuleSet()));
        Assert.Equal(text.Operations.Count, text.Operations.DistinctBy(o => o.Id).Count());
    }

    [Theory]
    [InlineData("lists")]
    [InlineData("slurper")]
    [InlineData("operations")]
    [InlineData("saymon")]
    public void Every_reference_leads_somewhere_and_every_component_is_used(string name)
    {
        var text = server.Documents[name];
        var references = Reference().Matches(text.Json.ToJsonString()).Select(m => m.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        var components = text.Json["components"]!.AsObject().Where(g => g.Key != "securitySchemes")
            .SelectMany(g => g.Value!.AsObject().Select(c => $"#/components/{g.Key}/{c.Key}"));

        Assert.Equal(components.Order(StringComparer.Ordinal), references.Order(StringComparer.Ordinal));
        var schemes = text.Json["components"]!["securitySchemes"]!.AsObject().Select(s => s.Key);
        Assert.Equal(schemes.Order(StringComparer.Ordinal), text.Json["security"]!.AsArray().SelectMany(r => r!.AsObject().Select(s => s.Key)).Order(StringComparer.Ordinal));
        var tags = text.Json["tags"]!.AsArray().Select(t => t!["name"]!.GetValue<string>());
        Assert.Equal(tags.Order(StringComparer.Ordinal), text.Operations.SelectMany(o => o.Node["tags"]!.AsArray().Select(t => t!.GetValue<string>())).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("lists")]
    [InlineData("slurper")]
    [InlineData("operations")]
    [InlineData("saymon")]
    public void Every_parameter_of_a_path_is_described(string name)
    {
        var text = server.Documents[name];
        foreach (var (path, item) in text.Json["paths"]!.AsObject())
        {
            var described = item!["parameters"]?.AsArray().Select(p => text.Resolve(p!)).Select(p => (p["name"]!.GetValue<string>(), p["in"]!.GetValue<string>())) ?? [];

            Assert.Equal(PathParameter().Matches(path).Select(m => (m.Groups[1].Value, "path")), described);
        }
    }

    [Fact]
    public async Task The_documents_show_the_endpoints_that_are_mapped_and_no_others()
    {
        var builder = WebApplication.CreateSlimBuilder();
        await using var app = builder.Build();
        app.MapLists();
        app.MapSlurper();
        app.MapOperations();
        app.MapSaymon();
        var mapped = ((IEndpointRouteBuilder)app).DataSources.SelectMany(s => s.Endpoints).Cast<RouteEndpoint>()
            .SelectMany(e => e.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods.Where(m => m != "HEAD").Select(m => $"{m} {Anonymous(e.RoutePattern.RawText!.TrimEnd('/'))}"));
        var documented = server.Documents.Values.SelectMany(d => d.Operations).Select(o => $"{o.Method} {Anonymous(o.Path)}");

        Assert.Equal(mapped.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_lists_face_bears_the_vendors_names()
    {
        var documented = server.Documents["lists"].Operations
            .Where(o => !o.Path.Contains("/longhaul/", StringComparison.Ordinal))
            .ToDictionary(o => o.Id, o => $"{o.Method} {o.Path.Replace("/client/v4/accounts/{account_id}", "", StringComparison.Ordinal)}");

        Assert.Equivalent(VendorIds, documented, strict: true);
    }

    [Fact]
    public void The_slurper_face_bears_the_vendors_names()
    {
        var folder = Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", "..", "tests", "clients", "schemas");
        var vendor = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "slurper.json")))!["paths"]!.AsObject()
            .SelectMany(p => p.Value!.AsObject().Where(m => m.Value is JsonObject o && o.ContainsKey("operationId")).Select(m => $"{m.Value!["operationId"]} {m.Key.ToUpperInvariant()} /client/v4{p.Key}"));
        var documented = server.Documents["slurper"].Operations.Select(o => $"{o.Id} {o.Method} {o.Path}");

        Assert.Equal(vendor.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("longhaul.xml", "Longhaul.Lists.ListsEndpoints.", typeof(ListsOpenApi))]
    [InlineData("longhaul.xml", "Longhaul.Slurper.SlurperEndpoints.", typeof(SlurperOpenApi))]
    [InlineData("longhaul.xml", "Longhaul.Lists.Lookup.LookupEndpoints.", typeof(LookupOpenApi))]
    [InlineData("longhaul.xml", "Longhaul.Lists.Transfer.TransferEndpoints.", typeof(TransferOpenApi))]
    [InlineData("longhaul.xml", "Longhaul.Saymon.SaymonEndpoints.", typeof(SaymonOpenApi))]
    [InlineData("Longhaul.AspNetCore.xml", "Longhaul.AspNetCore.OperationsHandlers.", typeof(OperationsOpenApi))]
    public void What_a_route_says_of_itself_is_the_comment_of_its_handler(string file, string handlers, Type descriptions)
    {
        var comments = XDocument.Load(Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, file)).Descendants("member")
            .Where(m => m.Attribute("name")!.Value.StartsWith($"M:{handlers}", StringComparison.Ordinal))
            .ToDictionary(m => m.Attribute("name")!.Value[$"M:{handlers}".Length..].Split('(')[0], m => m.Element("summary")!.Value.Trim());
        var described = descriptions.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic).Where(f => f.FieldType == typeof(RouteDescription)).ToList();

        Assert.NotEmpty(described);
        Assert.All(described, f => Assert.Equal(comments[f.Name], ((RouteDescription)f.GetValue(null)!).Text));
    }

    [Theory]
    [InlineData("""{"ip":"192.0.2.1"}""", true)]
    [InlineData("""{"hostname":{"url_hostname":"*.example.com","exclude_exact_hostname":true},"comment":""}""", true)]
    [InlineData("""{"asn":4294967295}""", true)]
    [InlineData("""{"redirect":{"source_url":"example.com/","target_url":"https://example.com/new","status_code":308,"preserve_path_suffix":false}}""", true)]
    [InlineData("""{"comment":"no value"}""", false)]
    [InlineData("""{"ip":"192.0.2.1","asn":1}""", false)]
    [InlineData("""{"hostname":{"exclude_exact_hostname":true}}""", false)]
    [InlineData("""{"asn":0}""", false)]
    [InlineData("""{"asn":"64496"}""", false)]
    [InlineData("""{"redirect":{"source_url":"example.com/","target_url":"https://example.com/new","status_code":303}}""", false)]
    public void An_item_is_of_exactly_one_of_the_four_kinds(string item, bool isGood)
    {
        var lists = server.Documents["lists"];
        var answer = JsonNode.Parse(item)!.AsObject();
        answer["id"] = "0197a1b2c3d47e5f8a9b0c1d2e3f4a5b";
        answer["created_on"] = "2026-11-20T10:00:00Z";
        answer["modified_on"] = "2026-11-20T10:00:00Z";

        Assert.Equal(isGood, lists.Judge("NewItem", item).Length == 0);
        Assert.Equal(isGood, lists.Judge("Item", answer.ToJsonString()).Length == 0);
        Assert.NotEqual("", lists.Judge("NewItem", answer.ToJsonString()));
    }

    [Fact]
    public async Task The_operations_api_takes_every_query_parameter_that_it_documents()
    {
        using var client = server.Process.NewClient();
        foreach (var operation in server.Documents["operations"].Operations.Where(o => o.Method == "GET"))
        {
            var query = (operation.Node["parameters"]?.AsArray() ?? []).Select(p => server.Documents["operations"].Resolve(p!)).Where(p => p["in"]!.GetValue<string>() == "query");
            foreach (var name in query.Select(p => p["name"]!.GetValue<string>()))
            {
                Assert.DoesNotContain("unknown query parameter", await ReadAsync(client, $"{operation.Path}?{name}=1"), StringComparison.Ordinal);
            }

            Assert.Contains("unknown query parameter", await ReadAsync(client, $"{operation.Path}?nonsense=1"), StringComparison.Ordinal);
        }
    }

    // A stream of events that is accepted never ends.
    private static async Task<string> ReadAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return answer.Content.Headers.ContentType?.MediaType == "text/event-stream" ? "" : await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private static string Anonymous(string path) => PathParameter().Replace(path, "{}");

    [GeneratedRegex(@"\{([^}]*)\}")]
    private static partial Regex PathParameter();

    [GeneratedRegex("\"\\$ref\":\"([^\"]*)\"")]
    private static partial Regex Reference();
}
