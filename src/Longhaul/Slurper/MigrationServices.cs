using Longhaul.Engine.Running;
using Longhaul.Slurper.Copying;
using Longhaul.Slurper.Objects;
using Microsoft.Extensions.Options;

namespace Longhaul.Slurper;

/// <summary>Puts what runs migrations into the server.</summary>
internal static class MigrationServices
{
    public static IServiceCollection AddMigrations(this IServiceCollection services)
    {
        services.AddSingleton(SlurperMigrations.Line);
        services.AddSingleton(s => s.GetRequiredService<IOptions<SlurperOptions>>().Value);
        services.AddSingleton(s =>
        {
            var options = s.GetRequiredService<SlurperOptions>();
            return new StoreSettings
            {
                AllowedEndpoints = [.. options.AllowedEndpoints],
                R2Endpoint = options.R2Endpoint,
                GcsEndpoint = options.GcsEndpoint,
                GcsTokenEndpoint = options.GcsTokenEndpoint,
            };
        });
        services.AddSingleton(s => new ObjectStores(s.GetRequiredService<StoreSettings>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => new StoreResolver(s.GetRequiredService<StoreSettings>(), s.GetRequiredService<ObjectStores>().Guard));
        services.AddSingleton<Connectivity>();
        services.AddSingleton<BucketAccess>();
        services.AddSingleton<IBucketAccess>(s => s.GetRequiredService<BucketAccess>());
        services.AddSingleton<IEndpointRules>(s => s.GetRequiredService<BucketAccess>());
        services.AddSingleton<StoreEndpoints>();
        services.AddSingleton(_ => new CopyBudget());
        services.AddSingleton<IObjectCopier>(s => new ObjectCopier(
            s.GetRequiredService<StoreEndpoints>(), s.GetRequiredService<CopyBudget>(), s.GetRequiredService<TimeProvider>(), new Random()));
        services.AddSingleton<MigrationRuns>();
        services.AddSingleton<JobIntake>();
        services.AddSingleton<MigrateOperation>();
        services.AddSingleton<OperationKind>(s => s.GetRequiredService<MigrateOperation>());
        services.AddSingleton<IMigrationJobs, SlurperJobs>();
        return services;
    }
}
