using System.Collections.Concurrent;
using System.Text.Json;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Engine.Testing;

namespace Longhaul.Tests.Embedding;

/// <summary>The kit must let right kinds pass and say of wrong ones where they are wrong.</summary>
public sealed class CrashTestTests
{
    private const string Tables = "create table people (name text not null)";

    [Fact]
    public async Task A_kind_that_writes_through_the_settling_transaction_passes_at_every_point()
    {
        var report = await CrashTest.RunAsync(
            () => new CrashScenario
            {
                Kind = _ => new WritePeople(),
                Tables = [Tables],
                Items = """["ada","bob","cy"]""",
                Check = async end =>
                {
                    Assert.Equal(OperationState.Completed, end.Operation.State);
                    Assert.Equal(["ada", "bob", "cy"], await end.ReadAsync("select name from people order by name", r => r.GetString(0)));
                    Assert.Equal(3, end.Operation.Counts.Succeeded);
                },
            },
            TestContext.Current.CancellationToken);

        // Two chunks: where each begins, its effect with its statements and its end, the commit; and the finish.
        Assert.Equal(
            [
                "at the beginning of RunAsync of chunk 0",
                "before the commit of what RunAsync of chunk 0 reports",
                "at the beginning of the effect of chunk 0",
                "in the effect of chunk 0, before statement 1",
                "in the effect of chunk 0, before statement 2",
                "at the end of the effect of chunk 0",
                "after the commit of what RunAsync of chunk 0 reports, before the acknowledgement",
                "at the beginning of RunAsync of chunk 1",
                "before the commit of what RunAsync of chunk 1 reports",
                "at the beginning of the effect of chunk 1",
                "in the effect of chunk 1, before statement 1",
                "at the end of the effect of chunk 1",
                "at the beginning of FinishAsync",
                "at the end of FinishAsync",
                "after the commit of what RunAsync of chunk 1 reports, before the acknowledgement",
            ],
            report.Points);
        Assert.Empty(report.EscapedCalls);
    }

