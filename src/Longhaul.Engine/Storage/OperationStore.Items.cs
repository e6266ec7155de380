using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <content>
/// Items: outcomes lie in blobs, one for each settled chunk, whose ranges of indexes may overlap (a kind may sort its input).
/// A page is taken from the blobs in the order of their first index, and stops where no later blob can hold anything smaller.
/// </content>
internal sealed partial class OperationStore
{
    private const int BlobsPerRead = 16;

    /// <summary>Completes with the first <paramref name="count"/> kept items from an index on; of atomic kinds only what its end has shown.</summary>
    public async ValueTask<List<ItemRecord>> ReadItemsAsync(
        Operation operation,
        Func<byte[], IEnumerable<(long Index, string Key)>> readInput,
        IReadOnlySet<ItemState>? states,
        long fromIndex,
        int count,
        CancellationToken cancellationToken)
    {
        var page = new ItemPage(states, fromIndex, count);
        if (operation.IsAtomic && operation.State is OperationState.Failed or OperationState.Aborted)
        {
            await AddAbortedAsync(operation, readInput, page, cancellationToken);
        }
        else if (!operation.IsAtomic || operation.State == OperationState.Completed)
        {
            await AddOutcomesAsync(operation, page, cancellationToken);
        }

        return page.Items;
    }

    /// <summary>Reads kept outcomes in the order of settling, from a place on.</summary>
    public async ValueTask<List<ItemRecord>> ReadKeptAsync(OperationId id, long from, int count, CancellationToken cancellationToken)
    {
        var records = new List<ItemRecord>(Math.Min(count, 1_000));
        while (records.Count < count)
        {
            var next = from + records.Count;
            var blobs = await _database.ReadAsync(
                (session, token) => session.Sql(
                        """
                        select kept_from, attempts, settled_at, payload from outcomes where operation_id = @id and kept_from >= coalesce(
                            (select max(kept_from) from outcomes where operation_id = @same and kept_from <= @from), 0)
                        order by kept_from limit @count
                        """)
                    .With("@id", id.Value)
                    .With("@same", id.Value)
                    .With("@from", next)
                    .With("@count", BlobsPerRead)
                    .ListAsync(r => (From: r.GetInt64(0), Attempts: r.GetInt64(1), At: r.GetInt64(2), Bytes: (byte[])r[3]), token),
                cancellationToken);
            var before = records.Count;
            foreach (var blob in blobs)
            {
                var outcomes = OutcomeBlob.Unpack(blob.Bytes);
                var skip = (int)Math.Clamp(from + records.Count - blob.From, 0, outcomes.Count);
                records.AddRange(outcomes.Skip(skip).Take(count - records.Count).Select(o => new ItemRecord(o, blob.Attempts, blob.At)));
            }

            if (records.Count == before)
            {
                break;
            }
        }

        return records;
    }

    private async ValueTask AddOutcomesAsync(Operation operation, ItemPage page, CancellationToken cancellationToken)
    {
        var (lastFirst, lastChunk, lastPart) = (long.MinValue, long.MinValue, long.MinValue);
        while (true)
        {
            var blobs = await _database.ReadAsync(
                (session, token) => session.Sql(
                        """
                        select chunk, part, first_index, attempts, settled_at, payload from outcomes
                        where operation_id = @id and last_index >= @from and (first_index, chunk, part) > (@first, @chunk, @part)
                        order by first_index, chunk, part limit @count
                        """)
                    .With("@id", operation.Id.Value)
                    .With("@from", page.FromIndex)
                    .With("@first", lastFirst)
                    .With("@chunk", lastChunk)
                    .With("@part", lastPart)
                    .With("@count", BlobsPerRead)
                    .ListAsync(r => (Chunk: r.GetInt64(0), Part: r.GetInt64(1), First: r.GetInt64(2), Attempts: r.GetInt64(3), At: r.GetInt64(4), Bytes: (byte[])r[5]), token),
                cancellationToken);
            foreach (var blob in blobs)
            {
                if (page.IsFullBelow(blob.First))
                {
                    return;
                }

                page.Add(OutcomeBlob.Unpack(blob.Bytes).Select(o => new ItemRecord(o, blob.Attempts, blob.At)));
            }

            if (blobs.Count < BlobsPerRead)
            {
                return;
            }

            (lastFirst, lastChunk, lastPart) = (blobs[^1].First, blobs[^1].Chunk, blobs[^1].Part);
        }
    }

    private async ValueTask AddAbortedAsync(
        Operation operation, Func<byte[], IEnumerable<(long Index, string Key)>> readInput, ItemPage page, CancellationToken cancellationToken)
    {
        var last = long.MinValue;
        while (true)
        {
            var inputs = await _database.ReadAsync(
                (session, token) => session.Sql(
                        "select number, payload from inputs where operation_id = @id and number > @last order by number limit @count")
                    .With("@id", operation.Id.Value)
                    .With("@last", last)
                    .With("@count", BlobsPerRead)
                    .ListAsync(r => (Number: r.GetInt64(0), Payload: (byte[])r[1]), token),
                cancellationToken);
            foreach (var input in inputs)
            {
                page.Add(readInput(input.Payload).Select(i => new ItemRecord(new ItemOutcome(i.Index, i.Key, ItemState.Aborted, IsRetriable: true), 0, operation.EndedAt)));
                last = input.Number;
            }

            if (inputs.Count < BlobsPerRead)
            {
                return;
            }
        }
    }

    /// <summary>The smallest indexes seen so far, bounded by the size of a page.</summary>
    private sealed class ItemPage(IReadOnlySet<ItemState>? states, long fromIndex, int count)
    {
        private readonly PriorityQueue<ItemRecord, long> _largestFirst = new();

        public long FromIndex => fromIndex;

        public List<ItemRecord> Items => [.. _largestFirst.UnorderedItems.Select(i => i.Element).OrderBy(i => i.Outcome.Index)];

        public bool IsFullBelow(long index) => _largestFirst.Count >= count && _largestFirst.Peek().Outcome.Index < index;

        public void Add(IEnumerable<ItemRecord> items)
        {
            foreach (var item in items)
            {
                if (item.Outcome.Index < fromIndex || (states is not null && !states.Contains(item.Outcome.State)))
                {
                    continue;
                }

                if (_largestFirst.Count < count)
                {
                    _largestFirst.Enqueue(item, -item.Outcome.Index);
                }
                else
                {
                    _largestFirst.EnqueueDequeue(item, -item.Outcome.Index);
                }
            }
        }
    }
}
