using Longhaul.Slurper.Objects;
using Longhaul.TestStores;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>Every fault of the store in memory, and what it is taken for.</summary>
public sealed class StoreFaultTests : IAsyncLifetime
{
    private TestStore _server = null!;
    private ObjectStores _stores = null!;
    private IObjectTarget _store = null!;

    public static TheoryData<string, string, string?> Answers => new()
    {
        { nameof(Effect.SlowDown), nameof(StoreFault.Throttled), "SlowDown" },
        { nameof(Effect.TooManyRequests), nameof(StoreFault.Throttled), "TooManyRequests" },
        { nameof(Effect.InternalError), nameof(StoreFault.Passing), "InternalError" },
        { nameof(Effect.RequestTimeout), nameof(StoreFault.Passing), "RequestTimeout" },
        { nameof(Effect.TimeTooSkewed), nameof(StoreFault.Passing), "RequestTimeTooSkewed" },
        { nameof(Effect.AccessDenied), nameof(StoreFault.AccessDenied), "AccessDenied" },
        { nameof(Effect.Unauthorized), nameof(StoreFault.Unauthenticated), "Unauthorized" },
        { nameof(Effect.NoSuchUpload), nameof(StoreFault.NoSuchUpload), "NoSuchUpload" },
        { nameof(Effect.NoSuchBucket), nameof(StoreFault.NoSuchBucket), "NoSuchBucket" },
        { nameof(Effect.NotImplemented), nameof(StoreFault.NotImplemented), "NotImplemented" },
        { nameof(Effect.PreconditionFailed), nameof(StoreFault.PreconditionFailed), "PreconditionFailed" },
        { nameof(Effect.ConditionalRequestConflict), nameof(StoreFault.Conflict), "ConditionalRequestConflict" },
        { nameof(Effect.PermanentRedirect), nameof(StoreFault.Permanent), "PermanentRedirect" },
        { nameof(Effect.Redirect), nameof(StoreFault.Permanent), "TemporaryRedirect" },
        { nameof(Effect.ResetBefore), nameof(StoreFault.Passing), null },
        { nameof(Effect.LostReply), nameof(StoreFault.Passing), null },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestStore.StartAsync(new() { AllowUnsignedPayloadOverHttp = true }, "bucket");
        _stores = new ObjectStores(new StoreSettings { AllowedEndpoints = [_server.Address.GetLeftPart(UriPartial.Authority)] }, TimeProvider.System);
        _store = _stores.OpenTarget(new S3Spec("bucket", _server.Address, "us-east-1", false, true, Credentials.DefaultId, Credentials.DefaultSecret));
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        _stores.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_is_taken_for_what_it_is(string effect, string fault, string? code)
    {
        _server.Bucket("bucket").Put("k", "0123456789"u8);
        _server.Faults.Add(new Fault(EffectOf(effect)));

        foreach (var call in Calls())
        {
            var failure = await Assert.ThrowsAsync<StoreException>(call);
            Assert.Equal((fault, code), (failure.Fault.ToString(), failure.Code));
            Assert.DoesNotContain(Credentials.DefaultId, failure.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain(Credentials.DefaultSecret, failure.ToString(), StringComparison.Ordinal);
            Assert.DoesNotContain("127.0.0.1", failure.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_throttled_answer_says_how_long()
    {
        _server.Faults.Add(new Fault(Effect.SlowDown(3)));

        Assert.Equal(TimeSpan.FromSeconds(3), (await Assert.ThrowsAsync<StoreException>(() => _store.DeleteAsync("k", Token))).RetryAfter);
    }

    [Theory]
    [InlineData(nameof(Effect.Truncate))]
    [InlineData(nameof(Effect.ResetAfter))]
    public async Task A_body_that_ends_early_is_noticed_while_it_is_read(string effect)
    {
        _server.Bucket("bucket").Put("k", new byte[1 << 20]);
        _server.Faults.Add(EffectOf(effect), S3Verb.GetObject);

        var failure = await Assert.ThrowsAsync<StoreException>(async () =>
        {
            await using var content = await _store.ReadAsync("k", new ReadRequest(), Token);
            await content.Body.CopyToAsync(Stream.Null, Token);
        });

        Assert.Equal(StoreFault.Passing, failure.Fault);
    }

    [Theory]
    [InlineData(nameof(Effect.Truncate))]
    [InlineData(nameof(Effect.ResetAfter))]
    public async Task A_listing_that_ends_early_is_no_listing(string effect)
    {
        _server.Bucket("bucket").Put("k", "x"u8);
        _server.Faults.Add(EffectOf(effect), S3Verb.ListObjectsV2);

        Assert.Equal(StoreFault.Passing, (await Assert.ThrowsAsync<StoreException>(() => _store.ListAsync(new ListRequest(""), Token))).Fault);
    }

    [Fact]
    public async Task A_page_that_leads_nowhere_is_no_end()
    {
        _server.Bucket("bucket").Put("a", "x"u8);
        _server.Bucket("bucket").Put("b", "x"u8);
        _server.Faults.Add(Effect.MissingToken(), S3Verb.ListObjectsV2);

        Assert.Equal(StoreFault.Permanent, (await Assert.ThrowsAsync<StoreException>(() => _store.ListAsync(new ListRequest("", MaxKeys: 1), Token))).Fault);
    }

    [Fact]
    public async Task An_error_inside_a_success_is_an_error()
    {
        var etag = _server.Bucket("bucket").Put("k", "0123456789"u8).ETag;
        var upload = await _store.BeginUploadAsync("u", ObjectHeaders.None, Token);
        var part = await _store.PutPartAsync("u", upload, new PartRequest(1, new ObjectBody(1, "x"u8.ToArray(), null, null)), Token);
        _server.Faults.Add(Effect.ErrorIn200(), S3Verb.CompleteMultipartUpload, times: 1);
        _server.Faults.Add(Effect.ErrorIn200("SlowDown"), S3Verb.CopyObject, times: 1);

        var complete = await Assert.ThrowsAsync<StoreException>(() => _store.CompleteUploadAsync("u", upload, [part], false, Token));
        var copy = await Assert.ThrowsAsync<StoreException>(() => _store.CopyAsync("c", new CopyRequest("bucket", "k", etag, ObjectHeaders.None, false), Token));

        Assert.Equal((StoreFault.Passing, 200), (complete.Fault, complete.Status));
        Assert.Equal((StoreFault.Throttled, 200), (copy.Fault, copy.Status));
        await _store.CompleteUploadAsync("u", upload, [part], false, Token);
    }

    [Fact]
    public async Task A_store_that_dies_and_comes_back_is_found_again()
    {
        await _store.ListAsync(new ListRequest(""), Token);
        await _server.DieAsync();

        Assert.Equal(StoreFault.Passing, (await Assert.ThrowsAsync<StoreException>(() => _store.ListAsync(new ListRequest(""), Token))).Fault);

        await _server.ReviveAsync();
        Assert.Empty((await _store.ListAsync(new ListRequest(""), Token)).Objects);
    }

    [Fact]
    public async Task Every_write_says_its_length_and_none_is_signed_in_chunks()
    {
        using var stream = new MemoryStream(new byte[100]);
        await _store.PutAsync("a", new PutRequest(new ObjectBody(100, default, stream, null), ObjectHeaders.None, false), Token);
        await _store.PutAsync("b", new PutRequest(new ObjectBody(1, new byte[1], null, null), ObjectHeaders.None, false), Token);

        Assert.Equal(["UNSIGNED-PAYLOAD", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"], _server.Log.Of(S3Verb.PutObject).Select(r => r.Header("x-amz-content-sha256")));
        Assert.Equal(["100", "1"], _server.Log.Of(S3Verb.PutObject).Select(r => r.Header("content-length")));
        Assert.All(_server.Log.Requests, r => Assert.Null(r.Header("transfer-encoding")));
    }

    [Fact]
    public async Task A_refused_target_key_shows_in_the_check_of_connectivity_and_leaves_nothing()
    {
        _server.Credentials.Add("reader", "reading", KeyAccess.ReadOnly);
        _server.Credentials.Add("lister", "listing", KeyAccess.ListOnly);
        _server.Bucket("bucket").Put("k", "x"u8);
        using var reader = Open("reader", "reading");
        using var lister = Open("lister", "listing");
        var check = new Connectivity(TimeProvider.System);

        var (target, source, good) = (check.CheckTargetAsync(reader, Token), check.CheckSourceAsync(lister, null, null, Token), check.CheckSourceAsync(reader, null, null, Token));

        Assert.Equal("CreateMultipartUpload was answered 403 AccessDenied: Access Denied", await target);
        Assert.Equal("GetObject was answered 403 AccessDenied: Access Denied", await source);
        Assert.Null(await good);
        Assert.Single(_server.Bucket("bucket").Objects);
    }

    private static Effect EffectOf(string name) => name switch
    {
        nameof(Effect.SlowDown) => Effect.SlowDown(),
        nameof(Effect.TooManyRequests) => Effect.TooManyRequests(),
        nameof(Effect.InternalError) => Effect.InternalError(),
        nameof(Effect.RequestTimeout) => Effect.RequestTimeout(),
        nameof(Effect.TimeTooSkewed) => Effect.TimeTooSkewed(),
        nameof(Effect.AccessDenied) => Effect.AccessDenied(),
        nameof(Effect.Unauthorized) => Effect.Unauthorized(),
        nameof(Effect.NoSuchUpload) => Effect.NoSuchUpload(),
        nameof(Effect.NoSuchBucket) => Effect.NoSuchBucket(),
        nameof(Effect.NotImplemented) => Effect.NotImplemented(),
        nameof(Effect.PreconditionFailed) => Effect.PreconditionFailed(),
        nameof(Effect.ConditionalRequestConflict) => Effect.ConditionalRequestConflict(),
        nameof(Effect.PermanentRedirect) => Effect.PermanentRedirect("eu-west-1"),
        nameof(Effect.Redirect) => Effect.Redirect("http://169.254.169.254/"),
        nameof(Effect.ResetBefore) => Effect.ResetBefore(),
        nameof(Effect.LostReply) => Effect.LostReply(),
        nameof(Effect.Truncate) => Effect.Truncate(),
        nameof(Effect.ResetAfter) => Effect.ResetAfter(10),
        _ => throw new ArgumentException(name),
    };

    private IObjectTarget Open(string id, string secret) => _stores.OpenTarget(new S3Spec("bucket", _server.Address, "us-east-1", false, true, id, secret));

    private IEnumerable<Func<Task>> Calls() =>
    [
        () => _store.ListAsync(new ListRequest(""), Token),
        () => _store.ReadAsync("k", new ReadRequest(), Token),
        () => _store.PutAsync("p", new PutRequest(new ObjectBody(1, new byte[1], null, null), ObjectHeaders.None, false), Token),
        () => _store.PutPartAsync("p", "u", new PartRequest(1, new ObjectBody(1, new byte[1], null, null)), Token),
        () => _store.BeginUploadAsync("p", ObjectHeaders.None, Token),
        () => _store.CopyAsync("c", new CopyRequest("bucket", "k", "e", ObjectHeaders.None, false), Token),
    ];
}
