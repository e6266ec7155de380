using Longhaul.Engine;
using Longhaul.Engine.Running;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Longhaul.AspNetCore;

/// <summary>Puts the operations API into a host that has the engine.</summary>
public static class OperationsServices
{
    /// <summary>Adds what <see cref="OperationsEndpoints.MapOperations"/> needs; options come from a section of configuration.</summary>
    public static IServiceCollection AddOperations(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptionsWithValidateOnStart<OperationsOptions>().Bind(section);
        services.AddSingleton<IValidateOptions<OperationsOptions>, OperationsOptionsValidator>();
        services.AddAuthorizationCore();
        services.AddSingleton(s => new OperationsApi(
            s.GetRequiredService<DurableOperations>(),
            s.GetRequiredService<KindRegistry>(),
            s.GetRequiredService<IngestBudget>(),
            s.GetRequiredService<IAuthorizationService>(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<IOptions<OperationsOptions>>().Value,
            s.GetRequiredService<ILogger<OperationsApi>>()));
        if (section.GetValue<bool>(nameof(OperationsOptions.EnableNoop)))
        {
            services.AddSingleton<OperationKind, NoopKind>();
        }

        return services;
    }
}
