using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;
using Longhaul.Saymon.Searching;

namespace Longhaul.Saymon;

/// <summary>
/// Changes every object that matched a search when the bulk was accepted. The unit is the object: the whole change or nothing of it, in the
/// transaction that settles its chunk, so that it happens once.
/// </summary>
internal sealed class BulkOperation(SaymonEngine engine) : OperationKind
{
    public const string KindName = "saymon.bulk";

    // The change of the operation that ran last: its chunks follow each other.
    private volatile Opened? _opened;

    public override string Name => KindName;

    public override string Description => "Changes every object that matches a search.";

    public override bool IsRetryable => true;

    /// <summary>
    /// Finds out which objects a bulk is about, in one snapshot, and makes the submission; the share grows with what was found. Nothing is
    /// durable yet.
    /// </summary>
    public async Task<SaymonResult<Submission>> PrepareAsync(
        SaymonCaller caller, BulkRequest request, string labels, IdempotencyKey? idempotency, IngestBudget.Share share, CancellationToken cancellationToken)
    {
        var found = await MatchAsync(caller.Account, request.Search, share, isLimited: true, cancellationToken);
        return found.IsFault(out var fault, out var matched)
            ? fault
            : Submit(caller.Account, request.Metadata, caller.ManagesServiceProperties, matched, caller.SubmittedBy, labels) with { Idempotency = idempotency, RequestId = caller.RequestId };
    }

    /// <summary>The ids that match, all in one snapshot; with a fault where a bulk has a limit and they are more.</summary>
    public async Task<SaymonResult<MatchedIds>> MatchAsync(
        string account, Search search, IngestBudget.Share share, bool isLimited, CancellationToken cancellationToken)
    {
        var limit = isLimited ? engine.Options.MaxMatched : 0;
        try
        {
            return await engine.Database.ReadAsync<SaymonResult<MatchedIds>>(
                async (session, token) =>
                {
                    var matched = new MatchedIds();
                    SaymonFault? fault = null;
                    await ObjectFinder.VisitAsync(
                        session,
                        account,
                        search,
                        new MatchClock(engine.Clock),
                        id =>
                        {
                            matched.Add(id);
                            fault = limit > 0 && matched.Count > limit
                                ? SaymonFault.Bad($"search matches more than {limit} objects (Saymon:MaxMatched); make it narrower")
                                : share.TryGrowTo(matched.Bytes) ? null : new SaymonFault(SaymonFaultCodes.ServiceUnavailable, "too many bodies are being read; try again later");
                            return fault is null;
                        },
                        token);
                    return fault is null ? matched : fault;
                },
                cancellationToken);
        }
        catch (RegexMatchTimeoutException)
        {
            return SaymonFault.Bad($"search: a pattern takes more than a second on one text, or more than {MatchClock.Patience.TotalSeconds} s on all of them; make it simpler, or search by another field besides");
        }
    }

    public override async ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        var account = chunk.Operation.Account;
        var from = chunk.Progress is { } progress ? BinaryPrimitives.ReadInt32LittleEndian(progress) : 0;
        var ids = MatchedIds.Read(chunk.Payload)[from..];
        var rows = ids.Count == 0
            ? []
            : await engine.Database.ReadOneAsync((session, token) => SaymonStore.ReadAsync(session, account, ids, token), cancellationToken);

        var step = new BulkStep(engine, account, Open(chunk.Operation), ids, chunk.FirstIndex + from);
        var count = step.Begin(rows);
        if (count == ids.Count)
        {
            return step.ToResult(null);
        }

