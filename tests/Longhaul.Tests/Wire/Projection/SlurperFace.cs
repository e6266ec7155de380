using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.Projection;

/// <summary>The column "Super Slurper": the job, its progress, its log, and the job among the others.</summary>
internal sealed class SlurperFace : Face
{
    private const int MaxLogs = 50;

    public static string Jobs(ListsClient client) => $"/client/v4/accounts/{client.Account}/slurper/jobs";

    public override bool Knows(string kind) => kind == MigrationSituations.Kind;

    public override async Task<WireAnswer[]> ReadAsync(ListsClient client, string id) =>
    [
        await client.SendAsync(HttpMethod.Get, $"{Jobs(client)}/{id}"),
        await client.SendAsync(HttpMethod.Get, $"{Jobs(client)}/{id}/progress"),
        await client.SendAsync(HttpMethod.Get, $"{Jobs(client)}/{id}/logs"),
        await client.SendAsync(HttpMethod.Get, Jobs(client)),
    ];

    public override void Check(WireAnswer[] answers, JsonElement operation, IReadOnlyList<JsonElement> items, Situation situation)
    {
        Assert.All(answers, a => Assert.True((int)a.Status == 200, a.Text));
        var id = operation.GetProperty("id").GetString()!;
        var word = situation.State switch
        {
            "pending" or "running" => "running",
            "paused" => "paused",
            "completed" => "completed",
            _ => "aborted",
        };
        Assert.All(answers[..2], a => Assert.Equal($"</v1/operations/{id}>; rel=\"monitor\"", a.Response.Headers.GetValues("Link").Single()));
        CheckJob(answers[0].Result, operation, word);
        Assert.Equal(answers[0].Result.GetRawText(), Assert.Single(answers[3].Result.EnumerateArray()).GetRawText());
        CheckProgress(answers[1].Result, operation, word);
        CheckLog([.. answers[2].Result.EnumerateArray()], operation, items, situation);
    }

    public override void CheckUnknown(WireAnswer[] answers, string id)
    {
        Assert.All(answers[..3], a => Assert.Equal((404, 19114, $"job not found: {id}"), ((int)a.Status, a.Code, a.Message)));
        Assert.Equal("[]", answers[3].Result.GetRawText());
    }

    private static void CheckJob(JsonElement job, JsonElement operation, string word)
    {
        Assert.Equal(["createdAt", "finishedAt", "id", "overwrite", "source", "status", "target"], job.EnumerateObject().Select(m => m.Name).Order());
        Assert.Equal(
            (operation.GetProperty("id").GetString(), operation.GetProperty("createTime").GetString(), operation.GetProperty("endTime").GetString(), word),
            (job.GetProperty("id").GetString(), job.GetProperty("createdAt").GetString(), job.GetProperty("finishedAt").GetString(), job.GetProperty("status").GetString()));
        var metadata = operation.GetProperty("metadata");
        Assert.Equal(metadata.GetProperty("overwrite").GetBoolean(), job.GetProperty("overwrite").GetBoolean());
        foreach (var side in (string[])["source", "target"])
        {
            foreach (var member in (string[])["vendor", "bucket", "endpoint"])
            {
                Assert.Equal(metadata.GetProperty(side).GetProperty(member).GetString(), job.GetProperty(side).GetProperty(member).GetString());
            }
        }

        var keys = job.GetProperty("source").GetProperty("keys");
        Assert.Equal(
            metadata.GetProperty("source").TryGetProperty("keyCount", out var count) ? count.GetInt32() : null,
            keys.ValueKind == JsonValueKind.Null ? (int?)null : keys.GetArrayLength());
    }

