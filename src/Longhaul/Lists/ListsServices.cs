using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Engine.Upkeep;
using Longhaul.Hosting.Cloudflare;
using Longhaul.Lists.Lookup;
using Microsoft.Extensions.Options;

namespace Longhaul.Lists;

/// <summary>Puts the Lists face into the server.</summary>
internal static class ListsServices
{
    public static IServiceCollection AddLists(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptionsWithValidateOnStart<ListsOptions>().Bind(section);
        services.AddSingleton<IValidateOptions<ListsOptions>, ListsOptionsValidator>();
        services.AddSingleton(ListsMigrations.Line);
        services.AddSingleton(s => new ListsEngine(
            s.GetRequiredService<Database>(), s.GetRequiredService<IOptions<ListsOptions>>().Value, s.GetRequiredService<IdSource>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<RulesLists>();
        services.AddSingleton(s => new AddressIndexes(s.GetRequiredService<ListsEngine>().Options, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()));
        services.AddHostedService<AddressIndexBuilder>();
        services.AddSingleton<ListLookup>();
        services.AddSingleton<AppendOperation>().AddSingleton<OperationKind>(s => s.GetRequiredService<AppendOperation>());
        services.AddSingleton<ReplaceOperation>().AddSingleton<OperationKind>(s => s.GetRequiredService<ReplaceOperation>());
        services.AddSingleton<DeleteOperation>().AddSingleton<OperationKind>(s => s.GetRequiredService<DeleteOperation>());
        services.AddSingleton<IChore, ListPurge>();
        services.AddSingleton(s => new ListsApi(
            s.GetRequiredService<RulesLists>(),
            s.GetRequiredService<ListLookup>(),
            s.GetRequiredService<DurableOperations>(),
            s.GetRequiredService<AppendOperation>(),
            s.GetRequiredService<ReplaceOperation>(),
            s.GetRequiredService<DeleteOperation>(),
            s.GetRequiredService<CloudflareGate>(),
            s.GetRequiredService<IngestBudget>(),
            s.GetRequiredService<IOptions<ListsOptions>>().Value,
            s.GetRequiredService<ListsEngine>().Limits,
            s.GetRequiredService<IOptions<OperationsOptions>>().Value));
        return services;
    }
}
