using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Lists;

/// <summary>Append and replace: kinds whose input is items.</summary>
internal abstract class PutOperation(ListsEngine engine) : ListsOperation(engine)
{
    /// <inheritdoc/>
    public override IEnumerable<(long Index, string Key)> ReadInput(byte[] payload)
    {
        var items = KeyRange.Read(payload).Items;
        return Enumerable.Range(0, items.Count).Select(i => ((long)items.Index(i), ItemKind.ValueOf(items.Payload(i))));
    }

    /// <summary>Makes the submission of checked items.</summary>
    public Submission Submit(RulesList list, ParsedItems items, string submittedBy, string labels, IdempotencyKey? idempotency) =>
        Submit(list, Chunks(items), submittedBy, labels, idempotency);

    protected override IReadOnlyCollection<byte[]> InsertedKeys(byte[] payload)
    {
        var items = KeyRange.Read(payload).Items;
        return [.. Enumerable.Range(0, items.Count).Select(i => items.Key(i).ToArray())];
    }

    protected override SubmitAnswer Prepare(RulesList list, SubmitRequest request)
    {
        var read = ItemsReader.Read(request.Items.IsEmpty ? "null"u8 : request.Items.Span, list.ItemKind, Limits(request));
        if (read.IsTooMany)
        {
            return TooMany(request);
        }

        return read.IsGood(out var items)
            ? SubmitAnswer.Valid(Submit(list, items, request.SubmittedBy, request.Labels, request.Idempotency))
            : Faults(read.Errors, "/items");
    }

    private static List<ChunkInput> Chunks(ParsedItems items)
    {
        var chunks = new List<ChunkInput>();
        for (var from = 0; from == 0 || from < items.Count; from += ChunkItems)
        {
            var (first, end) = (from, Math.Min(from + ChunkItems, items.Count));
            chunks.Add(new ChunkInput(end - first, first, () => KeyRange.Write(items, first, end)));
        }

        return chunks;
    }
}

/// <summary>Append: new keys come in, known ones are overwritten as a whole, nothing goes.</summary>
internal sealed class AppendOperation(ListsEngine engine) : PutOperation(engine)
{
    public override string Name => "lists.append";

    public override string Description => "Adds items to a list; known ones are overwritten.";

    protected override async ValueTask<ChunkResult> CompareAsync(
        DbSession session, RulesList list, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var items = KeyRange.Read(chunk.Payload).Items;
        var keys = Enumerable.Range(0, list.ItemCount == 0 ? 0 : items.Count).Select(i => items.Key(i).ToArray()).ToList();
        var visible = keys.Count == 0 ? [] : await ListsStore.ReadKeysAsync(session, list, keys, cancellationToken);
        var revision = new ListRevision(list, chunk.Operation.Number, Engine.Clock.GetUtcNow().ToUnixTimeSeconds(), items);
        var next = 0;
        for (var item = 0; item < items.Count; item++)
        {
            var isKnown = next < visible.Count && items.Key(item).SequenceEqual(visible[next].SortKey);
            revision.Put(item, isKnown ? visible[next++] : null);
        }

        return revision.ToResult(Engine.Ids, Engine.Clock, null);
    }

    protected override string Response(Tallies sums, long itemCount) =>
        $$"""{"added":{{Number(sums["added"])}},"updated":{{Number(sums["updated"])}},"unchanged":{{Number(sums["unchanged"])}},"numItems":{{Number(itemCount)}}}""";
}

/// <summary>
/// Replace: afterwards the list holds just these items. The chunks share out the whole range of keys, so each also removes what the
/// list has between its items; where that is a lot it goes step by step.
/// </summary>
internal sealed class ReplaceOperation(ListsEngine engine) : PutOperation(engine)
{
    public override string Name => "lists.replace";

    public override string Description => "Replaces all items of a list at one instant.";

    protected override async ValueTask<ChunkResult> CompareAsync(
        DbSession session, RulesList list, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var range = KeyRange.Read(chunk.Payload);
        var done = chunk.Progress;
        var visible = list.ItemCount == 0
            ? []
            : await ListsStore.ReadRangeAsync(session, list, done ?? range.From, done is not null, range.To, (2 * ChunkItems) + 1, cancellationToken);
        byte[]? end = null;
        if (visible.Count > 2 * ChunkItems)
        {
            visible.RemoveAt(visible.Count - 1);
            end = visible[^1].SortKey;
        }

        var revision = new ListRevision(list, chunk.Operation.Number, Engine.Clock.GetUtcNow().ToUnixTimeSeconds(), range.Items);
        Merge(revision, range.Items, visible, done, end);
        return revision.ToResult(Engine.Ids, Engine.Clock, end);
    }

    protected override string Response(Tallies sums, long itemCount) =>
        $$"""{"added":{{Number(sums["added"])}},"updated":{{Number(sums["updated"])}},"unchanged":{{Number(sums["unchanged"])}},"removed":{{Number(sums["removed"])}},"numItems":{{Number(itemCount)}}}""";

    private static void Merge(ListRevision revision, ItemChunk items, List<VisibleItem> visible, byte[]? done, byte[]? end)
    {
        var item = 0;
        while (done is not null && item < items.Count && items.Key(item).SequenceCompareTo(done) <= 0)
        {
            item++;
        }

        var next = 0;
        while (true)
        {
            var hasItem = item < items.Count && (end is null || items.Key(item).SequenceCompareTo(end) <= 0);
            if (!hasItem && next == visible.Count)
            {
                return;
            }

            var order = !hasItem ? 1 : (next == visible.Count ? -1 : items.Key(item).SequenceCompareTo(visible[next].SortKey));
            switch (order)
            {
                case < 0:
                    revision.Put(item++, null);
                    break;
                case 0:
                    revision.Put(item++, visible[next++]);
                    break;
                default:
                    revision.Remove(visible[next++]);
                    break;
            }
        }
    }
}
