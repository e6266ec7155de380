using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Longhaul.AspNetCore;

/// <summary>How answers are written.</summary>
internal static class JsonWriting
{
    private const int LargestKeptBuffer = 1 << 16;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>
    /// Only what JSON itself demands is escaped: answers are JSON, never part of a page. The writers put members in a fixed form, so they
    /// are not checked again.
    /// </summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Answers with JSON of known length. Completes when it is handed to the connection.</summary>
    public static async Task WriteAsync(HttpResponse response, string contentType, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        response.ContentType = contentType;
        var pending = Fill(response, write, cancellationToken);
        await pending;
    }

    // The buffer belongs to the thread: it is copied into the response before anything is awaited.
    private static ValueTask<System.IO.Pipelines.FlushResult> Fill(HttpResponse response, Action<Utf8JsonWriter> write, CancellationToken cancellationToken)
    {
        var buffer = _buffer ??= new ArrayBufferWriter<byte>(4_096);
        var writer = _writer ??= new Utf8JsonWriter(buffer, Options);
        try
        {
            buffer.ResetWrittenCount();
            writer.Reset(buffer);
            write(writer);
            writer.Flush();
            response.ContentLength = buffer.WrittenCount;
            response.BodyWriter.Write(buffer.WrittenSpan);
            return response.BodyWriter.FlushAsync(cancellationToken);
        }
        finally
        {
            if (buffer.Capacity > LargestKeptBuffer)
            {
                (_buffer, _writer) = (null, null);
            }
        }
    }
}
