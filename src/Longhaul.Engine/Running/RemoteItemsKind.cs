using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>
/// A kind that does something outside the engine's database to each item: sends it, copies it, calls for it. What was done is
/// journaled item by item and counted exactly once; a crash repeats only what was in flight, so the target must know an item again by
/// <see cref="OperationItem{TItem}.Identity"/>.
/// </summary>
/// <typeparam name="TItem">What the kind makes of an item's JSON.</typeparam>
public abstract class RemoteItemsKind<TItem> : ItemsKind<TItem>
{
    /// <inheritdoc/>
    public sealed override bool IsLocal => false;

    /// <summary>Items that one worker does one after the other; other chunks run beside it. Defaults to 50.</summary>
    protected override int ChunkItems => 50;

    /// <summary>
    /// Does one item; may be called again for an item whose call had begun when the process died. Completes with what became of it; an
    /// exception means a passing fault and what is left of the chunk is tried again, up to <see cref="EngineOptions.MaxAttempts"/> times.
    /// </summary>
    protected abstract ValueTask<ItemResult> DoAsync(OperationItem<TItem> item, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public sealed override async ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        var (first, items) = ReadChunk(chunk);
        var offset = -1L;
        foreach (var item in items.EnumerateArray())
        {
            if (chunk.StopRequested.IsCancellationRequested)
            {
                break;
            }

            if (chunk.IsDone(++offset))
            {
                continue;
            }

            var value = Read(item);
            var result = await DoAsync(new OperationItem<TItem>(chunk.Operation, first + offset, value), cancellationToken);
            var isFailed = result.State == ItemState.Failed;
            chunk.Journal(offset, result.State, new ItemOutcome(
                first + offset, KeyOf(value), result.State, result.Outcome, isFailed ? item.GetRawText() : null, result.Failure, result.IsRetriable));
        }

        return new ChunkResult();
    }
}
