using System.Net;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>The lines of <c>contracts/operations.md</c> section 14 that the core serves, over HTTP, on whatever database.</summary>
public abstract class OperationsWireContract(ServerFixture fixture)
{
    private static readonly string[] Members =
    [
        "name", "id", "kind", "account", "state", "stateReason", "abortRequested", "done", "partial", "version", "createTime", "updateTime", "startTime",
        "endTime", "heartbeatTime", "expireTime", "submittedBy", "labels", "retryOf", "itemsTruncated", "progress", "metadata",
    ];

    [Fact]
    public async Task O01_a_submit_answers_the_whole_operation_and_where_it_is()
    {
        using var client = fixture.NewAccount();
        var submitted = await SubmitAsync(client, """{"count":10}""");
        var end = await EndAsync(client, submitted);

        Assert.Equal(HttpStatusCode.Accepted, submitted.Status);
        Assert.Equal($"/v1/operations/{Id(submitted)}", submitted.Response.Headers.Location!.ToString());
        Assert.NotNull(submitted.Response.Headers.RetryAfter);
        Assert.Empty(Members.Except(submitted.Body.EnumerateObject().Select(m => m.Name)));
        Assert.Equal(("completed", false, 10), (State(end), end.GetProperty("partial").GetBoolean(), end.GetProperty("response").GetProperty("items").GetInt32()));
        Assert.False(end.TryGetProperty("error", out _));
    }

    [Fact]
    public async Task O02_a_submit_can_be_waited_for()
    {
        using var client = fixture.NewAccount();
        var quick = await SubmitAsync(client, """{"count":1000}""", ("Prefer", "wait=5"));
        var slow = await SubmitAsync(client, """{"count":100,"itemMs":100}""", ("Prefer", "wait=1"));

        Assert.Equal((HttpStatusCode.OK, true), (quick.Status, quick.Body.GetProperty("done").GetBoolean()));
        Assert.Equal("wait=5", quick.Response.Headers.GetValues("Preference-Applied").Single());
        Assert.Equal((HttpStatusCode.Accepted, false), (slow.Status, slow.Body.GetProperty("done").GetBoolean()));
        await client.SendAsync(HttpMethod.Post, $"/v1/operations/{Id(slow)}:abort");
    }

