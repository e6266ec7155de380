using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>A store that says nothing any more, without closing: the request ends by itself and may be made again.</summary>
public sealed class SilentStoreTests : IAsyncDisposable
{
    private readonly ScriptedStore _server = new();
    private readonly StoreHttp _http;
    private readonly S3Store _store;

    public SilentStoreTests()
    {
        _http = new StoreHttp(new EndpointGuard(["127.0.0.0/8"]), tls: null, TimeSpan.FromMilliseconds(200));
        _store = new S3Store(_http, new S3Spec("bucket", _server.Address, "auto", false, true, "id", "secret"), TimeProvider.System);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_that_is_never_answered_ends()
    {
        _server.Answer("");

        var failure = await Assert.ThrowsAsync<StoreException>(() => _store.HeadAsync("key", null, Token).WaitAsync(TimeSpan.FromSeconds(20), Token));

        Assert.Equal(StoreFault.Passing, failure.Fault);
        Assert.Contains("the store was silent for", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_stops_in_the_middle_ends()
    {
        _server.Answer("HTTP/1.1 200 X\r\nETag: \"e\"\r\nContent-Length: 10\r\n\r\n12345");

        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
        {
            await using var content = await _store.ReadAsync("key", new ReadRequest(), Token);
            await content.Body.CopyToAsync(Stream.Null, Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        });

        Assert.Equal(StoreFault.Passing, failure.Fault);
        Assert.Contains("the store was silent for", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_nobody_waits_for_may_take_its_time()
    {
        _server.Answer("HTTP/1.1 200 X\r\nETag: \"e\"\r\nContent-Length: 10\r\n\r\n1234567890");
        await using var content = await _store.ReadAsync("key", new ReadRequest(), Token);

        // Longer than the store may be silent while it is waited for.
        await Task.Delay(TimeSpan.FromMilliseconds(600), Token);

        Assert.Equal("1234567890", await new StreamReader(content.Body).ReadToEndAsync(Token));
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        _http.Dispose();
        await _server.DisposeAsync();
    }
}
