using System.Collections.Frozen;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Longhaul.Engine.Running;

/// <summary>The kinds that this process can run, by name.</summary>
public sealed partial class KindRegistry : IFinisher
{
    private readonly FrozenDictionary<string, OperationKind> _kinds;
    private readonly ILogger _logger;

    /// <summary>Makes the registry; two kinds of one name are a mistake of the host.</summary>
    public KindRegistry(IEnumerable<OperationKind> kinds, ILogger<KindRegistry>? logger = null)
    {
        _kinds = kinds.ToFrozenDictionary(k => k.Name, StringComparer.Ordinal);
        _logger = logger ?? NullLogger<KindRegistry>.Instance;
    }

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

    async ValueTask<FinishResult> IFinisher.FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken)
    {
        if (Find(operation.Kind) is not { } kind)
        {
            // It can only be ended, not finished: the claim leaves it alone.
            return FinishResult.Failed(new OperationFailure(OperationFailure.InternalSlug, $"this program does not know the kind '{operation.Kind}'"));
        }

        try
        {
            return await kind.FinishAsync(session, operation, cancellationToken);
        }
        catch (Exception exception)
        {
            // The transaction makes a failed operation of it and does not know the reason.
            LogFinishFailed(operation.Id, operation.Kind, exception);
            throw;
        }
    }

    [LoggerMessage(EventId = 141, Level = LogLevel.Error, Message = "The finish of operation {Operation} of kind {Kind} failed")]
    private partial void LogFinishFailed(OperationId operation, string kind, Exception exception);
}
