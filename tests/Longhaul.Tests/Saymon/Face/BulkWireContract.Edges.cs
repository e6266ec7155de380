using System.Net;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon.Face;

/// <summary>The bulk calls at the edges of their parameters, paths and permissions.</summary>
public abstract partial class BulkWireContract
{
    [Theory]
    [InlineData("?dry_run")]
    [InlineData("?dry_run=")]
    [InlineData("?dry_run=true")]
    public async Task B16_a_dry_run_that_is_not_spelt_out_changes_nothing(string query)
    {
        using var client = new SaymonClient(Server);
        var name = SaymonClient.NewName();
        var id = await client.CreateAsync($$"""{"name":"{{name}}"}""");
        var bulks = await CountAsync(client);

        var answer = await client.SendAsync(HttpMethod.Post, $"{Api}/bulk/objects{query}", $$"""{"search":{"name":"{{name}}"},"bulk":[{"modify":{"weight":1} }]}""");

        Assert.Equal((HttpStatusCode.BadRequest, """{"code":"BadRequest","message":"dry_run must be 1 or 0"}"""), (answer.Status, answer.Text));
        Assert.Equal(bulks, await CountAsync(client));
        Assert.Equal(1, (await client.GetAsync(id)).Body.GetProperty("_version").GetInt32());
    }

    [Fact]
    public async Task B41_a_repetition_by_the_other_spelling_gets_the_first_bulk_too()
    {
        using var client = new SaymonClient(Server);
        var key = ("Idempotency-Key", SaymonClient.NewName());
        var body = $$"""{"search":{"name":"{{SaymonClient.NewName()}}"},"bulk":[{"modify":{"weight":5} }]}""";

        var first = await client.OkAsync(HttpMethod.Post, $"{Api}/bulk/objects", body, key);
        var second = await client.OkAsync(HttpMethod.Post, $"{Api}/bulks/objects", body, key);
        var other = await client.SendAsync(HttpMethod.Post, $"{Api}/bulks/objects", """{"bulk":[{"modify":{"weight":6}}]}""", key);

        Assert.Equal(first.Text, second.Text);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "IdempotencyMismatch"), (other.Status, other.Body.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task Service_properties_are_an_admins_through_either_api_and_nobody_elses()
    {
        using var root = new SaymonClient(Server);
        var name = SaymonClient.NewName();
        var id = await root.CreateAsync($$"""{"name":"{{name}}"}""");
        foreach (var (permission, state) in ((string, string)[])[("saymon:edit", "failed"), ("admin", "completed")])
        {
            var secret = await Tokens.CreateAsync(fixture.Place, SaymonClient.NewName(), [permission], "default");
            await Tokens.HoldsAsync(Server, secret, HttpStatusCode.OK);
            using var client = new SaymonClient(Server, $"Bearer {secret}");
            var bulk = $$"""{"search":{"name":"{{name}}"},"bulk":[{"properties.createOrModify":{"name":"AgentId","value":"{{permission}}","type_id":8} }]}""";

            var byFace = await client.EndAsync(await client.BulkAsync(bulk));
            var byOperations = await client.SendAsync(HttpMethod.Post, "/v1/operations", $$"""{"kind":"saymon.bulk","account":"default","params":{{bulk}}}""", ("Prefer", "wait=60"));

            Assert.Equal((state, state), (byFace.Body.GetProperty("status").GetString(), byOperations.Body.GetProperty("state").GetString()));
        }

        Assert.Equal("admin", (await root.GetAsync(id)).Body.GetProperty("properties")[0].GetProperty("value").GetString());
    }
}
