using Longhaul.TestStores;

namespace Longhaul.Tests.Support;

/// <summary>Tests between two stores in memory, new for each: one with the bucket <c>source</c>, one with the bucket <c>target</c>.</summary>
public abstract class StorePair : IAsyncLifetime
{
    protected TestStore Source { get; private set; } = null!;

    protected TestStore Target { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Source = await TestStore.StartAsync(null, "source");
        Target = await TestStore.StartAsync(null, "target");
    }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        await Target.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
