using System.Buffers;
using System.Text;
using System.Text.Json;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Signals;

namespace Longhaul.AspNetCore;

/// <summary>
/// One stream of server-sent events: the states of some operations as they change. Whoever changes an operation never waits for it; what
/// it keeps is bounded, and a client that reads slowly finds intermediate states merged. Used by one request.
/// </summary>
internal sealed class EventStream
{
    private const int MaxSent = 10_000;
    private const long LookBackMilliseconds = 2_000;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    // Names no instant: a client that reconnects with it begins anew.
    private static readonly string Beginning = PageToken.Write('b', 0);

    private readonly Stream _output;
    private readonly DurableOperations _operations;
    private readonly TimeProvider _clock;
    private readonly OperationFilter _filter;
    private readonly OperationId? _endsWith;
    private readonly ArrayBufferWriter<byte> _buffer = new(4_096);
    private readonly Dictionary<OperationId, (long Version, long At)> _sent = [];
    private long _writtenAt;
    private long _lookedAt;
    private TimeSpan _nextDue;

    /// <param name="output">Where the events go.</param>
    /// <param name="operations">Where they come from.</param>
    /// <param name="clock">The pace.</param>
    /// <param name="filter">Which operations are watched.</param>
    /// <param name="endsWith">The one operation with whose end the stream ends, or null.</param>
    public EventStream(Stream output, DurableOperations operations, TimeProvider clock, OperationFilter filter, OperationId? endsWith)
    {
        _output = output;
        _operations = operations;
        _clock = clock;
        _filter = filter;
        _endsWith = endsWith;
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Answers a request with a stream. Completes when it has ended: by the client, by the server's stop, by the end of its operation.</summary>
    public static async Task RunAsync(OperationsCall call, OperationFilter filter, EventPosition? position, OperationId? endsWith)
    {
        call.Response.ContentType = "text/event-stream";
        call.Response.Headers.CacheControl = "no-store";
        call.Response.Headers["X-Accel-Buffering"] = "no";
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, call.Api.Operations.StoppingToken);
        var stream = new EventStream(call.Response.Body, call.Api.Operations, call.Api.Clock, filter, endsWith);
        try
        {
            await stream.RunAsync(position, ended.Token);
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            // A client that does not read must not hold up the stop: what it has not taken is dropped.
            if (stream.IsWriting)
            {
                call.Context.Abort();
            }
        }
    }

    /// <summary>True while something is on its way to the client.</summary>
    public bool IsWriting { get; private set; }

    /// <summary>Sends what is there, then what changes. Completes when the one operation has ended.</summary>
    public async Task RunAsync(EventPosition? position, CancellationToken cancellationToken)
    {
        using var changes = _operations.Follow(_filter);
        _lookedAt = Now;
        await WriteAsync("retry: 2000\n\n"u8.ToArray(), cancellationToken);
        if (await SendFirstAsync(position, cancellationToken))
        {
            return;
        }

        while (true)
        {
            var arrived = changes.Arrived;
            if (changes.TryTakeLoss(out var since))
            {
                await SendLostAsync(since, cancellationToken);
            }

            _nextDue = KeepAlive;
            while (changes.TryTake(IsDue, out var change))
            {
                if (await SendAsync(change.Operation, PositionOf(changes), cancellationToken))
                {
                    return;
                }
            }

            await WaitAsync(arrived, changes, cancellationToken);
        }
    }

    /// <summary>True when the last event of the stream was sent.</summary>
    private async Task<bool> SendFirstAsync(EventPosition? position, CancellationToken cancellationToken)
    {
        if (_endsWith is { } id)
        {
            var isWanted = await _operations.FindAsync(id, cancellationToken) is { } only
                && (only.State.IsFinal || position is null || only.UpdatedAt >= position.Value.Since)
                    ? only
                    : null;
            return isWanted is not null && await SendAsync(isWanted, new EventPosition(_lookedAt, false).ToString(), cancellationToken);
        }

        // Until the last of them is sent, a client that comes back has to get all of them again.
        var early = position?.ToString() ?? Beginning;
        Operation? held = null;
        await foreach (var operation in _operations.ReadChangedAsync(_filter, position?.Since ?? (_filter.Ids is null ? null : 0), cancellationToken))
        {
            if (held is not null)
            {
                await SendAsync(held, early, cancellationToken);
            }

            held = operation;
        }

        if (held is not null)
        {
            await SendAsync(held, new EventPosition(_lookedAt, false).ToString(), cancellationToken);
        }

        return false;
    }

