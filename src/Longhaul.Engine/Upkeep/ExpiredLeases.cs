using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Upkeep;

/// <summary>
/// Takes the chunks of dead nodes back. A node is dead when its beat has not moved for the length of a lease, measured by this
/// node's monotonic clock from when it first saw that beat.
/// </summary>
internal sealed class ExpiredLeases(OperationStore store, NodeLease node, KindRegistry kinds, TimeProvider clock, EngineOptions options) : IChore
{
    private readonly Dictionary<string, (long Beat, long SeenAt)> _seen = new(StringComparer.Ordinal);
    private readonly TimeSpan _lease = TimeSpan.FromSeconds(options.LeaseSeconds);

    public async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, beat) in await store.ListNodesAsync(cancellationToken))
        {
            if (name != node.Name && IsSilent(name, beat))
            {
                await store.DeclareDeadAsync(name, beat, cancellationToken);
                _seen.Remove(name);
            }
        }

        return await store.ReleaseLeasesOfTheDeadAsync(kinds, cancellationToken) > 0;
    }

    private bool IsSilent(string name, long beat)
    {
        if (!_seen.TryGetValue(name, out var seen) || seen.Beat != beat)
        {
            _seen[name] = (beat, clock.GetTimestamp());
            return false;
        }

        return clock.GetElapsedTime(seen.SeenAt) >= _lease;
    }
}
