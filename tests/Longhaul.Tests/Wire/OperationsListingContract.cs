using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>Listing, kinds, error budget, dry run, retry and the stream of items, as <c>contracts/operations.md</c> section 14 has them.</summary>
public abstract class OperationsListingContract(ServerFixture fixture)
{
    [Fact]
    public async Task O30_each_filter_shows_what_it_says_and_nothing_else()
    {
        using var client = fixture.NewAccount();
        var red = Id(await SubmitAsync(client, """{"count":1}""", """,{"team":"web","env":"a\"b:c"}"""));
        var blue = Id(await SubmitAsync(client, """{"count":2,"failEvery":1}""", """,{"team":"web2"}"""));
        var slow = Id(await SubmitAsync(client, """{"count":1000,"itemMs":1000}""", ""));
        var list = await client.CreateAsync("l");
        var write = await client.CompletedAsync(await client.AppendAsync(list, ["192.0.2.1"]));
        await EndAsync(client, red);
        await EndAsync(client, blue);
        var created = (await client.SendAsync(HttpMethod.Get, $"/v1/operations/{blue}")).Body.GetProperty("createTime").GetString();
        Task<string[]> Shown(string query) => IdsAsync(client, $"/v1/operations?account={client.Account}&{query}");
        async Task ShowsAsync(string query, string[] expected) => Assert.Equal(expected, await Shown(query));

        await ShowsAsync("pageSize=500", [write, slow, blue, red]);
        await ShowsAsync("kind=lists.*", [write]);
        await ShowsAsync("kind=lists.append", [write]);
        await ShowsAsync("kind=noop&kind=slurper.*", [slow, blue, red]);
        await ShowsAsync("kind=list.*", []);
        await ShowsAsync("done=true", [write, blue, red]);
        await ShowsAsync("done=false", [slow]);
        await ShowsAsync("state=failed", [blue]);
        await ShowsAsync("state=failed&state=completed", [write, blue, red]);
        await ShowsAsync("label=team:web", [red]);
        await ShowsAsync("label=team:web&label=env:a%22b:c", [red]);
        await ShowsAsync("label=team:web2&label=env:a%22b:c", []);
        await ShowsAsync("label=eam:web", []);
        Assert.DoesNotContain(blue, await Shown($"createdAfter={created}"));
        Assert.DoesNotContain(blue, await Shown($"createdBefore={created}"));
        Assert.DoesNotContain(write, await Shown($"createdBefore={created}"));
        Assert.DoesNotContain(red, await Shown($"createdAfter={created}"));
        await ShowsAsync($"retryOf={red}", []);
        await client.SendAsync(HttpMethod.Post, $"/v1/operations/{slow}:abort");
    }

