using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.Projection;

/// <summary>
/// Line O-70, and O-71 as far as the faces are there: every reachable state of every kind, seen through /v1 and through each face at one
/// and the same version, is what the table of section 10 says.
/// </summary>
public abstract class ProjectionContract(DatabaseUnderTest database)
{
    [Theory]
    [MemberData(nameof(Situation.Names), MemberType = typeof(Situation))]
    public async Task O70_O71_every_face_shows_the_same_operation_as_the_table_says(string name)
    {
        var situation = Situation.Find(name);
        await using var stage = await StagedServer.StartAsync(database, ("Lists:MaxItemsPerList", $"{Situation.MaxItemsPerList}"));
        using var client = stage.NewAccount();
        using var stranger = stage.NewAccount();

        // Seconds are cut, not rounded: an end late in its second tells one from the other.
        stage.Clock.Advance(TimeSpan.FromMilliseconds(2_987));
        var id = await situation.Arrange(stage, client);
        var before = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}");
        CheckGeneric(before.Body, situation);
        foreach (var face in Face.All)
        {
            var seen = await face.ReadAsync(client, id);
            var after = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}");
            Assert.Equal(before.Response.Headers.ETag, after.Response.Headers.ETag);
            Assert.Equal(before.Text, after.Text);
            if (face.Knows(situation.Kind))
            {
                face.Check(seen, before.Body, situation);
            }
            else
            {
                face.CheckUnknown(seen);
            }

            face.CheckUnknown(await face.ReadAsync(stranger, id));
        }

        await CheckForgottenAsync(client, id, situation);
    }

    private static async Task CheckForgottenAsync(ListsClient client, string id, Situation situation)
    {
        var forgotten = await client.SendAsync(HttpMethod.Delete, $"/v1/operations/{id}");
        if (!situation.IsFinal)
        {
            Assert.Equal((409, "urn:longhaul:problem:failed-precondition"), ((int)forgotten.Status, forgotten.Body.GetProperty("type").GetString()));
            Assert.Equal(200, (int)(await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}")).Status);
            return;
        }

        Assert.Equal((204, ""), ((int)forgotten.Status, forgotten.Text));
        Assert.Equal(404, (int)(await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}")).Status);
        foreach (var face in Face.All)
        {
            face.CheckUnknown(await face.ReadAsync(client, id));
        }
    }

    /// <summary>The generic column, and what sections 2 and 3 say of a state whatever the kind is.</summary>
    private static void CheckGeneric(JsonElement operation, Situation situation)
    {
        Assert.Equal(
            (situation.Kind, situation.State, situation.IsAbortRequested, situation.IsFinal, situation.IsPartial),
            (operation.GetProperty("kind").GetString()!, operation.GetProperty("state").GetString()!, operation.GetProperty("abortRequested").GetBoolean(), operation.GetProperty("done").GetBoolean(), operation.GetProperty("partial").GetBoolean()));
        Assert.Equal(situation.State == "completed", operation.TryGetProperty("response", out _));
        Assert.Equal(situation.State is "failed" or "aborted", operation.TryGetProperty("error", out var error));
        if (situation.ErrorSlug is { } slug)
        {
            Assert.Equal($"urn:longhaul:problem:{slug}", error.GetProperty("type").GetString());
            Assert.Equal(
                slug switch
                {
                    "aborted" => "CANCELLED",
                    "capacity-exceeded" => "RESOURCE_EXHAUSTED",
                    "target-gone" => "NOT_FOUND",
                    _ => "ABORTED",
                },
                error.GetProperty("code").GetString());
            Assert.False(error.TryGetProperty("status", out _) || error.TryGetProperty("instance", out _), "an error of an operation is no answer to a request");
        }

        foreach (var (member, isThere) in ((string, bool)[])
            [("endTime", situation.IsFinal), ("expireTime", situation.IsFinal), ("startTime", situation.State is not ("pending" or "aborted") || Started(operation))])
        {
            Assert.Equal((member, isThere), (member, operation.GetProperty(member).ValueKind == JsonValueKind.String));
        }

        var progress = operation.GetProperty("progress");
        long Of(string name) => progress.GetProperty(name).GetInt64();
        var total = progress.GetProperty("total").ValueKind == JsonValueKind.Null ? 0 : Of("total");
        Assert.Equal(total, Of("pending") + Of("running") + Of("succeeded") + Of("skipped") + Of("failed") + Of("aborted"));
        Assert.True(!situation.IsFinal || Of("pending") + Of("running") == 0, "an ended operation has no open items");
        if (situation.Kind != "noop" && situation.State is "failed" or "aborted")
        {
            // An atomic kind that fails or is aborted has applied nothing.
            Assert.True(situation.Kind == "noop" || Of("aborted") == total, operation.GetRawText());
        }
    }

    private static bool Started(JsonElement operation) => operation.GetProperty("startTime").ValueKind == JsonValueKind.String;
}

public sealed class ProjectionOnSqlite() : ProjectionContract(DatabaseUnderTest.Sqlite);

public sealed class ProjectionOnPostgres() : ProjectionContract(DatabaseUnderTest.Postgres);
