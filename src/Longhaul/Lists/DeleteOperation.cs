using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;

namespace Longhaul.Lists;

/// <summary>Delete: the named items go; ids that are not in the list are ignored.</summary>
internal sealed class DeleteOperation(ListsEngine engine) : ListsOperation(engine)
{
    public override string Name => "lists.delete";

    public override string Description => "Removes items from a list by their ids.";

    /// <inheritdoc/>
    public override IEnumerable<(long Index, string Key)> ReadInput(byte[] payload) =>
        DeletionChunkCodec.Decode(payload).Select(d => ((long)d.Index, d.Text));

    /// <summary>Makes the submission of checked ids.</summary>
    public Submission Submit(RulesList list, Deletions deletions, string submittedBy, string labels, IdempotencyKey? idempotency) =>
        Submit(list, Chunks(deletions), submittedBy, labels, idempotency);

    protected override async ValueTask<ChunkResult> CompareAsync(
        DbSession session, RulesList list, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var deletions = DeletionChunkCodec.Decode(chunk.Payload);
        var ids = deletions.Where(d => d.Id is not null).Select(d => d.Id!).ToList();
        var visible = (await ListsStore.ReadIdsAsync(session, list, ids, cancellationToken)).ToDictionary(v => Convert.ToHexStringLower(v.Id));
        var revision = new ListRevision(list, chunk.Operation.Number, Engine.Clock.GetUtcNow().ToUnixTimeSeconds(), null);
        foreach (var deletion in deletions)
        {
            // Each item goes once: a repeated id finds it gone.
            if (deletion.Id is { } id && visible.Remove(Convert.ToHexStringLower(id), out var item))
            {
                revision.Remove(item, deletion.Index, deletion.Text);
            }
            else
            {
                revision.Ignore(deletion.Index, deletion.Text);
            }
        }

        return revision.ToResult(Engine.Ids, Engine.Clock, null);
    }

    protected override IReadOnlyCollection<byte[]> InsertedKeys(byte[] payload) => [];

    protected override SubmitAnswer Prepare(RulesList list, SubmitRequest request)
    {
        var read = DeletionReader.ReadItems(request.Items.Span, Engine.Options.MaxItemsPerRequest, Engine.Options.MaxReportedErrors);
        if (read.IsTooMany)
        {
            return SubmitAnswer.TooLarge(new SubmitFault(ListsMessages.TooManyItems(Engine.Options.MaxItemsPerRequest), "/items"));
        }

        return read.Deletions is { } deletions
            ? SubmitAnswer.Valid(Submit(list, deletions, request.SubmittedBy, request.Labels, request.Idempotency))
            : Faults(read.Errors);
    }

    protected override string Response(Tallies sums, long itemCount) =>
        $$"""{"removed":{{Number(sums["removed"])}},"ignored":{{Number(sums["ignored"])}},"numItems":{{Number(itemCount)}}}""";

    private static List<ChunkInput> Chunks(Deletions deletions)
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
