namespace Longhaul.Slurper.Objects;

/// <summary>
/// The body of an answer, read raw. Knows how long it must be: an end before that is a <see cref="StoreException"/>, and so is whatever
/// goes wrong below. Disposing it gives the connection back, or ends it when the body was not read to its end.
/// </summary>
internal sealed class StoreBody(HttpResponseMessage response, Stream inner, long length) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await inner.ReadAsync(buffer, cancellationToken);
        }
        catch (Exception e) when (e is not StoreException)
        {
            throw StoreHttp.Translate(e, cancellationToken);
        }

        return Count(read, buffer.Length);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count)
    {
        int read;
        try
        {
            read = inner.Read(buffer, offset, count);
        }
        catch (Exception e) when (e is not StoreException)
        {
            throw StoreHttp.Translate(e, CancellationToken.None);
        }

        return Count(read, count);
    }

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
            inner.Dispose();
            response.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Count(int read, int wanted)
    {
        _position += read;
        if (read == 0 && wanted > 0 && _position < length)
        {
            throw new StoreException(StoreFault.Passing, null, null, $"the body ended after {_position} of {length} bytes");
        }

        return _position <= length
            ? read
            : throw new StoreException(StoreFault.Passing, null, null, $"the body has more than its {length} bytes");
    }
}
