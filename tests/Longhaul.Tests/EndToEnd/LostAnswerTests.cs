using System.Net;
using System.Text;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.EndToEnd;

/// <summary>
/// The server dies between the effect of a request and its answer, for everything that creates something: the same request with the same
/// key then finds the work done exactly once, and the answer that was never delivered.
/// </summary>
[Collection("processes")]
public sealed class LostAnswerTests
{
    private const int RandomKills = 2;

    private static readonly (string, string)[] Options =
        [("LONGHAUL_Engine__LeaseSeconds", "2"), ("LONGHAUL_Engine__UpkeepSeconds", "1"), ("LONGHAUL_Operations__EnableNoop", "true")];

    private static readonly string[] Creators = ["noop", "lists.append", "retry", "list", "append", "replace", "delete", "import"];

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task An_answer_that_was_never_delivered_comes_again_and_the_work_is_done_once(DatabaseUnderTest database)
    {
        using var place = ServerPlace.For(database);
        var server = await LonghaulProcess.ServeAsync(place, Options);
        var ends = new List<(Work Work, string Id)>();
        foreach (var creator in Creators)
        {
            var work = await Work.PrepareAsync(server, creator, $"lost-{creator.Replace('.', '-')}");
            await LoseAsync(server, work, null);

            server = await LonghaulProcess.ServeAsync(place, Options);
            var first = await work.CheckAsync(server);

            Assert.True(first.IsReplayed, $"{creator}: the work was not there");
            ends.Add((work, first.Id));
        }

        foreach (var (work, id) in ends)
        {
            await work.CheckEndAsync(server, id);
        }

        await server.DisposeAsync();
    }

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task Whenever_the_server_dies_the_repeated_request_makes_one(DatabaseUnderTest database)
    {
        var random = new Random(20_261_125);
        using var place = ServerPlace.For(database);
        var server = await LonghaulProcess.ServeAsync(place, Options);
        for (var kill = 0; kill < RandomKills; kill++)
        {
            var creator = Creators[random.Next(Creators.Length)];
            var work = await Work.PrepareAsync(server, creator, $"random-{kill}");
            var hadAnswered = await LoseAsync(server, work, TimeSpan.FromMilliseconds(random.Next(0, 25)));

            server = await LonghaulProcess.ServeAsync(place, Options);
            var first = await work.CheckAsync(server);
            await work.CheckEndAsync(server, first.Id);

            Assert.True(first.IsReplayed || !hadAnswered, $"kill {kill}, {creator}: the answer had begun, and the work was not there");
        }

        await server.DisposeAsync();
    }

