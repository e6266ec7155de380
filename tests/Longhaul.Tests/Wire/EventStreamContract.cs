using System.Diagnostics.Metrics;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Signals;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Longhaul.Tests.Wire;

/// <summary>What a stream of events sends and when, on a clock that stands still, on whatever database.</summary>
public abstract class EventStreamContract
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task O32_the_state_comes_at_once_and_the_end_is_not_held_back()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync();
        await using var reader = Follower.Start(store, Only(operation), null, operation.Id);
        var opening = await reader.LineAsync();
        var first = await reader.EventAsync();

        // The clock stands still: the claim is held back by the pace, the end is not.
        var chunks = await store.ClaimAsync();
        await store.SettleAsync([.. chunks]);
        var last = await reader.EventAsync();

        Assert.Equal("retry: 2000", opening);
        Assert.Equal(("operation", "pending"), (first.Name, first.State));
        Assert.Equal("completed", last.State);
        Assert.NotEqual(first.Id, last.Id);
        await reader.EndAsync();
    }

    [Fact]
    public async Task O32_states_that_follow_quickly_are_one_event_a_quarter_of_a_second_later()
    {
        await using var store = await OpenAsync();
        await store.SubmitAsync(chunks: 3, account: "busy");
        await using var reader = Follower.Start(store, OperationFilter.All, null, null);
        await reader.LineAsync();
        await reader.EventAsync();
        var chunks = await store.ClaimAsync();
        await store.SettleAsync(chunks[0]);
        await store.SettleAsync(chunks[1]);

        // It has waited longer than the other one, and would come first if it were due.
        store.Clock.Advance(TimeSpan.FromMilliseconds(240));
        await store.SubmitAsync(account: "other");
        var other = await reader.EventAsync();
        var merged = await AdvanceUntilAsync(store, reader.EventAsync(), TimeSpan.FromMilliseconds(10));

        Assert.Equal(("other", "pending"), (other.Account, other.State));
        Assert.Equal(("busy", 4L, "running"), (merged.Account, merged.Version, merged.State));
    }

    [Fact]
    public async Task O32_a_quiet_stream_is_kept_alive_every_fifteen_seconds()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync();
        await using var reader = Follower.Start(store, Only(operation), null, operation.Id);
        await reader.LineAsync();
        await reader.EventAsync();
        var from = store.Clock.GetUtcNow();
        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal(": keep-alive", await AdvanceUntilAsync(store, reader.LineAsync(), TimeSpan.FromMilliseconds(500)));
            Assert.True(store.Clock.GetUtcNow() - from >= TimeSpan.FromSeconds(15) * i);
        }
    }

    [Fact]
    public async Task O32_a_client_that_comes_back_gets_what_changed_since_once_and_nothing_older()
    {
        await using var store = await OpenAsync();
        await store.SubmitAsync(account: "old");
        await EndAsync(store, await store.SubmitAsync(account: "oldend"));
        store.Clock.Advance(TimeSpan.FromSeconds(100));
        var position = new EventPosition(store.Clock.GetUtcNow().ToUnixTimeMilliseconds(), false);
        await EndAsync(store, await store.SubmitAsync(account: "ended"));
        await store.SubmitAsync(account: "open");
        await using var reader = Follower.Start(store, OperationFilter.All, position, null);
        await reader.LineAsync();
        var open = await reader.EventAsync();
        var ended = await reader.EventAsync();
        await store.SubmitAsync(account: "new");
        var fresh = await reader.EventAsync();

        Assert.Equal(["open pending", "ended completed", "new pending"], ((Event[])[open, ended, fresh]).Select(e => $"{e.Account} {e.State}"));
    }

    [Fact]
    public async Task O32_a_stream_of_many_begins_with_what_is_unfinished_and_shows_only_what_it_was_asked_for()
    {
        await using var store = await OpenAsync();
        var filter = new OperationFilter { Accounts = ["a", "b"], States = [OperationState.Pending, OperationState.Completed] };
        await EndAsync(store, await store.SubmitAsync(account: "a"));
        await store.SubmitAsync(account: "c");
        await store.SubmitAsync(account: "b");
        await using var reader = Follower.Start(store, filter, null, null);
        await reader.LineAsync();
        var first = await reader.EventAsync();
        await EndAsync(store, await store.SubmitAsync(account: "c"));
        await EndAsync(store, await store.SubmitAsync(account: "a"));
        var second = await reader.EventAsync();
        var isPending = second.State == "pending";
        var end = isPending ? await reader.EventAsync() : second;

        Assert.Equal(("b", "pending"), (first.Account, first.State));
        Assert.True(second.Account is "b" or "a");
        Assert.Equal("completed", end.State);
    }

    [Fact]
    public async Task A_slow_reader_finds_states_merged_and_holds_up_nobody()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync(chunks: 40, isLocal: false);
        await using var reader = Follower.Start(store, Only(operation), null, operation.Id, pauseAt: 1);
        var chunks = await store.ClaimAsync();

        // Nobody reads: these return all the same.
        foreach (var chunk in chunks)
        {
            await store.SettleAsync(chunk);
        }

        await reader.LineAsync();
        var events = new List<Event>();
        do
        {
            events.Add(await reader.EventAsync());
        }
        while (events[^1].State != "completed");

        Assert.True(events.Count <= 3, $"{events.Count} events");
        await reader.EndAsync();
    }

    [Fact]
    public async Task What_another_node_changes_without_a_word_is_found_by_looking()
    {
        await using var store = await OpenAsync();
        if (!store.Database.IsShared)
        {
            Assert.Null(Operations(store).FollowInterval);
            return;
        }

        using var silence = new OperationSignals();
        var other = new OperationStore(store.Database, silence, store.Clock, store.Options);
        var operation = await store.SubmitAsync();
        await using var reader = Follower.Start(store, Only(operation), null, operation.Id);
        await reader.LineAsync();
        await reader.EventAsync();
        await other.AbortAsync(operation.Id, store, Token);

        var end = await AdvanceUntilAsync(store, reader.EventAsync(), TimeSpan.FromMilliseconds(100));

        Assert.Equal("aborted", end.State);
    }

    [Fact]
    public async Task More_changes_than_are_kept_become_the_instant_of_the_first()
    {
        await using var store = await OpenAsync();
        var from = store.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        using var changes = new OperationChanges(store.Signals, OperationFilter.All, store.Clock, limit: 2);
        for (var i = 0; i < 3; i++)
        {
            changes.Offer(await store.SubmitAsync());
            store.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal((0, from), (changes.Count, changes.OldestSince));
        Assert.True(changes.TryTakeLoss(out var since));
        Assert.Equal((from, false, null), (since, changes.TryTakeLoss(out _), changes.OldestSince));
    }

    [Fact]
    public async Task A_server_that_stops_ends_its_streams_at_once()
    {
        await using var store = await OpenAsync();
        var operation = await store.SubmitAsync();
        await using var reader = Follower.Start(store, Only(operation), null, operation.Id);
        await reader.LineAsync();
        await reader.EventAsync();

        store.Signals.Stop();

        await reader.EndAsync();
    }

    private protected abstract Task<StoreUnderTest> OpenAsync(EngineOptions? options = null);

    private static OperationFilter Only(Operation operation) => new() { Ids = [operation.Id] };

    private static async Task EndAsync(StoreUnderTest store, Operation operation) =>
        await store.SettleAsync([.. (await store.ClaimAsync()).Where(c => c.Operation.Id == operation.Id)]);

    private static async Task<T> AdvanceUntilAsync<T>(StoreUnderTest store, Task<T> done, TimeSpan step)
    {
        while (!done.IsCompleted)
        {
            store.Clock.Advance(step);
            await Task.Yield();
        }

        return await done;
    }

    private static DurableOperations Operations(StoreUnderTest store)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        return new DurableOperations(store.Store, store.Database, store.Signals, new KindRegistry([]), store.Ids, store.Clock, new EngineMeter(meters), store.Options);
    }

    private sealed record Event(string Id, string Name, JsonElement Data)
    {
        public string State => Data.GetProperty("state").GetString()!;

        public string Account => Data.GetProperty("account").GetString()!;

        public long Version => Data.GetProperty("version").GetInt64();
    }

    /// <summary>A client of one stream.</summary>
    private sealed class Follower : IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

        private readonly CancellationTokenSource _leave;
        private readonly StreamReader _reader;
        private readonly Task _stream;

        private Follower(StreamReader reader, Task stream, CancellationTokenSource leave)
        {
            _reader = reader;
            _stream = stream;
            _leave = leave;
        }

        public static Follower Start(StoreUnderTest store, OperationFilter filter, EventPosition? position, OperationId? endsWith, long pauseAt = 1 << 20)
        {
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: pauseAt, resumeWriterThreshold: 1));
            var operations = Operations(store);
            var leave = CancellationTokenSource.CreateLinkedTokenSource(Token, operations.StoppingToken);
            var stream = new EventStream(pipe.Writer.AsStream(), operations, store.Clock, filter, endsWith);
            return new Follower(new StreamReader(pipe.Reader.AsStream(), Encoding.UTF8), RunAsync(stream, position, pipe, leave.Token), leave);
        }

        /// <summary>The next line that is not empty.</summary>
        public async Task<string> LineAsync()
        {
            while (true)
            {
                var line = await _reader.ReadLineAsync(Token).AsTask().WaitAsync(Patience) ?? throw new EndOfStreamException();
                if (line.Length > 0)
                {
                    return line;
                }
            }
        }

        public async Task<Event> EventAsync()
        {
            var (id, name, data) = (await LineAsync(), await LineAsync(), await LineAsync());
            Assert.StartsWith("id: ", id, StringComparison.Ordinal);
            using var document = JsonDocument.Parse(data["data: ".Length..]);
            return new Event(id, name["event: ".Length..], document.RootElement.Clone());
        }

        public async Task EndAsync()
        {
            Assert.Equal("", (await _reader.ReadToEndAsync(Token).WaitAsync(Patience)).Trim());
            await _stream.WaitAsync(Patience);
        }

        public async ValueTask DisposeAsync()
        {
            await _leave.CancelAsync();
            await _stream;
            _reader.Dispose();
            _leave.Dispose();
        }

        private static async Task RunAsync(EventStream stream, EventPosition? position, Pipe pipe, CancellationToken leave)
        {
            try
            {
                await stream.RunAsync(position, leave);
            }
            catch (OperationCanceledException) when (leave.IsCancellationRequested)
            {
            }

            await pipe.Writer.CompleteAsync();
        }
    }
}

public sealed class EventStreamOnSqlite : EventStreamContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null)
    {
        var folder = new TempFolder();
        return StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder, options);
    }
}

public sealed class EventStreamOnPostgres : EventStreamContract
{
    private protected override Task<StoreUnderTest> OpenAsync(EngineOptions? options = null) =>
        StoreUnderTest.OpenAsync(new PostgresTarget(PostgresCluster.NewDatabase()), null, options);
}
