using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Upkeep;

/// <summary>Removes the input and the chunks of ended operations, and input that never became an operation.</summary>
internal sealed class Residue(OperationStore store) : IChore
{
    public async Task<bool> StepAsync(CancellationToken cancellationToken) =>
        await store.RemoveResidueAsync(cancellationToken) + await store.RemoveOrphansAsync(cancellationToken) > 0;
}
