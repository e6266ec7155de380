using System.Diagnostics.CodeAnalysis;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Longhaul.Engine;

/// <summary>Puts a host's own kinds and tables beside the engine.</summary>
public static class KindServices
{
    /// <summary>Adds a kind of operation. One instance serves all its operations; its constructor takes services of the host.</summary>
    public static IServiceCollection AddOperationKind<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TKind>(
        this IServiceCollection services)
        where TKind : OperationKind =>
        services.AddSingleton<OperationKind, TKind>();

    /// <summary>
    /// Adds tables in the engine's database, made when the host starts. Later changes of the schema are further steps behind the
    /// published ones, which never change; what is written for both databases uses the words of <see cref="Dialect.Schema"/>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">Whose tables they are; any word but <c>engine</c>, never changed.</param>
    /// <param name="steps">SQL texts, run once each and in order.</param>
    /// <exception cref="ArgumentException">The name is the engine's own.</exception>
    public static IServiceCollection AddTables(this IServiceCollection services, string name, params string[] steps) =>
        name == EngineMigrations.Line.Name
            ? throw new ArgumentException($"'{name}' names the engine's own tables; choose another", nameof(name))
            : services.AddSingleton(new MigrationLine(name, steps));
}
