using System.Collections.Concurrent;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Signals;
using Longhaul.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Longhaul.Engine.Running;

/// <summary>
/// Claims chunks, runs them side by side, reports them. One loop claims; each chunk is a task of its own, counted against the
/// slots. A stop lets what is in flight settle within the drain time; what is left is taken over through its lease.
/// </summary>
internal sealed partial class ChunkRunner : BackgroundService
{
    private const long SmallChunkItems = 50;

    private readonly OperationStore _store;
    private readonly OperationSignals _signals;
    private readonly KindRegistry _kinds;
    private readonly Reporter _reporter;
    private readonly NodeLease _node;
    private readonly JournalClock _journal;
    private readonly TimeProvider _clock;
    private readonly EngineOptions _options;
    private readonly EngineMeter _meter;
    private readonly ILogger<ChunkRunner> _logger;

    private readonly QuietThreads _bulkWork = new();
    private readonly ConcurrentDictionary<Flight, Task> _flights = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly CancellationTokenSource _drain = new();
    private int _localCount;
    private int _remoteCount;

    public ChunkRunner(
        OperationStore store,
        OperationSignals signals,
        KindRegistry kinds,
        Reporter reporter,
        NodeLease node,
        JournalClock journal,
        TimeProvider clock,
        EngineOptions options,
        EngineMeter meter,
        ILogger<ChunkRunner> logger)
    {
        _store = store;
        _signals = signals;
        _kinds = kinds;
        _reporter = reporter;
        _node = node;
        _journal = journal;
        _clock = clock;
        _options = options;
        _meter = meter;
        _logger = logger;
        _signals.Halted += OnHalted;
        _node.Lost += OnLost;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await _drain.CancelAsync();
        try
        {
            await Task.WhenAll(_flights.Values).WaitAsync(TimeSpan.FromSeconds(_options.DrainSeconds), _clock, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            LogDrainEnded(_flights.Count);
        }

        _reporter.GiveUp();
        await _abandon.CancelAsync();
        await Task.WhenAll(_flights.Values);
        await _node.LeaveAsync();
    }

    public override void Dispose()
    {
        _signals.Halted -= OnHalted;
        _node.Lost -= OnLost;
        _abandon.Dispose();
        _drain.Dispose();
        _bulkWork.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var poll = TimeSpan.FromMilliseconds(_options.PollMilliseconds);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await ClaimAsync(stoppingToken) == 0)
                {
                    await _signals.WaitForWorkAsync(poll, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                LogClaimFailed(exception.Message);
                await Task.Delay(poll, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<int> ClaimAsync(CancellationToken stoppingToken)
    {
        var free = _options.Workers - _flights.Count;
        if (free <= 0)
        {
            return 0;
        }

        var localSlots = Math.Max(1, _options.Workers * _options.LocalShare / 100);
        var remoteFree = Math.Max(0, _options.Workers - localSlots - Volatile.Read(ref _remoteCount));

        // A claim that has begun is not cancelled: its chunks would stay leased to nobody's hands.
        var claimed = await _store.ClaimAsync(_node.Name, _kinds.Names, free, remoteFree, _kinds, stoppingToken);
        foreach (var chunk in claimed)
        {
            Start(chunk);
        }

        return claimed.Count;
    }

    private void Start(ClaimedChunk chunk)
    {
        var flight = new Flight(
            chunk.Operation.Id, CancellationTokenSource.CreateLinkedTokenSource(_drain.Token, _abandon.Token), new CancellationTokenSource());
        Interlocked.Increment(ref CountOf(chunk));

        // The entry must be there before the task can end and remove it.
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _flights[flight] = FlyAsync(flight, chunk, gate.Task);
        gate.SetResult();
    }

    private ref int CountOf(ClaimedChunk chunk) => ref chunk.Operation.IsLocal ? ref _localCount : ref _remoteCount;

    private async Task FlyAsync(Flight flight, ClaimedChunk chunk, Task entered)
    {
        await entered;
        try
        {
            await RunAsync(flight, chunk);
        }
        catch (Exception exception)
        {
            // The report could not be delivered or the node gives up: the lease brings the chunk back to somebody.
            LogChunkLeft(chunk.Operation.Id, chunk.Number, exception.Message);
        }
        finally
        {
            _flights.TryRemove(flight, out _);
            flight.Stop.Dispose();
            flight.End.Dispose();
            // Local chunks are short: to claim for each of them would cost the writer more than it brings.
            if (Interlocked.Decrement(ref CountOf(chunk)) <= OperationStore.LocalLeasesPerOperation / 2 || !chunk.Operation.IsLocal)
            {
                _signals.RaiseWork();
            }
        }
    }

    private async Task RunAsync(Flight flight, ClaimedChunk claimed)
    {
        // The claim has checked the kind's name.
        var kind = _kinds.Find(claimed.Operation.Kind)!;
        if (claimed.Purpose == ChunkPurpose.Plan)
        {
            await PlanAsync(kind, flight, claimed);
            return;
        }

        var payload = await _store.ReadInputAsync(claimed.Operation.Id, claimed.Number, _abandon.Token);
        claimed = claimed with { HasInput = payload.Length > 0 };
        var parts = new PartNumbers(claimed.Fence);
        while (true)
        {
            using var chunk = Lease(kind, flight, claimed, payload, parts);
            if (await TryRunKindAsync(kind, chunk, claimed) is not { } result || !await chunk.FlushAsync(_reporter.ReportAsync))
            {
                return;
            }

            if (result.Continuation is null)
            {
                await ReportAsync(flight, chunk, claimed, result);
                return;
            }

            var answer = await _reporter.ReportAsync(new Report.Advanced(claimed, result, parts.Next()));
            if (answer == ReportAnswer.Faulted)
            {
                await ReleaseAsync(chunk, claimed, EffectFault(result));
            }

            if (answer != ReportAnswer.Kept)
            {
                return;
            }

            claimed = claimed with { Progress = result.Continuation, DoneCount = claimed.DoneCount + result.Counts.Settled };
        }
    }

    private static InvalidOperationException EffectFault(ChunkResult result) => new("its effect could not be written", result.EffectFault);

    private LeasedChunk Lease(OperationKind kind, Flight flight, ClaimedChunk claimed, byte[] payload, PartNumbers parts) =>
        new(claimed, _store, () => _node.MayWrite && _node.Name == claimed.Owner, kind.MaxDoneRecords is not null, parts, _journal.Add)
        {
            Operation = claimed.Operation,
            Number = claimed.Number,
            ItemCount = claimed.ItemCount,
            FirstIndex = claimed.FirstIndex,
            Payload = payload,
            Progress = claimed.Progress,
            Attempt = claimed.Attempt,
            StopRequested = flight.Stop.Token,
            EndRequested = flight.End.Token,
        };

    /// <summary>Runs the kind; null when it threw, and then the chunk has gone back.</summary>
    private async Task<ChunkResult?> TryRunKindAsync(OperationKind kind, LeasedChunk chunk, ClaimedChunk claimed)
    {
        // What writes elsewhere must have ended before somebody else can be given the chunk.
        using var ending = kind.IsLocal ? null : CancellationTokenSource.CreateLinkedTokenSource(_abandon.Token, _node.WriteToken);
        try
        {
            return await RunKindAsync(kind, chunk, claimed, ending?.Token ?? _abandon.Token);
        }
        catch (Exception exception)
        {
            await ReleaseAsync(chunk, claimed, exception);
            return null;
        }
    }

    private async Task<ChunkResult> RunKindAsync(OperationKind kind, LeasedChunk chunk, ClaimedChunk claimed, CancellationToken ending)
    {
        // Work on our own database is bound by processors.
        ValueTask<ChunkResult> Run() => claimed.Purpose == ChunkPurpose.Undo
            ? kind.UndoAsync(chunk, ending)
            : kind.RunAsync(chunk, ending);
        return kind.IsLocal && claimed.ItemCount > SmallChunkItems ? await _bulkWork.RunAsync(Run) : await Run();
    }

    private async Task ReportAsync(Flight flight, LeasedChunk chunk, ClaimedChunk claimed, ChunkResult result)
    {
        var isWhole = claimed.Purpose == ChunkPurpose.Undo || result.Counts.Settled + chunk.DoneCount == claimed.ItemCount;
        if (!isWhole && result.Failure is null)
        {
            await ReleaseAsync(
                chunk,
                claimed,
                flight.Stop.IsCancellationRequested
                    ? null
                    : new InvalidOperationException($"kind '{claimed.Operation.Kind}' settled {result.Counts.Settled + chunk.DoneCount} of {claimed.ItemCount} items"));
            return;
        }

        var answer = await _reporter.ReportAsync(new Report.Settled(claimed, result, chunk.JournaledItems));
        if (answer == ReportAnswer.Faulted)
        {
            await ReleaseAsync(chunk, claimed, EffectFault(result));
            return;
        }

        if (answer == ReportAnswer.Kept)
        {
            _meter.Settled(claimed.Operation.Kind, chunk.JournaledItems + result.Counts.Settled);
        }
    }

    private async Task PlanAsync(OperationKind kind, Flight flight, ClaimedChunk claimed)
    {
        Report report;
        try
        {
            report = new Report.Planned(claimed, await kind.PlanAsync(claimed.Operation, claimed.Progress ?? [], _abandon.Token));
        }
        catch (Exception exception)
        {
            report = Release(claimed, 0, exception, flight.Stop.IsCancellationRequested);
        }

        await _reporter.ReportAsync(report);
    }

    private async Task ReleaseAsync(LeasedChunk chunk, ClaimedChunk claimed, Exception? fault)
    {
        if (await chunk.FlushAsync(_reporter.ReportAsync))
        {
            await _reporter.ReportAsync(Release(claimed, chunk.JournaledItems, fault, chunk.StopRequested.IsCancellationRequested));
        }
    }

    // A chunk that was told to stop has nothing to say about the operation as it is now: it may have been resumed meanwhile.
    private Report.Released Release(ClaimedChunk claimed, long journaledItems, Exception? fault, bool isStopped)
    {
        if (isStopped && fault is (ChunkPostponedException or OperationHeldException))
        {
            fault = null;
        }

        if (fault is ChunkPostponedException postponed)
        {
            LogChunkPostponed(claimed.Operation.Id, claimed.Number, postponed.Message);
            return new Report.Released(claimed, journaledItems, After(postponed.Pause), IsAttemptFree: true, null);
        }

        if (fault is OperationHeldException held)
        {
            LogOperationHeld(claimed.Operation.Id, held.Message);
            return new Report.Released(claimed, journaledItems, After(TimeSpan.Zero), IsAttemptFree: true, null) { Hold = new Hold(held.Message, held.Within) };
        }

        if (fault is null or OperationCanceledException or StoreUnavailableException)
        {
            var pause = fault is StoreUnavailableException ? BackOff.After((int)claimed.Attempt, TimeSpan.FromSeconds(5)) : TimeSpan.Zero;
            return new Report.Released(claimed, journaledItems, After(pause), IsAttemptFree: true, null);
        }

        LogChunkFailed(claimed.Operation.Id, claimed.Number, claimed.Attempt, fault);
        var failure = claimed.Attempt < _options.MaxAttempts
            ? null
            : new OperationFailure(OperationFailure.InternalSlug, $"internal error (operation {claimed.Operation.Id}, chunk {claimed.Number})");
        return new Report.Released(
            claimed, journaledItems, After(BackOff.After((int)claimed.Attempt, TimeSpan.FromSeconds(60))), IsAttemptFree: false, failure);
    }

    private long After(TimeSpan pause) => (_clock.GetUtcNow() + pause).ToUnixTimeMilliseconds();

    private void OnHalted(OperationId id, bool isEnding)
    {
        foreach (var flight in _flights.Keys)
        {
            if (flight.Operation == id)
            {
                flight.RequestStop(isEnding);
            }
        }
    }

    private void OnLost()
    {
        foreach (var flight in _flights.Keys)
        {
            flight.RequestStop(isEnding: false);
        }
    }

    [LoggerMessage(EventId = 121, Level = LogLevel.Warning, Message = "Claiming work failed and will be repeated: {Reason}")]
    private partial void LogClaimFailed(string reason);

    [LoggerMessage(EventId = 122, Level = LogLevel.Error, Message = "Chunk {Chunk} of operation {Operation} failed at attempt {Attempt}")]
    private partial void LogChunkFailed(OperationId operation, long chunk, long attempt, Exception exception);

    [LoggerMessage(EventId = 123, Level = LogLevel.Warning, Message = "Chunk {Chunk} of operation {Operation} is left to its lease: {Reason}")]
    private partial void LogChunkLeft(OperationId operation, long chunk, string reason);

    [LoggerMessage(EventId = 124, Level = LogLevel.Warning, Message = "The drain time is over; {Count} chunks are left to their leases")]
    private partial void LogDrainEnded(int count);

    [LoggerMessage(EventId = 125, Level = LogLevel.Information, Message = "Chunk {Chunk} of operation {Operation} waits: {Reason}")]
    private partial void LogChunkPostponed(OperationId operation, long chunk, string reason);

    [LoggerMessage(EventId = 126, Level = LogLevel.Warning, Message = "Operation {Operation} holds itself: {Reason}")]
    private partial void LogOperationHeld(OperationId operation, string reason);

    private sealed record Flight(OperationId Operation, CancellationTokenSource Stop, CancellationTokenSource End)
    {
        public void RequestStop(bool isEnding)
        {
            try
            {
                if (isEnding)
                {
                    _ = End.CancelAsync();
                }

                // Continuations of the kind must not run on the thread that committed.
                _ = Stop.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // The chunk ended in the same instant.
            }
        }

        public bool Equals(Flight? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }
}
