using System.Net.Http.Headers;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Engine.Upkeep;
using Longhaul.Hosting;
using Longhaul.Hosting.Cloudflare;
using Longhaul.Lists;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Longhaul.Tests.Support;

/// <summary>
/// A server of this process on which nothing happens by itself: requests are answered, but chunks are claimed, run and settled by the
/// test, one step at a time, with the kinds' own code and on a clock that stands still. So every state can be reached and looked at
/// without a sleep or a race.
/// </summary>
internal sealed class StagedServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TempFolder? _folder;
    private readonly OperationStore _store;
    private readonly KindRegistry _kinds;
    private readonly NodeLease _node;

    private StagedServer(WebApplication app, TempFolder? folder, ManualTimeProvider clock)
    {
        _app = app;
        _folder = folder;
        Clock = clock;
        _store = app.Services.GetRequiredService<OperationStore>();
        _kinds = app.Services.GetRequiredService<KindRegistry>();
        _node = app.Services.GetRequiredService<NodeLease>();
    }

    public ManualTimeProvider Clock { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<StagedServer> StartAsync(DatabaseUnderTest database, params (string Name, string Value)[] options)
    {
        var folder = database == DatabaseUnderTest.Sqlite ? new TempFolder() : null;
        var clock = new ManualTimeProvider();

        // On a shared database whoever waits looks now and then; so seldom that it is not in the way of a wait that the test measures.
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddInMemoryCollection(
            [new("Operations:EnableNoop", "true"), new("Engine:PollMilliseconds", "60000"), .. options.Select(o => new KeyValuePair<string, string?>(o.Name, o.Value))]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var services = builder.Services;
        services.AddSingleton<TimeProvider>(clock);
        services.AddOptions<HostingOptions>();
        services.AddSingleton(RootSecrets.Load(LonghaulProcess.Token, new string('0', 64), null));
        services.AddLonghaulEngine(folder is null ? new PostgresTarget(PostgresCluster.NewDatabase()) : new SqliteTarget(folder["test.db"]));
        services.AddAccess();
        services.AddOptions<EngineOptions>().Bind(builder.Configuration.GetSection("Engine"));
        services.AddOperations(builder.Configuration.GetSection("Operations"));
        services.AddLists(builder.Configuration.GetSection("Lists"));
        foreach (var loop in services.Where(s => s.ImplementationType == typeof(ChunkRunner) || s.ImplementationType == typeof(UpkeepLoop)).ToList())
        {
            services.Remove(loop);
        }

        var app = builder.Build();
        app.UseRequestIds();
        app.UseCloudflareEnvelope();
        app.UseOperationsProblems();
        app.UseCredentials();
        app.UseRouting();
        app.MapLists();
        app.MapOperations();
        await app.StartAsync(Token);
        return new StagedServer(app, folder, clock);
    }

    public ListsClient NewAccount() => new(
        new HttpClient
        {
            BaseAddress = new Uri(_app.Urls.First()),
            Timeout = TimeSpan.FromSeconds(120),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", LonghaulProcess.Token) },
        },
        $"a{Guid.NewGuid():N}");

    /// <summary>Leases what can be leased now. What only plans is planned here; completes with the chunks that have items or take back.</summary>
    public async Task<List<ClaimedChunk>> ClaimAsync(int slots = 100)
    {
        while (true)
        {
            var claimed = await _store.ClaimAsync(_node.Name, _kinds.Names, slots, slots, _kinds, Token);
            var plans = claimed.Where(c => c.Purpose == ChunkPurpose.Plan).ToList();
            if (plans.Count == 0)
            {
                return claimed;
            }

            foreach (var plan in plans)
            {
                await ReportAsync(new Report.Planned(plan, await _kinds.Find(plan.Operation.Kind)!.PlanAsync(plan.Operation, plan.Progress ?? [], Token)));
            }

            var rest = claimed.Except(plans).ToList();
            if (rest.Count > 0)
            {
                return rest;
            }
        }
    }

    /// <summary>Runs a leased chunk with its kind's code and settles it.</summary>
    public async Task RunAsync(ClaimedChunk chunk)
    {
        var kind = _kinds.Find(chunk.Operation.Kind)!;
        var payload = await _store.ReadInputAsync(chunk.Operation.Id, chunk.Number, Token);
        using var lease = TestLease.Of(chunk, _store, payload);
        var result = chunk.Purpose == ChunkPurpose.Undo ? await kind.UndoAsync(lease, Token) : await kind.RunAsync(lease, Token);
        Assert.Null(result.Continuation);
        Assert.True(await lease.FlushAsync(ReportAsync));
        Assert.Equal(ReportAnswer.Kept, await ReportAsync(new Report.Settled(chunk, result, lease.JournaledItems)));
    }

    /// <summary>Gives a leased chunk back undone, as a worker does that was asked to stop.</summary>
    public async Task ReleaseAsync(ClaimedChunk chunk) =>
        Assert.Equal(ReportAnswer.Kept, await ReportAsync(new Report.Released(chunk, 0, Clock.GetUtcNow().ToUnixTimeMilliseconds(), IsAttemptFree: true, null)));

    /// <summary>Forgets what is older than it may be.</summary>
    public async Task ForgetExpiredAsync()
    {
        foreach (var chore in _app.Services.GetServices<IChore>().OfType<Retention>())
        {
            while (await chore.StepAsync(Token))
            {
                // The next batch.
            }
        }
    }

    /// <summary>Completes when somebody waits for exactly this long from now on.</summary>
    public Task WaitForTimerAsync(TimeSpan due) => Clock.WaitForTimerAsync(due).WaitAsync(TimeSpan.FromSeconds(60), Token);

    /// <summary>Claims and runs until nothing is left to claim.</summary>
    public async Task RunAllAsync()
    {
        while (await ClaimAsync() is { Count: > 0 } chunks)
        {
            foreach (var chunk in chunks)
            {
                await RunAsync(chunk);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _folder?.Dispose();
    }

    private async Task<ReportAnswer> ReportAsync(Report report) => (await _store.ReportAsync([report], _kinds, WriteWeight.Small, Token))[0];
}
