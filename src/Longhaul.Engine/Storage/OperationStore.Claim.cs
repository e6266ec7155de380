using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <content>
/// Claim: free lanes get their next operation, then chunks are leased, going round over accounts and within an account over
/// operations, the one that waited longest first. Everything is taken with skip locked: a claim never waits for anybody.
/// </content>
internal sealed partial class OperationStore
{
    /// <summary>
    /// Chunks of one operation that are leased at a time when they all end at the one writer: enough to keep it busy, few enough to leave
    /// the slots to others.
    /// </summary>
    public const int LocalLeasesPerOperation = 8;

    private const int MaxLanesPerClaim = 64;

    private readonly string _claimableFormat =
        $"select {OperationRow.Columns} from operations where is_claimable and account = @account and is_local = @local and {{0}} "
        + "order by claim_turn, number limit @count {1}";

    private string? _lastAccount;

    /// <summary>
    /// Leases up to <paramref name="slots"/> chunks to a node, of which at most <paramref name="remoteSlots"/> of kinds that work
    /// elsewhere. Completes with what it got, which may be nothing.
    /// </summary>
    public Task<List<ClaimedChunk>> ClaimAsync(
        string owner, IReadOnlyCollection<string> kinds, int slots, int remoteSlots, IFinisher finisher, CancellationToken cancellationToken) =>
        _database.WriteAsync(
            async (session, token) =>
            {
                await GrantLanesAsync(session, owner, token);
                return await LeaseAsync(session, new Claimer(owner, kinds, finisher), slots, remoteSlots, token);
            },
            WriteWeight.Small,
            cancellationToken);

    /// <summary>Reads the stored input of a leased chunk; empty where it has none.</summary>
    public ValueTask<byte[]> ReadInputAsync(OperationId id, long number, CancellationToken cancellationToken) =>
        _database.ReadOneAsync(
            async (session, token) => await session.Sql("select payload from inputs where operation_id = @id and number = @number")
                .With("@id", id.Value)
                .With("@number", number)
                .FirstAsync(r => (byte[])r[0], token) ?? [],
            cancellationToken);

    private async ValueTask GrantLanesAsync(DbSession session, string owner, CancellationToken cancellationToken)
    {
        var lanes = await session.Sql(
                $"select name from lanes where running_operation is null and pending_count > 0 limit @count {session.Dialect.ForUpdateSkipLocked}")
            .With("@count", MaxLanesPerClaim)
            .ListAsync(r => r.GetString(0), cancellationToken);
        foreach (var lane in lanes)
        {
            var next = await session.Sql(
                    $"select {OperationRow.Columns} from operations where lane = @lane and state = 'pending' and not has_turn "
                    + $"order by lane_position limit 1 {session.Dialect.ForUpdateSkipLocked}")
                .With("@lane", lane)
                .FirstAsync(OperationRow.Read, cancellationToken);
            if (next is not null && await IsHeadAsync(session, next, cancellationToken))
            {
                await GrantAsync(session, next, owner, cancellationToken);
            }
        }
    }

    /// <summary>False when the real head is locked by somebody (who is aborting it) and was skipped: order must not depend on locks.</summary>
    private static async ValueTask<bool> IsHeadAsync(DbSession session, Operation candidate, CancellationToken cancellationToken) =>
        !session.Dialect.HasRowLocks
        || await session.Sql("select min(lane_position) from operations where lane = @lane and state = 'pending' and not has_turn")
            .With("@lane", candidate.Lane)
            .FirstAsync(r => r.GetInt64(0), cancellationToken) == candidate.LanePosition;

    private async ValueTask GrantAsync(DbSession session, Operation operation, string owner, CancellationToken cancellationToken)
    {
        await session.Sql("update lanes set running_operation = @id, pending_count = pending_count - 1 where name = @lane")
            .With("@id", operation.Id.Value)
            .With("@lane", operation.Lane)
            .ExecuteAsync(cancellationToken);
        var before = operation.Versioned;
        operation.GrantTurn();
        await SaveAsync(session, operation, before, Actor.Node(owner), cancellationToken);
    }

    private async ValueTask<List<ClaimedChunk>> LeaseAsync(
        DbSession session, Claimer claimer, int slots, int remoteSlots, CancellationToken cancellationToken)
    {
        var claimed = new List<ClaimedChunk>();
        var accounts = await RotatedAccountsAsync(session, cancellationToken);
        for (var i = 0; i < accounts.Count && claimed.Count < slots; i++)
        {
            // Each account gets an even part of what is left; the last ones of a round come first in the next.
            var share = Math.Max(1, (slots - claimed.Count) / (accounts.Count - i));
            foreach (var chunk in await LeaseForAccountAsync(session, claimer, accounts[i], share, remoteSlots, cancellationToken))
            {
                claimed.Add(chunk);
                remoteSlots -= chunk.Operation.IsLocal ? 0 : 1;
            }

            _lastAccount = accounts[i];
        }

        return claimed;
    }

