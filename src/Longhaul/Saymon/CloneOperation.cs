using System.Globalization;
using System.Text.Json;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon;

/// <summary>
/// Copies an object with all that is nested in it. What is copied is read in one snapshot at acceptance; the chunks write it under the number of
/// the operation, which no reader follows until the finish puts the number among the clones that are shown.
/// </summary>
internal sealed class CloneOperation(SaymonEngine engine) : OperationKind
{
    public const string KindName = "saymon.clone";

    public override string Name => KindName;

    public override string Description => "Copies an object with everything nested in it; it appears as a whole.";

    public override bool IsAtomic => true;

    public override bool IsRetryable => true;

    /// <summary>Reads what is to be copied and makes the submission; the share grows with it. Nothing is durable yet.</summary>
    public async Task<SaymonResult<Submission>> PrepareAsync(
        SaymonCaller caller, string objectId, string labels, IdempotencyKey? idempotency, IngestBudget.Share share, CancellationToken cancellationToken)
    {
        var (copy, fault) = await engine.Database.ReadAsync(
            async (session, token) =>
            {
                var reader = new CloneReader(engine, caller.Account, share);
                return (reader, await reader.ReadAsync(session, objectId, token));
            },
            cancellationToken);
        if (fault is not null)
        {
            return fault;
        }

        return new Submission
        {
            Account = caller.Account,
            Kind = this,
            Parameters = $$"""{"objectId":"{{objectId}}","rootId":"{{copy.RootId}}"}""",
            Metadata = $$"""{"objectId":"{{objectId}}"}""",
            Labels = labels,
            SubmittedBy = caller.SubmittedBy,
            ItemCount = copy.Chunks.Sum(c => c.ItemCount),
            Chunks = copy.Chunks,
            Idempotency = idempotency,
            RequestId = caller.RequestId,
        };
    }

