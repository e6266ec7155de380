using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon.Face;

/// <summary>Lines B-05 and B-42: what is done to a bulk through the operations API.</summary>
[Collection("servers")]
public sealed class BulkControlTests
{
    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task B05_B42_what_is_paused_and_aborted_elsewhere_is_reflected_here(DatabaseUnderTest database)
    {
        // With one worker no more than a chunk of it can be in flight when it is paused.
        using var place = ServerPlace.For(database);
        await using var server = await LonghaulProcess.ServeAsync(place, ("LONGHAUL_Engine__Workers", "1"));
        using var client = new SaymonClient(server);
        var (owner, _) = await client.CreateManyAsync(4_096);
        var accepted = await client.OkAsync(HttpMethod.Post, $"{SaymonClient.Api}/bulk/objects", $$"""{"search":{"owner_id":"{{owner}}"},"bulk":[{"modify":{"weight":7} }]}""");
        var link = BulkWireContract.MonitorLink().Match(accepted.Response.Headers.GetValues("Link").Single()).Groups[1].Value;
        var status = $"{SaymonClient.Api}/bulk/{SaymonClient.BulkId(accepted)}/status";

        await client.OkAsync(HttpMethod.Post, $"{link}:pause");
        var paused = await client.OkAsync(HttpMethod.Get, status);
        await client.OkAsync(HttpMethod.Post, $"{link}:abort");
        var end = await client.EndAsync(SaymonClient.BulkId(accepted));

        Assert.Equal("{\"finished\":false}", paused.Text);
        Assert.Equal("1", paused.Response.Headers.GetValues("Retry-After").Single());
        Assert.Equal("{\"finished\":true}", (await client.OkAsync(HttpMethod.Get, status)).Text);
        Assert.Equal(("aborted", true, JsonValueKind.Null), (end.Body.GetProperty("status").GetString(), end.Body.GetProperty("abortRequested").GetBoolean(), end.Body.GetProperty("result").ValueKind));
        Assert.Equal("aborted", (await client.OkAsync(HttpMethod.Get, link)).Body.GetProperty("state").GetString());
        BulkWireContract.CheckSum(end.Body);
    }
}
