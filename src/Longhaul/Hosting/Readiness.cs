using Longhaul.Engine;
using Longhaul.Engine.Storage;

namespace Longhaul.Hosting;

/// <summary>Whether this server can do its work: it has started, is not stopping, and the store answers.</summary>
internal sealed class Readiness(Database database, DurableOperations operations, IHostApplicationLifetime lifetime)
{
    /// <summary>Completes with null when ready, else with what is missing.</summary>
    public async Task<string?> CheckAsync(CancellationToken cancellationToken)
    {
        if (!lifetime.ApplicationStarted.IsCancellationRequested)
        {
            return "starting";
        }

        if (operations.Stopping.IsCompleted)
        {
            return "stopping";
        }

        try
        {
            await database.ReadAsync(
                (session, token) => session.Sql("select version from schema_versions where line = 'engine'").FirstAsync(r => r.GetInt64(0), token),
                cancellationToken);
            return null;
        }
        catch (StoreUnavailableException exception)
        {
            return exception.Message;
        }
    }
}
