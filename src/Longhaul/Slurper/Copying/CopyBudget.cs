namespace Longhaul.Slurper.Copying;

/// <summary>
/// The memory that copying may use in this process: two pools, so that large objects never take the last byte from small ones, nor the
/// other way round. Safe for concurrent use.
/// </summary>
internal sealed class CopyBudget
{
    public const long DefaultBytes = 128L << 20;

    public CopyBudget(long bytes = DefaultBytes)
    {
        Small = new BufferPool(bytes / 2);
        Large = new BufferPool(bytes - (bytes / 2));
    }

    /// <summary>For objects that are held whole.</summary>
    public BufferPool Small { get; }

    /// <summary>For parts, and for what a stream holds on its way.</summary>
    public BufferPool Large { get; }
}
