using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Signals;

/// <summary>
/// What changed for one follower: the latest state of each operation that it has not taken yet. Whoever commits a change puts it here and
/// never waits; a slow follower finds intermediate states merged, and beyond a bound only the instant from which it must look into the
/// store. Safe for concurrent use; dispose it to stop following.
/// </summary>
public sealed class OperationChanges : IDisposable
{
    private const int MaxWaiting = 1_000;

    private readonly OperationSignals _owner;
    private readonly OperationFilter _filter;
    private readonly TimeProvider _clock;
    private readonly int _limit;

    // Written by committing threads, taken by the follower; under _gate.
    private readonly Lock _gate = new();
    private readonly OrderedDictionary<OperationId, OperationChange> _waiting = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long? _lostSince;

    internal OperationChanges(OperationSignals owner, OperationFilter filter, TimeProvider clock, int limit = MaxWaiting)
    {
        _owner = owner;
        _filter = filter;
        _clock = clock;
        _limit = limit;
    }

    /// <summary>Completes at the next change. Take it before <see cref="TryTake"/>, then wait.</summary>
    public Task Arrived
    {
        get
        {
            lock (_gate)
            {
                return _arrived.Task;
            }
        }
    }

    /// <summary>How many operations wait to be taken.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>The instant of the oldest change that was not taken, in milliseconds since 1970, or null when all were.</summary>
    public long? OldestSince
    {
        get
        {
            lock (_gate)
            {
                return _lostSince ?? (_waiting.Count > 0 ? _waiting.Values.Min(w => w.Since) : null);
            }
        }
    }

    /// <summary>Takes the oldest change that the follower wants now.</summary>
    public bool TryTake(Func<Operation, bool> isWanted, out OperationChange change)
    {
        lock (_gate)
        {
            for (var i = 0; i < _waiting.Count; i++)
            {
                change = _waiting.GetAt(i).Value;
                if (isWanted(change.Operation))
                {
                    _waiting.RemoveAt(i);
                    return true;
                }
            }
        }

        change = default;
        return false;
    }

    /// <summary>
    /// True when more changed than is kept here; then everything since the instant has to be read from the store, and counts as taken.
    /// </summary>
    public bool TryTakeLoss(out long since)
    {
        lock (_gate)
        {
            since = _lostSince ?? 0;
            var isLost = _lostSince is not null;
            _lostSince = null;
            return isLost;
        }
    }

    /// <summary>Puts a state here, unless it is not wanted or a newer one waits.</summary>
    public void Offer(Operation operation)
    {
        if (!_filter.Matches(operation))
        {
            lock (_gate)
            {
                // What waits of it is no longer its state.
                if (_waiting.TryGetValue(operation.Id, out var old) && old.Operation.Version <= operation.Version)
                {
                    _waiting.Remove(operation.Id);
                }
            }

            return;
        }

        TaskCompletionSource arrived;
        lock (_gate)
        {
            if (_waiting.TryGetValue(operation.Id, out var waiting))
            {
                if (waiting.Operation.Version < operation.Version)
                {
                    _waiting[operation.Id] = waiting with { Operation = operation };
                }

                // A follower that holds this one back for a while does not do so with its end.
                if (!operation.State.IsFinal)
                {
                    return;
                }
            }
            else
            {
                Add(operation);
            }

            arrived = _arrived;
            _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        arrived.TrySetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => _owner.Unfollow(this);

    private void Add(Operation operation)
    {
        if (_lostSince is null && _waiting.Count < _limit)
        {
            _waiting.Add(operation.Id, new OperationChange(operation, Now));
            return;
        }

        _lostSince ??= _waiting.Values.Select(w => w.Since).Append(Now).Min();
        _waiting.Clear();
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>A changed operation.</summary>
/// <param name="Operation">Its latest state that is known.</param>
/// <param name="Since">When the first of the merged changes came, in milliseconds since 1970.</param>
public readonly record struct OperationChange(Operation Operation, long Since);
