using System.Net;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>Section "create" with stores behind it: what depends on what they answer, S-11, S-14, S-15 and S-50.</summary>
[Collection(RealPlaces.Name)]
public sealed class CreateOnReal(RealPlace place) : CreateConformance(place)
{
    private const string Preconnectivity = "Preconnectivity failed, please verify tokens and try again";

    private readonly RealPlace _place = place;

    [Theory]
    [InlineData("s3", "r2")]
    [InlineData("gcs", "r2")]
    [InlineData("r2", "r2")]
    [InlineData("s3", "s3")]
    [InlineData("gcs", "s3")]
    [InlineData("r2", "s3")]
    public async Task S11_each_vendor_is_copied_to_each(string from, string to)
    {
        using var client = _place.NewAccount();
        var target = _place.TargetOf(to).CreateBucket($"{from}-to-{to}");

        var id = await client.CreateAsync(SlurperClient.Job(_place.Source(from, "quick"), _place.Target(to, target.Name)));

        var source = _place.SourceOf(from).Bucket("quick");
        Assert.Equal(("completed", source.Count, source.Count, 0L, 0L), await _place.EndedAsync(client, id));
        AssertSame(source, target);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("eu")]
    [InlineData("fedramp")]
    [InlineData("us")]
    public async Task S11_a_jurisdiction_is_part_of_the_address_and_of_the_answer(string jurisdiction)
    {
        using var client = _place.NewAccount();
        var more = $",\"jurisdiction\":\"{jurisdiction}\"";
        var id = await client.CreateAsync(SlurperClient.Job(_place.Source("r2", "quick", more), _place.Target("r2", "to")));
        await _place.EndAsync(id);
        var other = await client.CreateAsync(SlurperClient.Job(_place.Source("s3", "quick"), _place.Target("r2", "to", more)));
        await _place.EndAsync(other);

        var (job, second) = ((await client.SendAsync("GET", $"{client.Jobs}/{id}")).Result, (await client.SendAsync("GET", $"{client.Jobs}/{other}")).Result);
        Assert.Equal((jurisdiction, "default", "completed"), (Of(job, "source"), Of(job, "target"), job.GetProperty("status").GetString()));
        Assert.Equal((jurisdiction, "completed"), (Of(second, "target"), second.GetProperty("status").GetString()));
        var asked = _place.R2.Log.Requests.Where(r => r.Base.Contains(client.Account, StringComparison.Ordinal)).Select(r => (r.Base, r.Bucket)).ToHashSet();
        Assert.Equal(
            [.. new HashSet<(string, string)> { ($"/{client.Account}/{jurisdiction}", "quick"), ($"/{client.Account}/default", "to"), ($"/{client.Account}/{jurisdiction}", "to") }.Order()],
            asked.Order());

        static string? Of(System.Text.Json.JsonElement job, string side) => job.GetProperty(side).GetProperty("jurisdiction").GetString();
    }

    [Theory]
    [InlineData("\"EU\"")]
    [InlineData("\"\"")]
    [InlineData("\"moon\"")]
    [InlineData("5")]
    public async Task S11_another_jurisdiction_is_refused_at_either_side(string jurisdiction)
    {
        using var client = _place.NewAccount();
        var more = $",\"jurisdiction\":{jurisdiction}";

        var answer = await client.SendAsync("POST", client.Jobs, SlurperClient.Job(_place.Source("r2", "quick", more), _place.Target("r2", "to", more)));

        Assert.Equal((400, 19111), ((int)answer.Status, answer.Code));
        Assert.Equal(["/source/jurisdiction", "/target/jurisdiction"], Pointers(answer));
    }

