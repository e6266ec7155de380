using Longhaul.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Longhaul.Engine.Upkeep;

/// <summary>
/// Something that must be done again and again. Every node runs every chore; each step is a small transaction of its own that
/// passes over what another node holds.
/// </summary>
public interface IChore
{
    /// <summary>Does one small step. Completes with false when nothing was left to do.</summary>
    Task<bool> StepAsync(CancellationToken cancellationToken);
}

/// <summary>Runs the chores, one after the other, on the engine's upkeep interval.</summary>
internal sealed partial class UpkeepLoop : BackgroundService
{
    private readonly IReadOnlyList<IChore> _chores;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _interval;
    private readonly ILogger<UpkeepLoop> _logger;

    public UpkeepLoop(IEnumerable<IChore> chores, TimeProvider clock, EngineOptions options, ILogger<UpkeepLoop> logger)
    {
        _chores = [.. chores];
        _clock = clock;
        _interval = TimeSpan.FromSeconds(options.UpkeepSeconds);
        _logger = logger;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, _clock);
        do
        {
            foreach (var chore in _chores)
            {
                await RunAsync(chore, stoppingToken);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task RunAsync(IChore chore, CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested && await chore.StepAsync(stoppingToken))
            {
                // The next step, until there is none: each commits by itself.
            }
        }
        catch (StoreUnavailableException exception)
        {
            LogChoreWaits(chore.GetType().Name, exception.Message);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogChoreFailed(chore.GetType().Name, exception);
        }
    }

    [LoggerMessage(EventId = 131, Level = LogLevel.Warning, Message = "{Chore} waits for the store: {Reason}")]
    private partial void LogChoreWaits(string chore, string reason);

    [LoggerMessage(EventId = 132, Level = LogLevel.Error, Message = "{Chore} failed and will be tried again")]
    private partial void LogChoreFailed(string chore, Exception exception);
}
