using System.Net;
using System.Net.Sockets;

namespace Longhaul.Tests.Support;

/// <summary>
/// Stands between one request and a server: it forwards the request and ends the server with SIGKILL at the first byte of the answer, of
/// which nothing gets through; or earlier, when a time after the request's first byte is over.
/// </summary>
internal sealed class KillingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly LonghaulProcess _server;
    private readonly TimeSpan? _after;
    private readonly Task _relay;

    public KillingRelay(LonghaulProcess server, TimeSpan? after = null)
    {
        _server = server;
        _after = after;
        _listener.Start();
        _relay = RelayAsync();
    }

    /// <summary>True when the server had begun to answer.</summary>
    public bool HadAnswered { get; private set; }

    public HttpClient NewClient()
    {
        var client = _server.NewClient();
        client.BaseAddress = new Uri($"http://{_listener.LocalEndpoint}");
        return client;
    }

    /// <summary>Completes when the server is dead.</summary>
    public async ValueTask DisposeAsync()
    {
        await _relay;
        _listener.Dispose();
    }

    private async Task RelayAsync()
    {
        using var client = await _listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, _server.Address.Port, TestContext.Current.CancellationToken);
        using var ended = new CancellationTokenSource();
        var request = ForwardAsync(client.GetStream(), server.GetStream(), ended.Token);
        var answer = server.GetStream().ReadAsync(new byte[1], ended.Token).AsTask();
        if (_after is { } after)
        {
            // The moment of the kill is what is random here; nothing waits for it.
            using var timer = new PeriodicTimer(after + TimeSpan.FromMilliseconds(1));
            await Task.WhenAny(answer, timer.WaitForNextTickAsync(TestContext.Current.CancellationToken).AsTask());
        }
        else
        {
            await answer;
        }

        HadAnswered = answer.IsCompletedSuccessfully;
        _server.Kill();
        await _server.WaitForExitAsync();
        await ended.CancelAsync();
        await Task.WhenAll(request, answer).ContinueWith(t => _ = t.Exception, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    private static async Task ForwardAsync(NetworkStream from, NetworkStream to, CancellationToken cancellationToken)
    {
        var buffer = new byte[16_384];
        int read;
        while ((read = await from.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }
}
