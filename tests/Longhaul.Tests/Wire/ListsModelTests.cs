using System.Globalization;
using System.Net;
using System.Text.Json;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>
/// Random writes in every spelling, with SIGKILL between, each held against <see cref="ModelOfList" />. LONGHAUL_MODEL_STEPS sets
/// their number, LONGHAUL_SEED repeats a run.
/// </summary>
[Collection("servers")]
public sealed class ListsModelTests
{
    private static readonly int Steps = int.Parse(Environment.GetEnvironmentVariable("LONGHAUL_MODEL_STEPS") ?? "80", CultureInfo.InvariantCulture);

    private static readonly (string, string)[] Options = [("LONGHAUL_Engine__LeaseSeconds", "2"), ("LONGHAUL_Engine__UpkeepSeconds", "1")];

    public static MatrixTheoryData<string, DatabaseUnderTest> Cases { get; } = new(ListsOfKinds.All, [DatabaseUnderTest.Sqlite, DatabaseUnderTest.Postgres]);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_list_is_what_the_contract_makes_of_its_writes(string kind, DatabaseUnderTest database)
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("LONGHAUL_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var log = new List<string>();
        try
        {
            await RunAsync(kind, database, new Random(seed), log);
        }
        catch (Exception exception)
        {
            Assert.Fail($"LONGHAUL_SEED={seed}, {kind} on {database}, after\n{string.Join('\n', log.TakeLast(6))}\n{exception}");
        }
    }

    private static async Task RunAsync(string kind, DatabaseUnderTest database, Random random, List<string> log)
    {
        using var place = ServerPlace.For(database);
        var server = await LonghaulProcess.ServeAsync(place, Options);
        var client = new ListsClient(server.NewClient(), "model");
        try
        {
            var run = new Run(kind, await client.CreateAsync("l", kind), random, log);
            for (var step = 0; step < Steps; step++)
            {
                var isKilled = step % 50 == 25;
                var since = Seconds(DateTime.UtcNow);
                var writes = new List<string>();
                for (var count = isKilled ? 4 : Math.Max(1, random.Next(-4, 4)); count > 0; count--)
                {
                    writes.AddRange(await run.WriteAsync(client));
                }

                if (isKilled)
                {
                    log.Add("kill -9");
                    server.Kill();
                    await server.WaitForExitAsync();
                    await server.DisposeAsync();
                    server = await LonghaulProcess.ServeAsync(place, Options);
                    client.Dispose();
                    client = new ListsClient(server.NewClient(), "model");
                }

                foreach (var write in writes)
                {
                    var end = await client.EndAsync(write);
                    Assert.True(end.GetProperty("status").GetString() == "completed", end.ToString());
                }

                await run.CheckAsync(client, since);
            }
        }
        finally
        {
            client.Dispose();
            await server.DisposeAsync();
        }
    }