    [Theory]
    [InlineData("""{"kind":"nope","account":"a"}""", 400, "/kind")]
    [InlineData("""{"kind":"noop","params":{"count":1}}""", 400, "/account")]
    [InlineData("""{"kind":"noop","account":"a b","params":{"count":1}}""", 400, "/account")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1},"extra":1}""", 400, "/extra")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1,"extra":1}}""", 400, "/params/extra")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":-1}}""", 400, "/params/count")]
    [InlineData("""{"kind":"noop","account":"a","params":[]}""", 400, "/params")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1},"labels":{"Bad Key":"x"}}""", 400, "/labels/Bad Key")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1},"labels":{"k":"\u0000"}}""", 400, "/labels/k")]
    [InlineData("""{"kind":"noop\ud800","account":"a"}""", 400, "/kind")]
    [InlineData("""{"kind":"noop","kind":"noop","account":"a","params":{"count":1}}""", 400, "/kind")]
    [InlineData("not json", 400, "")]
    [InlineData("", 400, "")]
    [InlineData("""{"kind":"lists.append","account":"a","params":{"listId":"x"},"items":[]}""", 400, "/params/listId")]
    public async Task O03_what_is_wrong_is_named_with_its_place(string body, int status, string pointer)
    {
        using var client = fixture.NewAccount();

        var answer = await client.SendAsync(HttpMethod.Post, "/v1/operations", body);

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal("application/problem+json", answer.Response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("INVALID_ARGUMENT", answer.Body.GetProperty("code").GetString());
        Assert.Contains(pointer, answer.Body.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
    }

    [Fact]
    public async Task O03_other_media_types_and_unknown_query_parameters_are_refused()
    {
        using var client = fixture.NewAccount();
        using var text = new StringContent("{}", System.Text.Encoding.UTF8, "text/plain");
        var plain = await client.SendAsync(HttpMethod.Post, "/v1/operations", text);
        var query = await client.SendAsync(HttpMethod.Get, "/v1/operations?acount=x");
        var method = await client.SendAsync(HttpMethod.Put, "/v1/operations");
        var nowhere = await client.SendAsync(HttpMethod.Get, "/v1/nowhere");

        Assert.Equal([415, 400, 405, 404], ((WireAnswer[])[plain, query, method, nowhere]).Select(a => (int)a.Status));
        Assert.All([plain, query, method, nowhere], a => Assert.StartsWith("urn:longhaul:problem:", a.Body.GetProperty("type").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task O05_ids_are_taken_in_every_spelling_and_unknown_ones_are_one_answer()
    {
        using var client = fixture.NewAccount();
        var id = Id(await SubmitAsync(client, """{"count":1}"""));
        var dashed = Guid.ParseExact(id, "N").ToString("D").ToUpperInvariant();

        Assert.Equal(id, (await client.SendAsync(HttpMethod.Get, $"/v1/operations/{dashed}")).Body.GetProperty("id").GetString());
        var unknown = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{new string('0', 32)}");
        var bad = await client.SendAsync(HttpMethod.Get, "/v1/operations/xyz");
        Assert.All([unknown, bad], a => Assert.Equal((404, "NOT_FOUND"), ((int)a.Status, a.Body.GetProperty("code").GetString())));
    }

    [Fact]
    public async Task O06_reading_can_wait_for_the_end_or_for_a_change()
    {
        using var client = fixture.NewAccount();
        var submitted = await SubmitAsync(client, """{"count":20,"itemMs":20}""");
        var path = $"/v1/operations/{Id(submitted)}";
        var changed = await client.SendAsync(HttpMethod.Get, path, (string?)null, ("Prefer", "wait=30"), ("If-None-Match", submitted.Response.Headers.ETag!.Tag));
        var end = await client.SendAsync(HttpMethod.Get, path, (string?)null, ("Prefer", "wait=90"));
        var same = await client.SendAsync(HttpMethod.Get, path, (string?)null, ("If-None-Match", end.Response.Headers.ETag!.Tag));

        Assert.NotEqual(submitted.Response.Headers.ETag, changed.Response.Headers.ETag);
        Assert.True(end.Body.GetProperty("done").GetBoolean());
        Assert.Equal("wait=60", end.Response.Headers.GetValues("Preference-Applied").Single());
        Assert.Equal(HttpStatusCode.NotModified, same.Status);
        foreach (var wrong in (string[])["wait=0", "wait=x", "wait="])
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await client.SendAsync(HttpMethod.Get, path, (string?)null, ("Prefer", wrong))).Status);
        }
    }

    [Fact]
    public async Task O07_two_hundred_wait_for_one_and_are_all_answered()
    {
        using var client = fixture.NewAccount();
        var id = Id(await SubmitAsync(client, """{"count":20,"itemMs":50}"""));

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", (string?)null, ("Prefer", "wait=30"))));

        Assert.All(answers, a => Assert.True(a.Body.GetProperty("done").GetBoolean()));
    }

    [Fact]
    public async Task O11_the_counters_sum_to_the_total_at_every_observation()
    {
        using var client = fixture.NewAccount();
        var id = Id(await SubmitAsync(client, """{"count":60000,"failEvery":7}"""));
        var (version, settled) = (0L, 0L);
        JsonElement operation;
        do
        {
            operation = (await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}")).Body;
            var progress = operation.GetProperty("progress");
            long Of(string name) => progress.GetProperty(name).GetInt64();
            var total = progress.GetProperty("total").ValueKind == JsonValueKind.Null ? 0 : Of("total");
            Assert.Equal(total, Of("pending") + Of("running") + Of("succeeded") + Of("skipped") + Of("failed") + Of("aborted"));
            Assert.True(operation.GetProperty("version").GetInt64() >= version && Of("succeeded") + Of("failed") >= settled);
            Assert.True(progress.GetProperty("totalFinal").GetBoolean() || progress.GetProperty("etaSeconds").ValueKind == JsonValueKind.Null);
            (version, settled) = (operation.GetProperty("version").GetInt64(), Of("succeeded") + Of("failed"));
        }
        while (!operation.GetProperty("done").GetBoolean());

        Assert.Equal(8_571, operation.GetProperty("progress").GetProperty("failed").GetInt64());
    }

    [Fact]
    public async Task O12_failures_of_some_of_all_and_of_the_whole()
    {
        using var client = fixture.NewAccount();
        var some = await EndAsync(client, await SubmitAsync(client, """{"count":1000,"failEvery":2}"""));
        var all = await EndAsync(client, await SubmitAsync(client, """{"count":1000,"failEvery":1}"""));
        var fatal = await EndAsync(client, await SubmitAsync(client, """{"count":1000,"fatalAt":700}"""));

        Assert.Equal(("completed", true, 500L), (State(some), some.GetProperty("partial").GetBoolean(), Progress(some, "failed")));
        Assert.Equal(("failed", "urn:longhaul:problem:all-items-failed", "ABORTED"), (State(all), all.GetProperty("error").GetProperty("type").GetString(), all.GetProperty("error").GetProperty("code").GetString()));
        var errors = all.GetProperty("error").GetProperty("errors").EnumerateArray().Select(e => (e.GetProperty("detail").GetString(), e.GetProperty("pointer").GetString()));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => ((string?)$"item {i} fails, as asked for by failEvery", (string?)$"/items/{i}")), errors);
        Assert.False(fatal.GetProperty("error").TryGetProperty("errors", out _));
        Assert.Equal(("failed", false), (State(fatal), fatal.GetProperty("partial").GetBoolean()));
        Assert.Equal(1_000, Progress(fatal, "succeeded") + Progress(fatal, "aborted"));
        Assert.False(fatal.TryGetProperty("response", out _));
    }

    [Fact]
    public async Task O20_abort_ends_what_runs_and_leaves_what_is_done()
    {
        using var client = fixture.NewAccount();
        var running = Id(await SubmitAsync(client, """{"count":500,"itemMs":20}"""));
        var first = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{running}:abort");
        var again = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{running}:abort");
        var end = (await client.SendAsync(HttpMethod.Get, $"/v1/operations/{running}", (string?)null, ("Prefer", "wait=30"))).Body;
        var done = Id(await SubmitAsync(client, """{"count":1}""", ("Prefer", "wait=10")));
        var late = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{done}:abort");

        Assert.All([first, again], a => Assert.Equal((200, true), ((int)a.Status, a.Body.GetProperty("abortRequested").GetBoolean())));
        Assert.Equal(("aborted", "urn:longhaul:problem:aborted", "CANCELLED"), (State(end), end.GetProperty("error").GetProperty("type").GetString(), end.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal(("completed", false), (State(late.Body), late.Body.GetProperty("abortRequested").GetBoolean()));
    }

    [Fact]
    public async Task O20_O71_an_aborted_list_operation_shows_as_failed_and_leaves_the_list_as_it_was()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.ReplaceAsync(list, Addresses.Range(0, 3)));
        var large = ListsClient.OperationId(await client.ReplaceAsync(list, Addresses.Range(100, 100_000)));
        var waiting = ListsClient.OperationId(await client.AppendAsync(list, ["192.0.2.1"]));
        await client.SendAsync(HttpMethod.Post, $"/v1/operations/{waiting}:abort");
        await client.SendAsync(HttpMethod.Post, $"/v1/operations/{large}:abort");

        var end = await client.EndAsync(large);
        var pending = await client.EndAsync(waiting);

        Assert.Equal(("failed", "operation aborted"), (pending.GetProperty("status").GetString(), pending.GetProperty("error").GetString()));
        if (end.GetProperty("status").GetString() == "failed")
        {
            Assert.Equal("operation aborted", end.GetProperty("error").GetString());
            Assert.Equal(Addresses.Range(0, 3), await client.ReadAddressesAsync(list));
            var items = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{large}/items?pageSize=2");
            Assert.Equal(["aborted", "aborted"], items.Body.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("state").GetString()));
        }

        await client.CompletedAsync(await client.ReplaceAsync(list, ["192.0.2.7"]));
        Assert.Equal(["192.0.2.7"], await client.ReadAddressesAsync(list));
    }

    [Fact]
    public async Task O21_pause_and_resume_are_idempotent_and_not_for_lists()
    {
        using var client = fixture.NewAccount();
        var id = Id(await SubmitAsync(client, """{"count":100,"itemMs":10}"""));
        var paused = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:pause");
        var twice = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:pause");
        var resumed = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:resume");
        var end = (await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", (string?)null, ("Prefer", "wait=30"))).Body;
        var late = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:pause");
        var list = await client.CreateAsync("l");
        var write = ListsClient.OperationId(await client.AppendAsync(list, ["192.0.2.1"]));
        var atomic = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{write}:pause");

        Assert.Equal(["paused", "paused", "running", "completed"], [State(paused.Body), State(twice.Body), State(resumed.Body), State(end)]);
        Assert.Equal(100, Progress(end, "succeeded"));
        Assert.All([late, atomic], a => Assert.Equal((409, "FAILED_PRECONDITION"), ((int)a.Status, a.Body.GetProperty("code").GetString())));
    }

    [Fact]
    public async Task O23_only_a_finished_operation_can_be_forgotten_and_then_everywhere()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var slow = Id(await SubmitAsync(client, """{"count":500,"itemMs":20}"""));
        var early = await client.SendAsync(HttpMethod.Delete, $"/v1/operations/{slow}");
        var write = await client.CompletedAsync(await client.AppendAsync(list, ["192.0.2.1"]));
        var gone = await client.SendAsync(HttpMethod.Delete, $"/v1/operations/{write}");

        Assert.Equal((409, 204), ((int)early.Status, (int)gone.Status));
        Assert.Equal(404, (int)(await client.SendAsync(HttpMethod.Get, $"/v1/operations/{write}")).Status);
        Assert.Equal(19003, (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/bulk_operations/{write}")).Code);
        await client.SendAsync(HttpMethod.Post, $"/v1/operations/{slow}:abort");
    }

    [Fact]
    public async Task O30_pages_of_operations_have_no_gap_and_no_repetition_while_new_ones_come()
    {
        using var client = fixture.NewAccount();
        var submitted = new List<string>();
        for (var i = 0; i < 23; i++)
        {
            submitted.Add(Id(await SubmitAsync(client, """{"count":1}""")));
        }

        var read = new List<string>();
        var token = "";
        do
        {
            var page = await client.SendAsync(HttpMethod.Get, $"/v1/operations?account={client.Account}&pageSize=5{token}");
            read.AddRange(page.Body.GetProperty("operations").EnumerateArray().Select(o => o.GetProperty("id").GetString()!));
            token = page.Body.TryGetProperty("nextPageToken", out var next) ? $"&pageToken={next.GetString()}" : "";
            await SubmitAsync(client, """{"count":1}""");
        }
        while (token.Length > 0);

        submitted.Reverse();
        Assert.Equal(submitted, read);
        Assert.Equal(400, (int)(await client.SendAsync(HttpMethod.Get, "/v1/operations?pageToken=x")).Status);
        Assert.Equal(400, (int)(await client.SendAsync(HttpMethod.Get, "/v1/operations?pageSize=501")).Status);
    }

    [Fact]
    public async Task O31_items_tell_what_became_of_each_in_the_order_of_the_input()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        await client.CompletedAsync(await client.AppendAsync(list, ["10.0.0.2"]));
        var id = await client.CompletedAsync(await client.AppendAsync(list, ["10.0.0.9", "10.0.0.2/32", """{"ip":"10.0.0.1","comment":"c"}"""]));

        var items = (await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}/items")).Body.GetProperty("items").EnumerateArray().ToList();
        var operation = (await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}")).Body;

        Assert.Equal(["10.0.0.9", "10.0.0.2", "10.0.0.1"], items.Select(i => i.GetProperty("key").GetString()));
        Assert.Equal(["added", "unchanged", "added"], items.Select(i => i.GetProperty("outcome").GetString()));
        var ids = (await client.ReadAllAsync(list)).ToDictionary(i => i.GetProperty("ip").GetString()!, i => i.GetProperty("id").GetString());
        Assert.All(items, i => Assert.Equal(ids[i.GetProperty("key").GetString()!], i.GetProperty("result").GetProperty("id").GetString()));
        Assert.Equal("""{"added":2,"updated":0,"unchanged":1,"numItems":3}""", operation.GetProperty("response").GetRawText());
        Assert.Equal(list, operation.GetProperty("metadata").GetProperty("listId").GetString());
    }

    [Fact]
    public async Task O31_failed_items_of_many_chunks_can_be_paged_and_filtered()
    {
        using var client = fixture.NewAccount();
        var submitted = await SubmitAsync(client, """{"count":3000,"failEvery":10}""", ("Prefer", "wait=20"));
        var indexes = new List<long>();
        var token = "";
        do
        {
            var page = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{Id(submitted)}/items?state=failed&pageSize=70{token}");
            indexes.AddRange(page.Body.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("index").GetInt64()));
            token = page.Body.TryGetProperty("nextPageToken", out var next) ? $"&pageToken={next.GetString()}" : "";
        }
        while (token.Length > 0);

        Assert.Equal(Enumerable.Range(0, 300).Select(i => (i * 10L) + 9), indexes);
    }

    [Fact]
    public async Task O40_one_key_gives_one_operation_and_the_first_answer_again()
    {
        using var client = fixture.NewAccount();
        const string Count = """{"count":1}""";
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => SubmitAsync(client, Count, ("Idempotency-Key", "\"abc\""))));
        var other = await SubmitAsync(client, """{"count":2}""", ("Idempotency-Key", "abc"));
        var invalid = await SubmitAsync(client, """{"count":-2}""", ("Idempotency-Key", "xyz"));
        var corrected = await SubmitAsync(client, Count, ("Idempotency-Key", "xyz"));

        Assert.Single(answers.Select(Id).Distinct());
        Assert.Equal(5, answers.Count(a => a.Response.Headers.Contains("Idempotent-Replayed")));
        Assert.Equal((422, "urn:longhaul:problem:idempotency-mismatch"), ((int)other.Status, other.Body.GetProperty("type").GetString()));
        Assert.Equal((400, 202), ((int)invalid.Status, (int)corrected.Status));
    }

    [Fact]
    public async Task A_list_can_be_written_through_the_operations_api()
    {
        using var client = fixture.NewAccount();
        var list = await client.CreateAsync("l");
        var submit = $$$"""{"kind":"lists.replace","account":"{{{client.Account}}}","params":{"listId":"{{{list}}}"},"items":[{"ip":"10.0.0.1"},{"ip":"10.0.0.2"}],"labels":{"team":"edge"}}""";
        var answer = await client.SendAsync(HttpMethod.Post, "/v1/operations", submit, ("Prefer", "wait=20"));
        var bad = await client.SendAsync(HttpMethod.Post, "/v1/operations", submit.Replace("10.0.0.2", "bad", StringComparison.Ordinal));

        Assert.Equal("edge", answer.Body.GetProperty("labels").GetProperty("team").GetString());
        Assert.Equal(2, await client.NumItemsAsync(list));
        Assert.Equal("/items/1/ip", bad.Body.GetProperty("errors")[0].GetProperty("pointer").GetString());
    }

    [Fact]
    public async Task Nobody_without_a_known_token_learns_anything()
    {
        using var http = new HttpClient { BaseAddress = fixture.Server.Address };
        using var stranger = new ListsClient(http, "acme");
        foreach (var path in (string[])["/v1/operations", $"/v1/operations/{new string('0', 32)}", "/v1/kinds"])
        {
            var answer = await stranger.SendAsync(HttpMethod.Get, path);
            Assert.Equal((401, "UNAUTHENTICATED"), ((int)answer.Status, answer.Body.GetProperty("code").GetString()));
            Assert.Equal("Bearer", answer.Response.Headers.WwwAuthenticate.ToString());
        }
    }

    [Fact]
    public async Task Probes_and_metrics_answer()
    {
        using var client = fixture.NewAccount();
        await EndAsync(client, await SubmitAsync(client, """{"count":5}"""));
        var metrics = await client.SendAsync(HttpMethod.Get, "/metrics");

        Assert.Equal("ok\n", (await client.SendAsync(HttpMethod.Get, "/healthz")).Text);
        Assert.Contains("# TYPE longhaul_item_count_total counter", metrics.Text, StringComparison.Ordinal);
        Assert.Contains("longhaul_item_count_total{kind=\"noop\"}", metrics.Text, StringComparison.Ordinal);
    }

    private static Task<WireAnswer> SubmitAsync(ListsClient client, string parameters, params (string, string)[] headers) => client.SendAsync(
        HttpMethod.Post, "/v1/operations", $$"""{"kind":"noop","account":"{{client.Account}}","params":{{parameters}}}""", headers);

    private static async Task<JsonElement> EndAsync(ListsClient client, WireAnswer submitted)
    {
        var answer = await client.SendAsync(HttpMethod.Get, $"/v1/operations/{Id(submitted)}", (string?)null, ("Prefer", "wait=60"));
        Assert.True(answer.Body.GetProperty("done").GetBoolean(), answer.Text);
        return answer.Body;
    }

    private static string Id(WireAnswer answer)
    {
        Assert.True(answer.Response.IsSuccessStatusCode, answer.Text);
        return answer.Body.GetProperty("id").GetString()!;
    }

    private static string State(JsonElement operation) => operation.GetProperty("state").GetString()!;

    private static long Progress(JsonElement operation, string name) => operation.GetProperty("progress").GetProperty(name).GetInt64();
}

public sealed class OperationsWireOnSqlite(SqliteServer server) : OperationsWireContract(server), IClassFixture<SqliteServer>;

public sealed class OperationsWireOnPostgres(PostgresServer server) : OperationsWireContract(server), IClassFixture<PostgresServer>;
