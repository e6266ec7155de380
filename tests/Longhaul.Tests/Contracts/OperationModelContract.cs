using System.Globalization;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Contracts;

/// <summary>
/// Random submits, claims, reports, aborts, pauses, resumes, crashes and retries over the store, from a fixed seed; after each step every
/// operation is observed. <c>LONGHAUL_MODEL_STEPS</c> makes it longer, <c>LONGHAUL_MODEL_SEED</c> makes it another one.
/// </summary>
public abstract class OperationModelContract
{
    private static readonly string[] Transitions =
    [
        "pending running", "pending paused", "pending aborted", "pending failed", "pending completed", "running paused", "running completed", "running failed",
        "running aborted", "paused running", "paused completed", "paused aborted", "paused failed",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task O10_O11_counters_versions_and_states_hold_at_every_observation()
    {
        await using var store = await OpenAsync();
        var run = new Run(store, new Random(Variable("LONGHAUL_MODEL_SEED", 20_261_125)));
        await run.StartAsync();
        var steps = Variable("LONGHAUL_MODEL_STEPS", 10_000);
        for (var step = 0; step < steps; step++)
        {
            await run.StepAsync();
            await run.ObserveAsync();
        }

        await run.EndAllAsync();
        Assert.True(run.Ended > steps / 40, $"only {run.Ended} operations ended in {steps} steps");
        Assert.Equal(3, run.EndStates);
    }

    private protected abstract Task<StoreUnderTest> OpenAsync(EngineOptions? options = null);

    private static int Variable(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    private sealed class Run(StoreUnderTest store, Random random)
    {
        private const int MaxLive = 10;

        private readonly Dictionary<OperationId, Seen> _live = [];
        private readonly List<Held> _held = [];
        private readonly List<(OperationId Id, long Total)> _ended = [];
        private readonly HashSet<OperationState> _endStates = [];
        private readonly string[] _nodes = ["n1", "n2"];
        private int _node = 2;
        private string _what = "";

        public int Ended { get; private set; }

        public int EndStates => _endStates.Count;

        public async Task StartAsync()
        {
            foreach (var node in _nodes)
            {
                await store.EnterNodeAsync(node);
            }
        }

        public async Task StepAsync()
        {
            store.Clock.Advance(TimeSpan.FromMilliseconds(random.Next(0, 40)));
            await (random.Next(100) switch
            {
                < 12 => SubmitAsync(null),
                < 37 => ClaimAsync(),
                < 62 => ReportAsync(),
                < 74 => JournalAsync(),
                < 78 => ReleaseAsync(),
                < 83 => ControlAsync("abort", id => store.Store.AbortAsync(id, store, Token)),
                < 88 => ControlAsync("pause", id => store.Store.PauseAsync(id, store, Token)),
                < 95 => ControlAsync("resume", id => store.Store.ResumeAsync(id, store, Token)),
                < 98 => RetryAsync(),
                _ => CrashAsync(),
            });
        }

        public async Task ObserveAsync()
        {
            var operations = await store.Store.ListAsync(new OperationFilter { Ids = [.. _live.Keys] }, null, 100, Token);
            Assert.Equal(_live.Count, operations.Count);
            foreach (var now in operations)
            {
                Observe(_live[now.Id], now);
                _live[now.Id] = new Seen(now, now.Versioned);
                if (now.State.IsFinal)
                {
                    _live.Remove(now.Id);
                    _ended.Add((now.Id, now.Total ?? 0));
                    _endStates.Add(now.State);
                    Ended++;
                }
            }
        }

        /// <summary>Everything that was accepted comes to an end when nobody disturbs it any more.</summary>
        public async Task EndAllAsync()
        {
            while (_live.Count > 0)
            {
                var before = _live.Count + _held.Count;
                foreach (var (id, _) in _live)
                {
                    await store.Store.ResumeAsync(id, store, Token);
                }

                await ClaimAsync(100);
                var isWorking = _held.Count > 0;
                while (_held.Count > 0)
                {
                    await ReportAsync();
                }

                await ObserveAsync();
                Assert.True(isWorking || _live.Count + _held.Count < before, $"{_live.Count} operations are stuck: {string.Join("; ", _live.Values.Select(s => s.Part))}");
                store.Clock.Advance(TimeSpan.FromSeconds(1));
            }
        }

        private void Observe(Seen seen, Operation now)
        {
            var told = $"after {_what}: {seen.Part} v{seen.Operation.Version} -> {now.Versioned} v{now.Version}";
            var raw = (now.Total ?? 0) - now.Counts.Settled - now.AbortedItems - now.LeasedItems;
            Assert.True(raw >= 0 && now.LeasedItems >= 0 && now.LeasedChunks >= 0 && now.OpenChunks >= 0, $"a counter is below 0 {told}");
            Assert.True(now.PendingItems + now.LeasedItems + now.Counts.Settled + now.AbortedItems == (now.Total ?? 0), $"the sum is not the total {told}");
            Assert.True(
                now.Counts.Succeeded >= seen.Operation.Counts.Succeeded && now.Counts.Skipped >= seen.Operation.Counts.Skipped
                    && now.Counts.Failed >= seen.Operation.Counts.Failed && now.AbortedItems >= seen.Operation.AbortedItems,
                $"a settled counter fell {told}");
            Assert.True((seen.Part == now.Versioned) == (seen.Operation.Version == now.Version) && now.Version >= seen.Operation.Version, $"the version does not tell {told}");
            Assert.True(now.State == seen.Operation.State || Transitions.Contains($"{seen.Operation.State.Word} {now.State.Word}"), $"no such transition {told}");
            Assert.True(!seen.Operation.IsAbortRequested || now.IsAbortRequested, $"an abort was forgotten {told}");
            Assert.True(!now.State.IsFinal || (now.LeasedItems == 0 && now.PendingItems == 0 && now.EndedAt is not null), $"an end left something {told}");
            Assert.True(now.State != OperationState.Completed || now.AbortedItems == 0, $"a completed one has aborted items {told}");
        }

        private async Task SubmitAsync(OperationId? retryOf, int? chunks = null)
        {
            if (_live.Count >= MaxLive)
            {
                return;
            }

            _what = "submit";
            var isAtomic = random.Next(4) == 0;
            var lane = random.Next(3) == 0 ? $"lane:{random.Next(2)}" : null;
            long? budget = !isAtomic && random.Next(5) == 0 ? random.Next(4) : null;
            var result = await store.TrySubmitAsync(chunks ?? random.Next(1, 5), random.Next(1, 9), lane, isAtomic, $"a{random.Next(3)}", 1_000, null, random.Next(2) == 0, maxFailedItems: budget, retryOf: retryOf);
            Assert.False(result.IsRefused(out _, out var submitted));
            var operation = submitted!.Operation!;
            _live[operation.Id] = new Seen(operation, operation.Versioned);
        }

        private async Task RetryAsync()
        {
            _what = "retry";
            if (_ended.Count > 0)
            {
                await SubmitAsync(_ended[random.Next(_ended.Count)].Id);
            }
        }

        private async Task ClaimAsync(int slots = 0)
        {
            var node = _nodes[random.Next(_nodes.Length)];
            _what = $"claim by {node}";
            _held.AddRange((await store.ClaimAsync(node, slots > 0 ? slots : random.Next(1, 6), 100)).Select(c => new Held(c)));
        }

        private async Task ReportAsync()
        {
            if (_held.Count == 0)
            {
                return;
            }

            var held = Take();
            var left = held.Chunk.ItemCount - held.Chunk.DoneCount - held.Journaled;
            var isFatal = random.Next(40) == 0;
            var failed = random.Next(4) == 0 ? random.NextInt64(left + 1) : 0;
            var skipped = random.NextInt64(left - failed + 1) / 3;
            var counts = held.Chunk.Purpose == ChunkPurpose.Undo ? default : new ItemCounts(left - failed - skipped, skipped, failed);
            counts = isFatal && held.Chunk.Purpose == ChunkPurpose.Run && !held.Chunk.Operation.IsAtomic ? new ItemCounts(counts.Succeeded) : counts;
            _what = $"settling chunk {held.Chunk.Number}{(isFatal ? " fatally" : "")}";
            var failure = isFatal && held.Chunk.Purpose == ChunkPurpose.Run ? new OperationFailure("fatal", "as asked for") : null;
            var answers = await store.ReportAsync(new Report.Settled(held.Chunk, new ChunkResult { Counts = counts, Failure = failure }, held.Journaled));
            Assert.Equal(held.IsVoid ? ReportAnswer.Lost : ReportAnswer.Kept, answers[0]);
        }

        private async Task JournalAsync()
        {
            var held = _held.Count == 0 ? null : _held[random.Next(_held.Count)];
            var left = held is null ? 0 : held.Chunk.ItemCount - held.Chunk.DoneCount - held.Journaled;
            if (held is null || left == 0 || held.Chunk.Operation.IsAtomic)
            {
                return;
            }

            _what = $"journaling chunk {held.Chunk.Number}";
            var isFailed = random.Next(3) == 0;
            var counts = isFailed ? new ItemCounts(0, 0, 1) : new ItemCounts(1);
            var done = held.Chunk.DoneCount + held.Journaled + 1;
            var answers = await store.ReportAsync(new Report.Journaled(held.Chunk, [(byte)((1 << (int)done) - 1)], done, counts, null, 1));
            Assert.Equal(held.IsVoid ? ReportAnswer.Lost : ReportAnswer.Kept, answers[0]);
            held.Journaled += held.IsVoid ? 0 : 1;
        }

        private async Task ReleaseAsync()
        {
            if (_held.Count == 0)
            {
                return;
            }

            var held = Take();
            _what = $"giving chunk {held.Chunk.Number} back";
            var failure = random.Next(20) == 0 ? new OperationFailure("fatal", "as asked for") : null;
            await store.ReportAsync(new Report.Released(held.Chunk, held.Journaled, 0, true, failure));
        }

        private async Task ControlAsync(string what, Func<OperationId, Task<Result<Operation>>> control)
        {
            _what = what;
            if (_live.Count > 0)
            {
                await control(_live.Keys.ElementAt(random.Next(_live.Count)));
            }
        }

        /// <summary>A node is declared dead; what it holds goes back, and what it still reports is void.</summary>
        private async Task CrashAsync()
        {
            var at = random.Next(_nodes.Length);
            _what = $"the crash of {_nodes[at]}";
            Assert.True(await store.Store.DeclareDeadAsync(_nodes[at], 0, Token));
            while (await store.Store.ReleaseLeasesOfTheDeadAsync(store, Token) > 0)
            {
            }

            foreach (var held in _held.Where(h => h.Chunk.Owner == _nodes[at]))
            {
                held.IsVoid = true;
            }

            _nodes[at] = await store.EnterNodeAsync($"n{++_node}");
        }

        private Held Take()
        {
            var at = random.Next(_held.Count);
            var held = _held[at];
            _held.RemoveAt(at);
            return held;
        }
    }

    private sealed record Seen(Operation Operation, VersionedPart Part);

    private sealed class Held(ClaimedChunk chunk)
    {
        public ClaimedChunk Chunk => chunk;

        public long Journaled { get; set; }

        public bool IsVoid { get; set; }
    }
}

public sealed class OperationModelOnSqlite : OperationModelContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null)
    {
        var folder = new TempFolder();
        return StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder, options);
    }
}

public sealed class OperationModelOnPostgres : OperationModelContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null) =>
        StoreUnderTest.OpenAsync(new PostgresTarget(PostgresCluster.NewDatabase()), null, options);
}
