using System.Buffers;
using Longhaul.Engine;
using Microsoft.AspNetCore.Http;

namespace Longhaul.AspNetCore;

/// <summary>What reading a request body came to.</summary>
internal enum BodyStatus
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
internal sealed class RequestBody : IDisposable
{
    private const int FirstSegment = 4 << 10;
    private const int LargestSegment = 1 << 20;

    private readonly IngestBudget.Share _share;
    private readonly List<byte[]> _segments = [ArrayPool<byte>.Shared.Rent(FirstSegment)];
    private int _lastUsed;
    private long _length;

    private RequestBody(IngestBudget.Share share) => _share = share;

    /// <summary>Whether it could be read.</summary>
    public BodyStatus Status { get; private set; }

    /// <summary>The bytes, in the good case.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private set; }

    /// <summary>Reads the body. Completes when it is there or cannot be; the token is the request's.</summary>
    public static async Task<RequestBody> ReadAsync(
        HttpRequest request, IngestBudget budget, long maxBytes, CancellationToken cancellationToken)
    {
        var body = new RequestBody(budget.Open());
        try
        {
            body.Status = request.ContentLength > maxBytes ? BodyStatus.TooLarge : await body.FillAsync(request, maxBytes, cancellationToken);
            if (body.Status == BodyStatus.Complete)
            {
                body.Join();
            }
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
        Bytes = default;
        _share.Dispose();
        ReturnSegments();
    }

    private async Task<BodyStatus> FillAsync(HttpRequest request, long maxBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_lastUsed == _segments[^1].Length)
            {
                _segments.Add(ArrayPool<byte>.Shared.Rent(Math.Min(LargestSegment, _segments[^1].Length * 2)));
                _lastUsed = 0;
            }

            var read = await request.Body.ReadAsync(_segments[^1].AsMemory(_lastUsed), cancellationToken);
            if (read == 0)
            {
                return BodyStatus.Complete;
            }

            _lastUsed += read;
            _length += read;
            if (_length > maxBytes)
            {
                return BodyStatus.TooLarge;
            }

            if (!_share.TryGrowTo(_length))
            {
                return BodyStatus.Busy;
            }
        }
    }

    /// <summary>Puts the parts behind each other: JSON is read from one piece.</summary>
    private void Join()
    {
        if (_segments.Count == 1)
        {
            Bytes = _segments[0].AsMemory(0, _lastUsed);
            return;
        }

        var whole = GC.AllocateUninitializedArray<byte>((int)_length);
        var at = 0;
        foreach (var segment in _segments)
        {
            var part = Math.Min(segment.Length, whole.Length - at);
            segment.AsSpan(0, part).CopyTo(whole.AsSpan(at));
            at += part;
        }

        ReturnSegments();
        Bytes = whole;
    }

    private void ReturnSegments()
    {
        foreach (var segment in _segments)
        {
            ArrayPool<byte>.Shared.Return(segment);
        }

        _segments.Clear();
    }
}
