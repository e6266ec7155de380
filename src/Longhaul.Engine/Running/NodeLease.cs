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
    private readonly OperationStore _store;
    private readonly OperationSignals _signals;
    private readonly TimeProvider _clock;
    private readonly ILogger<NodeLease> _logger;
    private readonly IdSource _ids;
    private readonly TimeSpan _lease;
    private long _lastBeat;

    public NodeLease(
        OperationStore store, OperationSignals signals, IdSource ids, TimeProvider clock, EngineOptions options, ILogger<NodeLease> logger)
    {
        _store = store;
        _signals = signals;
        _clock = clock;
        _logger = logger;
        _ids = ids;
        _lease = TimeSpan.FromSeconds(options.LeaseSeconds);
        Name = NewName();
    }

    /// <summary>Who owns what this process leases; changes when others have declared it dead.</summary>
    public string Name { get; private set; }

    /// <summary>How long the leases of this node surely last yet, by its own monotonic clock.</summary>
    public TimeSpan Remaining => _lease - _clock.GetElapsedTime(Volatile.Read(ref _lastBeat));

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
            Volatile.Write(ref _lastBeat, now);
            return;
        }

        LogDeclaredDead(Name);
        Name = NewName();
        Lost?.Invoke();
        await EnterAsync(cancellationToken);
        _signals.RaiseWork();
    }

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        await _store.EnterNodeAsync(Name, cancellationToken);
        Volatile.Write(ref _lastBeat, _clock.GetTimestamp());
    }

    private string NewName() => OperationId.From(_ids.NewV4()).Value;

    [LoggerMessage(EventId = 111, Level = LogLevel.Warning, Message = "The heartbeat of this node could not be written: {Reason}")]
    private partial void LogBeatFailed(string reason);

    [LoggerMessage(EventId = 112, Level = LogLevel.Warning, Message = "Node {Node} was declared dead by another node; its work is void and it goes on under a new name")]
    private partial void LogDeclaredDead(string node);
}
