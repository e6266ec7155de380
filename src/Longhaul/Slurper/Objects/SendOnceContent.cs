using System.Buffers;
using System.Net;

namespace Longhaul.Slurper.Objects;

/// <summary>A stream as the body of one request: so many bytes of it, with Content-Length, read once; the stream stays its owner's.</summary>
internal sealed class SendOnceContent(Stream source, long length) : HttpContent
{
    private const int BufferBytes = 128 << 10;
    private bool _isSent;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (_isSent)
        {
            throw new StoreException(StoreFault.Passing, null, null, "the connection was lost while the body was sent");
        }

        _isSent = true;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BufferBytes, Math.Max(length, 1)));
        try
        {
            for (var left = length; left > 0;)
            {
                var read = await source.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), cancellationToken);
                if (read == 0)
                {
                    throw new StoreException(StoreFault.Passing, null, null, $"the source ended {left} bytes before its {length}");
                }

                await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                left -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }
}