    [Theory]
    [InlineData("state=done", "?state")]
    [InlineData("kind=a%20b", "?kind")]
    [InlineData("kind=*", "?kind")]
    [InlineData("done=yes", "?done")]
    [InlineData("label=novalue", "?label")]
    [InlineData("label=Bad:x", "?label")]
    [InlineData("createdAfter=yesterday", "?createdAfter")]
    [InlineData("createdBefore=2026-11-20T10:00:00", "?createdBefore")]
    [InlineData("retryOf=x", "?retryOf")]
    [InlineData("account=a&account=b", "?account")]
    [InlineData("account=a%20b", "?account")]
    [InlineData("pageSize=0", "?pageSize")]
    [InlineData("pageToken=x", "?pageToken")]
    [InlineData("colour=red", "?colour")]
    public async Task O30_a_parameter_that_is_wrong_is_named(string query, string pointer)
    {
        using var client = fixture.NewAccount();

        var answer = await client.SendAsync(HttpMethod.Get, $"/v1/operations?{query}");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal([pointer], answer.Body.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
    }

    [Fact]
    public async Task Kinds_say_all_that_a_client_has_to_know()
    {
        using var client = fixture.NewAccount();

        var kinds = (await client.SendAsync(HttpMethod.Get, "/v1/kinds")).Body.GetProperty("kinds").EnumerateArray().ToDictionary(k => k.GetProperty("kind").GetString()!);

        string[] members = ["kind", "description", "atomic", "pausable", "retryable", "maxItems", "submittable"];
        Assert.All(kinds.Values, k => Assert.Equal(members, k.EnumerateObject().Select(m => m.Name)));
        Assert.Equal((false, true, true, 10_000_000, true), Told(kinds["noop"]));
        Assert.Equal((true, false, true, 1_000_000, true), Told(kinds["lists.append"]));
    }

    [Fact]
    public async Task O13_one_failure_more_than_allowed_ends_the_operation_and_what_is_done_stays()
    {
        using var client = fixture.NewAccount();
        var spent = await EndAsync(client, Id(await SubmitAsync(client, """{"count":5000,"itemMs":1,"failEvery":2}""", "", ",\"maxFailedItems\":3")));
        var kept = await EndAsync(client, Id(await SubmitAsync(client, """{"count":6,"failEvery":2}""", "", ",\"maxFailedItems\":3")));
        long Of(string name) => spent.GetProperty("progress").GetProperty(name).GetInt64();

        Assert.Equal(("failed", "urn:longhaul:problem:too-many-failures", "ABORTED"), (spent.GetProperty("state").GetString(), spent.GetProperty("error").GetProperty("type").GetString(), spent.GetProperty("error").GetProperty("code").GetString()));
        Assert.True(Of("failed") > 3 && Of("succeeded") > 0 && Of("aborted") > 0, spent.ToString());
        Assert.Equal(5_000, Of("failed") + Of("succeeded") + Of("aborted"));
        Assert.Equal("completed", kept.GetProperty("state").GetString());
    }

    [Fact]
    public async Task An_error_budget_is_refused_where_all_or_nothing_is_done()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");

        var atomic = await client.SendAsync(HttpMethod.Post, "/v1/operations", Append(client, list, "192.0.2.1", ",\"maxFailedItems\":1"));
        var negative = await SubmitAsync(client, """{"count":1}""", "", ",\"maxFailedItems\":-1");

        Assert.Equal(["/maxFailedItems", "/maxFailedItems"], ((WireAnswer[])[atomic, negative]).Select(a => a.Body.GetProperty("errors")[0].GetProperty("pointer").GetString()));
    }

    [Fact]
    public async Task O04_a_dry_run_tells_what_would_come_or_the_same_faults_and_creates_nothing()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var good = await client.SendAsync(HttpMethod.Post, "/v1/operations", Append(client, list, "192.0.2.9", ",\"validateOnly\":true"), ("Idempotency-Key", "dry"));
        var noop = await SubmitAsync(client, """{"count":7}""", "", ",\"validateOnly\":true");
        var dry = await client.SendAsync(HttpMethod.Post, "/v1/operations", Append(client, list, "bad", ",\"validateOnly\":true"));
        var real = await client.SendAsync(HttpMethod.Post, "/v1/operations", Append(client, list, "bad", ""));

