using System.Collections.Frozen;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>The kinds that this process can run, by name.</summary>
public sealed class KindRegistry : IFinisher
{
    private readonly FrozenDictionary<string, OperationKind> _kinds;

    /// <summary>Makes the registry; two kinds of one name are a mistake of the host.</summary>
    public KindRegistry(IEnumerable<OperationKind> kinds) => _kinds = kinds.ToFrozenDictionary(k => k.Name, StringComparer.Ordinal);

    /// <summary>The names.</summary>
    public IReadOnlyCollection<string> Names => _kinds.Keys;

    /// <summary>The kind of that name, or null.</summary>
    public OperationKind? Find(string name) => _kinds.GetValueOrDefault(name);

    bool IFinisher.CompletesWhenAllFail(string kind) => Find(kind)?.CompletesWhenAllFail ?? false;

    long? IFinisher.MaxDoneRecords(string kind) => Find(kind)?.MaxDoneRecords;

    long? IFinisher.PlanAheadItems(string kind) => Find(kind)?.PlanAheadItems;

    ValueTask<bool> IFinisher.NeedsCleaningAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        Find(operation.Kind) is { IsAtomic: false } kind ? kind.NeedsCleaningAsync(session, operation, cancellationToken) : new(false);

    ValueTask IFinisher.ForgottenAsync(DbSession session, string kind, OperationId id, CancellationToken cancellationToken) =>
        Find(kind)?.ForgottenAsync(session, id, cancellationToken) ?? default;

    ValueTask IFinisher.ChangedAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        Find(operation.Kind)?.ChangedAsync(session, operation, cancellationToken) ?? default;

    // An operation of a kind that this process does not know can only be ended, not finished: the claim leaves it alone.
    ValueTask<FinishResult> IFinisher.FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        Find(operation.Kind) is { } kind
            ? kind.FinishAsync(session, operation, cancellationToken)
            : new(FinishResult.Failed(new OperationFailure(OperationFailure.InternalSlug, $"this program does not know the kind '{operation.Kind}'")));
}
