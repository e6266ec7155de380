using Longhaul.Engine;
using Longhaul.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Longhaul.AspNetCore;

/// <summary>Puts the engine and its operations API into an ASP.NET host.</summary>
public static class LonghaulServices
{
    /// <summary>Section of the host's configuration that holds the sections of <see cref="EngineOptions"/> and <see cref="OperationsOptions"/>.</summary>
    public const string Section = "Longhaul";

    /// <summary>
    /// Adds the engine on a database and what <see cref="OperationsEndpoints.MapOperations"/> needs. Options come from the sections
    /// <c>Longhaul:Engine</c> and <c>Longhaul:Operations</c> of the host's configuration. Who calls is the host's authentication; what a caller
    /// may do is decided by the policies of <see cref="OperationScope"/>, which the host may define, before or after this call. Without
    /// them an authenticated caller may do everything in the accounts that its <see cref="OperationScope.AccountClaim"/> claims name, and
    /// nothing elsewhere. Add kinds by <see cref="KindServices.AddOperationKind{TKind}"/>.
    /// </summary>
    public static IServiceCollection AddLonghaul(this IServiceCollection services, DatabaseTarget target)
    {
        services.AddLonghaulEngine(target);
        services.AddOptions<EngineOptions>().BindConfiguration($"{Section}:Engine");
        services.AddOptions<OperationsOptions>().BindConfiguration($"{Section}:Operations");
        services.AddAuthorization();
        return services.AddOperations();
    }
}
