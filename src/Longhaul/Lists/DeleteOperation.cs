using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Lists.Bodies;

namespace Longhaul.Lists;

/// <summary>Delete: the named items go; ids that are not in the list are ignored.</summary>
internal sealed class DeleteOperation(ListsEngine engine) : ListsOperation(engine)
{
    public override string Name => "lists.delete";

    public override string Description => "Removes items from a list by their ids.";

    /// <inheritdoc/>
    public override IEnumerable<(long Index, string Key)> ReadInput(byte[] payload)
    {
        var deletions = DeletionChunkCodec.Decode(payload);
        return Enumerable.Range(0, deletions.Count).Select(i => ((long)deletions.Index(i), deletions.Id(i)));
    }

    /// <summary>Makes the submission of checked ids; a repeated id counts once.</summary>
    public Submission Submit(RulesList list, ParsedDeletion deletions, string submittedBy, string labels, IdempotencyKey? idempotency) =>
        Submit(list, Chunks(deletions), submittedBy, labels, idempotency);

    protected override async ValueTask<ChunkResult> CompareAsync(
        DbSession session, RulesList list, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var deletions = DeletionChunkCodec.Decode(chunk.Payload);
        var ids = Enumerable.Range(0, deletions.Count).Where(deletions.IsItemId).Select(i => Convert.FromHexString(deletions.Id(i))).ToList();
        var visible = (await ListsStore.ReadIdsAsync(session, list, ids, cancellationToken)).ToDictionary(v => Convert.ToHexStringLower(v.Id));
        var revision = new ListRevision(list, chunk.Operation.Number, Engine.Clock.GetUtcNow().ToUnixTimeSeconds(), null);
        for (var i = 0; i < deletions.Count; i++)
        {
            if (visible.TryGetValue(deletions.Id(i), out var item))
            {
                revision.Remove(item, deletions.Index(i), deletions.Id(i));
            }
            else
            {
                revision.Ignore(deletions.Index(i), deletions.Id(i));
            }
        }

        return revision.ToResult(Engine.Ids, Engine.Clock, null);
    }

    protected override IReadOnlyCollection<byte[]> InsertedKeys(byte[] payload) => [];

    protected override SubmitAnswer Prepare(RulesList list, SubmitRequest request)
    {
        // Both APIs take the same array; this one's stands in an object of its own.
        byte[] body = [.. "{\"items\":"u8, .. request.Items.IsEmpty ? "null"u8 : request.Items.Span, .. "}"u8];
        var read = DeletionReader.Read(body, list.ItemKind, Limits(request));
        if (read.IsTooMany)
        {
            return TooMany(request);
        }

        return read.IsGood(out var deletions)
            ? SubmitAnswer.Valid(Submit(list, deletions, request.SubmittedBy, request.Labels, request.Idempotency))
            : Faults(read.Errors, "");
    }

    protected override string Response(Tallies sums, long itemCount) =>
        $$"""{"removed":{{Number(sums["removed"])}},"ignored":{{Number(sums["ignored"])}},"numItems":{{Number(itemCount)}}}""";

    private static List<ChunkInput> Chunks(ParsedDeletion deletions)
    {
        var chunks = new List<ChunkInput>();
        for (var from = 0; from < deletions.Count; from += ChunkItems)
        {
            var (first, end) = (from, Math.Min(from + ChunkItems, deletions.Count));
            chunks.Add(new ChunkInput(end - first, first, () => DeletionChunkCodec.Encode(deletions, first, end)));
        }

        return chunks;
    }
}