        Assert.Equal((200, """{"valid":true,"total":1,"sample":["192.0.2.9"]}"""), ((int)good.Status, good.Text));
        Assert.Equal("""{"valid":true,"total":7,"sample":[]}""", noop.Text);
        Assert.Equal(400, (int)dry.Status);
        Assert.Equal(real.Body.GetProperty("errors").GetRawText(), dry.Body.GetProperty("errors").GetRawText());
        Assert.Empty(await IdsAsync(client, $"/v1/operations?account={client.Account}"));
        Assert.Equal(202, (int)(await client.SendAsync(HttpMethod.Post, "/v1/operations", Append(client, list, "192.0.2.9", ""), ("Idempotency-Key", "dry"))).Status);
    }

    [Fact]
    public async Task O03_faults_of_the_frame_and_of_the_kind_are_told_together_up_to_a_hundred()
    {
        using var client = fixture.NewAccount();
        var both = await SubmitAsync(client, """{"count":-1,"colour":1}""", """,{"Bad":"x"}""", ",\"extra\":1");
        var members = string.Concat(Enumerable.Range(0, 150).Select(i => $",\"m{i}\":1"));
        var many = await SubmitAsync(client, """{"count":1}""", "", members);

        Assert.Equal(
            ["/extra", "/labels/Bad", "/params/colour", "/params/count"],
            both.Body.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()).Order(StringComparer.Ordinal));
        Assert.Equal(100, many.Body.GetProperty("errors").GetArrayLength());
    }

    [Fact]
    public async Task O22_a_retry_does_exactly_the_failed_items_again()
    {
        using var client = fixture.NewAccount();
        var first = await EndAsync(client, Id(await SubmitAsync(client, """{"count":3000,"failEvery":10}""", """,{"team":"web"}""")));
        var id = first.GetProperty("id").GetString()!;
        var retry = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:retry", """{"items":"failed"}""", ("Idempotency-Key", "r"));
        var again = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:retry", """{"items":"failed"}""", ("Idempotency-Key", "r"));
        var other = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:retry", """{"items":"unsuccessful"}""", ("Idempotency-Key", "r"));
        var end = await EndAsync(client, Id(retry));

        Assert.Equal((202, $"/v1/operations/{Id(retry)}"), ((int)retry.Status, retry.Response.Headers.Location!.ToString()));
        Assert.Equal((id, "web", 300), (end.GetProperty("retryOf").GetString(), end.GetProperty("labels").GetProperty("team").GetString(), end.GetProperty("progress").GetProperty("total").GetInt32()));
        Assert.Equal(await KeysAsync(client, id, "failed"), await KeysAsync(client, Id(retry), "failed"));
        Assert.Equal((Id(retry), true, 422), (Id(again), again.Response.Headers.Contains("Idempotent-Replayed"), (int)other.Status));
        Assert.Equal([Id(retry)], await IdsAsync(client, $"/v1/operations?retryOf={id}"));
        Assert.Equal(2, (await client.SendAsync(HttpMethod.Get, $"/v1/operations?label=team:web&account={client.Account}")).Body.GetProperty("operations").GetArrayLength());
    }

    [Fact]
    public async Task O22_unsuccessful_adds_what_was_aborted_and_together_every_item_is_done()
    {
        using var client = fixture.NewAccount();
        var fatal = await EndAsync(client, Id(await SubmitAsync(client, """{"count":2000,"fatalAt":700}""", "")));
        var id = fatal.GetProperty("id").GetString()!;
        var aborted = fatal.GetProperty("progress").GetProperty("aborted").GetInt64();

        var retry = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:retry", """{"items":"unsuccessful"}""");
        var failed = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:retry");
        var pending = Id(await SubmitAsync(client, """{"count":100000,"itemMs":500}""", ""));
        await client.SendAsync(HttpMethod.Post, $"/v1/operations/{pending}:abort");
        await EndAsync(client, pending);
        var whole = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{pending}:retry", """{"items":"unsuccessful"}""");

        Assert.True(aborted > 0);
        Assert.Equal((202, aborted), ((int)retry.Status, retry.Body.GetProperty("progress").GetProperty("total").GetInt64()));
        Assert.Equal((409, "FAILED_PRECONDITION"), ((int)failed.Status, failed.Body.GetProperty("code").GetString()));
        var first = (await client.SendAsync(HttpMethod.Get, $"/v1/operations/{pending}")).Body.GetProperty("progress");
        Assert.Equal(100_000 - first.GetProperty("succeeded").GetInt64(), whole.Body.GetProperty("progress").GetProperty("total").GetInt64());
        await client.SendAsync(HttpMethod.Post, $"/v1/operations/{Id(whole)}:abort");
    }

    [Fact]
    public async Task O22_a_list_write_that_was_aborted_is_repeated_as_a_whole()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var large = ListsClient.OperationId(await client.ReplaceAsync(list, Addresses.Range(0, 100_000)));
        var waiting = ListsClient.OperationId(await client.AppendAsync(list, Addresses.Range(200_000, 2_600)));
        await client.SendAsync(HttpMethod.Post, $"/v1/operations/{waiting}:abort");
        await client.EndAsync(large);
        var early = await client.NumItemsAsync(list);

        var retry = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{waiting}:retry", "{}");
        var end = await EndAsync(client, Id(retry));
        var done = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{Id(retry)}:retry", "{}");
        var parameters = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{waiting}:retry", """{"params":{}}""");
        await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{list}");
        var gone = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{waiting}:retry", "{}");

        Assert.Equal((100_000, 102_600), (early, end.GetProperty("response").GetProperty("numItems").GetInt32()));
        Assert.Equal((waiting, 2_600), (end.GetProperty("retryOf").GetString(), end.GetProperty("response").GetProperty("added").GetInt32()));
        Assert.Equal([409, 400, 409], ((WireAnswer[])[done, parameters, gone]).Select(a => (int)a.Status));
    }

    [Theory]
    [InlineData("""{"items":"all"}""", "/items")]
    [InlineData("""{"items":1}""", "/items")]
    [InlineData("""{"what":1}""", "/what")]
    [InlineData("[]", "")]
    [InlineData("""{"params":1}""", "/params")]
    public async Task O22_a_wrong_retry_is_named(string body, string pointer)
    {
        using var client = fixture.NewAccount();
        var id = Id(await SubmitAsync(client, """{"count":1,"failEvery":1}""", ""));
        await EndAsync(client, id);

        var answer = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:retry", body);

        Assert.Equal((400, pointer), ((int)answer.Status, answer.Body.GetProperty("errors")[0].GetProperty("pointer").GetString()));
    }

    [Fact]
    public async Task O22_what_has_not_ended_or_has_nothing_left_is_not_retried()
    {
        using var client = fixture.NewAccount();
        var running = Id(await SubmitAsync(client, """{"count":100,"itemMs":1000}""", ""));
        var good = Id(await SubmitAsync(client, """{"count":10}""", ""));
        await EndAsync(client, good);

        var early = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{running}:retry", "{}");
        var nothing = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{good}:retry", """{"items":"unsuccessful"}""");

        Assert.All([early, nothing], a => Assert.Equal((409, "FAILED_PRECONDITION"), ((int)a.Status, a.Body.GetProperty("code").GetString())));
        await client.SendAsync(HttpMethod.Post, $"/v1/operations/{running}:abort");
    }

    [Fact]
    public async Task O31_pages_and_the_stream_agree_also_packed_and_after_an_abort()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var write = await client.CompletedAsync(await client.AppendAsync(list, Addresses.Range(0, 2_300).Reverse()));
        var failing = Id(await SubmitAsync(client, """{"count":9000,"failEvery":3}""", ""));
        await EndAsync(client, failing);
        foreach (var (id, query, count) in ((string, string, int)[])[(write, "", 2_300), (failing, "?state=failed", 3_000), (failing, "?state=succeeded", 0)])
        {
            var pages = await PagesAsync(client, id, query);
            var plain = await StreamAsync(id, query, null);
            var packed = await StreamAsync(id, query, "gzip");

            Assert.Equal(count, pages.Count);
            Assert.Equal(pages, plain);
            Assert.Equal(pages, packed);
        }

        Assert.Equal(400, (int)(await client.SendAsync(HttpMethod.Get, $"/v1/operations/{write}/items?pageSize=5", (string?)null, ("Accept", "application/x-ndjson"))).Status);
    }

    [Fact]
    public async Task O07_waiting_costs_no_thread()
    {
        using var client = fixture.NewAccount();
        var id = Id(await SubmitAsync(client, """{"count":400,"itemMs":200}""", ""));
        Task<WireAnswer> Wait() => client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", (string?)null, ("Prefer", "wait=50"));
        var some = Enumerable.Range(0, 200).Select(_ => Wait()).ToList();

        // A request behind them is answered, so they are all waiting by now or about to.
        await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}");
        var threads = fixture.Server.Threads;
        await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:abort");
        var answers = await Task.WhenAll(some);

        Assert.True(threads < 100, $"{threads} threads for 200 who wait");
        Assert.All(answers, a => Assert.Equal("aborted", a.Body.GetProperty("state").GetString()));
    }

    private static (bool, bool, bool, int, bool) Told(JsonElement kind) => (
        kind.GetProperty("atomic").GetBoolean(),
        kind.GetProperty("pausable").GetBoolean(),
        kind.GetProperty("retryable").GetBoolean(),
        kind.GetProperty("maxItems").GetInt32(),
        kind.GetProperty("submittable").GetBoolean());

    private static string Append(ListsClient client, string list, string ip, string rest) =>
        $$"""{"kind":"lists.append","account":"{{client.Account}}","params":{"listId":"{{list}}"},"items":[{"ip":"{{ip}}"}]{{rest}}}""";

    /// <summary>Labels are given with a comma before them.</summary>
    private static Task<WireAnswer> SubmitAsync(ListsClient client, string parameters, string labels, string rest = "") => client.SendAsync(
        HttpMethod.Post,
        "/v1/operations",
        $$"""{"kind":"noop","account":"{{client.Account}}","params":{{parameters}}{{(labels.Length > 0 ? $",\"labels\":{labels[1..]}" : "")}}{{rest}}}""");

    private static async Task<JsonElement> EndAsync(ListsClient client, string id)
    {
        var answer = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", (string?)null, ("Prefer", "wait=60"));
        Assert.True(answer.Body.GetProperty("done").GetBoolean(), answer.Text);
        return answer.Body;
    }

    private static async Task<string[]> IdsAsync(ListsClient client, string path)
    {
        var answer = await client.SendAsync(HttpMethod.Get, path);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return [.. answer.Body.GetProperty("operations").EnumerateArray().Select(o => o.GetProperty("id").GetString()!)];
    }

    private static async Task<List<string?>> KeysAsync(ListsClient client, string id, string state) =>
        (await PagesAsync(client, id, $"?state={state}")).ConvertAll(i => JsonDocument.Parse(i).RootElement.GetProperty("key").GetString());

    private static async Task<List<string>> PagesAsync(ListsClient client, string id, string query)
    {
        var items = new List<string>();
        var token = query.Length == 0 ? "?pageSize=700" : $"{query}&pageSize=700";
        for (var next = ""; ;)
        {
            var page = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}/items{token}{next}");
            items.AddRange(page.Body.GetProperty("items").EnumerateArray().Select(i => i.GetRawText()));
            if (!page.Body.TryGetProperty("nextPageToken", out var place))
            {
                return items;
            }

            next = $"&pageToken={place.GetString()}";
        }
    }

    private async Task<List<string>> StreamAsync(string id, string query, string? encoding)
    {
        using var http = fixture.Server.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/operations/{id}/items{query}");
        request.Headers.TryAddWithoutValidation("Accept", "application/x-ndjson");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding ?? "identity");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(encoding is null ? [] : [encoding], answer.Content.Headers.ContentEncoding);
        await using var body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using var reader = new StreamReader(encoding is null ? body : new GZipStream(body, CompressionMode.Decompress), Encoding.UTF8);
        return [.. (await reader.ReadToEndAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static string Id(WireAnswer answer)
    {
        Assert.True(answer.Response.IsSuccessStatusCode, answer.Text);
        return answer.Body.GetProperty("id").GetString()!;
    }
}

public sealed class OperationsListingOnSqlite(SqliteServer server) : OperationsListingContract(server), IClassFixture<SqliteServer>;

public sealed class OperationsListingOnPostgres(PostgresServer server) : OperationsListingContract(server), IClassFixture<PostgresServer>;