    private static string Seconds(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private sealed class Run(string kind, string list, Random random, List<string> log)
    {
        private readonly SpelledItems _spelled = SpelledItems.Of(kind, random);
        private readonly ModelOfList _model = new();

        /// <summary>Sends one write, good or bad; answers the ids of what was accepted.</summary>
        public async Task<string[]> WriteAsync(ListsClient client)
        {
            switch (random.Next(12))
            {
                case 0:
                    return await BadAsync(client);
                case 1:
                    return await SendAsync(client, "PUT", []);
                case 2 or 3 or 4:
                    return await SendAsync(client, "PUT", Distinct(random.Next(4) == 0 ? 300 : random.Next(1, 40)));
                case 5 or 6:
                    return await DeleteAsync(client);
                default:
                    return await SendAsync(client, "POST", Distinct(random.Next(0, 10)));
            }
        }

        public async Task CheckAsync(ListsClient client, string since)
        {
            var size = random.Next(1 + (_model.Count / 20), 501);
            var size2 = 1 + (_model.Count / 20);
            var read = await client.ReadAllAsync(list, random.Next(2) == 0 ? size : size2);
            _model.Check(read, (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}")).Result, since);
            await CheckSearchesAsync(client);
            await CheckWayBackAsync(client, read);
            if (read.Count > 0)
            {
                var item = read[random.Next(read.Count)];
                Assert.Equal(item.GetRawText(), (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items/{ListsOfKinds.Id(item)}")).Result.GetRawText());
            }

            if (_model.Ids().Gone is { Count: > 0 } gone)
            {
                Assert.Equal(19002, (await client.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}/items/{gone[random.Next(gone.Count)]}")).Code);
            }
        }

        private async Task CheckSearchesAsync(ListsClient client)
        {
            for (var i = 0; i < 3; i++)
            {
                var value = _model.Count > 0 && random.Next(4) > 0 ? _model.Items[random.Next(_model.Count)].Value : _spelled.Next().Value;
                var search = _spelled.Search(value);
                var query = $"&search={Uri.EscapeDataString(search.Term)}{(search.IsExact ? "&match=exact" : "")}";
                log.Add(query);
                var found = await client.ReadAllAsync(list, random.Next(1 + (_model.Count / 20), 501), query);
                Assert.Equal(_model.Items.Where(m => search.Finds(m.Value, m.Kept)).Select(m => m.Kept), found.Select(ListsOfKinds.Sent));
                log.RemoveAt(log.Count - 1);
            }
        }

        /// <summary>Two pages on, one back: the same page again.</summary>
        private async Task CheckWayBackAsync(ListsClient client, List<JsonElement> read)
        {
            var size = random.Next(1, Math.Max(2, read.Count / 2));
            var first = await client.PageAsync(list, $"per_page={size}");
            Assert.Equal(read.Take(size).Select(i => i.GetRawText()), first.Result.EnumerateArray().Select(i => i.GetRawText()));
            Assert.Equal((read.Count > size, false), (ListsClient.After(first) is not null, ListsClient.Before(first) is not null));
            if (ListsClient.After(first) is { } after)
            {
                var second = await client.PageAsync(list, $"per_page={size}&cursor={Uri.EscapeDataString(after)}");
                var back = await client.PageAsync(list, $"per_page={size}&cursor={Uri.EscapeDataString(ListsClient.Before(second)!)}");
                Assert.Equal(first.Text, back.Text);
            }
        }

        private async Task<string[]> SendAsync(ListsClient client, string method, List<SpelledItem> items)
        {
            var body = $"[{string.Join(',', items.Select(i => i.Json))}]";
            log.Add($"{method} {(body.Length > 3_000 ? $"{items.Count} items" : body)}");
            var accepted = ListsClient.OperationId(await client.WriteAsync(method, list, body));
            if (method == "PUT")
            {
                _model.Replace(items);
            }
            else
            {
                _model.Append(items);
            }

            return [accepted];
        }

        private async Task<string[]> DeleteAsync(ListsClient client)
        {
            var (here, gone) = _model.Ids();
            var ids = Enumerable.Range(0, random.Next(1, 12))
                .Select(_ => here.Count > 0 && random.Next(3) > 0 ? here[random.Next(here.Count)] : gone.Count > 0 && random.Next(2) == 0 ? gone[random.Next(gone.Count)] : new string('0', 32))
                .ToList();
            log.Add($"DELETE {string.Join(' ', ids)}");
            var accepted = ListsClient.OperationId(await client.DeleteAsync(list, ids));
            _model.Delete(ids);
            return [accepted];
        }

        /// <summary>A fault somewhere in a body, or one key twice in it: nothing of it happens.</summary>
        private async Task<string[]> BadAsync(ListsClient client)
        {
            var items = Distinct(random.Next(1, 6)).ConvertAll(i => i.Json);
            var isTwice = random.Next(2) == 0;
            items.Insert(isTwice ? items.Count : random.Next(items.Count + 1), isTwice ? items[random.Next(items.Count)] : _spelled.Bad());
            var method = random.Next(2) == 0 ? "POST" : "PUT";
            log.Add($"bad {method} {string.Join(',', items)}");
            var answer = await client.WriteAsync(method, list, $"[{string.Join(',', items)}]");
            Assert.True(answer.Status == HttpStatusCode.BadRequest && answer.Code is 10026 or 10028, answer.Text);
            Assert.True(!isTwice || answer.Message == $"invalid value for {kind} at position {items.Count - 1}: filters.api.duplicate_item_value", answer.Message);
            return [];
        }

        private List<SpelledItem> Distinct(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => _spelled.Next()).DistinctBy(i => Convert.ToHexString(i.Key))];
    }
}
