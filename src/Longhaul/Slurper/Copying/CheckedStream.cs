using System.Security.Cryptography;
using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>
/// The body of an object on its way from one store to the other. Where it is hashed as it passes, the last bytes are handed over only when
/// the whole is known to be right: a body that was cut or corrupted never gets as long as was promised, so that no store takes it for an
/// object. Where the target checks the bytes itself, only their number is made sure of.
/// </summary>
internal sealed class CheckedStream : Stream
{
    private readonly Stream _body;
    private readonly Func<byte[], ulong, bool>? _accepts;
    private readonly bool _countsCrc;
    private readonly CancellationToken _ending;
    private readonly IncrementalHash? _md5;
    private long _left;

    /// <param name="body">What is read; stays open.</param>
    /// <param name="length">Bytes that it must have.</param>
    /// <param name="hashes">False when somebody else makes sure of the bytes: then there is no MD5, and <paramref name="accepts"/> is not asked.</param>
    /// <param name="countsCrc">True when the CRC-64/NVME is wanted too.</param>
    /// <param name="accepts">Asked once with MD5 and CRC before the last bytes are handed over; false ends the stream with a fault.</param>
    /// <param name="ending">Ends the stream at once where the reader would go on.</param>
    public CheckedStream(Stream body, long length, bool hashes, bool countsCrc, Func<byte[], ulong, bool>? accepts, CancellationToken ending)
    {
        _body = body;
        _left = length;
        _countsCrc = countsCrc;
        _accepts = accepts;
        _ending = ending;
#pragma warning disable CA5351 // The protocol's ETag and Content-MD5 are MD5.
        _md5 = hashes ? IncrementalHash.CreateHash(HashAlgorithmName.MD5) : null;
#pragma warning restore CA5351
    }

    /// <summary>True once it was read to its end and is right, as far as this stream can tell.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>MD5 of the whole once it was read to its end, where it is hashed; else null.</summary>
    public byte[]? Md5 { get; private set; }

    /// <summary>CRC-64/NVME of what was read.</summary>
    public ulong Crc { get; private set; }

    /// <summary>What was wrong with the body, whatever the reader made of it; or null.</summary>
    public StoreException? Fault { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _ending.ThrowIfCancellationRequested();
        if (_left == 0 || buffer.IsEmpty)
        {
            return 0;
        }

        try
        {
            var read = await _body.ReadAsync(Bounded(buffer), cancellationToken);
            return Take(buffer.Span, read);
        }
        catch (StoreException fault)
        {
            Fault = fault;
            throw;
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw Failed($"the body broke off: {exception.Message}", exception);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("read it asynchronously");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _md5?.Dispose();
        }

        base.Dispose(disposing);
    }

    private Memory<byte> Bounded(Memory<byte> buffer) => buffer.Length <= _left ? buffer : buffer[..(int)_left];

    private int Take(ReadOnlySpan<byte> buffer, int read)
    {
        if (read == 0)
        {
            throw Failed($"the body ended {_left} bytes early", inner: null);
        }

        var bytes = buffer[..read];
        _md5?.AppendData(bytes);
        if (_countsCrc)
        {
            Crc = Crc64Nvme.Append(Crc, bytes);
        }

        _left -= read;
        if (_left == 0)
        {
            Md5 = _md5?.GetHashAndReset();
            if (Md5 is not null && _accepts is not null && !_accepts(Md5, Crc))
            {
                throw Failed(SourceProof.Mismatch, inner: null);
            }

            IsWhole = true;
        }

        return read;
    }

    private StoreException Failed(string message, Exception? inner)
    {
        Fault = new StoreException(StoreFault.Passing, status: null, code: null, message, inner: inner);
        return Fault;
    }
}
