using System.Net;
using System.Net.Sockets;
using Longhaul.Slurper.Objects;
using Longhaul.TestStores;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>The bucket as part of the host, as AWS has it; the server checks the signature of host and path.</summary>
public sealed class VirtualHostTests : IAsyncLifetime
{
    private TestStore _server = null!;
    private StoreHttp _http = null!;
    private S3Store _store = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestStore.StartAsync(new(), "bucket");
        _http = new StoreHttp(new SocketsHttpHandler { ConnectCallback = ConnectAsync });
        var endpoint = new Uri($"http://localhost:{_server.Port}");
        _store = new S3Store(_http, new S3Spec("bucket", endpoint, "us-east-1", true, false, Credentials.DefaultId, Credentials.DefaultSecret), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        _http.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(ObjectStoreContract.Keys), MemberType = typeof(ObjectStoreContract))]
    public async Task A_key_is_the_same_key_everywhere(string key)
    {
        var token = TestContext.Current.CancellationToken;
        await _store.PutAsync(key, new PutRequest(new ObjectBody(4, "body"u8.ToArray(), null, null), ObjectHeaders.None, false), token);

        Assert.Equal(key, Assert.Single((await _store.ListAsync(new ListRequest(key), token)).Objects).Key);
        Assert.Equal(4, (await _store.HeadAsync(key, null, token))!.Size);
        Assert.All(_server.Log.Requests, r => Assert.StartsWith("bucket.localhost", r.Header("host"), StringComparison.Ordinal));
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _server.Port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