    private async ValueTask<List<string>> RotatedAccountsAsync(DbSession session, CancellationToken cancellationToken)
    {
        var accounts = await session.Sql(
                """
                with recursive waiting (account) as (
                    select min(account) from operations where is_claimable
                    union all
                    select (select min(o.account) from operations o where o.is_claimable and o.account > w.account)
                    from waiting w where w.account is not null)
                select account from waiting where account is not null limit 1000
                """)
            .ListAsync(r => r.GetString(0), cancellationToken);
        var start = accounts.FindIndex(a => string.CompareOrdinal(a, _lastAccount) > 0);
        return start <= 0 ? accounts : [.. accounts[start..], .. accounts[..start]];
    }

    private async ValueTask<List<ClaimedChunk>> LeaseForAccountAsync(
        DbSession session, Claimer claimer, string account, int slots, int remoteSlots, CancellationToken cancellationToken)
    {
        var operations = await ListClaimableAsync(session, account, claimer.Kinds, isLocal: true, slots, cancellationToken);
        operations.AddRange(await ListClaimableAsync(session, account, claimer.Kinds, isLocal: false, Math.Min(slots, remoteSlots), cancellationToken));
        operations = [.. operations.OrderBy(o => o.ClaimTurn).ThenBy(o => o.Number).Take(slots)];
        var claimed = new List<ClaimedChunk>();
        for (var i = 0; i < operations.Count; i++)
        {
            var operation = operations[i];
            var share = Math.Max(1, (slots - claimed.Count) / (operations.Count - i));
            share = Math.Min(share, operation.IsLocal
                ? LocalLeasesPerOperation - (int)operation.LeasedChunks
                : remoteSlots - claimed.Count(c => !c.Operation.IsLocal));

            claimed.AddRange(await LeaseChunksAsync(session, claimer, operation, share, cancellationToken));
        }

        return claimed;
    }

    private async ValueTask<List<Operation>> ListClaimableAsync(
        DbSession session, string account, IReadOnlyCollection<string> kinds, bool isLocal, int count, CancellationToken cancellationToken)
    {
        var text = string.Format(
            System.Globalization.CultureInfo.InvariantCulture, _claimableFormat, session.Dialect.InTexts("kind", "@kinds"), session.Dialect.ForUpdateSkipLocked);
        return count <= 0
            ? []
            : await session.Sql(text)
                .With("@account", account)
                .With("@local", isLocal)
                .WithSet("@kinds", kinds)
                .With("@count", count)
                .ListAsync(OperationRow.Read, cancellationToken);
    }

    private async ValueTask<List<ClaimedChunk>> LeaseChunksAsync(
        DbSession session, Claimer claimer, Operation operation, int count, CancellationToken cancellationToken)
    {
        if (count <= 0)
        {
            return [];
        }

        var (now, owner) = (Now, claimer.Owner);
        var isFarAhead = operation.OpenChunks > _options.PlanAheadChunks
            || (operation.Total ?? 0) - operation.Counts.Settled >= (claimer.Finisher.PlanAheadItems(operation.Kind) ?? long.MaxValue);
        var chunks = await session.Sql(
                $"""
                update chunks set owner = @owner, fence = fence + 1, attempts = attempts + 1
                where operation_id = @id and number in (
                    select number from chunks
                    where operation_id = @id and owner is null and not is_settled and not_before <= @now and (purpose <> 1 or @may_plan) and (purpose = 2) = @is_undoing
                    order by number limit @count {session.Dialect.ForUpdateSkipLocked})
                returning number, purpose, item_count, first_index, progress, done_count, attempts, fence
                """)
            .With("@owner", owner)
            .With("@id", operation.Id.Value)
            .With("@now", now)
            .With("@may_plan", !isFarAhead)
            .With("@is_undoing", operation.IsUndoing)
            .With("@count", count)
            .ListAsync(
                r => new ClaimedChunk(
                    operation, r.GetInt64(0), (ChunkPurpose)r.GetInt64(1), r.GetInt64(2), r.GetInt64(3), r.IsDBNull(4) ? null : (byte[])r[4], r.GetInt64(5), r.GetInt64(6), r.GetInt64(7), owner),
                cancellationToken);
        var before = operation.Versioned;
        operation.ClaimTurn = now;
        if (chunks.Count > 0)
        {
            operation.Claim(chunks.Count, chunks.Sum(c => c.LeasedItems), now);
        }

        await SaveAsync(session, operation, before, Actor.Node(owner), cancellationToken);
        return chunks;
    }

    /// <summary>Who claims, what it can run, and what its kinds say.</summary>
    private sealed record Claimer(string Owner, IReadOnlyCollection<string> Kinds, IFinisher Finisher);
}
