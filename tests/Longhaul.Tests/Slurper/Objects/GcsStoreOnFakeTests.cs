using System.Security.Cryptography;
using System.Text;
using Longhaul.Slurper.Objects;
using Longhaul.TestStores;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>The Google face of the store in memory, which the vendor's own client accepts.</summary>
public sealed class GcsStoreOnFakeTests : IAsyncLifetime
{
    private TestStore _server = null!;
    private ObjectStores _stores = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestStore.StartAsync(new() { Gcs = true }, "pail");
        _stores = new ObjectStores(new StoreSettings { AllowedEndpoints = [_server.Address.GetLeftPart(UriPartial.Authority)] }, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _stores.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(ObjectStoreContract.Keys), MemberType = typeof(ObjectStoreContract))]
    public async Task A_key_is_the_same_key_everywhere(string key)
    {
        _server.Bucket("pail").Put(key, "body"u8, ("content-type", "text/x"), ("x-amz-meta-own", "mine"));
        using var store = Open();

        Assert.Equal(key, Assert.Single((await store.ListAsync(new ListRequest(key), Token)).Objects).Key);
        Assert.Equal(4, (await store.HeadAsync(key, null, Token))!.Size);
        await using var content = await store.ReadAsync(key, new ReadRequest(), Token);
        Assert.Equal("body", await new StreamReader(content.Body).ReadToEndAsync(Token));
        Assert.Equal(("text/x", new KeyValuePair<string, string>("own", "mine")), (content.Facts.Headers.ContentType, content.Facts.Headers.Metadata.Single()));
    }

    [Fact]
    public async Task Pages_ranges_and_pins_work_as_on_s3()
    {
        string[] keys = ["a", "b +", "c/1", "c/2", "é"];
        foreach (var key in keys)
        {
            _server.Bucket("pail").Put(key, Encoding.UTF8.GetBytes("0123456789"));
        }

        using var store = Open();
        var found = new List<string>();
        for (string? token = null; ;)
        {
            var page = await store.ListAsync(new ListRequest("", Token: token, MaxKeys: 2), Token);
            found.AddRange(page.Objects.Select(o => o.Key));
            if ((token = page.NextToken) is null)
            {
                break;
            }
        }

        Assert.Equal(keys, found);
        Assert.Equal(["c/2", "é"], (await store.ListAsync(new ListRequest("", StartAfter: "c/1"), Token)).Objects.Select(o => o.Key));
        var etag = (await store.HeadAsync("a", null, Token))!.ETag!;
        await using (var part = await store.ReadAsync("a", new ReadRequest(new ByteRange(2, 4), etag), Token))
        {
            Assert.Equal("234", await new StreamReader(part.Body).ReadToEndAsync(Token));
            Assert.Equal((10, 3), (part.Facts.Size, part.Length));
        }

        _server.Bucket("pail").Put("a", "9876543210"u8);
        Assert.Equal(StoreFault.PreconditionFailed, (await FailAsync(() => store.ReadAsync("a", new ReadRequest(new ByteRange(2, 4), etag), Token))).Fault);
        Assert.Equal(StoreFault.NoSuchKey, (await FailAsync(() => store.ReadAsync("none", new ReadRequest(), Token))).Fault);
        Assert.Equal(StoreFault.RangeNotSatisfiable, (await FailAsync(() => store.ReadAsync("a", new ReadRequest(new ByteRange(10, 10)), Token))).Fault);
    }

    [Fact]
    public async Task A_foreign_key_and_a_missing_bucket_are_told_apart()
    {
        using var other = RSA.Create(2048);
        using var stranger = Open(other.ExportPkcs8PrivateKeyPem());
        using var nowhere = Open(bucket: "no-such-pail");

        Assert.Equal(StoreFault.Unauthenticated, (await FailAsync(() => stranger.ListAsync(new ListRequest(""), Token))).Fault);
        Assert.Equal(StoreFault.NoSuchBucket, (await FailAsync(() => nowhere.ListAsync(new ListRequest(""), Token))).Fault);
        Assert.Null(await new Connectivity(TimeProvider.System).CheckSourceAsync(Open(), null, null, Token));
    }

    private static Task<StoreException> FailAsync(Func<Task> call) => Assert.ThrowsAsync<StoreException>(call);

    private IObjectStore Open(string? key = null, string bucket = "pail")
    {
        var account = _server.GcsAccounts.Create();
        return _stores.OpenSource(new GcsSpec(bucket, _server.Address, new Uri(_server.Address, "/token"), account.ClientEmail, key ?? account.PrivateKey));
    }
}