    private static async Task<bool> LoseAsync(LonghaulProcess server, Work work, TimeSpan? after)
    {
        await using var relay = new KillingRelay(server, after);
        using var client = relay.NewClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.SendAsync(work.NewRequest(), TestContext.Current.CancellationToken));
        await relay.DisposeAsync();
        await server.DisposeAsync();
        return relay.HadAnswered;
    }

    /// <summary>One request that creates something, and what must be there after it.</summary>
    private sealed record Work(string Account, HttpMethod Method, string Path, string Body, string Type, string? Kind, string? List, int Items)
    {
        private static CancellationToken Token => TestContext.Current.CancellationToken;

        public static async Task<Work> PrepareAsync(LonghaulProcess server, string creator, string account)
        {
            using var client = new ListsClient(server.NewClient(), account);
            var noop = $$"""{"kind":"noop","account":"{{account}}","params":{"count":10,"failEvery":2} }""";
            switch (creator)
            {
                case "noop":
                    return new Work(account, HttpMethod.Post, "/v1/operations", noop, "application/json", "noop", null, 0);
                case "retry":
                    var failed = await client.SendAsync(HttpMethod.Post, "/v1/operations", noop, ("Prefer", "wait=30"));
                    return new Work(account, HttpMethod.Post, $"/v1/operations/{failed.Body.GetProperty("id").GetString()}:retry", "{}", "application/json", "noop", null, 0);
                case "list":
                    return new Work(account, HttpMethod.Post, client.Lists, """{"name":"once","kind":"ip"}""", "application/json", null, null, 0);
            }

            var list = await client.CreateAsync("target");
            await client.CompletedAsync(await client.AppendAsync(list, Addresses.Range(0, 3)));
            var items = $"{client.Lists}/{list}/items";
            var more = $"[{string.Join(',', Addresses.Range(10, 1_200).Select(a => $$"""{"ip":"{{a}}"}"""))}]";
            switch (creator)
            {
                case "lists.append":
                    var submit = $$"""{"kind":"lists.append","account":"{{account}}","items":{{more}},"params":{"listId":"{{list}}"} }""";
                    return new Work(account, HttpMethod.Post, "/v1/operations", submit, "application/json", "lists.append", list, 1_203);
                case "append":
                    return new Work(account, HttpMethod.Post, items, more, "application/json", "lists.append", list, 1_203);
                case "replace":
                    return new Work(account, HttpMethod.Put, items, more, "application/json", "lists.replace", list, 1_200);
                case "delete":
                    var id = (await client.ReadAllAsync(list))[0].GetProperty("id").GetString();
                    return new Work(account, HttpMethod.Delete, items, $$"""{"items":[{"id":"{{id}}"}]}""", "application/json", "lists.delete", list, 2);
                default:
                    var import = $"/client/v4/accounts/{account}/longhaul/lists/{list}/import?mode=append";
                    return new Work(account, HttpMethod.Post, import, string.Join('\n', Addresses.Range(10, 1_200)), "text/plain", "lists.append", list, 1_203);
            }
        }

        public HttpRequestMessage NewRequest() => new(Method, Path)
        {
            Content = new StringContent(Body, Encoding.UTF8, Type),
            Headers = { { "Idempotency-Key", Account } },
        };

        /// <summary>Repeats the request twice: both answers are one, and it has been done once.</summary>
        public async Task<(bool IsReplayed, string Id)> CheckAsync(LonghaulProcess server)
        {
            var before = await CountAsync(server);
            var first = await RepeatAsync(server);
            var again = await RepeatAsync(server);
            Assert.Equal((true, first.Text), (again.IsReplayed, again.Text));
            Assert.Equal(first.IsReplayed ? before : before + 1, await CountAsync(server));

            return (first.IsReplayed, first.Id);
        }

        /// <summary>It comes to its end, and all of it is there.</summary>
        public async Task CheckEndAsync(LonghaulProcess server, string id)
        {
            using var client = new ListsClient(server.NewClient(), Account);
            if (Kind is null)
            {
                Assert.Equal(id, Assert.Single((await client.SendAsync(HttpMethod.Get, client.Lists)).Result.EnumerateArray()).GetProperty("id").GetString());
                return;
            }

            var end = (await client.SendAsync(HttpMethod.Get, $"/v1/operations/{id}", (string?)null, ("Prefer", "wait=60"))).Body;
            Assert.True(end.GetProperty("done").GetBoolean(), end.ToString());
            if (List is not null)
            {
                Assert.Equal(("completed", Items), (end.GetProperty("state").GetString(), (await client.ReadAllAsync(List)).Count));
            }
        }

        private async Task<(bool IsReplayed, string Text, string Id)> RepeatAsync(LonghaulProcess server)
        {
            using var client = server.NewClient();
            var answer = await client.SendAsync(NewRequest(), Token);
            var text = await answer.Content.ReadAsStringAsync(Token);
            Assert.True(answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted, text);
            using var json = JsonDocument.Parse(text);
            var body = json.RootElement.TryGetProperty("result", out var result) ? result : json.RootElement;
            var id = body.GetProperty(body.TryGetProperty("operation_id", out _) ? "operation_id" : "id").GetString()!;
            return (answer.Headers.TryGetValues("Idempotent-Replayed", out var replayed) && replayed.Single() == "true", text, id);
        }

        /// <summary>How often it has been done.</summary>
        private async Task<int> CountAsync(LonghaulProcess server)
        {
            using var client = new ListsClient(server.NewClient(), Account);
            if (Kind is null)
            {
                return (await client.SendAsync(HttpMethod.Get, client.Lists)).Result.GetArrayLength();
            }

            var query = Path.EndsWith(":retry", StringComparison.Ordinal) ? $"&retryOf={Path.Split('/')[^1].Split(':')[0]}" : "";
            var operations = (await client.SendAsync(HttpMethod.Get, $"/v1/operations?account={Account}&kind={Kind}{query}")).Body.GetProperty("operations").GetArrayLength();

            // The list was filled by one append of its own.
            var count = Kind == "lists.append" ? operations - 1 : operations;
            Assert.InRange(count, 0, 1);
            return count;
        }
    }
}
