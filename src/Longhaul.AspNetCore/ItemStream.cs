using System.IO.Compression;
using System.Text.Json;
using Longhaul.Engine.Operations;
using Microsoft.AspNetCore.Http;

namespace Longhaul.AspNetCore;

/// <summary>
/// All items of an operation as one stream, a JSON object on each line, in the order of their index. Holds one part of them at a time:
/// parts are larger than pages, since the chunks of a sorted input have to be looked through for each.
/// </summary>
internal static class ItemStream
{
    private const string MediaType = "application/x-ndjson";
    private const int ItemsPerPart = 20_000;
    private const int FlushBytes = 32 << 10;

    /// <summary>True when the request prefers the stream to pages.</summary>
    public static bool IsAskedFor(HttpRequest request) =>
        Quality(request.Headers.Accept.ToString(), MediaType) is > 0 and var stream && stream >= Quality(request.Headers.Accept.ToString(), "application/json");

    /// <summary>Completes when the last item is written.</summary>
    public static async Task WriteAsync(OperationsCall call, Operation operation, IReadOnlySet<ItemState>? states)
    {
        call.Response.ContentType = MediaType;
        call.Response.Headers.Vary = "Accept, Accept-Encoding";
        if (Quality(call.Request.Headers.AcceptEncoding.ToString(), "gzip") > 0)
        {
            call.Response.Headers.ContentEncoding = "gzip";
            await using var packed = new GZipStream(call.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
            await WriteLinesAsync(call, operation, states, packed);
        }
        else
        {
            await WriteLinesAsync(call, operation, states, call.Response.Body);
        }
    }

    private static async Task WriteLinesAsync(OperationsCall call, Operation operation, IReadOnlySet<ItemState>? states, Stream stream)
    {
        using var buffer = new MemoryStream(FlushBytes * 2);
        using var writer = new Utf8JsonWriter(buffer, JsonWriting.Options);
        for (var from = 0L; ;)
        {
            var items = await call.Api.Operations.ReadItemsAsync(operation, states, from, ItemsPerPart, call.Aborted);
            foreach (var item in items)
            {
                OperationsWire.Write(writer, item);
                writer.Flush();
                writer.Reset();
                buffer.WriteByte((byte)'\n');
                if (buffer.Length >= FlushBytes)
                {
                    await SendAsync(buffer, stream, call.Aborted);
                }
            }

            await SendAsync(buffer, stream, call.Aborted);
            if (items.Count < ItemsPerPart)
            {
                return;
            }

            from = items[^1].Outcome.Index + 1;
        }
    }

    private static async Task SendAsync(MemoryStream buffer, Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(buffer.GetBuffer().AsMemory(0, (int)buffer.Length), cancellationToken);
        await stream.FlushAsync(cancellationToken);
        buffer.SetLength(0);
    }

    /// <summary>The weight of a value in a header such as <c>gzip;q=0.5, *</c>; 0 when it is not there by name.</summary>
    private static double Quality(string header, string value)
    {
        foreach (var part in header.Split(','))
        {
            var pieces = part.Split(';', StringSplitOptions.TrimEntries);
            if (!pieces[0].Equals(value, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var weight = Array.Find(pieces, p => p.StartsWith("q=", StringComparison.OrdinalIgnoreCase));
            return weight is null ? 1 : double.TryParse(weight.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture, out var quality) ? quality : 0;
        }

        return 0;
    }
}
