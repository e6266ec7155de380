using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Signals;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Engine.Signals;

public sealed class OperationChangesTests
{
    private static readonly OperationId TheId = OperationId.From(new IdSource().NewV4());

    [Fact]
    public void A_state_that_waits_goes_when_the_operation_is_no_longer_wanted()
    {
        using var signals = new OperationSignals();
        using var changes = signals.Follow(new OperationFilter { States = [OperationState.Pending] }, new ManualTimeProvider());

        changes.Offer(At(1, OperationState.Pending));
        changes.Offer(At(2, OperationState.Running));

        Assert.Equal(0, changes.Count);
        Assert.False(changes.TryTake(_ => true, out _));
    }

    [Fact]
    public void A_state_that_waits_stays_when_an_older_one_comes_late()
    {
        using var signals = new OperationSignals();
        using var changes = signals.Follow(new OperationFilter { States = [OperationState.Pending] }, new ManualTimeProvider());

        changes.Offer(At(3, OperationState.Pending));
        changes.Offer(At(2, OperationState.Running));

        Assert.True(changes.TryTake(_ => true, out var change));
        Assert.Equal(3, change.Operation.Version);
    }

    private static Operation At(long version, OperationState state) => new()
    {
        Id = TheId,
        Account = "acme",
        Kind = "test",
        IsAtomic = false,
        IsLocal = true,
        SubmittedBy = "root",
        Parameters = "{}",
        CreatedAt = 1,
        Version = version,
        State = state,
    };
}
