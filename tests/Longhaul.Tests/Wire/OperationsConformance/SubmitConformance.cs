using System.Globalization;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.OperationsConformance;

/// <summary>Lines O-03, O-30 and O-40: what a client may get wrong, and what it may send twice.</summary>
public abstract class SubmitConformance(DatabaseUnderTest database) : StagedConformance(database)
{
    [Theory]
    [InlineData("""{"a/b~c":1}""", "/a~1b~0c")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1},"labels":{"a/b":"x"} }""", "/labels/a~1b")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1},"labels":{"k":1} }""", "/labels/k")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1},"validateOnly":"yes"}""", "/validateOnly")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1},"maxFailedItems":-1}""", "/maxFailedItems")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1},"maxFailedItems":1.5}""", "/maxFailedItems")]
    [InlineData("""{"kind":"noop","account":"a\u0000","params":{"count":1} }""", "/account")]
    [InlineData("""{"kind":"noop","account":null,"params":{"count":1} }""", "/account")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":10000001} }""", "/params/count")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1},"items":[1]}""", "/items")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1,"a/b~c":1} }""", "/params/a~1b~0c")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1,"a/b":"x"} }""", "/params/a~1b")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1,"\ud800":1} }""", "/params")]
    [InlineData("""{"kind":"lists.append","account":"a","params":{"a/b~c":1} }""", "/params/a~1b~0c")]
    [InlineData("""{"kind":"lists.append","account":"a","params":{"\ud800":1} }""", "/params")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1} } x""", "")]
    [InlineData("[]", "")]
    [InlineData("null", "")]
    public async Task O03_the_place_is_a_json_pointer_and_nothing_is_created(string body, string pointer)
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var answer = await client.SendAsync(HttpMethod.Post, "/v1/operations", body);
        var all = await client.SendAsync(HttpMethod.Get, "/v1/operations");

        Assert.Equal((400, "invalid-argument"), ((int)answer.Status, Slug(answer.Body)));
        Assert.Contains(pointer, answer.Body.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()));
        Assert.Equal(0, all.Body.GetProperty("operations").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"NAME":1}""")]
    [InlineData("""{"kind":"NAME","account":"a"}""")]
    [InlineData("""{"kind":"noop","account":"a","params":{"count":1,"NAME":1} }""")]
    [InlineData("""{"kind":"lists.append","account":"a","params":{"NAME":1} }""")]
    [InlineData("""{"kind":"lists.append","account":"a","params":{"listId":"NAME"},"items":[] }""")]
    public async Task O03_a_long_name_does_not_make_a_long_answer(string body)
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var answer = await client.SendAsync(HttpMethod.Post, "/v1/operations", body.Replace("NAME", new string('x', 1_000_000), StringComparison.Ordinal));

        Assert.Equal(400, (int)answer.Status);
        Assert.InRange(answer.Text.Length, 1, 4_000);
    }

    [Fact]
    public async Task O03_the_place_in_a_control_body_is_a_json_pointer_too()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":1}""");
        foreach (var verb in (string[])["retry", "resume"])
        {
            foreach (var name in (string[])["a/b~c", new string('x', 1_000_000)])
            {
                var answer = await client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:{verb}", $$"""{"{{name}}":1,"{{name}}":2}""");
                var faults = answer.Body.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("pointer").GetString()!).ToList();

                Assert.Equal((400, 3), ((int)answer.Status, faults.Count));
                Assert.All(faults, p => Assert.True(name.Length > 100 ? p.Length < 300 : p == "/a~1b~0c", p));
                Assert.InRange(answer.Text.Length, 1, 4_000);
            }
        }
    }

    [Fact]
    public async Task O40_the_same_key_of_another_principal_is_another_key()
    {
        await using var stage = await StartAsync();
        using var root = stage.NewAccount();
        using var one = stage.NewClient(root.Account, await stage.NewTokenAsync("operations:edit", root.Account));
        using var other = stage.NewClient(root.Account, await stage.NewTokenAsync("operations:edit", root.Account));
        var key = ("Idempotency-Key", "k");
        ListsClient[] principals = [root, one, other];
        var first = await Task.WhenAll(principals.Select(c => SubmitAsync(c, """{"count":1}""", "", key)));
        var again = await Task.WhenAll(principals.Select(c => SubmitAsync(c, """{"count":1}""", "", key)));

        Assert.Equal(3, first.Select(Id).Distinct().Count());
        Assert.All(first, a => Assert.False(a.Response.Headers.Contains("Idempotent-Replayed")));
        Assert.Equal(first.Select(a => a.Text), again.Select(a => a.Text));
        Assert.All(again, a => Assert.Equal("true", a.Response.Headers.GetValues("Idempotent-Replayed").Single()));
    }

    [Fact]
    public async Task O03_a_packed_body_is_told_how_it_would_be_taken()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        using var body = new ByteArrayContent([0x1f, 0x8b, 8, 0]);
        body.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        body.Headers.TryAddWithoutValidation("Content-Encoding", "gzip");
        var answer = await client.SendAsync(HttpMethod.Post, "/v1/operations", body);

        Assert.Equal((415, "unsupported-media-type"), ((int)answer.Status, Slug(answer.Body)));
        Assert.Contains("Content-Encoding", answer.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_look_by_head_shows_the_headers_of_get()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":1}""");
        foreach (var path in (string[])["/v1/operations", $"/v1/operations/{id}", $"/v1/operations/{id}/items", "/v1/kinds"])
        {
            var head = await client.SendAsync(HttpMethod.Head, path);
            var get = await client.SendAsync(HttpMethod.Get, path);

            Assert.Equal((200, ""), ((int)head.Status, head.Text));
            Assert.Equal((get.Response.Headers.ETag, get.Response.Content.Headers.ContentLength), (head.Response.Headers.ETag, head.Response.Content.Headers.ContentLength));
        }
    }

    [Fact]
    public async Task O30_a_thousand_operations_are_paged_without_gap_or_repetition_while_new_ones_come()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var submitted = new HashSet<string>();
        for (var batch = 0; batch < 20; batch++)
        {
            submitted.UnionWith(await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => AcceptedAsync(client, """{"count":1}"""))));
        }

        foreach (var size in (int[])[1, 500, 73])
        {
            var read = new List<string>();
            var token = "";
            do
            {
                var page = await client.SendAsync(HttpMethod.Get, $"/v1/operations?account={client.Account}&pageSize={size}{token}");
                var ids = page.Body.GetProperty("operations").EnumerateArray().Select(o => o.GetProperty("id").GetString()!).ToList();
                Assert.InRange(ids.Count, 1, size);
                read.AddRange(ids);
                token = page.Body.TryGetProperty("nextPageToken", out var next) ? $"&pageToken={next.GetString()}" : "";
                await AcceptedAsync(client, """{"count":1}""");
            }
            while (token.Length > 0 && (size > 1 || read.Count < 20));

            Assert.Equal(read.Count, read.Distinct().Count());
            Assert.True(size == 1 || submitted.IsSubsetOf(read), "a page left something out");
        }
    }

    [Fact]
    public async Task O40_two_at_once_with_different_bodies_are_one_operation_and_one_422()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        for (var i = 0; i < 10; i++)
        {
            var key = ("Idempotency-Key", i.ToString(CultureInfo.InvariantCulture));
            var answers = await Task.WhenAll(SubmitAsync(client, """{"count":1}""", "", key), SubmitAsync(client, """{"count":2}""", "", key));

            Assert.Equal([202, 422], answers.Select(a => (int)a.Status).Order());
            Assert.Equal("idempotency-mismatch", Slug(answers.Single(a => (int)a.Status == 422).Body));
        }

        Assert.Equal(10, (await client.SendAsync(HttpMethod.Get, $"/v1/operations?account={client.Account}")).Body.GetProperty("operations").GetArrayLength());
    }

    [Fact]
    public async Task O40_a_key_gives_the_first_answer_for_a_day_whatever_became_of_the_operation()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var key = ("Idempotency-Key", "k");
        var first = await SubmitAsync(client, """{"count":1}""", "", key);
        await stage.RunAllAsync();
        stage.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1));
        await stage.ForgetExpiredAsync();
        var again = await SubmitAsync(client, """{"count":1}""", "", key);
        stage.Clock.Advance(TimeSpan.FromMilliseconds(2));
        await stage.ForgetExpiredAsync();
        var anew = await SubmitAsync(client, """{"count":1}""", "", key);

        Assert.Equal((first.Status, first.Text, first.Response.Headers.Location), (again.Status, again.Text, again.Response.Headers.Location));
        Assert.Equal("true", again.Response.Headers.GetValues("Idempotent-Replayed").Single());
        Assert.Equal(202, (int)anew.Status);
        Assert.NotEqual(Id(first), Id(anew));
        Assert.False(anew.Response.Headers.Contains("Idempotent-Replayed"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("two\u007f")]
    [InlineData("a\tb")]
    public async Task O40_a_key_that_is_none_is_named(string key)
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var answer = await SubmitAsync(client, """{"count":1}""", "", ("Idempotency-Key", key));

        Assert.True((int)answer.Status == 400 && Slug(answer.Body) == "invalid-argument", answer.Text);
        Assert.Contains("Idempotency-Key", answer.Body.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task O40_a_retry_honours_the_key_too()
    {
        await using var stage = await StartAsync();
        using var client = stage.NewAccount();
        var id = await AcceptedAsync(client, """{"count":4,"failEvery":2}""");
        await stage.RunAllAsync();
        Task<WireAnswer> Retry(string body) => client.SendAsync(HttpMethod.Post, $"/v1/operations/{id}:retry", body, ("Idempotency-Key", "k"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Retry("{}")));
        var other = await Retry("""{"items":"unsuccessful"}""");

        Assert.Single(answers.Select(a => a.Text).Distinct());
        Assert.Equal(3, answers.Count(a => a.Response.Headers.Contains("Idempotent-Replayed")));
        Assert.Equal(422, (int)other.Status);
    }
}

public sealed class SubmitOnSqlite() : SubmitConformance(DatabaseUnderTest.Sqlite);

public sealed class SubmitOnPostgres() : SubmitConformance(DatabaseUnderTest.Postgres);

/// <summary>Lines O-14 and O-40 across the death of a process.</summary>
[Collection("servers")]
public sealed class DeathConformance
{
    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task O14_O40_a_hundred_operations_survive_kill_9_with_exact_counters_and_a_key_its_answer(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        (string, string)[] options = [("LONGHAUL_Operations__EnableNoop", "true"), ("LONGHAUL_Engine__LeaseSeconds", "2"), ("LONGHAUL_Engine__UpkeepSeconds", "1")];
        const string Body = """{"kind":"noop","account":"death","params":{"count":700,"failEvery":7,"itemMs":1} }""";
        WireAnswer[] accepted;
        await using (var server = await LonghaulProcess.ServeAsync(place, options))
        {
            using var client = new ListsClient(server.NewClient(), "death");
            accepted = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => client.SendAsync(HttpMethod.Post, "/v1/operations", Body, ("Idempotency-Key", $"k{i}"))));
            server.Kill();
            await server.WaitForExitAsync();
        }

        await using var next = await LonghaulProcess.ServeAsync(place, options);
        using var reader = new ListsClient(next.NewClient(), "death");
        for (var i = 0; i < accepted.Length; i++)
        {
            Assert.Equal(202, (int)accepted[i].Status);
            var id = accepted[i].Body.GetProperty("id").GetString();
            var again = await reader.SendAsync(HttpMethod.Post, "/v1/operations", Body, ("Idempotency-Key", $"k{i}"));
            Assert.Equal((202, accepted[i].Text), ((int)again.Status, again.Text));
            JsonElement end;
            do
            {
                end = (await reader.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", (string?)null, ("Prefer", "wait=60"))).Body;
            }
            while (!end.GetProperty("done").GetBoolean());

            var progress = end.GetProperty("progress");
            Assert.Equal(("completed", 700, 600, 100), (end.GetProperty("state").GetString(), progress.GetProperty("total").GetInt32(), progress.GetProperty("succeeded").GetInt32(), progress.GetProperty("failed").GetInt32()));
            var items = (await reader.SendAsync(HttpMethod.Get, $"/v1/operations/{id}/items?pageSize=1000")).Body.GetProperty("items").EnumerateArray();
            Assert.Equal(Enumerable.Range(1, 100).Select(n => (n * 7L) - 1), items.Select(item => item.GetProperty("index").GetInt64()));
        }
    }
}
