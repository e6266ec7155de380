using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>
/// A kind that writes its items to tables beside the engine's. What it writes goes into the transaction that settles the items, so
/// every item is written exactly once, whatever dies when.
/// </summary>
/// <typeparam name="TItem">What the kind makes of an item's JSON.</typeparam>
public abstract class LocalItemsKind<TItem> : ItemsKind<TItem>
{
    /// <inheritdoc/>
    public sealed override bool IsLocal => true;

    /// <summary>
    /// Writes one item through the session and nothing but the session: the transaction may be rolled back and run again. An exception
    /// rolls back the whole chunk, which is tried again, up to <see cref="EngineOptions.MaxAttempts"/> times.
    /// </summary>
    protected abstract ValueTask WriteAsync(DbSession session, OperationItem<TItem> item, CancellationToken cancellationToken);

    /// <summary>
    /// Takes back what <see cref="WriteAsync"/> wrote for one item, through the session. Needed where
    /// <see cref="OperationKind.IsAtomic"/> is true: an operation that fails or is aborted ends only when all of it is taken back.
    /// </summary>
    protected virtual ValueTask TakeBackAsync(DbSession session, OperationItem<TItem> item, CancellationToken cancellationToken) =>
        throw new NotSupportedException($"kind '{Name}' is atomic and does not say how an item is taken back");

    /// <inheritdoc/>
    public sealed override ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        var items = ReadItems(chunk);
        return new(new ChunkResult
        {
            Counts = new ItemCounts(items.Count),
            Outcomes = OutcomeBlob.Pack([.. items.Select(i => new ItemOutcome(i.Index, KeyOf(i.Value), ItemState.Succeeded))]),
            Effect = (session, token) => EachAsync(items, session, WriteAsync, token),
            EffectRows = items.Count,
        });
    }

    /// <inheritdoc/>
    public sealed override ValueTask<ChunkResult> UndoAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        var items = ReadItems(chunk);
        return new(new ChunkResult
        {
            Effect = (session, token) => EachAsync(items, session, TakeBackAsync, token),
            EffectRows = items.Count,
        });
    }

    private static async ValueTask EachAsync(
        List<OperationItem<TItem>> items,
        DbSession session,
        Func<DbSession, OperationItem<TItem>, CancellationToken, ValueTask> write,
        CancellationToken cancellationToken)
    {
        foreach (var item in items)
        {
            await write(session, item, cancellationToken);
        }
    }

    private List<OperationItem<TItem>> ReadItems(ChunkContext chunk)
    {
        var (first, items) = ReadChunk(chunk);
        return [.. items.EnumerateArray().Select((item, i) => new OperationItem<TItem>(chunk.Operation, first + i, Read(item)))];
    }
}
