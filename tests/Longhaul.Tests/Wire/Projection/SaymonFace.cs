using System.Text.Json;
using System.Text.Json.Nodes;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.Projection;

/// <summary>The column "SAYMON": one boolean, and everything for who asks for it.</summary>
internal sealed class SaymonFace : Face
{
    private const string Api = SaymonSituations.Api;

    public override bool HasAccounts => false;

    public override bool Knows(string kind) => kind is SaymonSituations.Bulk or SaymonSituations.Clone;

    public override async Task<WireAnswer[]> ReadAsync(ListsClient client, string id) =>
    [
        await client.SendAsync(HttpMethod.Get, $"{Api}/bulk/{Dashed(id)}/status"),
        await client.SendAsync(HttpMethod.Get, $"{Api}/bulks/{Dashed(id)}/status"),
        await client.SendAsync(HttpMethod.Get, $"{Api}/bulk/{Dashed(id)}/status?verbose=1"),
    ];

    public override void Check(WireAnswer[] answers, JsonElement operation, IReadOnlyList<JsonElement> items, Situation situation)
    {
        var id = operation.GetProperty("id").GetString()!;
        foreach (var answer in answers)
        {
            Assert.True((int)answer.Status == 200, answer.Text);
            Assert.Equal($"</v1/operations/{id}>; rel=\"monitor\"", answer.Response.Headers.GetValues("Link").Single());
            Assert.Equal(situation.IsFinal ? null : "1", answer.Response.Headers.RetryAfter?.ToString());
        }

        var finished = situation.IsFinal ? "{\"finished\":true}" : "{\"finished\":false}";
        Assert.Equal([finished, finished], answers[..2].Select(a => a.Text));

        // Each member of the long form is a member of the operation.
        var progress = operation.GetProperty("progress");
        JsonNode? Of(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? JsonNode.Parse(value.GetRawText()) : null;
        var expected = new JsonObject
        {
            ["bulkId"] = Dashed(id),
            ["finished"] = Of(operation, "done"),
            ["status"] = Of(operation, "state"),
            ["abortRequested"] = Of(operation, "abortRequested"),
            ["partial"] = Of(operation, "partial"),
        };
        foreach (var counter in (string[])["total", "pending", "running", "succeeded", "skipped", "failed", "aborted"])
        {
            expected[counter] = Of(progress, counter);
        }

        expected["unchanged"] = items.Count(i => i.GetProperty("outcome").GetString() == "unchanged");
        expected["error"] = operation.TryGetProperty("error", out var error) ? Of(error, "detail") : null;
        expected["createdAt"] = Of(operation, "createTime");
        expected["startedAt"] = Of(operation, "startTime");
        expected["finishedAt"] = Of(operation, "endTime");
        expected["result"] = Of(operation, "response");
        Assert.True(JsonNode.DeepEquals(expected, JsonNode.Parse(answers[2].Text)), $"{expected.ToJsonString()}\n{answers[2].Text}");
        CheckResponse(operation, items, situation);
    }

    public override void CheckUnknown(WireAnswer[] answers, string id) =>
        Assert.All(answers, a => Assert.Equal((404, $$"""{"code":"ResourceNotFound","message":"Bulk {{Dashed(id)}} does not exist"}"""), ((int)a.Status, a.Text)));

    // All items of these kinds are kept, so the sums can be had from them.
    private static void CheckResponse(JsonElement operation, IReadOnlyList<JsonElement> items, Situation situation)
    {
        var progress = operation.GetProperty("progress");
        foreach (var state in (string[])["succeeded", "skipped", "failed"])
        {
            Assert.Equal(progress.GetProperty(state).GetInt32(), items.Count(i => i.GetProperty("state").GetString() == state));
        }

        if (operation.TryGetProperty("response", out var response) && situation.Kind == SaymonSituations.Bulk)
        {
            int Outcomes(string outcome) => items.Count(i => i.GetProperty("outcome").GetString() == outcome);
            Assert.Equal(
                $$"""{"matched":{{items.Count}},"modified":{{Outcomes("updated")}},"unchanged":{{Outcomes("unchanged")}},"failed":{{progress.GetProperty("failed")}},"skipped":{{Outcomes("deleted")}}}""",
                response.GetRawText());
        }
        else if (response.ValueKind == JsonValueKind.Object)
        {
            Assert.Equal((2, 1, items[0].GetProperty("result").GetProperty("id").GetString()), (response.GetProperty("objects").GetInt32(), response.GetProperty("links").GetInt32(), response.GetProperty("rootId").GetString()));
        }
    }

    private static string Dashed(string id) => Guid.ParseExact(id, "N").ToString("D");
}
