using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Longhaul.Slurper.Objects;

/// <summary>
/// A connection that ends when somebody waits on it and no byte has moved, either way, for too long: a store that accepts a request and
/// never answers, or stops in the middle of a body, would otherwise hold an object for ever. What is not waited for is not silence, so
/// that a slow reader costs nothing.
/// </summary>
internal sealed class AttentiveStream : NetworkStream
{
    private readonly TimeSpan _patience;
    private readonly TimeProvider _clock;
    private readonly ITimer _timer;
    private int _waiting;
    private long _movedAt;
    private volatile bool _isSilent;

    /// <param name="socket">A connected socket, which is closed with the stream.</param>
    /// <param name="patience">The longest silence.</param>
    /// <param name="clock">Measures it.</param>
    public AttentiveStream(Socket socket, TimeSpan patience, TimeProvider clock)
        : base(socket, ownsSocket: true)
    {
        _patience = patience;
        _clock = clock;
        Moved();
        _timer = clock.CreateTimer(static state => ((AttentiveStream)state!).Look(), this, patience / 4, patience / 4);
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = base.ReadAsync(buffer, cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            return WaitAsync(reading);
        }

        Moved();
        return reading;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var writing = base.WriteAsync(buffer, cancellationToken);
        if (!writing.IsCompletedSuccessfully)
        {
            return WaitAsync(writing);
        }

        Moved();
        return writing;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _timer.Dispose();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> WaitAsync(ValueTask<int> reading)
    {
        BeginWaiting();
        try
        {
            return await reading;
        }
        catch (Exception) when (_isSilent)
        {
            throw Silent();
        }
        finally
        {
            EndWaiting();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask WaitAsync(ValueTask writing)
    {
        BeginWaiting();
        try
        {
            await writing;
        }
        catch (Exception) when (_isSilent)
        {
            throw Silent();
        }
        finally
        {
            EndWaiting();
        }
    }

    private void BeginWaiting()
    {
        // The silence of a connection that nobody waited on does not count.
        if (Interlocked.Increment(ref _waiting) == 1)
        {
            Moved();
        }
    }

    private void EndWaiting()
    {
        Moved();
        Interlocked.Decrement(ref _waiting);
    }

    private void Moved() => Volatile.Write(ref _movedAt, _clock.GetTimestamp());

    private void Look()
    {
        if (Volatile.Read(ref _waiting) > 0 && _clock.GetElapsedTime(Volatile.Read(ref _movedAt)) >= _patience)
        {
            _isSilent = true;
            Socket.Dispose();
        }
    }

    private StoreException Silent() =>
        new(StoreFault.Passing, null, null, $"the store was silent for {ObjectPath.Number((long)_patience.TotalSeconds)} s in the middle of a request");
}
