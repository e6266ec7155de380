using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>
/// A chunk in this node's hands, with its journal. The kind writes the journal from any thread; the runner and the journal's clock
/// take it out, one at a time.
/// </summary>
internal sealed class LeasedChunk : ChunkContext, IDisposable
{
    // Written by the kind, taken by the flush; under _gate.
    private readonly Lock _gate = new();
    private readonly byte[] _bitmap;
    private readonly List<ItemOutcome> _outcomes = [];
    private readonly List<ItemOutcome> _done = [];
    private ItemCounts _counts;
    private long _bytes;
    private long _doneCount;
    private bool _isDirty;

    // One flush at a time, so that an older bitmap never follows a newer one.
    private readonly SemaphoreSlim _flush = new(1, 1);
    private readonly Action<LeasedChunk> _dirty;
    private readonly OperationStore _store;
    private readonly Func<bool> _mayWrite;
    private readonly bool _keepsDoneApart;
    private readonly PartNumbers _parts;

    public LeasedChunk(ClaimedChunk claimed, OperationStore store, Func<bool> mayWrite, bool keepsDoneApart, PartNumbers parts, Action<LeasedChunk> dirty)
    {
        Claimed = claimed;
        _store = store;
        _mayWrite = mayWrite;
        _keepsDoneApart = keepsDoneApart;
        _parts = parts;
        _dirty = dirty;
        _bitmap = new byte[(claimed.ItemCount + 7) / 8];
        claimed.Progress?.AsSpan(0, Math.Min(claimed.Progress.Length, _bitmap.Length)).CopyTo(_bitmap);
        _doneCount = claimed.DoneCount;
    }

    public ClaimedChunk Claimed { get; }

    /// <summary>Items journaled durably in this lease.</summary>
    public long JournaledItems { get; private set; }

    /// <summary>Items that have an outcome, in this lease or an earlier one.</summary>
    public long DoneCount
    {
        get
        {
            lock (_gate)
            {
                return _doneCount;
            }
        }
    }

    public override bool MayWrite => _mayWrite();

    public override Task<bool> WriteAsync(Func<DbSession, CancellationToken, ValueTask> write, CancellationToken cancellationToken) =>
        _store.WriteForChunkAsync(Claimed, write, cancellationToken);

    public override bool IsDone(long offset)
    {
        lock (_gate)
        {
            return (_bitmap[offset / 8] & (1 << (int)(offset % 8))) != 0;
        }
    }

    public override void Journal(long offset, ItemState state, ItemOutcome? outcome, long bytes = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(offset, ItemCount);
        bool isFirst;
        lock (_gate)
        {
            var mask = (byte)(1 << (int)(offset % 8));
            if ((_bitmap[offset / 8] & mask) != 0)
            {
                throw new InvalidOperationException($"item {offset} of chunk {Number} was journaled before");
            }

            _bitmap[offset / 8] |= mask;
            _doneCount++;
            _counts += state switch
            {
                ItemState.Succeeded => new ItemCounts(1),
                ItemState.Skipped => new ItemCounts(0, 1),
                ItemState.Failed => new ItemCounts(0, 0, 1),
                _ => throw new ArgumentOutOfRangeException(nameof(state)),
            };
            _bytes += bytes;
            if (outcome is not null)
            {
                (_keepsDoneApart && state == ItemState.Succeeded ? _done : _outcomes).Add(outcome);
            }

            isFirst = !_isDirty;
            _isDirty = true;
        }

        if (isFirst)
        {
            _dirty(this);
        }
    }

    /// <summary>Makes the journal durable up to now. Completes with false when the lease is lost.</summary>
    public async Task<bool> FlushAsync(Func<Report, Task<ReportAnswer>> report)
    {
        await _flush.WaitAsync();
        try
        {
            if (TakeDirty() is not { } entry)
            {
                return true;
            }

            if (await report(entry) != ReportAnswer.Kept)
            {
                return false;
            }

            JournaledItems += entry.Counts.Settled;
            return true;
        }
        finally
        {
            _flush.Release();
        }
    }

    public void Dispose() => _flush.Dispose();

    private Report.Journaled? TakeDirty()
    {
        lock (_gate)
        {
            if (!_isDirty)
            {
                return null;
            }

            var entry = new Report.Journaled(Claimed, [.. _bitmap], _doneCount, _counts, OutcomeBlob.Pack(_outcomes), _parts.Next())
            {
                Done = OutcomeBlob.Pack(_done),
                Tallies = Tallies.Of((Tallies.BytesName, _bytes)),
            };
            _counts = default;
            _bytes = 0;
            _outcomes.Clear();
            _done.Clear();
            _isDirty = false;
            return entry;
        }
    }
}

/// <summary>
/// Numbers of what one lease of a chunk leaves behind, part by part. They begin with the lease's fence, which no other lease of the chunk
/// has; a number of attempts may come again, since a chunk that was given back freely does not count as tried.
/// </summary>
internal sealed class PartNumbers(long fence)
{
    private long _last = fence << 32;

    public long Next() => Interlocked.Increment(ref _last);
}
