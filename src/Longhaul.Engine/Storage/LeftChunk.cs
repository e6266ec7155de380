namespace Longhaul.Engine.Storage;

/// <summary>A chunk that was not done, or not wholly, when its operation ended.</summary>
/// <param name="Number">Its number; -1 for the plan.</param>
/// <param name="IsPlan">True for what is left of the plan: <paramref name="Progress"/> is its cursor.</param>
/// <param name="ItemCount">How many items it holds.</param>
/// <param name="FirstIndex">The index of its first item.</param>
/// <param name="Progress">The bitmap of its done items, or null when none was; of a plan the cursor, or null at its beginning.</param>
/// <param name="Payload">The stored input slice; empty where there is none.</param>
public sealed record LeftChunk(long Number, bool IsPlan, long ItemCount, long FirstIndex, byte[]? Progress, byte[] Payload)
{
    /// <summary>True when the item at a place of the chunk was done.</summary>
    public bool IsDone(long offset) => Progress is not null && offset / 8 < Progress.Length && (Progress[offset / 8] & (1 << (int)(offset % 8))) != 0;
}
