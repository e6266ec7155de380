using System.Security.Cryptography;

namespace Longhaul.Slurper.Copying;

/// <summary>
/// The MD5 of a whole, or those of its segments, whose parts are read side by side: each part waits until those before it have been hashed.
/// Whoever holds a part must have its bytes already, or will get them without waiting for one who waits here.
/// </summary>
internal sealed class OrderedHash : IDisposable
{
#pragma warning disable CA5351 // The protocol's ETag is MD5.
    private readonly IncrementalHash _md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
    private readonly TaskCompletionSource[] _hashed;

    // By number; the MD5 of what was hashed as that part.
    private readonly byte[]?[] _parts;

    // Written by whoever has its turn.
    private readonly long _segmentBytes;
    private readonly List<byte> _segments = [];
    private long _left;

    /// <param name="count">Number of parts.</param>
    /// <param name="segmentBytes">Bytes of each segment but the last, which need not be those of the parts.</param>
    public OrderedHash(int count, long segmentBytes)
    {
        _segmentBytes = segmentBytes;
        _left = segmentBytes;
        _hashed = new TaskCompletionSource[count + 1];
        for (var i = 0; i <= count; i++)
        {
            _hashed[i] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        _hashed[0].SetResult();
        _parts = new byte[count + 1][];
    }

    /// <summary>
    /// Hashes a part when it is its turn. False when other bytes have been hashed as that part before: one of the two is wrong, and the
    /// whole has to be read again.
    /// </summary>
    public async ValueTask<bool> AddAsync(int number, ReadOnlyMemory<byte> bytes, byte[] md5, CancellationToken cancellationToken)
    {
        if (_parts[number] is { } before)
        {
            return before.AsSpan().SequenceEqual(md5);
        }

        await _hashed[number - 1].Task.WaitAsync(cancellationToken);
        Append(bytes.Span);
        _parts[number] = md5;
        _hashed[number].SetResult();
        return true;
    }

    /// <summary>The MD5s of the segments, one after the other, once every part has been added.</summary>
    public byte[] Finish()
    {
        if (_left < _segmentBytes)
        {
            _segments.AddRange(_md5.GetHashAndReset());
            _left = _segmentBytes;
        }

        return [.. _segments];
    }

    public void Dispose() => _md5.Dispose();

    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= _left)
        {
            _md5.AppendData(bytes[..(int)_left]);
            bytes = bytes[(int)_left..];
            _segments.AddRange(_md5.GetHashAndReset());
            _left = _segmentBytes;
        }

        _md5.AppendData(bytes);
        _left -= bytes.Length;
    }
}
