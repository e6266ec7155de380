using System.Threading.Channels;
using Longhaul.Engine.Operations;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Longhaul.Engine.Running;

/// <summary>Makes journals durable soon after their first entry: gathered over all chunks of the node, at most 50 ms late.</summary>
internal sealed partial class JournalClock : BackgroundService
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(30);

    private readonly Reporter _reporter;
    private readonly TimeProvider _clock;
    private readonly ILogger<JournalClock> _logger;

    // Written by kinds, read by the loop. A chunk is in it once until its journal is taken, so the workers bound it.
    private readonly Channel<LeasedChunk> _dirty = Channel.CreateUnbounded<LeasedChunk>(new UnboundedChannelOptions { SingleReader = true });

    public JournalClock(Reporter reporter, TimeProvider clock, ILogger<JournalClock> logger)
    {
        _logger = logger;
        _reporter = reporter;
        _clock = clock;
    }

    public void Add(LeasedChunk chunk) => _dirty.Writer.TryWrite(chunk);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (await _dirty.Reader.WaitToReadAsync(stoppingToken))
        {
            await Task.Delay(Gather, _clock, stoppingToken);
            var flushes = new List<Task>();
            while (_dirty.Reader.TryRead(out var chunk))
            {
                flushes.Add(FlushAsync(chunk));
            }

            await Task.WhenAll(flushes);
        }
    }

    // A failed flush is seen by the runner when it flushes for the last time.
    private async Task FlushAsync(LeasedChunk chunk)
    {
        try
        {
            await chunk.FlushAsync(_reporter.ReportAsync);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or OperationCanceledException or Storage.StoreUnavailableException)
        {
            // The chunk has ended, or the node is giving up; what was not journaled is done again.
        }
        catch (Exception exception)
        {
            // One chunk's trouble must not end the journals of all others: its lease brings it back.
            LogFlushFailed(chunk.Claimed.Operation.Id, chunk.Number, exception);
        }
    }

    [LoggerMessage(EventId = 127, Level = LogLevel.Error, Message = "The journal of chunk {Chunk} of operation {Operation} could not be written")]
    private partial void LogFlushFailed(OperationId operation, long chunk, Exception exception);
}
