using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Longhaul.Engine.Signals;

/// <summary>Brings the words of other nodes into this one's signals. While it cannot hear, polling covers for it.</summary>
internal sealed partial class NodeListener : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly Database _database;
    private readonly OperationStore _store;
    private readonly OperationSignals _signals;
    private readonly TimeProvider _clock;
    private readonly ILogger<NodeListener> _logger;

    public NodeListener(Database database, OperationStore store, OperationSignals signals, TimeProvider clock, ILogger<NodeListener> logger)
    {
        _database = database;
        _store = store;
        _signals = signals;
        _clock = clock;
        _logger = logger;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (_database.IsShared && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await _database.ListenAsync(Receive, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogDeaf(exception.Message);
                await Task.Delay(Pause, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Receive(string word)
    {
        if (word == OperationStore.WorkWord)
        {
            _signals.RaiseWork();
        }
        else if (OperationId.TryParse(word, out var id))
        {
            _ = RaiseAsync(id);
        }
    }

    private async Task RaiseAsync(OperationId id)
    {
        try
        {
            if (await _store.FindAsync(id, CancellationToken.None) is { } operation)
            {
                _signals.Raise(operation);
            }
            else
            {
                _signals.Raise(id, isHalted: false, isEnding: false);
            }
        }
        catch (StoreUnavailableException exception)
        {
            LogDeaf(exception.Message);
        }
    }

    [LoggerMessage(EventId = 141, Level = LogLevel.Warning, Message = "The database's notifications cannot be heard, polling covers: {Reason}")]
    private partial void LogDeaf(string reason);
}
