using System.Numerics;

namespace Longhaul.Slurper.Copying;

/// <summary>
/// Buffers under a bound in bytes, served in the order of asking. What is lent and what is kept for the next never exceed the bound
/// together, save that one buffer larger than the bound is lent when nothing else is.
/// </summary>
internal sealed class BufferPool(long capacity)
{
    private const int SmallestBytes = 4 << 10;

    private readonly FifoGate _gate = new(capacity);
    private readonly Lock _lock = new();

    // By the power of two of their length. Under the lock, as is the sum of what they hold.
    private readonly Stack<byte[]>[] _kept = [.. Enumerable.Range(0, 32).Select(_ => new Stack<byte[]>())];
    private long _keptBytes;
    private long _lentBytes;

    /// <summary>The bound in bytes.</summary>
    public long Capacity => _gate.Capacity;

    /// <summary>Bytes that are lent or reserved now.</summary>
    public long Used => _gate.Used;

    /// <summary>The most that ever was lent or reserved at once.</summary>
    public long Peak => _gate.Peak;

    /// <summary>Lends a buffer of at least this size. Completes when it is its turn; either token ends the waiting.</summary>
    public async ValueTask<BufferLease> RentAsync(int bytes, CancellationToken first, CancellationToken second)
    {
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(bytes, SmallestBytes));
        if (size > bytes && size > _gate.Capacity)
        {
            size = bytes;
        }

        await _gate.EnterAsync(size, first, second);
        return new BufferLease(this, Take(size), size);
    }

    /// <summary>Sets bytes aside that somebody else holds in buffers of their own.</summary>
    public async ValueTask<BufferLease> ReserveAsync(int bytes, CancellationToken first, CancellationToken second)
    {
        await _gate.EnterAsync(bytes, first, second);
        return new BufferLease(this, [], bytes);
    }

    /// <summary>Takes back what was lent.</summary>
    public void Return(byte[] buffer, int weight)
    {
        if (buffer.Length > 0)
        {
            lock (_lock)
            {
                _lentBytes -= buffer.Length;
                if (BitOperations.IsPow2(buffer.Length))
                {
                    _kept[BitOperations.Log2((uint)buffer.Length)].Push(buffer);
                    _keptBytes += buffer.Length;
                }
            }
        }

        _gate.Leave(weight);
    }

    private byte[] Take(int size)
    {
        lock (_lock)
        {
            _lentBytes += size;
            if (BitOperations.IsPow2(size) && _kept[BitOperations.Log2((uint)size)].TryPop(out var buffer))
            {
                _keptBytes -= size;
                return buffer;
            }

            for (var power = _kept.Length - 1; power >= 0 && _keptBytes + _lentBytes > capacity;)
            {
                if (_kept[power].TryPop(out var dropped))
                {
                    _keptBytes -= dropped.Length;
                }
                else
                {
                    power--;
                }
            }
        }

        return GC.AllocateUninitializedArray<byte>(size);
    }
}

/// <summary>A buffer that is lent, or bytes that are reserved.</summary>
internal sealed class BufferLease(BufferPool pool, byte[] buffer, int weight) : IDisposable
{
    private int _isReturned;

    /// <summary>At least as long as was asked for; empty where bytes were only reserved.</summary>
    public byte[] Buffer { get; } = buffer;

    /// <summary>Gives it back; a second time does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isReturned, 1) == 0)
        {
            pool.Return(Buffer, weight);
        }
    }
}
