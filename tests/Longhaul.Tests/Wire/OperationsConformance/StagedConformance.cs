using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.OperationsConformance;

/// <summary>What the conformance lines of the operations API share that are held on a server whose work and clock the test moves.</summary>
public abstract class StagedConformance(DatabaseUnderTest database)
{
    private protected Task<StagedServer> StartAsync(params (string, string)[] options) => StagedServer.StartAsync(database, options);

    private protected static Task<WireAnswer> SubmitAsync(ListsClient client, string parameters, string rest = "", params (string, string)[] headers) => client.SendAsync(
        HttpMethod.Post, "/v1/operations", $$"""{"kind":"noop","account":"{{client.Account}}","params":{{parameters}}{{rest}}}""", headers);

    private protected static async Task<string> AcceptedAsync(ListsClient client, string parameters, string rest = "") => Id(await SubmitAsync(client, parameters, rest));

    private protected static Task<WireAnswer> ReadAsync(ListsClient client, string id, params (string, string)[] headers) =>
        client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", (string?)null, headers);

    private protected static Task<WireAnswer> ControlAsync(ListsClient client, string id, string verb) => client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:{verb}");

    private protected static async Task<List<JsonElement>> ItemsAsync(ListsClient client, string id, string query = "") =>
        [.. (await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}/items{query}")).Body.GetProperty("items").EnumerateArray()];

    private protected static string Id(WireAnswer answer)
    {
        Assert.True(answer.Response.IsSuccessStatusCode, answer.Text);
        return answer.Body.GetProperty("id").GetString()!;
    }

    private protected static string State(JsonElement operation) =>
        operation.GetProperty("state").GetString()! + (operation.GetProperty("abortRequested").GetBoolean() ? ", abortRequested" : "");

    private protected static string Slug(JsonElement problem) => problem.GetProperty("type").GetString()!["urn:longhaul:problem:".Length..];

    private protected static long Progress(JsonElement operation, string name) =>
        operation.GetProperty("progress").GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetInt64() : 0;
}
