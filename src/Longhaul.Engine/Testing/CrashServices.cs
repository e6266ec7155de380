using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Longhaul.Engine.Testing;

/// <summary>
/// The engine's services as singletons, and no logging. So little of a container is needed that the package does not depend on one; a
/// host brings its own.
/// </summary>
internal sealed class CrashServices(IServiceCollection services) : IServiceProvider, IAsyncDisposable
{
    private readonly ConcurrentDictionary<ServiceDescriptor, object> _made = new();
    private readonly ConcurrentStack<object> _order = new();

    public object? GetService(Type serviceType)
    {
        if (serviceType == typeof(IServiceProvider))
        {
            return this;
        }

        if (serviceType.IsConstructedGenericType && serviceType.GetGenericTypeDefinition() is var generic)
        {
            if (generic == typeof(ILogger<>))
            {
                return NullLoggerOf(serviceType.GenericTypeArguments[0]);
            }

            if (generic == typeof(IEnumerable<>))
            {
                return All(serviceType.GenericTypeArguments[0]);
            }
        }

        return services.LastOrDefault(d => d.ServiceType == serviceType) is { } descriptor ? Make(descriptor) : null;
    }

    public async ValueTask DisposeAsync()
    {
        while (_order.TryPop(out var made))
        {
            if (made is IAsyncDisposable later)
            {
                await later.DisposeAsync();
            }
            else
            {
                (made as IDisposable)?.Dispose();
            }
        }
    }

    private object Make(ServiceDescriptor descriptor)
    {
        if (descriptor.ImplementationInstance is { } given)
        {
            return given;
        }

        if (!_made.TryGetValue(descriptor, out var made))
        {
            made = descriptor.ImplementationFactory?.Invoke(this) ?? ActivatorUtilities.CreateInstance(this, descriptor.ImplementationType!);
            _made[descriptor] = made;
            _order.Push(made);
        }

        return made;
    }

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "The test kit runs in test projects, which are not compiled ahead of time.")]
    private Array All(Type type)
    {
        var found = services.Where(d => d.ServiceType == type).Select(Make).ToArray();
        var all = Array.CreateInstance(type, found.Length);
        found.CopyTo(all, 0);
        return all;
    }

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "The test kit runs in test projects, which are not compiled ahead of time.")]
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "The test kit runs in test projects, which are not trimmed.")]
    [UnconditionalSuppressMessage("Trimming", "IL2090", Justification = "The test kit runs in test projects, which are not trimmed.")]
    private static object? NullLoggerOf(Type category) =>
        typeof(NullLogger<>).MakeGenericType(category).GetField(nameof(NullLogger.Instance))!.GetValue(null);
}
