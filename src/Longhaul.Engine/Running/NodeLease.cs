using Longhaul.Engine.Operations;
using Longhaul.Engine.Signals;
using Longhaul.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Longhaul.Engine.Running;

/// <summary>
/// This node's name and heartbeat. A lease on a chunk lasts as long as its owner beats: others take over when they have seen no
/// new beat for <see cref="EngineOptions.LeaseSeconds"/> of their own monotonic time, so no wall clock decides (decision 0002).
/// </summary>
internal sealed partial class NodeLease : BackgroundService
{
    private static readonly TimeSpan WriteMargin = TimeSpan.FromSeconds(5);

    private readonly OperationStore _store;
    private readonly OperationSignals _signals;
    private readonly TimeProvider _clock;
    private readonly ILogger<NodeLease> _logger;
    private readonly IdSource _ids;
    private readonly TimeSpan _lease;
    private readonly TimeSpan _margin;
    private long _lastBeat;
    private CancellationTokenSource _running = new();

    public NodeLease(
        OperationStore store, OperationSignals signals, IdSource ids, TimeProvider clock, EngineOptions options, ILogger<NodeLease> logger)
    {
        _store = store;
        _signals = signals;
        _clock = clock;
        _logger = logger;
        _ids = ids;
        _lease = TimeSpan.FromSeconds(options.LeaseSeconds);
        _margin = TimeSpan.FromTicks(Math.Min(WriteMargin.Ticks, _lease.Ticks / 2));
        Name = NewName();
    }

    /// <summary>Who owns what this process leases; changes when others have declared it dead.</summary>
    public string Name { get; private set; }

    /// <summary>How long the leases of this node surely last yet, by its own monotonic clock.</summary>
    public TimeSpan Remaining => _lease - _clock.GetElapsedTime(Volatile.Read(ref _lastBeat));

    /// <summary>True while the leases last so long that something elsewhere may be written.</summary>
    public bool MayWrite => Remaining > _margin;

    /// <summary>Cancelled when <see cref="MayWrite"/> turns false: whatever writes elsewhere has to end.</summary>
    public CancellationToken WriteToken => Volatile.Read(ref _running).Token;

    /// <summary>Raised when others have declared this node dead: everything in its hands is void.</summary>
    public event Action? Lost;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Ends the node: what it still holds goes to the others at once.</summary>
    public async Task LeaveAsync()
    {
        try
        {
            var beat = (await _store.ListNodesAsync(CancellationToken.None)).Find(n => n.Node == Name).Beat;
            await _store.DeclareDeadAsync(Name, beat, CancellationToken.None);
        }
        catch (StoreUnavailableException exception)
        {
            LogBeatFailed(exception.Message);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_lease / 5, _clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await BeatAsync(stoppingToken);
            }
            catch (StoreUnavailableException exception)
            {
                LogBeatFailed(exception.Message);
            }
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        var now = _clock.GetTimestamp();
        if (await _store.BeatAsync(Name, cancellationToken))
        {
            Lives(now);
            return;
        }

        await _running.CancelAsync();

        LogDeclaredDead(Name);
        Name = NewName();
        Lost?.Invoke();
        await EnterAsync(cancellationToken);
        _signals.RaiseWork();
    }

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        await _store.EnterNodeAsync(Name, cancellationToken);
        Lives(_clock.GetTimestamp());
    }

    // The lease counts from before the beat was written.
    private void Lives(long since)
    {
        Volatile.Write(ref _lastBeat, since);
        var left = Remaining - _margin;
        if (left <= TimeSpan.Zero)
        {
            return;
        }

        if (_running.IsCancellationRequested || !TryLengthen(left))
        {
            var old = _running;
            Volatile.Write(ref _running, new CancellationTokenSource(left, _clock));
            old.Dispose();
        }
    }

    private bool TryLengthen(TimeSpan left)
    {
        _running.CancelAfter(left);
        return !_running.IsCancellationRequested;
    }

    private string NewName() => OperationId.From(_ids.NewV4()).Value;

    [LoggerMessage(EventId = 111, Level = LogLevel.Warning, Message = "The heartbeat of this node could not be written: {Reason}")]
    private partial void LogBeatFailed(string reason);

    [LoggerMessage(EventId = 112, Level = LogLevel.Warning, Message = "Node {Node} was declared dead by another node; its work is void and it goes on under a new name")]
    private partial void LogDeclaredDead(string node);
}
