using System.Globalization;
using System.Net;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.EndToEnd;

/// <summary>
/// Kills the program with SIGKILL at random moments while several clients write, and holds what is there afterwards against a
/// sequential model. LONGHAUL_CRASH_ROUNDS sets the number of rounds; LONGHAUL_SEED repeats a run.
/// </summary>
[Collection("processes")]
public sealed class CrashTests
{
    private const int Clients = 4;

    private static readonly int Rounds = int.Parse(Environment.GetEnvironmentVariable("LONGHAUL_CRASH_ROUNDS") ?? "5", CultureInfo.InvariantCulture);

    private static readonly (string, string)[] Options = [("LONGHAUL_Engine__LeaseSeconds", "2"), ("LONGHAUL_Engine__UpkeepSeconds", "1")];

    [Theory]
    [InlineData(DatabaseUnderTest.Sqlite)]
    [InlineData(DatabaseUnderTest.Postgres)]
    public async Task What_was_answered_survives_kill_9_whole_and_once(DatabaseUnderTest database)
    {
        var seed = int.Parse(Environment.GetEnvironmentVariable("LONGHAUL_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        TestContext.Current.TestOutputHelper?.WriteLine($"LONGHAUL_SEED={seed}");
        var random = new Random(seed);
        using var place = ServerPlace.For(database);
        var models = new List<ListModel>();
        for (var round = 0; round < Rounds; round++)
        {
            await using (var server = await LonghaulProcess.ServeAsync(place, Options))
            {
                await CheckAsync(server, models, $"seed {seed}, round {round}, after the restart");
                if (models.Count == 0)
                {
                    models = await CreateAsync(server);
                }

                await WriteUntilKilledAsync(server, models, random);
            }
        }

        await using var last = await LonghaulProcess.ServeAsync(place, Options);
        await CheckAsync(last, models, $"seed {seed}, at the end");
    }

    private static async Task<List<ListModel>> CreateAsync(LonghaulProcess server)
    {
        var models = new List<ListModel>();
        using var client = new ListsClient(server.NewClient(), "crash");
        for (var i = 0; i < Clients; i++)
        {
            models.Add(new ListModel(await client.CreateAsync($"list{i}")));
        }

        return models;
    }

    private static async Task WriteUntilKilledAsync(LonghaulProcess server, List<ListModel> models, Random random)
    {
        var writers = models.ConvertAll(m => WriteAsync(server, m, new Random(random.Next())));

        // The moment of the kill is what is random here; nothing waits for it.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(random.Next(30, 900)));
        await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        server.Kill();
        await server.WaitForExitAsync();
        await Task.WhenAll(writers);
    }

    /// <summary>One writer per list, one request at a time: the order of the answers is the order of acceptance.</summary>
    private static async Task WriteAsync(LonghaulProcess server, ListModel model, Random random)
    {
        using var client = new ListsClient(server.NewClient(), "crash");
        while (true)
        {
            var write = ListModel.Next(random);
            try
            {
                var answer = write.IsReplace
                    ? await client.ReplaceAsync(model.Id, write.Addresses)
                    : await client.AppendAsync(model.Id, write.Addresses);
                model.Accepted(ListsClient.OperationId(answer), write);
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException or IOException)
            {
                model.Unanswered(write);
                return;
            }
        }
    }

    private static async Task CheckAsync(LonghaulProcess server, List<ListModel> models, string when)
    {
        using var client = new ListsClient(server.NewClient(), "crash");
        foreach (var model in models)
        {
            foreach (var operation in model.TakeAnswered())
            {
                var end = await client.EndAsync(operation);
                Assert.True(end.GetProperty("status").GetString() == "completed", $"{when}: {end}");
            }

            await WaitForIdleAsync(client);
            var items = await client.ReadAllAsync(model.Id);
            model.Settle(items.ConvertAll(i => i.GetProperty("ip").GetString()!), when);
            Assert.Equal(items.Count, items.Select(i => i.GetProperty("id").GetString()).Distinct().Count());
            Assert.Equal(items.Count, await client.NumItemsAsync(model.Id));
        }
    }

    /// <summary>Writes whose answer was lost may have been accepted: they end too, and none is stuck.</summary>
    private static async Task WaitForIdleAsync(ListsClient client)
    {
        var answer = await client.SendAsync(HttpMethod.Get, "/v1/operations?account=crash&pageSize=100");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        foreach (var operation in answer.Body.GetProperty("operations").EnumerateArray().Where(o => !o.GetProperty("done").GetBoolean()))
        {
            await client.EndAsync(operation.GetProperty("id").GetString()!);
        }
    }

    private sealed record Write(bool IsReplace, string[] Addresses);

    /// <summary>What a list must hold, as a set built one accepted write after the other.</summary>
    private sealed class ListModel(string id)
    {
        private readonly List<string> _answered = [];
        private HashSet<string> _state = [];
        private Write? _doubtful;

        public string Id => id;

        public static Write Next(Random random)
        {
            var isReplace = random.Next(4) == 0;
            var count = random.Next(6) == 0 ? random.Next(2_000, 5_000) : random.Next(1, 5);
            var from = random.Next(0, 20_000);
            return new Write(isReplace, [.. Addresses.Range(from, count)]);
        }

        public void Accepted(string operation, Write write)
        {
            _answered.Add(operation);
            _state = Apply(write);
        }

        public void Unanswered(Write write) => _doubtful = write;

        public List<string> TakeAnswered()
        {
            var taken = _answered.ToList();
            _answered.Clear();
            return taken;
        }

        /// <summary>The list is the model, or the model and the write whose answer was lost: nothing between.</summary>
        public void Settle(List<string> found, string when)
        {
            var before = _state;
            var after = _doubtful is null ? before : Apply(_doubtful);
            _doubtful = null;
            var set = found.ToHashSet();
            Assert.True(set.SetEquals(before) || set.SetEquals(after), $"{when}: list {id} has {set.Count} items, expected {before.Count} or {after.Count}");
            _state = set;
        }

        private HashSet<string> Apply(Write write) => write.IsReplace ? [.. write.Addresses] : [.. _state, .. write.Addresses];
    }
}
