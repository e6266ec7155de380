using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>A GET whose body is being read; it keeps its place in the limiter until then.</summary>
internal sealed class OpenRead(ObjectContent content, EndpointThrottle lane) : IAsyncDisposable
{
    private bool _hasLeft;

    public ObjectContent Content { get; } = content;

    /// <summary>Gives the place back; a second time does nothing.</summary>
    public void Leave(bool isClean)
    {
        if (!_hasLeft)
        {
            _hasLeft = true;
            lane.Leave(isClean);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Leave(isClean: true);
        await Content.DisposeAsync();
    }
}
