using System.Buffers;
using System.Globalization;

namespace Longhaul.Slurper.Objects;

/// <summary>What S3 and GCS answers have in common: bodies read whole, open objects, errors made into <see cref="StoreException"/>.</summary>
internal static class StoreAnswers
{
    private const int MaxErrorBytes = 64 << 10;
    private const int MaxMessageLength = 160;

    /// <summary>Reads a body whole, up to a bound.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, int maxBytes, CancellationToken cancellationToken)
    {
        var known = response.Content.Headers.ContentLength;
        if (known > maxBytes)
        {
            throw new StoreException(StoreFault.Permanent, (int)response.StatusCode, null, $"the store's answer has more than {maxBytes} bytes");
        }

        var buffer = ArrayPool<byte>.Shared.Rent((int)(known ?? 4096) + 1);
        var length = 0;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
                if (read == 0)
                {
                    return buffer.AsSpan(0, length).ToArray();
                }

                length += read;
                if (length > maxBytes)
                {
                    throw new StoreException(StoreFault.Permanent, (int)response.StatusCode, null, $"the store's answer has more than {maxBytes} bytes");
                }

                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(length * 2);
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        catch (Exception e) when (e is not StoreException)
        {
            throw StoreHttp.Translate(e, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads the error in an answer; null when its body is none.</summary>
    public static async Task<StoreXml.StoreError?> FindErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            return StoreXml.FindError(await ReadAsync(response, MaxErrorBytes, cancellationToken));
        }
        catch (StoreException)
        {
            // The status says enough.
            return null;
        }
    }

    /// <summary>A failed answer as an exception.</summary>
    /// <param name="request">The vendor's name of the request, such as <c>PutObject</c>.</param>
    /// <param name="response">The answer.</param>
    /// <param name="error">What its body says.</param>
    /// <param name="notFound">What a 404 without a code means.</param>
    /// <param name="secrets">Texts that no message may have.</param>
    public static StoreException Failure(
        string request, HttpResponseMessage response, StoreXml.StoreError? error, StoreFault notFound, IReadOnlyList<string> secrets)
    {
        var status = (int)response.StatusCode;
        var code = CodeOf(error?.Code);
        var said = SafeText(error?.Message, secrets);
        var message = $"{request} was answered {status}{(code is null ? "" : " " + code)}{(said is null ? "" : ": " + said)}";
        return new StoreException(StoreFaults.Of(status, code, notFound), status, code, message, RetryAfter(response));
    }

    /// <summary>Opens the body of a GET that succeeded.</summary>
    public static async Task<ObjectContent> OpenAsync(HttpResponseMessage response, ReadRequest request, string vendor, CancellationToken cancellationToken)
    {
        var length = response.Content.Headers.ContentLength
            ?? throw new StoreException(StoreFault.Permanent, (int)response.StatusCode, null, "the store does not say how long the object is");
        var size = length;
        if (request.Range is { } range)
        {
            size = SizeOfWhole(response, range, length);
        }

        var facts = HeaderText.Read(response, size, vendor);
        if (request.IfMatch is { } wanted && facts.ETag is { } found && found != wanted)
        {
            // Some stores do not know If-Match on a read.
            throw new StoreException(StoreFault.PreconditionFailed, (int)response.StatusCode, null, "the object has changed: its ETag is another one");
        }

        return new ObjectContent(facts, length, new StoreBody(response, await response.Content.ReadAsStreamAsync(cancellationToken), length));
    }

    private static long SizeOfWhole(HttpResponseMessage response, ByteRange range, long length)
    {
        if (HeaderText.ContentRange(response) is { } part)
        {
            var expected = Math.Min(range.Length, part.Total - range.First);
            return part.First == range.First && length == expected
                ? part.Total
                : throw new StoreException(StoreFault.Passing, (int)response.StatusCode, null, "the store sent another range than it was asked for");
        }

        // An answer of 200 is the whole object: right where the whole was asked for, else the store does not know ranges.
        return range.First == 0 && range.Last >= length - 1
            ? length
            : throw new StoreException(StoreFault.NotImplemented, (int)response.StatusCode, null, "the store does not know ranges: it sent the whole object");
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var text = HeaderText.Find(response.Headers.NonValidated, "Retry-After");
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return TimeSpan.FromSeconds(seconds);
        }

        // A date is measured against the store's own clock, which wrote it.
        return response.Headers.RetryAfter?.Date is { } at && response.Headers.Date is { } now && at > now ? at - now : null;
    }

    // A code is a word; anything else that stands in its place is not repeated.
    private static string? CodeOf(string? code) =>
        code is { Length: > 0 and <= 64 } && code.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') ? code : null;

    private static string? SafeText(string? text, IReadOnlyList<string> secrets)
    {
        if (text is null || secrets.Any(secret => secret.Length > 0 && text.Contains(secret, StringComparison.OrdinalIgnoreCase)))
        {
            return null;
        }

        var cut = text.Length > MaxMessageLength ? text[..MaxMessageLength] : text;
        return string.Concat(cut.Select(c => c is >= ' ' and <= '~' ? c : '?'));
    }
}
