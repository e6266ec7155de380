using System.Diagnostics.Metrics;
using System.Text;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Engine.Upkeep;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Longhaul.Engine.Testing;

/// <summary>One process of a run: the real engine with one worker, on the database of the run.</summary>
internal sealed class CrashProcess : IAsyncDisposable
{
    private readonly CrashServices _services;
    private readonly List<IHostedService> _started = [];

    private CrashProcess(CrashServices services, ProcessLife life)
    {
        _services = services;
        Life = life;
    }

    public ProcessLife Life { get; }

    public Database Database => _services.GetRequiredService<Database>();

    private DurableOperations Operations => _services.GetRequiredService<DurableOperations>();

    /// <summary>Starts everything but the runner. Completes when the database is open and what a dead process held is free.</summary>
    public static async Task<CrashProcess> StartAsync(string path, CrashScenario scenario, TimeProvider clock, Death? death)
    {
        var life = new ProcessLife(death);
        var services = new ServiceCollection();
        services.AddSingleton<IMeterFactory, NoMeters>();
        services.AddSingleton(clock);
        services.AddLonghaulEngine(new SqliteTarget(path) { IsThrowAway = true });
        services.AddTables("test", [.. scenario.Tables]);
        services.Replace(ServiceDescriptor.Singleton<Database>(
            _ => new CrashDatabase(Database.For(new SqliteTarget(path) { IsThrowAway = true }), life)));
        services.AddSingleton<OperationKind>(s => new CrashKind(scenario.Kind(s.GetRequiredService<Database>()), life));
        services.Replace(ServiceDescriptor.Singleton(new EngineOptions { Workers = 1, DrainSeconds = 0 }));
        services.Remove(services.First(d => d.ImplementationType == typeof(UpkeepLoop)));
        var process = new CrashProcess(new CrashServices(services), life);
        var reporter = process._services.GetRequiredService<Reporter>();
        life.Flush = chunk => chunk.FlushAsync(reporter.ReportAsync);
        foreach (var service in process.Loops.Where(l => l is not ChunkRunner))
        {
            await process.StartAsync(service);
        }

        return process;
    }

    public async Task<OperationId> SubmitAsync(CrashScenario scenario, CancellationToken cancellationToken)
    {
        var kind = _services.GetRequiredService<OperationKind>();
        var submission = scenario.Submit?.Invoke(kind) ?? await CheckAsync(kind, scenario, cancellationToken);
        return (await Operations.SubmitAsync(submission with { Kind = kind }, cancellationToken)).IsRefused(out var refusal, out var submitted)
            ? throw new CrashTestException($"the submit was refused: {refusal.Detail}")
            : submitted.Operation!.Id;
    }

    /// <summary>Lets it work. Completes with the operation when it has ended, with null when the process has died before.</summary>
    public async Task<Operation?> RunAsync(OperationId id, CancellationToken cancellationToken)
    {
        Life.BeginCounting();
        foreach (var runner in Loops.OfType<ChunkRunner>())
        {
            await StartAsync(runner);
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ended = EndAsync(id, stop.Token);
        await Task.WhenAny(ended, Life.Died).WaitAsync(CrashTest.Patience, TimeProvider.System, cancellationToken);
        await stop.CancelAsync();
        await Life.Reported;
        return Life.IsDead ? null : await ended;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Enumerable.Reverse(_started))
        {
            try
            {
                await service.StopAsync(CancellationToken.None);
            }
            catch (ProcessDiedException)
            {
                // A dead process cannot take its leave.
            }
        }

        await Database.DisposeAsync();
        await _services.DisposeAsync();
    }

    private IEnumerable<IHostedService> Loops => _services.GetServices<IHostedService>();

    private async Task StartAsync(IHostedService service)
    {
        _started.Add(service);
        await service.StartAsync(CancellationToken.None);
    }

    private async Task<Operation> EndAsync(OperationId id, CancellationToken cancellationToken) =>
        await Operations.WaitAsync(id, o => o.State.IsFinal, TimeSpan.FromDays(1), cancellationToken)
        ?? throw new CrashTestException("the operation is gone");

    private static async Task<Submission> CheckAsync(OperationKind kind, CrashScenario scenario, CancellationToken cancellationToken)
    {
        var request = new SubmitRequest(
            "test", Encoding.UTF8.GetBytes(scenario.Parameters), Encoding.UTF8.GetBytes(scenario.Items), 1_000_000, "{}", "test", null);
        var answer = await kind.CheckAsync(request, cancellationToken);
        return answer.Submission
            ?? throw new CrashTestException($"the kind refused the submit: {string.Join("; ", answer.Faults.Select(f => $"{f.Detail} ({f.Pointer})"))}");
    }

    private sealed class NoMeters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
