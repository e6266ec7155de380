using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon;

/// <summary>
/// One step of a chunk of a bulk. It is worked out beside the writer from what was read there; inside the settling transaction the rows are
/// locked in the order of their ids, what somebody has changed meanwhile is worked out again, and then all of it is written.
/// </summary>
internal sealed class BulkStep(SaymonEngine engine, string account, ObjectChange change, List<string> chunkIds, long firstIndex)
{
    private readonly Dictionary<string, Worked> _worked = new(StringComparer.Ordinal);
    private List<string>? _part;

    private List<string> Ids => _part ?? chunkIds;

    /// <summary>
    /// Works out what the change makes of the rows that were read of its objects. Where they are large, or become large, the step ends with one
    /// of them: returns the number of ids that it is about.
    /// </summary>
    public int Begin(IReadOnlyList<ObjectRow> rows)
    {
        var (now, bytes) = (engine.Now, 0L);
        foreach (var row in rows)
        {
            var worked = _worked[row.Id] = Work(row, now);
            bytes += row.Stored.Length + (worked.Change is { } done ? done.After.Stored.Length + worked.IndexWeight : 0);
            if (bytes >= SaymonStore.MaxBytes)
            {
                _part = chunkIds[..(chunkIds.IndexOf(row.Id) + 1)];
                break;
            }
        }

        return Ids.Count;
    }

    /// <summary>What the step comes to, as far as it is known before its effect.</summary>
    public ChunkResult ToResult(byte[]? continuation)
    {
        ChunkResult? result = null;
        return result = new ChunkResult
        {
            Counts = new ItemCounts(Ids.Count),

            // Never together with another chunk's in one transaction: rows are locked in order within a chunk, not across them.
            EffectRows = int.MaxValue,
            Effect = Ids.Count == 0 ? null : async (session, token) => await ApplyAsync(session, result!, token),
            Continuation = continuation,
        };
    }

    private Worked Work(ObjectRow row, long now)
    {
        var after = ObjectDocument.Parse(row.Stored);
        if (change.Apply(after, engine.Ids, now) is { } refusal)
        {
            return new Worked(row, null, new OperationFailure("permission-denied", refusal), IsRetriable: false);
        }

        var stored = after.ToBytes();
        if (stored.AsSpan().SequenceEqual(row.Stored))
        {
            return new Worked(row, null, null, IsRetriable: false);
        }

        var changed = row with { Version = row.Version + 1, UpdatedAt = now, Stored = stored };
        if (!change.TouchesIndex)
        {
            return new Worked(row, new ChangedObject(row, changed, IsReindexed: false), null, IsRetriable: false);
        }

        var before = ObjectDocument.Parse(row.Stored);
        return new Worked(row, new ChangedObject(row, changed, IndexedValues.Differ(before, after)), null, IsRetriable: false)
        {
            IndexWeight = IndexWeight(before, after),
        };
    }

    // A short text in an array is a row of an index, which takes the writer longer than its bytes do in the document.
    private static long IndexWeight(ObjectDocument before, ObjectDocument after)
    {
        const long RowWeight = 50;
        var bytes = 0L;
        foreach (var field in (ObjectField[])[ObjectField.Tags, ObjectField.ParentId])
        {
            var (old, fresh) = (before[field], after[field]);
            bytes += old.Span.SequenceEqual(fresh.Span) ? 0 : old.Length + fresh.Length;
        }

        return bytes * RowWeight;
    }

    private async ValueTask ApplyAsync(DbSession session, ChunkResult result, CancellationToken cancellationToken)
    {
        var owner = await TakeDiscoveryAsync(session, cancellationToken);
        var versions = (await SaymonStore.LockAsync(session, account, Ids, cancellationToken)).ToDictionary(r => r.Id, r => r.Version, StringComparer.Ordinal);
        var stale = versions.Where(v => !_worked.TryGetValue(v.Key, out var worked) || worked.Before.Version != v.Value).Select(v => v.Key).ToList();
        if (stale.Count > 0)
        {
            var now = engine.Now;
            foreach (var row in await SaymonStore.ReadAllAsync(session, account, stale, cancellationToken))
            {
                _worked[row.Id] = Work(row, now);
            }
        }

        var changed = new List<ChangedObject>();
        var outcomes = new List<ItemOutcome>(Ids.Count);
        int unchanged = 0, skipped = 0, failed = 0;
        for (var i = 0; i < Ids.Count; i++)
        {
            var (id, index) = (Ids[i], firstIndex + i);
            if (!versions.ContainsKey(id))
            {
                skipped++;
                outcomes.Add(new ItemOutcome(index, id, ItemState.Skipped, "deleted"));
                continue;
            }

            var worked = RefuseTaken(_worked[id], ref owner);
            if (worked.Failure is { } failure)
            {
                failed++;
                outcomes.Add(new ItemOutcome(index, id, ItemState.Failed, Failure: failure, IsRetriable: worked.IsRetriable));
            }
            else if (worked.Change is { } done)
            {
                changed.Add(done);
                outcomes.Add(new ItemOutcome(index, id, ItemState.Succeeded, "updated"));
            }
            else
            {
                unchanged++;
                outcomes.Add(new ItemOutcome(index, id, ItemState.Succeeded, "unchanged"));
            }
        }

        await SaymonStore.UpdateAsync(session, account, changed, cancellationToken);
        result.Restate(
            new ItemCounts(changed.Count + unchanged, skipped, failed),
            Tallies.Of(("modified", changed.Count), ("unchanged", unchanged)),
            OutcomeBlob.Pack(outcomes));
    }

    // One discovery id is one object's: whoever gives one out decides alone.
    private async ValueTask<string?> TakeDiscoveryAsync(DbSession session, CancellationToken cancellationToken)
    {
        if (change.DiscoveryId is not { } discovery)
        {
            return null;
        }

        await AccountLock.TakeAsync(session, account, cancellationToken);
        return await SaymonStore.FindDiscoveredAsync(session, account, discovery, cancellationToken);
    }

    private Worked RefuseTaken(Worked worked, ref string? owner)
    {
        if (change.DiscoveryId is null || worked.Failure is not null)
        {
            return worked;
        }

        if (owner is not null && owner != worked.Before.Id)
        {
            return worked with { Failure = new OperationFailure("already-exists", $"discovery_id '{ChangeReader.Shown(change.DiscoveryId)}' belongs to object {owner}"), IsRetriable = true };
        }

        owner = worked.Before.Id;
        return worked;
    }

    private sealed record Worked(ObjectRow Before, ChangedObject? Change, OperationFailure? Failure, bool IsRetriable)
    {
        public long IndexWeight { get; init; }
    }
}
