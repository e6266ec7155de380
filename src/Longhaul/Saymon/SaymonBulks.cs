using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon;

/// <summary>The bulk calls over the engine.</summary>
internal sealed class SaymonBulks(SaymonEngine engine, DurableOperations operations, BulkOperation bulkKind, CloneOperation cloneKind) : ISaymonBulks
{
    private const int MaxSample = 100;

    public async Task<SaymonResult<Submitted>> SubmitAsync(
        SaymonCaller caller, ReadOnlyMemory<byte> body, IdempotencyKey? idempotency, CancellationToken cancellationToken)
    {
        if (await FindReplayAsync(idempotency, cancellationToken) is { } earlier)
        {
            return earlier;
        }

        if (Read(body).IsFault(out var bad, out var bulk))
        {
            return bad;
        }

        using var share = engine.Budget.Open();
        return (await bulkKind.PrepareAsync(caller, bulk, "{}", idempotency, share, cancellationToken)).IsFault(out var fault, out var submission)
            ? fault
            : ToResult(await operations.SubmitAsync(submission, cancellationToken));
    }

    public async Task<SaymonResult<BulkPreview>> PreviewAsync(SaymonCaller caller, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (Read(body).IsFault(out var bad, out var bulk))
        {
            return bad;
        }

        using var share = engine.Budget.Open();
        return (await bulkKind.MatchAsync(caller.Account, bulk.Search, share, isLimited: true, cancellationToken)).IsFault(out var fault, out var matched)
            ? fault
            : new BulkPreview(matched.Count, matched.Sample(MaxSample));
    }

    public async Task<SaymonResult<Submitted>> CloneAsync(
        SaymonCaller caller, string objectPath, IdempotencyKey? idempotency, CancellationToken cancellationToken)
    {
        if (await FindReplayAsync(idempotency, cancellationToken) is { } earlier)
        {
            return earlier;
        }

        if (await SaymonPaths.ResolveAsync(engine.Database, caller.Account, objectPath, cancellationToken) is not { } id)
        {
            return SaymonFault.Unknown("Object", objectPath);
        }

        using var share = engine.Budget.Open();
        return (await cloneKind.PrepareAsync(caller, id, "{}", idempotency, share, cancellationToken)).IsFault(out var fault, out var submission)
            ? fault
            : ToResult(await operations.SubmitAsync(submission, cancellationToken));
    }

    public async Task<SaymonResult<Operation>> FindAsync(SaymonCaller caller, string bulkId, TimeSpan? wait, CancellationToken cancellationToken)
    {
        var operation = !OperationId.TryParse(bulkId, out var id) ? null
            : wait is { } atMost ? await operations.WaitAsync(id, o => o.State.IsFinal || !IsOurs(o, caller), atMost, cancellationToken)
            : await operations.FindAsync(id, cancellationToken);
        return operation is not null && IsOurs(operation, caller) ? operation : SaymonFault.Unknown("Bulk", bulkId);
    }

    private bool IsOurs(Operation operation, SaymonCaller caller) =>
        operation.Account == caller.Account
        && operation.Kind is BulkOperation.KindName or CloneOperation.KindName
        && (!engine.Options.OwnBulksOnly || caller.SubmittedBy == operation.SubmittedBy || caller.SubmittedBy == "root");

    private SaymonResult<BulkRequest> Read(ReadOnlyMemory<byte> body)
    {
        if (JsonText.Parse(body).IsFault(out var broken, out var document))
        {
            return broken;
        }

        using (document)
        {
            return BulkRequest.Read(document.RootElement, engine.Options);
        }
    }

    private async ValueTask<SaymonResult<Submitted>?> FindReplayAsync(IdempotencyKey? key, CancellationToken cancellationToken) =>
        key is not null && await operations.FindReplayAsync(key.Scope, key.Fingerprint, cancellationToken) is { } earlier ? ToResult(earlier) : default(SaymonResult<Submitted>?);

    private static SaymonResult<Submitted> ToResult(Result<Submitted> result) => result.IsRefused(out var refusal, out var submitted)
        ? new SaymonFault(
            refusal.Code switch
            {
                RefusalCode.KeyReused => SaymonFaultCodes.IdempotencyMismatch,
                RefusalCode.AccountFull or RefusalCode.LaneFull => SaymonFaultCodes.TooManyRequests,
                _ => SaymonFaultCodes.BadRequest,
            },
            refusal.Detail)
        : submitted;
}
