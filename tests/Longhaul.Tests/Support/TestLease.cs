using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;

namespace Longhaul.Tests.Support;

/// <summary>A leased chunk in the hands of a test, as the runner makes it.</summary>
internal static class TestLease
{
    public static LeasedChunk Of(ClaimedChunk claimed, OperationStore store, byte[] payload) => new(
        claimed, store, mayWrite: () => true, keepsDoneApart: false, new PartNumbers(claimed.Fence), dirty: _ => { })
    {
        Operation = claimed.Operation,
        Number = claimed.Number,
        ItemCount = claimed.ItemCount,
        FirstIndex = claimed.FirstIndex,
        Payload = payload,
        Progress = claimed.Progress,
        Attempt = claimed.Attempt,
        StopRequested = CancellationToken.None,
        EndRequested = CancellationToken.None,
    };
}