    private async Task SendLostAsync(long since, CancellationToken cancellationToken)
    {
        var position = new EventPosition(since, false).ToString();
        await foreach (var operation in _operations.ReadChangedAsync(_filter, since, cancellationToken))
        {
            await SendAsync(operation, position, cancellationToken);
        }
    }

    /// <summary>Everything older than this was sent.</summary>
    private string PositionOf(OperationChanges changes)
    {
        var at = Math.Min(Now, changes.OldestSince ?? long.MaxValue);
        return new EventPosition(_operations.FollowInterval is null ? at : Math.Min(at, _lookedAt), false).ToString();
    }

    private bool IsDue(Operation operation)
    {
        if (operation.State.IsFinal || !_sent.TryGetValue(operation.Id, out var sent))
        {
            return true;
        }

        var left = Pace - _clock.GetElapsedTime(sent.At);
        if (left > TimeSpan.Zero && left < _nextDue)
        {
            _nextDue = left;
        }

        return left <= TimeSpan.Zero;
    }

    private async Task WaitAsync(Task arrived, OperationChanges changes, CancellationToken cancellationToken)
    {
        var keepAlive = KeepAlive - _clock.GetElapsedTime(_writtenAt);
        var wait = keepAlive < _nextDue ? keepAlive : _nextDue;
        var look = _operations.FollowInterval is { } interval ? interval - TimeSpan.FromMilliseconds(Now - _lookedAt) : KeepAlive;
        wait = look < wait ? look : wait;
        if (wait > TimeSpan.Zero)
        {
            await arrived.WaitAsync(wait, _clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        if (_clock.GetElapsedTime(_writtenAt) >= KeepAlive)
        {
            await WriteAsync(": keep-alive\n\n"u8.ToArray(), cancellationToken);
        }

        if (_operations.FollowInterval is { } due && TimeSpan.FromMilliseconds(Now - _lookedAt) >= due)
        {
            await LookAsync(changes, cancellationToken);
        }
    }

    /// <summary>Finds what other nodes changed without a word.</summary>
    private async Task LookAsync(OperationChanges changes, CancellationToken cancellationToken)
    {
        var since = _lookedAt - LookBackMilliseconds;
        _lookedAt = Now;
        await foreach (var operation in _operations.ReadChangedAsync(_filter, since, cancellationToken))
        {
            if (!IsSent(operation))
            {
                changes.Offer(operation);
            }
        }
    }

    private bool IsSent(Operation operation) => _sent.TryGetValue(operation.Id, out var sent) && sent.Version >= operation.Version;

    /// <summary>Sends an operation unless that version was sent. True when it was the last event of the stream.</summary>
    private async Task<bool> SendAsync(Operation operation, string position, CancellationToken cancellationToken)
    {
        if (IsSent(operation))
        {
            return false;
        }

        var isEnd = _endsWith == operation.Id && operation.State.IsFinal;
        Remember(operation);
        await WriteAsync(ToEvent(operation, isEnd ? new EventPosition(Now, true).ToString() : position), cancellationToken);
        return isEnd;
    }

    private void Remember(Operation operation)
    {
        if (_sent.Count >= MaxSent)
        {
            // What was sent long ago needs no pace any more; its version could at most be sent a second time.
            foreach (var (id, sent) in _sent)
            {
                if (_sent.Count > MaxSent / 2 && _clock.GetElapsedTime(sent.At) > Pace)
                {
                    _sent.Remove(id);
                }
            }
        }

        if (_sent.Count >= MaxSent)
        {
            _sent.Clear();
        }

        _sent[operation.Id] = (operation.Version, _clock.GetTimestamp());
    }

    private ReadOnlyMemory<byte> ToEvent(Operation operation, string position)
    {
        _buffer.ResetWrittenCount();
        _buffer.Write(Encoding.ASCII.GetBytes($"id: {position}\nevent: operation\ndata: "));
        var from = _buffer.WrittenCount;
        using (var writer = new Utf8JsonWriter(_buffer, JsonWriting.Options))
        {
            OperationsWire.Write(writer, operation, Now);
        }

        // In JSON a raw line break can only stand between members, where a kind has written some of its own.
        var data = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_buffer.WrittenMemory)[from..].Span;
        data.Replace((byte)'\n', (byte)' ');
        data.Replace((byte)'\r', (byte)' ');
        _buffer.Write("\n\n"u8);
        return _buffer.WrittenMemory;
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        IsWriting = true;
        _writtenAt = _clock.GetTimestamp();
        await _output.WriteAsync(bytes, cancellationToken);
        await _output.FlushAsync(cancellationToken);
        IsWriting = false;
    }
}
