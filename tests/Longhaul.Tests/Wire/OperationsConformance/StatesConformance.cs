using System.Globalization;
using System.Text.Json.Nodes;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.OperationsConformance;

/// <summary>Lines O-10, O-11, O-20 to O-22 and O-31, where the moment matters: the work is done by the test, step by step.</summary>
public abstract class StatesConformance(DatabaseUnderTest database) : StagedConformance(database)
{
    private static readonly string[] Computed = ["pending", "running", "percent", "itemsPerSecond", "etaSeconds", "phase"];

    [Fact]
    public async Task O10_O11_over_http_one_version_has_one_content_and_only_allowed_transitions_are_seen()
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("LONGHAUL_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"LONGHAUL_SEED={seed}");
        var random = new Random(seed);
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        for (var run = 0; run < 12; run++)
        {
            var id = await AcceptedAsync(client, $$"""{"count":{{random.Next(0, 1_700)}},"failEvery":{{random.Next(0, 4)}}}""", random.Next(4) == 0 ? ",\"maxFailedItems\":200" : "");
            var seen = new Observed((await ReadAsync(client, id)).Text);
            var held = new List<ClaimedChunk>();
            for (var step = 0; step < 40 && !seen.IsDone; step++)
            {
                await StepAsync(stage, client, id, held, random);
                var at = new Observed((await ReadAsync(client, id)).Text);
                at.CheckAfter(seen);
                seen = at;

                // Time alone moves nothing that the version names.
                stage.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(1, 3_000)));
                var later = new Observed((await ReadAsync(client, id)).Text);
                Assert.Equal(at.Version, later.Version);
                later.CheckAfter(at);
            }

            foreach (var chunk in held)
            {
                await stage.RunAsync(chunk);
            }

