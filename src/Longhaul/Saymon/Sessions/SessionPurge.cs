using Longhaul.Engine.Storage;
using Longhaul.Engine.Upkeep;

namespace Longhaul.Saymon.Sessions;

/// <summary>Removes sessions that are over.</summary>
internal sealed class SessionPurge(Database database, TimeProvider clock) : IChore
{
    public Task<bool> StepAsync(CancellationToken cancellationToken) => database.WriteAsync(
        (session, token) => SessionStore.PurgeAsync(session, clock.GetUtcNow().ToUnixTimeMilliseconds(), token), WriteWeight.Bulk, cancellationToken);
}
