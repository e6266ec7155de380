using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Upkeep;

/// <summary>Forgets finished operations and idempotency keys whose time is over.</summary>
internal sealed class Retention(OperationStore store, KindRegistry kinds) : IChore
{
    public async Task<bool> StepAsync(CancellationToken cancellationToken) => await store.ForgetExpiredAsync(kinds, cancellationToken) > 0;
}
