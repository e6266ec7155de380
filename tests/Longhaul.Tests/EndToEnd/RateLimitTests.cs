using System.Net;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.EndToEnd;

/// <summary>Requests per window and credential, on every face.</summary>
[Collection("processes")]
public sealed class RateLimitTests
{
    [Fact]
    public async Task The_limit_holds_for_a_credential_on_both_faces_and_is_told_on_every_answer()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        var secret = await Tokens.CreateAsync(place, "other", ["lists:read"], "acme");
        await using var server = await LonghaulProcess.ServeAsync(
            place, ("LONGHAUL_Hosting__RateLimitRequests", "4"), ("LONGHAUL_Hosting__RateLimitWindowSeconds", "3600"));
        using var client = new ListsClient(server.NewClient(), "acme");

        var first = await client.SendAsync(HttpMethod.Get, client.Lists);
        var unknownList = await client.SendAsync(HttpMethod.Get, $"{client.Lists}/nope");
        var second = await client.SendAsync(HttpMethod.Get, "/v1/kinds");
        var nowhere = await client.SendAsync(HttpMethod.Patch, client.Lists);
        var lists = await client.SendAsync(HttpMethod.Get, client.Lists);
        var operations = await client.SendAsync(HttpMethod.Get, "/v1/operations");
        var other = await server.SendAsync(HttpMethod.Get, client.Lists, null, ("Authorization", $"Bearer {secret}"));

        WireAnswer[] all = [first, unknownList, second, nowhere, lists, operations, other];
        Assert.Equal([200, 404, 200, 405, 429, 429, 200], all.Select(a => (int)a.Status));
        Assert.Equal(["3", "2", "1", "0", "0", "0", "3"], all.Select(Remaining));
        Assert.All(all, a =>
        {
            Assert.Equal("4", a.Response.Headers.GetValues("x-ratelimit-limit").Single());
            Assert.InRange(int.Parse(a.Response.Headers.GetValues("x-ratelimit-reset").Single(), System.Globalization.CultureInfo.InvariantCulture), 1, 3600);
        });
        Assert.Equal((971, "Please wait and consider throttling your request speed"), (lists.Code, lists.Message));
        Assert.Equal("application/json", lists.Response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("urn:longhaul:problem:rate-limited", operations.Body.GetProperty("type").GetString());
        Assert.Equal("application/problem+json", operations.Response.Content.Headers.ContentType!.MediaType);
        Assert.All((WireAnswer[])[lists, operations], a => Assert.InRange(a.Response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 59));
    }

    [Fact]
    public async Task After_the_window_requests_are_taken_again()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeAsync(
            place, ("LONGHAUL_Hosting__RateLimitRequests", "1"), ("LONGHAUL_Hosting__RateLimitWindowSeconds", "1"));
        using var client = new ListsClient(server.NewClient(), "acme");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));

        var statuses = new List<HttpStatusCode>();
        do
        {
            deadline.Token.ThrowIfCancellationRequested();
            statuses.Add((await client.SendAsync(HttpMethod.Get, client.Lists)).Status);
        }
        while (!(statuses.Contains(HttpStatusCode.TooManyRequests) && statuses[^1] == HttpStatusCode.OK));
    }

    [Fact]
    public async Task Without_the_option_no_answer_speaks_of_it()
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeAsync(place);
        using var client = new ListsClient(server.NewClient(), "acme");

        var answer = await client.SendAsync(HttpMethod.Get, client.Lists);

        Assert.DoesNotContain(answer.Response.Headers, h => h.Key.StartsWith("x-ratelimit", StringComparison.OrdinalIgnoreCase));
    }

    private static string Remaining(WireAnswer answer) => answer.Response.Headers.GetValues("x-ratelimit-remaining").Single();
}
