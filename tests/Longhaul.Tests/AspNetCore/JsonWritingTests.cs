using System.Text;
using System.Text.Json;
using Longhaul.AspNetCore;
using Microsoft.AspNetCore.Http;

namespace Longhaul.Tests.AspNetCore;

/// <summary>The buffer that a thread keeps for its answers is its own again before anything is awaited.</summary>
public sealed class JsonWritingTests
{
    [Fact]
    public async Task An_answer_that_a_slow_client_holds_up_keeps_its_bytes_while_the_thread_writes_another()
    {
        var slow = new HeldStream();
        var quick = new HeldStream();
        quick.Open();

        var held = WriteAsync(slow, 'a');
        await WriteAsync(quick, 'b');
        slow.Open();
        await held;

        Assert.Equal(new string('a', 15_000), JsonDocument.Parse(slow.Text).RootElement.GetProperty("text").GetString());
        Assert.Equal(new string('b', 15_000), JsonDocument.Parse(quick.Text).RootElement.GetProperty("text").GetString());
    }

    // Nothing in it is awaited before the stream is: two calls in a row are on one thread.
    private static Task WriteAsync(Stream body, char letter) => JsonWriting.WriteAsync(
        new DefaultHttpContext { Response = { Body = body } }.Response,
        "application/json",
        writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("text", new string(letter, 15_000));
            writer.WriteEndObject();
        },
        TestContext.Current.CancellationToken);

    /// <summary>Takes bytes when it is opened, and not before: as a connection does that is full.</summary>
    private sealed class HeldStream : MemoryStream
    {
        private readonly TaskCompletionSource _open = new();

        public string Text => Encoding.UTF8.GetString(ToArray());

        public void Open() => _open.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _open.Task;
            Write(buffer.Span);
        }
    }
}
