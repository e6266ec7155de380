using Longhaul.Engine;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Engine.Upkeep;
using Longhaul.Saymon.Objects;
using Microsoft.Extensions.Options;

namespace Longhaul.Saymon;

/// <summary>Puts what is behind the SAYMON face into a host: tables, kinds, use cases. Its options have to be bound before.</summary>
internal static class SaymonStorageServices
{
    public static IServiceCollection AddSaymonStorage(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<SaymonOptions>();
        services.AddSingleton<IValidateOptions<SaymonOptions>, SaymonOptionsValidator>();
        services.AddSingleton(SaymonMigrations.Line);
        services.AddSingleton<ObjectIds>();
        services.AddSingleton(s => new SaymonEngine(
            s.GetRequiredService<Database>(),
            s.GetRequiredService<IOptions<SaymonOptions>>().Value,
            s.GetRequiredService<ObjectIds>(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<IngestBudget>(),
            s.GetService<ServiceRights>() ?? ServiceRights.OfRoot));
        services.AddSingleton<BulkOperation>().AddSingleton<OperationKind>(s => s.GetRequiredService<BulkOperation>());
        services.AddSingleton<CloneOperation>().AddSingleton<OperationKind>(s => s.GetRequiredService<CloneOperation>());
        services.AddSingleton<IChore, CloneSettling>();
        services.AddSingleton<ISaymonObjects, SaymonObjects>();
        services.AddSingleton<ISaymonBulks, SaymonBulks>();
        return services;
    }
}
