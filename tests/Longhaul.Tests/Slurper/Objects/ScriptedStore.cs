using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>
/// A server that answers each request with the next text of its script, to the byte: also what no web server would send. Remembers what
/// it was asked.
/// </summary>
public sealed class ScriptedStore : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<(string Text, End End)> _script = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public ScriptedStore()
    {
        _listener.Start();
        _loop = AcceptAsync();
    }

    private enum End
    {
        KeepOpen,
        Close,
        Reset,
        AtHead,
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Head (as it came, Latin-1) and body of each request.</summary>
    public ConcurrentQueue<(string Head, byte[] Body)> Requests { get; } = new();

    public ScriptedStore Answer(string text) => Add(text, End.KeepOpen);

    public ScriptedStore Answer(int status, string headers, string body) =>
        Answer($"HTTP/1.1 {status} X\r\n{headers}Content-Length: {Encoding.Latin1.GetByteCount(body)}\r\n\r\n{body}");

    public ScriptedStore Error(int status, string code, string headers = "", string more = "") =>
        Answer(status, headers, $"<Error><Code>{code}</Code><Message>as scripted</Message>{more}</Error>");

    /// <summary>Sends the text and closes.</summary>
    public ScriptedStore Cut(string text) => Add(text, End.Close);

    /// <summary>Sends the text and resets the connection.</summary>
    public ScriptedStore Reset(string text) => Add(text, End.Reset);

    /// <summary>Answers when the head is there, without asking for the body, and closes.</summary>
    public ScriptedStore Refuse(string text) => Add(text, End.AtHead);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        try
        {
            await _loop;
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }

        _stop.Dispose();
    }

    private ScriptedStore Add(string text, End end)
    {
        _script.Enqueue((text, end));
        return this;
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        while (!_stop.IsCancellationRequested)
        {
            connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }

        await Task.WhenAll(connections);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            try
            {
                while (await ReadHeadAsync(stream) is { } head)
                {
                    if (_script.TryPeek(out var first) && first.End == End.AtHead)
                    {
                        Requests.Enqueue((head, []));
                        await stream.WriteAsync(Encoding.Latin1.GetBytes(first.Text), _stop.Token);
                        return;
                    }

                    if (head.Contains("Expect: 100-continue", StringComparison.OrdinalIgnoreCase))
                    {
                        await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), _stop.Token);
                    }

                    var body = new byte[LengthOf(head)];
                    await stream.ReadExactlyAsync(body, _stop.Token);
                    Requests.Enqueue((head, body));
                    if (!_script.TryDequeue(out var next))
                    {
                        next = ("HTTP/1.1 599 Script-ended\r\nContent-Length: 0\r\n\r\n", End.KeepOpen);
                    }

                    await stream.WriteAsync(Encoding.Latin1.GetBytes(next.Text), _stop.Token);
                    if (next.End != End.KeepOpen)
                    {
                        client.LingerState = new LingerOption(next.End == End.Reset, 0);
                        return;
                    }
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
            }
        }
    }

    private async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) > 0)
        {
            head.Add(one[0]);
            if (head.Count >= 4 && head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n')
            {
                return Encoding.Latin1.GetString([.. head]);
            }
        }

        return null;
    }

    private static int LengthOf(string head)
    {
        var line = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture);
    }
}
