using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <summary>What the engine's transactions ask of a kind.</summary>
public interface IFinisher
{
    /// <summary>True when an operation of the kind counts as completed even if every item failed.</summary>
    bool CompletesWhenAllFail(string kind);

    /// <summary>How many outcomes of done items are kept beside the others; null where one bound is for all.</summary>
    long? MaxDoneRecords(string kind);

    /// <summary>How many items may be found and not settled before the plan waits; null where only the number of chunks counts.</summary>
    long? PlanAheadItems(string kind);

    /// <summary>Runs the kind's finish inside the transaction.</summary>
    ValueTask<FinishResult> FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken);

    /// <summary>True when the kind has left something elsewhere that must be taken back before the operation may end.</summary>
    ValueTask<bool> NeedsCleaningAsync(DbSession session, Operation operation, CancellationToken cancellationToken);

    /// <summary>Tells the kind, inside the transaction, that an operation of its is forgotten.</summary>
    ValueTask ForgottenAsync(DbSession session, string kind, OperationId id, CancellationToken cancellationToken);

    /// <summary>Tells the kind, inside the transaction, that the operation was paused, resumed or has ended.</summary>
    ValueTask ChangedAsync(DbSession session, Operation operation, CancellationToken cancellationToken);
}
