using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <summary>What the settling transaction asks of a kind.</summary>
public interface IFinisher
{
    /// <summary>True when an operation of the kind counts as completed even if every item failed.</summary>
    bool CompletesWhenAllFail(string kind);

    /// <summary>Runs the kind's finish inside the transaction.</summary>
    ValueTask<FinishResult> FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken);
}
