using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>
/// What a kind is asked to do again: an operation that has ended, which of its items, and a way to read what it left. The engine has
/// checked that there are such items and that all of them are still known.
/// </summary>
public sealed class RetryRequest
{
    private const int ItemsPerRead = 1_000;
    private const int ChunksPerRead = 100;

    private readonly OperationStore _store;

    internal RetryRequest(OperationStore store, Operation original, bool isWithAborted, ReadOnlyMemory<byte> parameters, string submittedBy, int maxItems)
    {
        _store = store;
        Original = original;
        IsWithAborted = isWithAborted;
        Parameters = parameters;
        SubmittedBy = submittedBy;
        MaxItems = maxItems;
    }

    /// <summary>The operation that has ended.</summary>
    public Operation Original { get; }

    /// <summary>True when its aborted items are wanted too, false for the failed ones only. Atomic kinds repeat everything.</summary>
    public bool IsWithAborted { get; }

    /// <summary>JSON text of the <c>params</c> of the request, or empty.</summary>
    public ReadOnlyMemory<byte> Parameters { get; }

    /// <summary>Who asks.</summary>
    public string SubmittedBy { get; }

    /// <summary>Item outcomes that one operation keeps, hence the most that can be repeated of what failed.</summary>
    public int MaxItems { get; }

    /// <summary>Reads the failed items in the order of their index, some at a time.</summary>
    public async IAsyncEnumerable<ItemOutcome> ReadFailedAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var failed = new HashSet<ItemState> { ItemState.Failed };
        for (var from = 0L; ;)
        {
            var page = await _store.ReadItemsAsync(Original, _ => [], failed, from, ItemsPerRead, cancellationToken);
            foreach (var item in page)
            {
                yield return item.Outcome;
            }

            if (page.Count < ItemsPerRead)
            {
                yield break;
            }

            from = page[^1].Outcome.Index + 1;
        }
    }

    /// <summary>Reads the chunks that were not done when the operation ended, in the order of their numbers, some at a time.</summary>
    public async IAsyncEnumerable<LeftChunk> ReadLeftAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var last = long.MinValue; ;)
        {
            var page = await _store.ListLeftAsync(Original.Id, last, ChunksPerRead, cancellationToken);
            foreach (var chunk in page)
            {
                yield return chunk;
            }

            if (page.Count < ChunksPerRead)
            {
                yield break;
            }

            last = page[^1].Number;
        }
    }
}
