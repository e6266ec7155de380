using System.Threading.Channels;
using Longhaul.Engine.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Longhaul.Engine.Running;

/// <summary>
/// Takes what workers report to the store. Small reports that are ready together go into one transaction; one that carries thousands
/// of rows goes alone. A store that is out of reach is tried again until the node stops: the lease's fence says whether the report still
/// counts, not the clock.
/// </summary>
internal sealed partial class Reporter : BackgroundService
{
    private const int MaxBatch = 256;
    private const int BulkRows = 200;

    private readonly OperationStore _store;
    private readonly KindRegistry _kinds;
    private readonly TimeProvider _clock;
    private readonly ILogger<Reporter> _logger;

    // Written by workers, read by the loop; a worker has one report under way, so the workers bound it.
    private readonly Channel<Waiting> _small = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(8_192) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly CancellationTokenSource _giveUp = new();

    public Reporter(OperationStore store, KindRegistry kinds, TimeProvider clock, ILogger<Reporter> logger)
    {
        _store = store;
        _kinds = kinds;
        _clock = clock;
        _logger = logger;
    }

    /// <summary>Completes when the report is durable, or void. Throws when the node gives up on a store that is out of reach.</summary>
    public async Task<ReportAnswer> ReportAsync(Report report)
    {
        if (report.Written is { Effect: not null, EffectRows: > BulkRows })
        {
            return (await SendAsync([report], WriteWeight.Bulk))[0];
        }

        var waiting = new Waiting(report, new TaskCompletionSource<ReportAnswer>(TaskCreationOptions.RunContinuationsAsynchronously));
        await _small.Writer.WriteAsync(waiting, _giveUp.Token);
        return await waiting.Answer.Task;
    }

    /// <summary>Ends the tries of reports that cannot be delivered; called when the drain time is over.</summary>
    public void GiveUp() => _giveUp.Cancel();

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _small.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _giveUp.Dispose();
        base.Dispose();
    }

    // The loop ends when its channel is completed, after the workers have ended: the host's token must not cut it short.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<Waiting>();
        while (await _small.Reader.WaitToReadAsync(CancellationToken.None))
        {
            while (batch.Count < MaxBatch && _small.Reader.TryRead(out var waiting))
            {
                batch.Add(waiting);
            }

            await SendBatchAsync(batch);
            batch.Clear();
        }
    }

    private async Task SendBatchAsync(List<Waiting> batch)
    {
        try
        {
            var answers = await SendAsync([.. batch.Select(w => w.Report)], WriteWeight.Small);
            for (var i = 0; i < batch.Count; i++)
            {
                batch[i].Answer.SetResult(answers[i]);
            }
        }
        catch (Exception exception)
        {
            if (batch.Count > 1 && exception is not OperationCanceledException)
            {
                await SendOneByOneAsync(batch);
                return;
            }

            foreach (var waiting in batch)
            {
                waiting.Answer.SetException(exception);
            }
        }
    }

    // Something in the batch broke the transaction: the others must not pay for it.
    private async Task SendOneByOneAsync(List<Waiting> batch)
    {
        foreach (var waiting in batch)
        {
            await SendBatchAsync([waiting]);
        }
    }

    private async Task<ReportAnswer[]> SendAsync(IReadOnlyList<Report> reports, WriteWeight weight)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await _store.ReportAsync(reports, _kinds, weight, CancellationToken.None);
            }
            catch (StoreUnavailableException exception) when (!_giveUp.IsCancellationRequested)
            {
                LogStoreUnavailable(tries, exception.Message);
                await Task.Delay(BackOff.After(tries, TimeSpan.FromSeconds(5)), _clock, _giveUp.Token);
            }
        }
    }

    [LoggerMessage(EventId = 101, Level = LogLevel.Warning, Message = "A report to the store failed for the {Tries}. time and will be repeated: {Reason}")]
    private partial void LogStoreUnavailable(int tries, string reason);

    private sealed record Waiting(Report Report, TaskCompletionSource<ReportAnswer> Answer);
}
