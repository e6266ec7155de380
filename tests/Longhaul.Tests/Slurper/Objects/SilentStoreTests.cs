using Longhaul.Slurper.Objects;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>A store that says nothing any more, without closing: the request ends by itself and may be made again.</summary>
public sealed class SilentStoreTests : IAsyncDisposable
{
    private readonly ScriptedStore _server = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly StoreHttp _http;
    private readonly S3Store _store;

    public SilentStoreTests()
    {
        _http = new StoreHttp(new EndpointGuard(["127.0.0.0/8"]), _clock);
        _store = new S3Store(_http, new S3Spec("bucket", _server.Address, "auto", false, true, "id", "secret"), TimeProvider.System);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact(Timeout = 20_000)]
    public async Task A_request_that_is_never_answered_ends()
    {
        _server.Answer("");

        var failure = await Assert.ThrowsAsync<StoreException>(() => LoseAsync(_store.HeadAsync("key", null, Token)));

        Assert.Equal(StoreFault.Passing, failure.Fault);
        Assert.Contains("the store was silent for", failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 20_000)]
    public async Task A_body_that_stops_in_the_middle_ends()
    {
        _server.Answer("HTTP/1.1 200 X\r\nETag: \"e\"\r\nContent-Length: 10\r\n\r\n12345");

        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
        {
            await using var content = await _store.ReadAsync("key", new ReadRequest(), Token);
            await LoseAsync(content.Body.CopyToAsync(Stream.Null, Token));
        });

        Assert.Equal(StoreFault.Passing, failure.Fault);
        Assert.Contains("the store was silent for", failure.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 20_000)]
    public async Task A_body_that_nobody_waits_for_may_take_its_time()
    {
        _server.Answer("HTTP/1.1 200 X\r\nETag: \"e\"\r\nContent-Length: 10\r\n\r\n1234567890");
        await using var content = await _store.ReadAsync("key", new ReadRequest(), Token);

        _clock.Advance(StoreHttp.Patience);
        _clock.Advance(StoreHttp.Patience);

        Assert.Equal("1234567890", await new StreamReader(content.Body).ReadToEndAsync(Token));
    }

    // Nobody tells when the connection is waited on; time passes until then and a little longer.
    private async Task LoseAsync(Task request)
    {
        while (!request.IsCompleted)
        {
            Token.ThrowIfCancellationRequested();
            _clock.Advance(StoreHttp.Patience / 2);
            await Task.Yield();
        }

        await request;
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        _http.Dispose();
        await _server.DisposeAsync();
    }
}
