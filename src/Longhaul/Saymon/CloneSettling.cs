using Longhaul.Engine.Storage;
using Longhaul.Engine.Upkeep;

namespace Longhaul.Saymon;

/// <summary>Takes the marks off clones that are shown, a few milliseconds at a time, so that the list of them stays short.</summary>
internal sealed class CloneSettling(SaymonEngine engine) : IChore
{
    private const int Batch = 500;

    public Task<bool> StepAsync(CancellationToken cancellationToken) =>
        engine.Database.WriteAsync((session, token) => SaymonStore.SettleCloneAsync(session, Batch, token), WriteWeight.Bulk, cancellationToken);
}
