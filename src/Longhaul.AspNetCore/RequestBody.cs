using System.Buffers;
using Longhaul.Engine;
using Microsoft.AspNetCore.Http;

namespace Longhaul.AspNetCore;

/// <summary>What reading a request body came to.</summary>
public enum BodyStatus
{
    /// <summary>It is there as a whole.</summary>
    Complete,

    /// <summary>It is larger than allowed.</summary>
    TooLarge,

    /// <summary>The process holds as many bytes of bodies as it may: try again later.</summary>
    Busy,

    /// <summary>The client sent less than it had announced, or broke the encoding of its chunks.</summary>
    Broken,

    /// <summary>It arrived too slowly.</summary>
    TooSlow,
}

/// <summary>
/// A whole request body in memory, within the process-wide budget. Memory grows with what has arrived, not with what was
/// announced. Dispose it when the bytes are no longer needed.
/// </summary>
public sealed class RequestBody : IDisposable
{
    private const int FirstBuffer = 4_096;

    private readonly IngestBudget.Share _share;
    private byte[] _buffer;
    private int _length;

    private RequestBody(IngestBudget.Share share)
    {
        _share = share;
        _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    }

    /// <summary>Whether it could be read.</summary>
    public BodyStatus Status { get; private set; }

    /// <summary>The bytes, in the good case.</summary>
    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(0, _length);

    /// <summary>Reads the body. Completes when it is there or cannot be; the token is the request's.</summary>
    public static async Task<RequestBody> ReadAsync(
        HttpRequest request, IngestBudget budget, long maxBytes, CancellationToken cancellationToken)
    {
        var body = new RequestBody(budget.Open());
        try
        {
            body.Status = request.ContentLength > maxBytes ? BodyStatus.TooLarge : await body.FillAsync(request, maxBytes, cancellationToken);
        }
        catch (BadHttpRequestException exception)
        {
            body.Status = exception.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => BodyStatus.TooLarge,
                StatusCodes.Status408RequestTimeout => BodyStatus.TooSlow,
                _ => BodyStatus.Broken,
            };
        }
        catch
        {
            body.Dispose();
            throw;
        }

        return body;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _share.Dispose();
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private async Task<BodyStatus> FillAsync(HttpRequest request, long maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await request.Body.ReadAsync(_buffer.AsMemory(_length), cancellationToken);
            if (read == 0)
            {
                return BodyStatus.Complete;
            }

            _length += read;
            if (_length > maxBytes)
            {
                return BodyStatus.TooLarge;
            }

            if (!_share.TryGrowTo(_length))
            {
                return BodyStatus.Busy;
            }

            if (_length == _buffer.Length)
            {
                Grow(request.ContentLength);
            }
        }
    }

    private void Grow(long? announced)
    {
        // Room for one byte more than announced, so that the end is seen without growing again.
        var size = (int)Math.Min(_buffer.Length * 2L, Math.Max(announced ?? int.MaxValue, _length) + 1);
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(size, Array.MaxLength));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
