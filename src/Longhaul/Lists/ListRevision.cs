using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Lists.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Lists;

/// <summary>
/// What one step of a chunk adds to a new revision: rows to insert, keys to end, outcomes. Filled by comparing, applied in the
/// settling transaction.
/// </summary>
internal sealed class ListRevision : IRowSource
{
    private readonly RulesList _list;
    private readonly long _revision;
    private readonly long _now;
    private readonly List<byte[]> _ended = [];
    private readonly List<(int Item, byte[]? Id, long CreatedOn)> _written = [];
    private readonly List<ItemOutcome> _outcomes = [];
    private readonly ItemChunk? _items;
    private byte[] _newIds = [];
    private int _added;
    private int _updated;
    private int _unchanged;
    private int _removed;
    private int _ignored;

    /// <summary>Starts a step; <paramref name="items"/> are the items it may write, null where it only removes.</summary>
    public ListRevision(RulesList list, long revision, long now, ItemChunk? items)
    {
        _list = list;
        _revision = revision;
        _now = now;
        _items = items;
    }

    int IRowSource.Count => _written.Count;

    /// <summary>The input item meets what the present revision shows of its key, or nothing.</summary>
    public void Put(int item, VisibleItem? visible)
    {
        if (visible is null)
        {
            _added++;
            _written.Add((item, null, _now));
        }
        else if (_items!.Payload(item).SequenceEqual(visible.Payload))
        {
            _unchanged++;
            Tell(item, "unchanged", visible.Id);
        }
        else
        {
            _updated++;
            _ended.Add(visible.SortKey);
            _written.Add((item, visible.Id, visible.CreatedOn));
        }
    }

    /// <summary>The new revision does not have this item.</summary>
    public void Remove(VisibleItem visible)
    {
        _removed++;
        _ended.Add(visible.SortKey);
    }

    /// <summary>The new revision does not have this item, because the input names it.</summary>
    public void Remove(VisibleItem visible, long index, string key)
    {
        Remove(visible);
        _outcomes.Add(new ItemOutcome(index, key, ItemState.Succeeded, "removed"));
    }

    /// <summary>The input names something that is not there.</summary>
    public void Ignore(long index, string key)
    {
        _ignored++;
        _outcomes.Add(new ItemOutcome(index, key, ItemState.Skipped, "ignored"));
    }

    /// <summary>Closes the step.</summary>
    public ChunkResult ToResult(IdSource ids, TimeProvider clock, byte[]? continuation)
    {
        _newIds = new byte[16 * _written.Count];
        ids.NewV7(clock, _newIds);
        for (var row = 0; row < _written.Count; row++)
        {
            var (item, id, _) = _written[row];
            Tell(item, id is null ? "added" : "updated", id ?? NewId(row));
        }

        return new ChunkResult
        {
            Counts = new ItemCounts(_added + _updated + _unchanged + (_outcomes.Count - _added - _updated - _unchanged - _ignored), _ignored),
            Tallies = Tallies.Of(
                ("added", _added), ("updated", _updated), ("unchanged", _unchanged), ("removed", _removed), ("ignored", _ignored)),
            Outcomes = OutcomeBlob.Pack(_outcomes),
            EffectRows = _written.Count + _ended.Count,
            Effect = ApplyAsync,
            Continuation = continuation,
        };
    }

    void IRowSource.Write(int row, IRowWriter writer)
    {
        var (item, id, createdOn) = _written[row];
        writer.Number(_list.Number);
        writer.Bytes(_items!.Key(item));
        writer.Number(_revision);
        writer.Number(ListsMigrations.Open);
        writer.Bytes(id ?? NewId(row));
        writer.Number(createdOn);
        writer.Number(_now);
        writer.Bytes(_items.Payload(item));
    }

    private ReadOnlySpan<byte> NewId(int row) => _newIds.AsSpan(row * 16, 16);

    private void Tell(int item, string word, ReadOnlySpan<byte> id) => _outcomes.Add(new ItemOutcome(
        _items!.Index(item), ItemKind.ValueOf(_items.Payload(item)), ItemState.Succeeded, word, $$"""{"id":"{{Convert.ToHexStringLower(id)}}"}"""));

    private async ValueTask ApplyAsync(DbSession session, CancellationToken cancellationToken)
    {
        await ListsStore.EndAsync(session, _list, _revision, _ended, cancellationToken);
        if (_written.Count > 0)
        {
            await ListsStore.InsertItemsAsync(session, this, cancellationToken);
        }
    }
}