    public override ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        var now = engine.Now;
        var entries = CloneEntry.Read(chunk.Payload);
        var objects = entries.Where(e => e.Ends is null).Select(e => new ObjectRow(e.Id, 1, now, now, e.Stored)).ToList();
        var links = entries.Where(e => e.Ends is not null).Select(e => new LinkRow(e.Id, e.Ends!.Value.Source, e.Ends.Value.Target, e.Stored)).ToList();
        var (account, number) = (chunk.Operation.Account, chunk.Operation.Number);
        return new(new ChunkResult
        {
            Counts = new ItemCounts(entries.Count),
            Tallies = Tallies.Of(("objects", objects.Count), ("links", links.Count)),
            Outcomes = OutcomeBlob.Pack([.. entries.Select((e, i) =>
                new ItemOutcome(chunk.FirstIndex + i, e.Original, ItemState.Succeeded, "cloned", $$"""{"id":"{{e.Id}}"}"""))]),
            EffectRows = entries.Count * 4,
            Effect = async (session, token) =>
            {
                await SaymonStore.InsertAsync(session, account, number, objects, token);
                await SaymonStore.InsertLinksAsync(session, account, number, links, token);
            },
        });
    }

    public override ValueTask<ChunkResult> UndoAsync(ChunkContext chunk, CancellationToken cancellationToken)
    {
        var entries = CloneEntry.Read(chunk.Payload);
        var objects = entries.Where(e => e.Ends is null).Select(e => new ObjectRow(e.Id, 1, 0, 0, e.Stored)).ToList();
        var links = entries.Where(e => e.Ends is not null).Select(e => e.Id).ToList();
        var account = chunk.Operation.Account;
        return new(new ChunkResult
        {
            EffectRows = entries.Count * 4,
            Effect = async (session, token) =>
            {
                await SaymonStore.DeleteAsync(session, account, objects, token);
                await SaymonStore.DeleteLinksAsync(session, account, links, token);
            },
        });
    }

    public override async ValueTask<FinishResult> FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken)
    {
        var (objectId, rootId) = ReadParameters(operation);
        if (await SaymonStore.FindAsync(session, operation.Account, objectId, forUpdate: false, cancellationToken) is null)
        {
            return FinishResult.Failed(new OperationFailure(OperationFailure.TargetGoneSlug, $"Object {objectId} does not exist"));
        }

        await SaymonStore.ShowCloneAsync(session, operation.Number, cancellationToken);
        return FinishResult.Completed(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"rootId\":\"{rootId}\",\"objects\":{operation.Tallies["objects"]},\"links\":{operation.Tallies["links"]}}}"));
    }

    public override IEnumerable<(long Index, string Key)> ReadInput(byte[] payload) => CloneEntry.Read(payload).Select((e, i) => ((long)i, e.Original));

    public override async ValueTask<SubmitAnswer> CheckAsync(SubmitRequest request, CancellationToken cancellationToken)
    {
        if (!request.Items.IsEmpty)
        {
            return SubmitAnswer.Invalid([new SubmitFault("a clone takes no items; params.objectId names what is copied", "/items")]);
        }

        var faults = new List<SubmitFault>();
        if (ReadObjectId(request.Parameters, faults) is not { } objectId)
        {
            return SubmitAnswer.Invalid(faults);
        }

        using var share = engine.Budget.Open();
        var caller = new SaymonCaller(request.Account, request.SubmittedBy, ManagesServiceProperties: false);
        var resolved = await SaymonPaths.ResolveAsync(engine.Database, request.Account, objectId, cancellationToken);
        var prepared = resolved is null
            ? SaymonFault.Unknown("Object", objectId)
            : await PrepareAsync(caller, resolved, request.Labels, request.Idempotency, share, cancellationToken);
        return prepared.IsFault(out var fault, out var submission)
            ? fault.Code == SaymonFaultCodes.ServiceUnavailable
                ? throw new StoreUnavailableException(fault.Message)
                : SubmitAnswer.Invalid([new SubmitFault(fault.Message, "/params/objectId")])
            : SubmitAnswer.Valid(submission);
    }

    public override async ValueTask<SubmitAnswer> RetryAsync(RetryRequest request, CancellationToken cancellationToken)
    {
        if (!request.Parameters.IsEmpty)
        {
            return SubmitAnswer.Invalid([new SubmitFault($"kind '{Name}' takes no params at a retry", "/params")]);
        }

        // The ids in the stored input are used up once a retry of it has completed; the object is copied anew, as it is now.
        using var share = engine.Budget.Open();
        var caller = new SaymonCaller(request.Original.Account, request.SubmittedBy, ManagesServiceProperties: false);
        var prepared = await PrepareAsync(caller, ReadParameters(request.Original).ObjectId, "{}", null, share, cancellationToken);
        return prepared.IsFault(out var fault, out var submission) ? SubmitAnswer.Impossible(fault.Message) : SubmitAnswer.Valid(submission);
    }

    private static (string ObjectId, string RootId) ReadParameters(Operation operation)
    {
        using var document = JsonDocument.Parse(operation.Parameters);
        return (document.RootElement.GetProperty("objectId").GetString()!, document.RootElement.GetProperty("rootId").GetString()!);
    }

    private static string? ReadObjectId(ReadOnlyMemory<byte> parameters, List<SubmitFault> faults)
    {
        if (JsonText.Parse(parameters.IsEmpty ? "{}"u8.ToArray() : parameters).IsFault(out var fault, out var document))
        {
            faults.Add(new SubmitFault(fault.Message, "/params"));
            return null;
        }

        using (document)
        {
            string? objectId = null;
            foreach (var member in document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.EnumerateObject() : default)
            {
                if (member.Name == "objectId" && member.Value.ValueKind == JsonValueKind.String)
                {
                    objectId = member.Value.GetString();
                }
                else
                {
                    faults.Add(new SubmitFault($"unknown or mistyped member {ChangeReader.Shown(member.Name)}; params has objectId, a string", "/params"));
                    return null;
                }
            }

            if (objectId is null)
            {
                faults.Add(new SubmitFault("objectId is missing: the id of the object to copy", "/params/objectId"));
            }

            return objectId;
        }
    }
}