        var next = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(next, from + count);
        return step.ToResult(next);
    }

    public override ValueTask<FinishResult> FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
        new(FinishResult.Completed(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"matched\":{operation.Total ?? 0},\"modified\":{operation.Tallies["modified"]},\"unchanged\":{operation.Tallies["unchanged"]},\"failed\":{operation.Counts.Failed},\"skipped\":{operation.Counts.Skipped}}}")));

    public override IEnumerable<(long Index, string Key)> ReadInput(byte[] payload) => MatchedIds.Read(payload).Select((id, i) => ((long)i, id));

    public override async ValueTask<SubmitAnswer> CheckAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        if (!request.Items.IsEmpty)
        {
            return SubmitAnswer.Invalid([new SubmitFault("a bulk takes no items; its search says which objects", "/items")]);
        }

        using var share = engine.Budget.Open();
        var caller = new SaymonCaller(request.Account, request.SubmittedBy, engine.Rights.ManagesServiceProperties(request.SubmittedBy));
        var prepared = await ReadAndPrepareAsync(caller, request, share, cancellationToken);
        return prepared.IsFault(out var fault, out var submission)
            ? fault.Code == SaymonFaultCodes.ServiceUnavailable ? throw new StoreUnavailableException(fault.Message) : SubmitAnswer.Invalid([new SubmitFault(fault.Message, "/params")])
            : SubmitAnswer.Valid(submission);
    }

    public override async ValueTask<SubmitAnswer> RetryAsync(RetryRequest request, CancellationToken cancellationToken)
    {
        if (!request.Parameters.IsEmpty)
        {
            return SubmitAnswer.Invalid([new SubmitFault($"kind '{Name}' takes no params at a retry", "/params")]);
        }

        var ids = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var item in request.ReadFailedAsync(cancellationToken))
        {
            ids.Add(item.Key!);
        }

        if (request.IsWithAborted)
        {
            await foreach (var chunk in request.ReadLeftAsync(cancellationToken))
            {
                ids.UnionWith(MatchedIds.Read(chunk.Payload)[(chunk.Progress is { } progress ? BinaryPrimitives.ReadInt32LittleEndian(progress) : 0)..]);
            }
        }

        var matched = new MatchedIds();
        foreach (var id in ids)
        {
            matched.Add(id);
        }

        // Whoever repeats it does it with the permissions that he has himself.
        var original = request.Original;
        return SubmitAnswer.Valid(Submit(
            original.Account, original.Metadata, engine.Rights.ManagesServiceProperties(request.SubmittedBy), matched, request.SubmittedBy, "{}"));
    }

    private async Task<SaymonResult<Submission>> ReadAndPrepareAsync(
        SaymonCaller caller, SubmitRequest request, IngestBudget.Share share, CancellationToken cancellationToken)
    {
        if (request.Parameters.IsEmpty)
        {
            return SaymonFault.Absent("bulk");
        }

        if (JsonText.Parse(request.Parameters).IsFault(out var broken, out var document))
        {
            return broken;
        }

        using (document)
        {
            return BulkRequest.Read(document.RootElement, engine.Options).IsFault(out var fault, out var bulk)
                ? fault
                : await PrepareAsync(caller, bulk, request.Labels, request.Idempotency, share, cancellationToken);
        }
    }

    private Submission Submit(string account, string metadata, bool managesService, MatchedIds matched, string submittedBy, string labels) => new()
    {
        Account = account,
        Kind = this,
        Parameters = managesService ? """{"managesServiceProperties":true}""" : "{}",
        Metadata = metadata,
        Labels = labels,
        SubmittedBy = submittedBy,
        ItemCount = matched.Count,
        Chunks = matched.ToChunks(),
    };

    private static bool ReadParameters(string parameters)
    {
        using var document = JsonDocument.Parse(parameters);
        return document.RootElement.TryGetProperty("managesServiceProperties", out var flag) && flag.GetBoolean();
    }

    private ObjectChange Open(Operation operation)
    {
        if (_opened is { } opened && opened.Id == operation.Id)
        {
            return opened.Change;
        }

        var change = new ObjectChange(BulkRequest.ReadSteps(operation.Metadata), ReadParameters(operation.Parameters));
        _opened = new Opened(operation.Id, change);
        return change;
    }

    private sealed record Opened(OperationId Id, ObjectChange Change);
}
