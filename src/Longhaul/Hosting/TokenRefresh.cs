using Longhaul.Engine.Storage;

namespace Longhaul.Hosting;

/// <summary>
/// Keeps the token book as the database has it: before the server listens, then every two seconds, so that what the command has done
/// holds within five. While the store is out of reach the book stays as it was.
/// </summary>
internal sealed partial class TokenRefresh(Database database, TokenBook book, TimeProvider clock, ILogger<TokenRefresh> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await LoadAsync(cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            throw new StartRefusedException($"The tokens cannot be read: {exception.Message}. Start the server again when the database answers.");
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isStale = false;
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LoadAsync(stoppingToken);
                isStale = false;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is, it must not end the refresh: a token revoked later would hold for ever.
                if (!isStale)
                {
                    LogKept(exception.Message);
                }

                isStale = true;
            }
        }
    }

    private async Task LoadAsync(CancellationToken cancellationToken) => book.Replace(await database.ReadOneAsync(TokenStore.ListLiveAsync, cancellationToken));

    [LoggerMessage(EventId = 401, Level = LogLevel.Warning, Message = "The tokens could not be read; those known before hold on: {Reason}")]
    private partial void LogKept(string reason);
}