    [Fact]
    public async Task A_kind_that_writes_beside_the_settling_transaction_is_found_out_at_the_point()
    {
        var failure = await Assert.ThrowsAsync<CrashTestException>(() => CrashTest.RunAsync(
            () => new CrashScenario
            {
                Kind = database => new WriteBeside(database),
                Tables = [Tables],
                Submit = OneItem,
                Check = async end => Assert.Equal(1, await end.CountAsync("select count(*) from people")),
            },
            TestContext.Current.CancellationToken));

        Assert.StartsWith("when the process died in RunAsync of chunk 0, where await 1 resumes, the check failed:", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_remote_target_that_knows_items_again_passes_with_the_journal_lost_and_kept()
    {
        var report = await CrashTest.RunAsync(
            () =>
            {
                var outbox = new Outbox();
                return new CrashScenario
                {
                    Kind = _ => new Send(outbox, item => item.Identity),
                    Items = """["ada","bob","cy"]""",
                    Check = end =>
                    {
                        Assert.Equal(OperationState.Completed, end.Operation.State);
                        Assert.Equal((3, 3L), (outbox.Letters.Count, end.Operation.Counts.Succeeded));
                        return Task.CompletedTask;
                    },
                };
            },
            TestContext.Current.CancellationToken);

        Assert.Contains("in RunAsync of chunk 0, where await 5 resumes, the journal lost", report.Points);
        Assert.Contains("in RunAsync of chunk 0, where await 5 resumes, the journal kept", report.Points);
    }

    [Fact]
    public async Task A_remote_target_that_does_not_know_items_again_is_found_out()
    {
        var failure = await Assert.ThrowsAsync<CrashTestException>(() => CrashTest.RunAsync(
            () =>
            {
                var outbox = new Outbox();
                var count = 0;
                return new CrashScenario
                {
                    Kind = _ => new Send(outbox, _ => $"{++count}"),
                    Items = """["ada","bob"]""",
                    Check = _ =>
                    {
                        Assert.Equal(2, outbox.Letters.Count);
                        return Task.CompletedTask;
                    },
                };
            },
            TestContext.Current.CancellationToken));

        Assert.Contains("in RunAsync of chunk 0, where await ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_atomic_kind_that_fails_takes_everything_back_wherever_it_dies()
    {
        var report = await CrashTest.RunAsync(
            () => new CrashScenario
            {
                Kind = _ => new AllOrNothing(),
                Tables = [Tables],
                Items = """["ada","bob","cy"]""",
                Check = async end =>
                {
                    Assert.Equal(OperationState.Failed, end.Operation.State);
                    Assert.Equal(0, await end.CountAsync("select count(*) from people"));
                },
            },
            TestContext.Current.CancellationToken);

        Assert.Contains("in the effect of UndoAsync of chunk 1, before statement 1", report.Points);
    }

    [Fact]
    public async Task A_kind_that_plans_is_killed_between_its_pages_too()
    {
        var report = await CrashTest.RunAsync(
            () => new CrashScenario
            {
                Kind = _ => new CountUp(),
                Tables = ["create table numbers (n bigint not null)"],
                Submit = kind => new Submission { Account = "test", Kind = kind, Parameters = "{}", SubmittedBy = "test", ItemCount = null },
                Check = async end => Assert.Equal(6, await end.CountAsync("select count(distinct n) + count(*) from numbers")),
            },
            TestContext.Current.CancellationToken);

        Assert.Contains("in PlanAsync, where await 1 resumes", report.Points);
        Assert.Contains("after the commit of what PlanAsync reports, before the acknowledgement", report.Points);
    }

    [Fact]
    public async Task A_failing_check_without_any_crash_says_so()
    {
        var failure = await Assert.ThrowsAsync<CrashTestException>(() => CrashTest.RunAsync(
            () => new CrashScenario
            {
                Kind = _ => new WritePeople(),
                Tables = [Tables],
                Items = """["ada"]""",
                Check = _ => throw new InvalidOperationException("no"),
            },
            TestContext.Current.CancellationToken));

        Assert.Equal("undisturbed, the check failed: no", failure.Message);
    }

    [Fact]
    public async Task An_await_that_leaves_the_test_is_told()
    {
        var report = await CrashTest.RunAsync(
            () => new CrashScenario { Kind = _ => new Leaves(), Submit = OneItem, Check = _ => Task.CompletedTask },
            TestContext.Current.CancellationToken);

        Assert.Equal(["RunAsync of chunk 0"], report.EscapedCalls);
    }

    private static Submission OneItem(OperationKind kind) => new()
    {
        Account = "test",
        Kind = kind,
        Parameters = "{}",
        SubmittedBy = "test",
        ItemCount = 1,
        Chunks = [new ChunkInput(1, 0, () => [])],
    };

    private sealed class WritePeople : LocalItemsKind<string>
    {
        public override string Name => "people.write";

        public override string Description => "Writes names.";

        protected override int ChunkItems => 2;

        protected override string Read(JsonElement item) => item.GetString()!;

        protected override async ValueTask WriteAsync(DbSession session, OperationItem<string> item, CancellationToken cancellationToken) =>
            await session.Sql("insert into people (name) values (@name)").With("@name", item.Value).ExecuteAsync(cancellationToken);
    }

    private sealed class AllOrNothing : LocalItemsKind<string>
    {
        public override string Name => "people.all";

        public override string Description => "Writes all names, and then it finds that it must not.";

        public override bool IsAtomic => true;

        protected override int ChunkItems => 2;

        public override ValueTask<FinishResult> FinishAsync(DbSession session, Operation operation, CancellationToken cancellationToken) =>
            new(FinishResult.Failed(new OperationFailure(OperationFailure.CapacityExceededSlug, "too many people")));

        protected override string Read(JsonElement item) => item.GetString()!;

        protected override async ValueTask WriteAsync(DbSession session, OperationItem<string> item, CancellationToken cancellationToken) =>
            await session.Sql("insert into people (name) values (@name)").With("@name", item.Value).ExecuteAsync(cancellationToken);

        protected override async ValueTask TakeBackAsync(DbSession session, OperationItem<string> item, CancellationToken cancellationToken) =>
            Assert.Equal(1, await session.Sql("delete from people where name = @name").With("@name", item.Value).ExecuteAsync(cancellationToken));
    }

    /// <summary>Wrong: its own transaction is durable before the one that settles the chunk.</summary>
    private sealed class WriteBeside(Database database) : OperationKind
    {
        public override string Name => "people.beside";

        public override string Description => "Writes a name in a transaction of its own.";

        public override async ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
        {
            await database.WriteAsync(
                (session, token) => session.Sql("insert into people (name) values ('ada')").ExecuteAsync(token), WriteWeight.Small, cancellationToken);

            // The write may be done before it is waited for, and then its await is no point.
            await Task.Yield();
            return new ChunkResult { Counts = new ItemCounts(1) };
        }
    }

    private sealed class Outbox
    {
        public ConcurrentDictionary<string, string> Letters { get; } = new();

        public async Task SendAsync(string key, string letter)
        {
            await Task.Yield();
            Letters[key] = letter;
            await Task.Yield();
        }
    }

    private sealed class Send(Outbox outbox, Func<OperationItem<string>, string> keyOf) : RemoteItemsKind<string>
    {
        public override string Name => "letters.send";

        public override string Description => "Sends letters.";

        protected override string Read(JsonElement item) => item.GetString()!;

        protected override async ValueTask<ItemResult> DoAsync(OperationItem<string> item, CancellationToken cancellationToken)
        {
            await outbox.SendAsync(keyOf(item), item.Value);
            return ItemResult.Succeeded("sent");
        }
    }

    private sealed class CountUp : OperationKind
    {
        public override string Name => "numbers.count";

        public override string Description => "Plans three chunks of a number each and writes it down.";

        public override async ValueTask<PlanPage> PlanAsync(Operation operation, byte[] cursor, CancellationToken cancellationToken)
        {
            await Task.Yield();
            var next = cursor is [var n] ? n : 0;
            return new PlanPage([new PlannedChunk(1, next, null)], next == 2 ? null : [(byte)(next + 1)]);
        }

        public override ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken) => new(new ChunkResult
        {
            Counts = new ItemCounts(1),
            Effect = async (session, token) =>
                await session.Sql("insert into numbers (n) values (@n)").With("@n", chunk.FirstIndex).ExecuteAsync(token),
        });
    }

    private sealed class Leaves : OperationKind
    {
        public override string Name => "people.leave";

        public override string Description => "Waits where nobody sees it.";

        public override async ValueTask<ChunkResult> RunAsync(ChunkContext chunk, CancellationToken cancellationToken)
        {
            await Task.Yield();
            await Task.Delay(1, cancellationToken).ConfigureAwait(false);
            return new ChunkResult { Counts = new ItemCounts(chunk.ItemCount) };
        }
    }
}
