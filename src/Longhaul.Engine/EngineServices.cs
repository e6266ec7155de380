using Longhaul.Engine.Running;
using Longhaul.Engine.Signals;
using Longhaul.Engine.Storage;
using Longhaul.Engine.Upkeep;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Longhaul.Engine;

/// <summary>Puts the engine into a host.</summary>
public static class EngineServices
{
    /// <summary>
    /// Adds the engine on a database. The host's start completes when the schema is in place. Add kinds as
    /// <see cref="OperationKind"/> services, tables of their own as <see cref="MigrationLine"/> services, chores as
    /// <see cref="IChore"/> services; bind <see cref="EngineOptions"/> to configuration as the host likes.
    /// </summary>
    public static IServiceCollection AddLonghaulEngine(this IServiceCollection services, DatabaseTarget target)
    {
        services.AddOptionsWithValidateOnStart<EngineOptions>();
        services.TryAddSingleton<IValidateOptions<EngineOptions>, EngineOptionsValidator>();
        services.TryAddSingleton(s => s.GetRequiredService<IOptions<EngineOptions>>().Value);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IdSource>();
        services.TryAddSingleton(_ => Database.For(target));
        services.AddSingleton(EngineMigrations.Line);
        services.AddSingleton<OperationSignals>();
        services.AddSingleton<OperationStore>();
        services.AddSingleton<KindRegistry>();
        services.AddSingleton<EngineMeter>();
        services.AddSingleton<IngestBudget>();
        services.AddSingleton(s => new DurableOperations(
            s.GetRequiredService<OperationStore>(),
            s.GetRequiredService<Database>(),
            s.GetRequiredService<OperationSignals>(),
            s.GetRequiredService<KindRegistry>(),
            s.GetRequiredService<IdSource>(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<EngineMeter>(),
            s.GetRequiredService<EngineOptions>()));
        services.AddSingleton<IChore, ExpiredLeases>();
        services.AddSingleton<IChore, Residue>();
        services.AddSingleton<IChore, Retention>();
        AddLoops(services);
        return services;
    }

    // Hosted services start in this order and stop in the reverse one: the runner drains while the reporter still reports.
    private static void AddLoops(IServiceCollection services)
    {
        services.AddHostedService<DatabaseOpening>();
        services.AddSingleton<NodeLease>();
        services.AddHostedService(s => s.GetRequiredService<NodeLease>());
        services.AddSingleton<Reporter>();
        services.AddHostedService(s => s.GetRequiredService<Reporter>());
        services.AddSingleton<JournalClock>();
        services.AddHostedService(s => s.GetRequiredService<JournalClock>());
        services.AddHostedService<NodeListener>();
        services.AddHostedService<UpkeepLoop>();
        services.AddHostedService<ChunkRunner>();
    }
}

/// <summary>Checks the ranges of <see cref="EngineOptions"/> when the host starts.</summary>
[OptionsValidator]
internal sealed partial class EngineOptionsValidator : IValidateOptions<EngineOptions>;

/// <summary>Opens and migrates the database before anything else starts; on one process it also takes back what a dead one held.</summary>
internal sealed class DatabaseOpening(Database database, IEnumerable<MigrationLine> lines, OperationStore store, KindRegistry kinds, OperationSignals signals)
    : IHostedLifecycleService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await database.OpenAsync([.. lines], cancellationToken);
        if (database.IsShared)
        {
            return;
        }

        // The file's lock says that no other process works on it: every lease in it is a dead one's.
        foreach (var (node, beat) in await store.ListNodesAsync(cancellationToken))
        {
            await store.DeclareDeadAsync(node, beat, cancellationToken);
        }

        while (await store.ReleaseLeasesOfTheDeadAsync(kinds, cancellationToken) > 0)
        {
            // The next batch.
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Before anything stops, whoever waits is answered.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        signals.Stop();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppedAsync(CancellationToken cancellationToken) => await database.DisposeAsync();
}