            await ControlAsync(client, id, "resume");
            await stage.RunAllAsync();
            var end = new Observed((await ReadAsync(client, id)).Text);
            end.CheckAfter(seen);
            Assert.True(end.IsDone, $"seed {seed}, run {run}: {end.Text}");
        }
    }

    [Fact]
    public async Task O20_a_pending_one_is_aborted_at_once_and_its_place_is_free()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var list = await client.CreateAsync("l");
        var first = ListsClient.OperationId(await client.AppendAsync(list, ["192.0.2.1"]));
        var second = ListsClient.OperationId(await client.AppendAsync(list, ["192.0.2.2"]));
        var third = ListsClient.OperationId(await client.AppendAsync(list, ["192.0.2.3"]));
        var aborted = await ControlAsync(client, second, "abort");
        var again = await ControlAsync(client, second, "abort");
        await ControlAsync(client, first, "abort");
        var next = Assert.Single(await stage.ClaimAsync());

        Assert.Equal(("aborted, abortRequested", "aborted"), (State(aborted.Body), Slug(aborted.Body.GetProperty("error"))));
        Assert.Equal(aborted.Text, again.Text);
        Assert.Equal(third, next.Operation.Id.Value);
        await stage.RunAsync(next);
        Assert.Equal(["192.0.2.3"], await client.ReadAddressesAsync(list));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task O20_a_started_one_keeps_its_word_until_what_is_in_flight_has_ended_and_nothing_else_starts(bool isPaused)
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":1500}""");
        var flying = Assert.Single(await stage.ClaimAsync(slots: 1));
        if (isPaused)
        {
            Assert.Equal("paused", State((await ControlAsync(client, id, "pause")).Body));
        }

        var word = isPaused ? "paused" : "running";
        var asked = await ControlAsync(client, id, "abort");
        var again = await ControlAsync(client, id, "abort");
        Assert.Empty(await stage.ClaimAsync());
        var waiting = await ReadAsync(client, id);
        await stage.RunAsync(flying);
        var end = (await ReadAsync(client, id)).Body;
        var late = await ControlAsync(client, id, "abort");

        Assert.Equal([$"{word}, abortRequested", $"{word}, abortRequested", $"{word}, abortRequested"], ((WireAnswer[])[asked, again, waiting]).Select(a => State(a.Body)));
        Assert.Equal(asked.Text, again.Text);
        Assert.Equal(("aborted, abortRequested", "aborted", "CANCELLED"), (State(end), Slug(end.GetProperty("error")), end.GetProperty("error").GetProperty("code").GetString()));
        Assert.Equal((500, 1_000), (Progress(end, "succeeded"), Progress(end, "aborted")));
        Assert.Equal(end.GetRawText(), late.Body.GetRawText());
    }

    [Fact]
    public async Task O20_a_done_one_stays_as_it_is()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":3}""");
        await stage.RunAllAsync();
        var before = await ReadAsync(client, id);
        var answer = await ControlAsync(client, id, "abort");

        Assert.Equal((200, before.Text, before.Response.Headers.ETag), ((int)answer.Status, answer.Text, answer.Response.Headers.ETag));
        Assert.Equal("completed", State(answer.Body));
    }

    [Fact]
    public async Task O21_pause_and_resume_where_they_fit_and_409_everywhere_else()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var list = await client.CreateAsync("l");
        var write = ListsClient.OperationId(await client.AppendAsync(list, ["192.0.2.1"]));
        var pending = await AcceptedAsync(client, """{"count":3}""");
        Assert.Equal(409, (int)(await ControlAsync(client, pending, "resume")).Status);
        await stage.RunAllAsync();
        var id = await AcceptedAsync(client, """{"count":1500}""");
        await stage.ClaimAsync(slots: 1);
        var words = new List<string>();
        foreach (var verb in (string[])["resume", "pause", "pause", "resume", "resume"])
        {
            words.Add(State((await ControlAsync(client, id, verb)).Body));
        }

        await ControlAsync(client, id, "abort");
        Assert.Equal(["running", "paused", "paused", "running", "running"], words);
        foreach (var refused in (string[])[id, pending, write])
        {
            foreach (var verb in (string[])["pause", "resume"])
            {
                var before = await ReadAsync(client, refused);
                var answer = await ControlAsync(client, refused, verb);
                Assert.Equal((409, "failed-precondition", "FAILED_PRECONDITION"), ((int)answer.Status, Slug(answer.Body), answer.Body.GetProperty("code").GetString()));
                Assert.Contains(refused == write ? "lists.append" : refused, answer.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
                Assert.Equal(before.Text, (await ReadAsync(client, refused)).Text);
            }
        }
    }

    [Fact]
    public async Task O21_a_pause_before_the_start_passes_through_running()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":3}""");
        var paused = (await ControlAsync(client, id, "pause")).Body;
        Assert.Empty(await stage.ClaimAsync());
        var resumed = (await ControlAsync(client, id, "resume")).Body;
        await stage.RunAllAsync();

        Assert.Equal(("paused", "running"), (State(paused), State(resumed)));
        Assert.Equal(paused.GetProperty("updateTime").GetString(), paused.GetProperty("startTime").GetString());
        Assert.NotNull(paused.GetProperty("stateReason").GetString());
        Assert.Equal("completed", State((await ReadAsync(client, id)).Body));
    }

    [Fact]
    public async Task O22_an_atomic_operation_that_failed_is_repeated_whole()
    {
        await using var stage = await StartAsync(("Lists:MaxItemsPerList", "3"));
        using var client = stage.NewAccount();
        var list = await client.CreateAsync("l");
        await client.AppendAsync(list, ["192.0.2.1", "192.0.2.2"]);
        await stage.RunAllAsync();
        var failed = ListsClient.OperationId(await client.AppendAsync(list, ["192.0.2.8", "192.0.2.9"]));
        await stage.RunAllAsync();
        var full = (await ReadAsync(client, failed)).Body;
        await client.ReplaceAsync(list, ["192.0.2.1"]);
        await stage.RunAllAsync();
        var retry = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{failed}:retry", "{}");
        await stage.RunAllAsync();
        var end = (await ReadAsync(client, Id(retry))).Body;

        Assert.Equal(("failed", "capacity-exceeded"), (State(full), Slug(full.GetProperty("error"))));
        Assert.Equal((202, failed, 2L), ((int)retry.Status, retry.Body.GetProperty("retryOf").GetString(), Progress(retry.Body, "total")));
        Assert.Equal("completed", State(end));
        Assert.Equal(["192.0.2.1", "192.0.2.8", "192.0.2.9"], await client.ReadAddressesAsync(list));
    }

    [Fact]
    public async Task O31_items_are_read_while_it_runs_those_that_are_settled_and_after_an_abort()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":1000,"failEvery":100}""");
        var chunks = await stage.ClaimAsync();
        Assert.Equal(2, chunks.Count);
        var none = await ItemsAsync(client, id);
        await stage.RunAsync(chunks[1]);
        var half = await ItemsAsync(client, id);
        await ControlAsync(client, id, "abort");
        await stage.ReleaseAsync(chunks[0]);
        var end = (await ReadAsync(client, id)).Body;
        var after = await ItemsAsync(client, id);

        Assert.Empty(none);
        Assert.Equal([599, 699, 799, 899, 999], half.Select(i => i.GetProperty("index").GetInt64()));
        Assert.All(half, i => Assert.Equal(("failed", 1), (i.GetProperty("state").GetString(), i.GetProperty("attempts").GetInt32())));
        Assert.Equal(("aborted, abortRequested", 500L, 5L), (State(end), Progress(end, "aborted"), Progress(end, "failed")));
        Assert.Equal(half.Select(i => i.GetRawText()), after.Select(i => i.GetRawText()));
        Assert.Empty(await ItemsAsync(client, id, "?state=succeeded&state=skipped"));
    }

    [Fact]
    public async Task O31_an_atomic_operation_has_settled_items_only_at_its_end()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var list = await client.CreateAsync("l");
        var id = ListsClient.OperationId(await client.ReplaceAsync(list, Addresses.Range(0, 1_000)));
        var chunks = await stage.ClaimAsync();
        await stage.RunAsync(chunks[0]);
        var running = (await ReadAsync(client, id)).Body;
        await ControlAsync(client, id, "abort");
        foreach (var chunk in chunks.Skip(1))
        {
            await stage.ReleaseAsync(chunk);
        }

        await stage.RunAllAsync();
        var end = (await ReadAsync(client, id)).Body;
        var items = await ItemsAsync(client, id, "?pageSize=1000");

        // Every claimed item counts as running until all of them settle at once.
        Assert.Equal((0L, 1_000L), (Progress(running, "succeeded"), Progress(running, "running")));
        Assert.Equal(("aborted, abortRequested", 1_000L), (State(end), Progress(end, "aborted")));
        Assert.Equal(Enumerable.Range(0, 1_000).Select(i => (long)i), items.Select(i => i.GetProperty("index").GetInt64()));
        Assert.All(items, i => Assert.Equal("aborted", i.GetProperty("state").GetString()));
        Assert.Equal(0, await client.NumItemsAsync(list));
    }

    private static async Task StepAsync(StagedServer stage, ListsClient client, string id, List<ClaimedChunk> held, Random random)
    {
        switch (random.Next(20))
        {
            case < 7:
                held.AddRange(await stage.ClaimAsync(random.Next(1, 3)));
                return;
            case < 14 when held.Count > 0:
                var chunk = held[random.Next(held.Count)];
                held.Remove(chunk);
                await (random.Next(4) == 0 ? stage.ReleaseAsync(chunk) : stage.RunAsync(chunk));
                return;
            case 14 or 15 or 16:
                await ControlAsync(client, id, "pause");
                return;
            case 17 or 18:
                await ControlAsync(client, id, "resume");
                return;
            case 19 when random.Next(3) == 0:
                await ControlAsync(client, id, "abort");
                return;
            default:
                return;
        }
    }

    /// <summary>One answer about one operation, and what may have become of the one before.</summary>
    private sealed class Observed
    {
        private readonly JsonObject _operation;

        public Observed(string text)
        {
            Text = text;
            _operation = JsonNode.Parse(text)!.AsObject();
            var total = _operation["progress"]!["total"]?.GetValue<long>() ?? 0;
            Assert.True(total == Of("pending") + Of("running") + Of("succeeded") + Of("skipped") + Of("failed") + Of("aborted"), text);
            Assert.True(_operation["progress"]!["totalFinal"]!.GetValue<bool>() || (_operation["progress"]!["etaSeconds"] is null && _operation["progress"]!["percent"] is null), text);
            Assert.True(State is "pending" or "running" or "paused" or "completed" or "failed" or "aborted", text);
            Assert.Equal(State is "completed" or "failed" or "aborted", IsDone);
        }

        public string Text { get; }

        public long Version => _operation["version"]!.GetValue<long>();

        public bool IsDone => _operation["done"]!.GetValue<bool>();

        private string State => _operation["state"]!.GetValue<string>();

        private bool IsAbortRequested => _operation["abortRequested"]!.GetValue<bool>();

        public void CheckAfter(Observed before)
        {
            var about = $"{before.Text}\n{Text}";
            Assert.True(Version >= before.Version, about);
            Assert.Equal(Version == before.Version, Content() == before.Content());
            foreach (var counter in (string[])["succeeded", "skipped", "failed", "aborted"])
            {
                Assert.True(Of(counter) >= before.Of(counter), about);
            }

            Assert.True(IsAbortRequested || !before.IsAbortRequested, about);
            Assert.True(State == before.State || IsAllowed(before.State, before.IsAbortRequested), about);
        }

        // A step of the test may pass through running in one transaction.
        private bool IsAllowed(string from, bool wasAborting) => (from, State) switch
        {
            ("pending", "running" or "paused" or "aborted" or "failed" or "completed") => true,
            ("running", "paused") => !wasAborting,
            ("running", "completed" or "failed" or "aborted") => true,
            ("paused", "running" or "completed") => true,
            ("paused", "aborted" or "failed") => true,
            _ => false,
        };

        private long Of(string name) => _operation["progress"]![name]!.GetValue<long>();

        /// <summary>What the version names.</summary>
        private string Content()
        {
            var copy = _operation.DeepClone().AsObject();
            foreach (var name in Computed)
            {
                copy["progress"]!.AsObject().Remove(name);
            }

            copy.Remove("heartbeatTime");
            copy.Remove("stateReason");
            copy.Remove("version");
            copy.Remove("updateTime");
            return copy.ToJsonString();
        }
    }
}

public sealed class StatesOnSqlite() : StatesConformance(DatabaseUnderTest.Sqlite);

public sealed class StatesOnPostgres() : StatesConformance(DatabaseUnderTest.Postgres);
