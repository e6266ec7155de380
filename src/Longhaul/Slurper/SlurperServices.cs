using Longhaul.Engine;
using Longhaul.Hosting.Cloudflare;
using Microsoft.Extensions.Options;

namespace Longhaul.Slurper;

/// <summary>Puts the Slurper face into the server.</summary>
internal static class SlurperServices
{
    public static IServiceCollection AddSlurper(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptionsWithValidateOnStart<SlurperOptions>().Bind(section);
        services.AddSingleton<IValidateOptions<SlurperOptions>, SlurperOptionsValidator>();
        services.AddMigrations();
        services.AddSingleton(s => new SlurperApi(
            s.GetRequiredService<IMigrationJobs>(),
            s.GetRequiredService<IEndpointRules>(),
            s.GetRequiredService<CloudflareGate>(),
            s.GetRequiredService<IngestBudget>(),
            s.GetRequiredService<IOptions<SlurperOptions>>().Value,
            s.GetRequiredService<EngineOptions>().MaxPendingBytesPerAccount));
        return services;
    }
}
