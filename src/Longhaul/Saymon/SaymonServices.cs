using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Storage;
using Longhaul.Engine.Upkeep;
using Longhaul.Hosting;
using Longhaul.Saymon.Sessions;
using Microsoft.Extensions.Options;

namespace Longhaul.Saymon;

/// <summary>Puts the SAYMON face into the server.</summary>
internal static class SaymonServices
{
    public static IServiceCollection AddSaymon(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptions<SaymonOptions>().Bind(section);
        services.AddSaymonStorage();
        services.AddSingleton(SessionStore.Line);
        services.AddSingleton(s => new SaymonSessions(
            s.GetRequiredService<Database>(),
            s.GetRequiredService<Credentials>(),
            s.GetRequiredService<IdSource>(),
            s.GetRequiredService<IOptions<SaymonOptions>>().Value,
            s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IChore, SessionPurge>();
        services.AddSingleton(s => new SaymonApi(
            s.GetRequiredService<ISaymonObjects>(),
            s.GetRequiredService<ISaymonBulks>(),
            s.GetRequiredService<SaymonSessions>(),
            s.GetRequiredService<Credentials>(),
            s.GetRequiredService<RateLimits>(),
            s.GetRequiredService<IngestBudget>(),
            s.GetRequiredService<IOptions<SaymonOptions>>().Value,
            s.GetRequiredService<IOptions<OperationsOptions>>().Value,
            s.GetRequiredService<ILogger<SaymonApi>>()));
        return services;
    }
}
