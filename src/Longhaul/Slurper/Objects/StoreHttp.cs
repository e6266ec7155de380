using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace Longhaul.Slurper.Objects;

/// <summary>
/// The connections to all stores. Redirects are not followed, nothing is decompressed, no proxy, cookie or trace header is added, and
/// headers are bytes (Latin-1) both ways. Every connection passes <see cref="EndpointGuard"/> and is ended when the store falls silent
/// in the middle of a request. Whatever goes wrong below HTTP comes out as a <see cref="StoreException"/> that names no address; cancellation stays cancellation.
/// </summary>
internal sealed class StoreHttp : IDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a store may be silent: longer than any is known to think about a request without a sign of life.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly EndpointGuard _guard;
    private readonly TimeProvider _clock;
    private readonly HttpMessageInvoker _invoker;

    /// <param name="guard">What may be connected to.</param>
    /// <param name="tls">Other TLS settings than the system's, for tests with certificates of their own.</param>
    /// <param name="clock">Measures how long a store is silent.</param>
    public StoreHttp(EndpointGuard guard, TimeProvider clock, SslClientAuthenticationOptions? tls = null)
    {
        _guard = guard;
        _clock = clock;
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = ConnectTimeout,
            ConnectCallback = ConnectAsync,
            // Names are looked up again now and then: stores move, and take addresses out of their answers to move load.
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
            MaxConnectionsPerServer = int.MaxValue,
            // A body that is given up is cut, not read to its end.
            MaxResponseDrainSize = 64 << 10,
            RequestHeaderEncodingSelector = (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = (_, _) => Encoding.Latin1,
        };
        if (tls is not null)
        {
            handler.SslOptions = tls;
        }

        _invoker = new HttpMessageInvoker(handler);
    }

    /// <summary>Sends through a handler that is given, which connects as it likes: for tests of hosts that cannot be had.</summary>
    public StoreHttp(HttpMessageHandler handler)
    {
        _guard = new EndpointGuard([]);
        _clock = TimeProvider.System;
        _invoker = new HttpMessageInvoker(handler);
    }

    /// <summary>Sends a request. Completes when the headers of the answer are there.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _invoker.SendAsync(request, cancellationToken);
        }
        catch (Exception e) when (e is not StoreException)
        {
            throw Translate(e, cancellationToken);
        }
    }

    /// <summary>What a failure below HTTP means. Addresses stand in the messages of the runtime, so that none of them is passed on.</summary>
    public static Exception Translate(Exception failure, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return new OperationCanceledException("the request was cancelled", null, cancellationToken);
        }

        for (var e = failure; e is not null; e = e.InnerException)
        {
            switch (e)
            {
                case StoreException said:
                    return said;
                case AuthenticationException:
                    return new StoreException(StoreFault.Permanent, null, null, "the TLS handshake failed: the store's certificate is not trusted or no protocol is shared");
                case SocketException socket:
                    return new StoreException(StoreFault.Passing, null, null, $"the connection failed: {socket.SocketErrorCode}");
                case HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return new StoreException(StoreFault.Passing, null, null, "the store closed the connection before its answer was whole");
                case HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse }:
                    return new StoreException(StoreFault.Passing, null, null, "the answer is not HTTP");
                case TimeoutException:
                    return new StoreException(StoreFault.Passing, null, null, "no connection within 10 s");
            }
        }

        return failure switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } =>
                new StoreException(StoreFault.Passing, null, null, "the answer is not HTTP"),
            HttpRequestException or IOException or OperationCanceledException =>
                new StoreException(StoreFault.Passing, null, null, "the connection was lost"),
            _ => failure,
        };
    }

    public void Dispose() => _invoker.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var endpoint = context.InitialRequestMessage.RequestUri!;
        if (_guard.FindOriginRefusal(endpoint) is { } reason)
        {
            throw new StoreException(StoreFault.AddressRefused, null, null, $"the endpoint is not allowed: {reason}; add it to Slurper:AllowedEndpoints");
        }

        var addresses = Array.FindAll(await ResolveAsync(context.DnsEndPoint.Host, cancellationToken), a => _guard.MayConnect(endpoint, a));
        if (addresses.Length == 0)
        {
            throw new StoreException(
                StoreFault.AddressRefused, null, null, "the endpoint is not allowed: its name leads to an address that is not public; add it to Slurper:AllowedEndpoints");
        }

        return new AttentiveStream(await ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken), Patience, _clock);
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return IPAddress.TryParse(host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        }
        catch (SocketException e)
        {
            // A resolver that stumbles and a name that does not exist often look the same, hence worth another try.
            throw new StoreException(StoreFault.Passing, null, null, $"the endpoint's name cannot be resolved: {e.SocketErrorCode}");
        }
    }

    // One address after the other; only addresses that were checked are ever handed to a socket.
    private static async Task<Socket> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
                socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
                await socket.ConnectAsync(address, port, cancellationToken);
                return socket;
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        throw new StoreException(StoreFault.Passing, null, null, $"the connection failed: {last!.SocketErrorCode}");
    }
}