    private static void CheckProgress(JsonElement progress, JsonElement operation, string word)
    {
        var generic = operation.GetProperty("progress");
        var total = generic.GetProperty("total");
        var expected = JsonSerializer.Serialize(new
        {
            id = operation.GetProperty("id").GetString(),
            createdAt = operation.GetProperty("createTime").GetString(),
            status = word,
            objects = total.ValueKind == JsonValueKind.Null ? 0 : total.GetInt64(),
            transferredObjects = generic.GetProperty("succeeded").GetInt64(),
            skippedObjects = generic.GetProperty("skipped").GetInt64(),
            failedObjects = generic.GetProperty("failed").GetInt64(),
        });
        Assert.Equal(expected, progress.GetRawText());
        if (operation.TryGetProperty("response", out var response))
        {
            string[] settled = ["succeeded", "skipped", "failed", "bytesDone"];
            string[] told = ["transferred", "skipped", "failed", "bytes"];
            Assert.Equal(settled.Select(n => generic.GetProperty(n) is { ValueKind: JsonValueKind.Number } number ? number.GetInt64() : 0), told.Select(n => response.GetProperty(n).GetInt64()));
        }
    }

    private static void CheckLog(List<JsonElement> lines, JsonElement operation, IReadOnlyList<JsonElement> items, Situation situation)
    {
        Assert.True(lines.Count < MaxLogs, "the log has more than a page");
        Assert.All(lines, l => Assert.Equal(operation.GetProperty("id").GetString(), l.GetProperty("job").GetString()));
        Assert.Equal(lines.Select(Time).Order(StringComparer.Ordinal), lines.Select(Time));
        var metadata = operation.GetProperty("metadata");
        var start = $"conditional create: {(metadata.GetProperty("conditionalCreate").GetBoolean() ? "on" : "off")}; ";
        Assert.StartsWith(start, Message(lines[0]), StringComparison.Ordinal);
        Assert.Equal((operation.GetProperty("createTime").GetString(), "migrationStart"), (Time(lines[0]), Type(lines[0])));

        // What failed or was skipped has a line each, with the words of its item.
        var expected = items.Where(i => i.GetProperty("state").GetString() is "failed" or "skipped").Select(i => (
            i.GetProperty("key").GetString(),
            i.GetProperty("outcome").GetString() ?? "importErrorRetryExhaustion",
            i.GetProperty("error") is { ValueKind: JsonValueKind.Object } error ? error.GetProperty("detail").GetString() : i.GetProperty("result").GetProperty("reason").GetString(),
            i.GetProperty("endTime").GetString()));
        var objects = lines.Where(l => l.GetProperty("objectKey").ValueKind != JsonValueKind.Null).ToList();
        Assert.Equal(expected.Order(), objects.Select(l => (l.GetProperty("objectKey").GetString(), Type(l), Message(l), (string?)Time(l))).Order());

        var own = lines.Except(objects).ToList();
        var generic = operation.GetProperty("progress");
        var reason = operation.GetProperty("stateReason").GetString();
        var detail = operation.TryGetProperty("error", out var problem) ? problem.GetProperty("detail").GetString() : null;
        string Number(string name) => generic.GetProperty(name).GetRawText();
        (string Type, string? Message)[] ending = situation.State switch
        {
            "paused" when situation.Name == "paused by itself" =>
                [("migrationError", reason!["paused by itself: ".Length..]), ("migrationPause", "paused automatically")],
            "paused" => [("migrationPause", "paused by request")],
            "completed" => [("migrationComplete", $"objects {Number("total")}, transferred {Number("succeeded")}, skipped {Number("skipped")}, failed {Number("failed")}")],
            "aborted" => [("migrationAbort", $"aborted by request; {Number("aborted")} objects not done")],
            "failed" => [("migrationAbort", $"aborted: {detail}; {Number("aborted")} objects not done")],
            _ => [],
        };
        Assert.Equal(ending, own.TakeLast(ending.Length).Select(l => (Type(l), Message(l))));
        var middle = situation.State == "aborted" && situation.Name.EndsWith("while paused", StringComparison.Ordinal) ? 1 : 0;
        Assert.Equal(1 + middle + ending.Length, own.Count);
    }

    private static string Type(JsonElement line) => line.GetProperty("logType").GetString()!;

    private static string? Message(JsonElement line) => line.GetProperty("message").GetString();

    private static string Time(JsonElement line) => line.GetProperty("createdAt").GetString()!;
}
