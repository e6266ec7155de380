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
        services.AddOptions<OperationsOptions>().Bind(section);
        services.AddOperations();
        if (section.GetValue<bool>(nameof(OperationsOptions.EnableNoop)))
        {
            services.AddSingleton<OperationKind, NoopKind>();
        }

        return services;
    }

    /// <summary>
    /// The same for a host that configures <see cref="OperationsOptions"/> itself. Policies of <see cref="OperationScope"/> that the host
    /// does not define allow a caller what belongs to the accounts of its claims.
    /// </summary>
    internal static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<OperationsOptions>();
        services.AddSingleton<IValidateOptions<OperationsOptions>, OperationsOptionsValidator>();
        services.AddAuthorizationCore();
        services.AddSingleton<IPostConfigureOptions<AuthorizationOptions>, AccountPolicies>();
        services.AddSingleton(s => new OperationsApi(
            s.GetRequiredService<DurableOperations>(),
            s.GetRequiredService<KindRegistry>(),
            s.GetRequiredService<IngestBudget>(),
            s.GetRequiredService<IAuthorizationService>(),
            s.GetRequiredService<TimeProvider>(),
            s.GetRequiredService<IOptions<OperationsOptions>>().Value,
            s.GetRequiredService<ILogger<OperationsApi>>()));
        return services;
    }
}
