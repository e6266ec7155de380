using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Lists;
using Longhaul.Lists.Bodies;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Contracts;

/// <summary>A replace that is aborted while a chunk of it is written in part leaves the list as it was, also for the write after it.</summary>
public abstract class ListUndoContract
{
    private const int Items = 2_500;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_replace_has_written_in_parts_is_taken_back_wholly(bool isChunkDone)
    {
        await using var store = await OpenAsync();
        await store.EnterNodeAsync("n1");
        var engine = new ListsEngine(store.Database, new ListsOptions(), store.Ids, store.Clock);
        var (append, replace) = (new AppendOperation(engine), new ReplaceOperation(engine));
        var list = await CreateAsync(store);
        await RunToEndAsync(store, append, await SubmitAsync(store, append, await FindAsync(store, list), Addresses.Range(0, Items)));

        // A few new addresses in front, so that the first chunk ends the range of all old ones; two chunks, of which one is held.
        var id = await SubmitAsync(store, replace, await FindAsync(store, list), Addresses.Range(Items, 600));
        var chunks = await store.Store.ClaimAsync("n1", ["lists.replace"], 10, 10, store, Token);
        Assert.Equal(2, chunks.Count);
        await RunAsync(store, replace, chunks[0], isChunkDone ? int.MaxValue : 1);
        await store.Store.AbortAsync(id, store, Token);
        await store.ReportAsync(new Report.Released(chunks[1], 0, 0, true, null));
        if (!isChunkDone)
        {
            await store.ReportAsync(new Report.Released(chunks[0], 0, 0, true, null));
        }

        await RunToEndAsync(store, replace, id);
        await RunToEndAsync(store, append, await SubmitAsync(store, append, await FindAsync(store, list), Addresses.Range(100_000, 1)));

        var after = await FindAsync(store, list);
        var rows = await store.Database.ReadAsync(
            (session, token) => ListsStore.ReadPageAsync(session, after.Number, after.Revision, null, false, 10_000, ItemFilter.None, token), Token);
        Assert.Equal((OperationState.Aborted, Items + 1, Items + 1L), ((await store.GetAsync(id)).State, rows.Count, after.ItemCount));
    }

    private protected abstract Task<StoreUnderTest> OpenAsync();

    private static async Task<string> CreateAsync(StoreUnderTest store)
    {
        var list = new RulesList(0, store.Ids.NewV4().ToString("N"), "acme", "l", "ip", null, 0, 0, 1, 1);
        await store.Database.WriteAsync((session, token) => ListsStore.InsertAsync(session, list, token), WriteWeight.Small, Token);
        return list.Id;
    }

    private static async Task<RulesList> FindAsync(StoreUnderTest store, string id) =>
        (await store.Database.ReadAsync((session, token) => ListsStore.FindAsync(session, "acme", id, token), Token))!;

    private static async Task<OperationId> SubmitAsync(StoreUnderTest store, PutOperation kind, RulesList list, IEnumerable<string> addresses)
    {
        var body = System.Text.Encoding.UTF8.GetBytes($"[{string.Join(',', addresses.Select(a => $$"""{"ip":"{{a}}"}"""))}]");
        Assert.True(ItemsReader.Read(body, list.ItemKind, new BodyLimits(10_000, 10)).IsGood(out var items));
        var submission = kind.Submit(list, items, "root", "{}", null);
        var operation = new Operation
        {
            Id = OperationId.From(store.Ids.NewV4()),
            Account = "acme",
            Kind = kind.Name,
            IsAtomic = true,
            IsLocal = true,
            Lane = submission.Lane,
            SubmittedBy = "root",
            Parameters = submission.Parameters,
            CreatedAt = 1,
        };
        var result = await store.Store.SubmitAsync(new NewOperation(operation, 10, [], submission.Chunks, null), Token);
        Assert.False(result.IsRefused(out var refusal, out _), refusal?.Detail);
        return operation.Id;
    }

    private static async Task RunToEndAsync(StoreUnderTest store, ListsOperation kind, OperationId id)
    {
        store.Finish = (session, operation) => kind.FinishAsync(session, operation, Token);
        while (await store.Store.ClaimAsync("n1", [kind.Name], 10, 10, store, Token) is { Count: > 0 } chunks)
        {
            foreach (var chunk in chunks)
            {
                await RunAsync(store, kind, chunk, int.MaxValue);
            }
        }

        Assert.True((await store.GetAsync(id)).State.IsFinal);
    }

    /// <summary>Runs a chunk as a node does, part by part, up to so many parts.</summary>
    private static async Task RunAsync(StoreUnderTest store, ListsOperation kind, ClaimedChunk claimed, int parts)
    {
        var payload = await store.Store.ReadInputAsync(claimed.Operation.Id, claimed.Number, Token);
        for (var part = 1; part <= parts; part++)
        {
            using var chunk = TestLease.Of(claimed, store.Store, payload);
            var result = claimed.Purpose == ChunkPurpose.Undo ? await kind.UndoAsync(chunk, Token) : await kind.RunAsync(chunk, Token);
            if (result.Continuation is null)
            {
                Assert.Equal([ReportAnswer.Kept], await store.ReportAsync(new Report.Settled(claimed, result, 0)));
                return;
            }

            Assert.Equal([ReportAnswer.Kept], await store.ReportAsync(new Report.Advanced(claimed, result, (claimed.Fence << 32) + part)));
            claimed = claimed with { Progress = result.Continuation, DoneCount = claimed.DoneCount + result.Counts.Settled };
        }
    }
}

public sealed class ListUndoOnSqlite : ListUndoContract
{
    private protected override Task<StoreUnderTest> OpenAsync()
    {
        var folder = new TempFolder();
        return StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder);
    }
}

public sealed class ListUndoOnPostgres : ListUndoContract
{
    private protected override Task<StoreUnderTest> OpenAsync() => StoreUnderTest.OpenAsync(new PostgresTarget(PostgresCluster.NewDatabase()), null);
}