    [Fact]
    public async Task S14_a_name_that_leads_to_a_private_address_is_refused_without_a_connection()
    {
        using var client = _place.NewAccount();
        var side = Elsewhere($"https://localhost:{_place.ForbiddenPort}");

        var source = await client.SendAsync("POST", client.Jobs, SlurperClient.Job(side, _place.Target()));
        var target = await client.SendAsync("POST", client.Jobs, SlurperClient.Job(_place.Source(), side));
        var checks = await PrechecksAsync(client, side);

        foreach (var (answer, pointer) in ((WireAnswer, string)[])[(source, "/source"), (target, "/target")])
        {
            Assert.Equal((400, 19112, Preconnectivity), ((int)answer.Status, answer.Code, answer.Message));
            Assert.Equal(["", pointer], Pointers(answer));
            Assert.Contains("leads to an address that is not public; add it to Slurper:AllowedEndpoints", answer.Body.GetProperty("errors")[1].GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        Assert.All(checks, reason => Assert.Contains("leads to an address that is not public", reason, StringComparison.Ordinal));
        Assert.Equal(0, (await client.SendAsync("GET", client.Jobs)).Result.GetArrayLength());
        Assert.False(_place.WasForbiddenReached);
    }

    [Fact]
    public async Task S14_a_name_with_an_entry_is_accepted()
    {
        using var client = _place.NewAccount();

        var id = await client.CreateAsync(SlurperClient.Job(Elsewhere(_place.ByName), _place.Target()));

        Assert.Equal("completed", (await _place.EndedAsync(client, id)).Status);
    }

    [Fact]
    public async Task S14_a_redirect_is_not_followed()
    {
        using var client = _place.NewAccount();
        foreach (var (store, target) in ((TestStore, string)[])[(_place.Elsewhere, $"http://127.0.0.1:{_place.ForbiddenPort}/x"), (_place.Other, "http://169.254.169.254/latest/meta-data/")])
        {
            store.CreateBucket("redirecting");
            store.Faults.Add(new Fault(Effect.Redirect(target)) { Bucket = "redirecting" });
        }

        var (source, sink) = (_place.Source("s3", "redirecting"), _place.Target("s3", "redirecting"));
        var created = await client.SendAsync("POST", client.Jobs, SlurperClient.Job(source, sink));

        Assert.Equal((400, 19112), ((int)created.Status, created.Code));
        Assert.Equal(["", "/source", "/target"], Pointers(created));
        Assert.All([await ReasonAsync(client, "source", source), await ReasonAsync(client, "target", sink)],
            reason => Assert.Contains("the store answered 307, a redirect, which is not followed", reason, StringComparison.Ordinal));
        Assert.DoesNotContain("169.254", created.Text, StringComparison.Ordinal);
        Assert.False(_place.WasForbiddenReached);
    }

    [Fact]
    public async Task S15_S50_what_cannot_be_reached_is_told_by_side_and_leaves_nothing()
    {
        using var client = _place.NewAccount();
        _place.Elsewhere.Credentials.Add("LISTONLY", "SECRETKEY", KeyAccess.ListOnly);
        var (source, target) = (_place.Source("s3", "quick"), _place.Target());
        (string Side, string Text, string? Reason)[] sides =
        [
            ("source", source, null),
            ("target", target, null),
            ("source", _place.Source("s3", "missing"), "NoSuchBucket"),
            ("target", _place.Target("s3", "missing"), "NoSuchBucket"),
            ("source", Wrong(source), "SignatureDoesNotMatch"),
            ("target", Wrong(target), "SignatureDoesNotMatch"),
            ("source", source.Replace("SECRETID", "LISTONLY", StringComparison.Ordinal), "AccessDenied"),
            ("source", Elsewhere(_place.Unreachable), "the connection failed"),
            ("target", Elsewhere(_place.Unreachable), "the connection failed"),
        ];

        // At the same time, since a refused credential is tried again for seconds.
        var prechecks = Task.WhenAll(sides.Select(s => ReasonAsync(client, s.Side, s.Text)));
        var creates = await Task.WhenAll(sides.Where(s => s.Reason is not null)
            .Select(async s => (s.Side, s.Reason, Answer: await client.SendAsync("POST", client.Jobs, s.Side == "source" ? SlurperClient.Job(s.Text, target) : SlurperClient.Job(source, s.Text)))));
        var both = await client.SendAsync("POST", client.Jobs, SlurperClient.Job(_place.Source("s3", "missing"), _place.Target("s3", "missing")));

        Assert.All(sides.Zip(await prechecks), s => Assert.True(s.First.Reason is null ? s.Second is null : s.Second?.Contains(s.First.Reason, StringComparison.Ordinal) == true, $"{s.First}: {s.Second}"));
        Assert.All(creates, c =>
        {
            Assert.Equal((400, 19112, Preconnectivity), ((int)c.Answer.Status, c.Answer.Code, c.Answer.Message));
            Assert.Equal(["", $"/{c.Side}"], Pointers(c.Answer));
            Assert.Contains(c.Reason!, c.Answer.Body.GetProperty("errors")[1].GetProperty("message").GetString(), StringComparison.Ordinal);
        });
        Assert.Equal(["", "/source", "/target"], Pointers(both));
        Assert.Equal(0, (await client.SendAsync("GET", client.Jobs)).Result.GetArrayLength());
        Assert.DoesNotContain(_place.R2.Bucket("to").Keys, key => key.StartsWith(".longhaul", StringComparison.Ordinal));
        Assert.Empty(_place.R2.Bucket("to").Uploads);
    }

    private static string Wrong(string side) => side.Replace("SECRETKEY", "SECRETKEZ", StringComparison.Ordinal);

    private static string Elsewhere(string endpoint) =>
        $$""" "vendor":"s3","bucket":"quick","endpoint":"{{endpoint}}","secret":{"accessKeyId":"SECRETID","secretAccessKey":"SECRETKEY"} """;

    private static IEnumerable<string> Pointers(WireAnswer answer) => answer.Body.GetProperty("errors").EnumerateArray()
        .Select(e => e.TryGetProperty("source", out var source) ? source.GetProperty("pointer").GetString()! : "");

    private static async Task<string?[]> PrechecksAsync(SlurperClient client, string side) =>
        [await ReasonAsync(client, "source", side), await ReasonAsync(client, "target", side)];

    // Null for a success; the answer is a good one in both cases.
    private static async Task<string?> ReasonAsync(SlurperClient client, string side, string text)
    {
        var answer = await client.SendAsync("PUT", $"{client.Base}/{side}/connectivity-precheck", $"{{{text}}}");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        var reason = answer.Response.Headers.TryGetValues("x-slurper-reason", out var values) ? values.Single() : null;
        Assert.Equal(reason is null ? "success" : "error", answer.Result.GetProperty("connectivityStatus").GetString());
        return reason;
    }

    private static void AssertSame(Bucket source, Bucket target)
    {
        Assert.Equal(source.Keys, target.Keys);
        Assert.All(source.Objects.Zip(target.Objects), pair =>
        {
            Assert.Equal(pair.First.ToArray(), pair.Second.ToArray());
            Assert.Equal(pair.First.Details.Headers.OrderBy(h => h.Key), pair.Second.Details.Headers.OrderBy(h => h.Key));
        });
        Assert.Empty(target.Uploads);
    }
}
