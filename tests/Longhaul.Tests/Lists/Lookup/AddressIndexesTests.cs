using System.Diagnostics.Metrics;
using Longhaul.Engine;
using Longhaul.Engine.Storage;
using Longhaul.Lists;
using Longhaul.Lists.Lookup;
using Longhaul.Tests.Support;
using Microsoft.Extensions.Logging;

namespace Longhaul.Tests.Lists.Lookup;

/// <summary>An index only makes look-ups faster: where there can be none, nobody asks for one, and nothing ends.</summary>
public sealed class AddressIndexesTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Without_memory_no_index_is_asked_for()
    {
        using var indexes = New(0);

        Assert.Null(indexes.Find(List(1, 7)));

        Assert.False(indexes.Wanted.TryRead(out _));
    }

    [Fact]
    public void A_revision_that_is_too_large_is_asked_for_once_and_the_next_one_again()
    {
        using var indexes = New(1_000);
        Assert.Null(indexes.Find(List(1, 7)));
        Assert.True(indexes.Wanted.TryRead(out _));
        indexes.PutTooLarge(List(1, 7));
        indexes.Put(1, null, TimeSpan.Zero);
        _clock.Advance(TimeSpan.FromHours(1));

        Assert.Null(indexes.Find(List(1, 7)));
        Assert.False(indexes.Wanted.TryRead(out _));

        Assert.Null(indexes.Find(List(1, 8)));
        Assert.True(indexes.Wanted.TryRead(out _));
    }

    [Fact]
    public async Task The_builder_goes_on_after_any_exception()
    {
        // A database without the tables of lists: reading a page of one throws what nobody has foreseen.
        using var folder = new TempFolder();
        await using var database = Database.For(new SqliteTarget(folder["test.db"]));
        await database.OpenAsync([], TestContext.Current.CancellationToken);
        using var indexes = New(1_000_000);
        var log = new CountingLog(2);
        using var builder = new AddressIndexBuilder(indexes, new ListsEngine(database, new ListsOptions(), new IdSource(), _clock), log);
        await builder.StartAsync(TestContext.Current.CancellationToken);

        Assert.Null(indexes.Find(List(1, 7)));
        Assert.Null(indexes.Find(List(2, 7)));

        Assert.Equal(log.Reached, await Task.WhenAny(log.Reached, builder.ExecuteTask!));
        await builder.StopAsync(TestContext.Current.CancellationToken);
    }

    private static RulesList List(long number, long revision) => new(number, $"{number}", "acme", "l", "ip", null, revision, 10_000, 0, 0);

    private AddressIndexes New(long bytes) => new(new ListsOptions { LookupMemoryBytes = bytes }, _clock, new Meters());

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }

    private sealed class CountingLog(int wanted) : ILogger<AddressIndexBuilder>
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _count;

        public Task Reached => _reached.Task;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == 311 && Interlocked.Increment(ref _count) == wanted)
            {
                _reached.SetResult();
            }
        }
    }
}
