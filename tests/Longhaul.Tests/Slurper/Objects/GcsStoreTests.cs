using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Longhaul.Slurper.Objects;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Objects;

public sealed class GcsStoreTests : IAsyncDisposable
{
    private const string Email = "copier@project.example";

    private readonly RSA _key = RSA.Create(2048);
    private readonly ScriptedStore _server = new();
    private readonly ScriptedStore _tokens = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly ObjectStores _stores;

    public GcsStoreTests()
    {
        _stores = new ObjectStores(new StoreSettings { AllowedEndpoints = ["127.0.0.0/8"] }, _clock);
    }

    [Fact]
    public async Task A_service_account_becomes_a_token_and_the_token_reads()
    {
        _tokens.Answer(200, "", """{"access_token":"ya29.first","expires_in":3599,"token_type":"Bearer"}""");
        _server.Answer(200, "", "<ListBucketResult><KeyCount>1</KeyCount><EncodingType>url</EncodingType><Contents><Key>a%20b</Key><Size>4</Size><ETag>\"e\"</ETag></Contents></ListBucketResult>");
        _server.Answer(206, "ETag: \"e\"\r\nContent-Range: bytes 1-2/4\r\nContent-Encoding: gzip\r\nx-goog-meta-Who: me\r\nx-goog-hash: crc32c=n03x6A==\r\nx-goog-hash: md5=Ojk9c3dhfxgoKVVHYwFbHQ==\r\nx-goog-storage-class: NEARLINE\r\n", "bc");
        using var store = Open(_key.ExportPkcs8PrivateKeyPem());

        var page = await store.ListAsync(new ListRequest("a", StartAfter: "Z", MaxKeys: 5), Token);
        await using var content = await store.ReadAsync("a b/../c", new ReadRequest(new ByteRange(1, 2), "e"), Token);

        Assert.Equal([new("a b", 4, "e", null)], page.Objects);
        Assert.Equal((4, 2, "NEARLINE", "gzip"), (content.Facts.Size, content.Length, content.Facts.StorageClass, content.Facts.Headers.ContentEncoding));
        Assert.Equal([new("who", "me")], content.Facts.Headers.Metadata);
        Assert.Equal([new("crc32c", "n03x6A=="), new("md5", "Ojk9c3dhfxgoKVVHYwFbHQ==")], content.Facts.Checksums);
        Assert.Single(_tokens.Requests);
        AssertSigned(Encoding.ASCII.GetString(_tokens.Requests.Single().Body));
        var (list, read) = (_server.Requests.First().Head, _server.Requests.Last().Head);
        Assert.StartsWith("GET /pail/?encoding-type=url&list-type=2&max-keys=5&prefix=a&start-after=Z HTTP/1.1\r\n", list.Replace("/pail?", "/pail/?", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.StartsWith("GET /pail/a%20b/../c HTTP/1.1\r\n", read, StringComparison.Ordinal);
        string[] lines = ["Authorization: Bearer ya29.first", "Accept-Encoding: gzip", "Range: bytes=1-2", "If-Match: \"e\""];
        Assert.All(lines, line => Assert.Contains($"\r\n{line}\r\n", read, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_token_is_fetched_once_and_again_before_it_ends()
    {
        _tokens.Answer(200, "", """{"access_token":"one","expires_in":3600}""").Answer(200, "", """{"access_token":"two","expires_in":3600}""");
        for (var i = 0; i < 12; i++)
        {
            _server.Answer(404, "", "");
        }

        using var store = Open(_key.ExportPkcs8PrivateKeyPem());

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => store.HeadAsync("k", null, Token)));
        Assert.Single(_tokens.Requests);
        _clock.Advance(TimeSpan.FromMinutes(54));
        await store.HeadAsync("k", null, Token);
        Assert.Single(_tokens.Requests);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await store.HeadAsync("k", null, Token);

        Assert.Equal(2, _tokens.Requests.Count);
        Assert.Contains("Bearer two", _server.Requests.Last().Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_was_revoked_is_replaced_and_a_fresh_one_that_is_refused_is_not()
    {
        _tokens.Answer(200, "", """{"access_token":"one","expires_in":3600}""").Answer(200, "", """{"access_token":"two","expires_in":3600}""");
        _server.Answer(404, "", "").Answer(401, "", "").Error(401, "AuthenticationRequired");
        using var store = Open(_key.ExportPkcs8PrivateKeyPem());
        await store.HeadAsync("k", null, Token);
        _clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(StoreFault.Passing, (await FailAsync(() => store.ReadAsync("k", new ReadRequest(), Token))).Fault);
        Assert.Equal(StoreFault.Unauthenticated, (await FailAsync(() => store.ReadAsync("k", new ReadRequest(), Token))).Fault);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")]
    public async Task A_key_that_is_none_is_named_and_not_repeated(string key)
    {
        using var store = Open(key);

        var failure = await FailAsync(() => store.ListAsync(new ListRequest(""), Token));

        Assert.Equal(StoreFault.Unauthenticated, failure.Fault);
        Assert.Contains("PEM", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(key, failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_whose_lines_are_joined_as_in_json_works()
    {
        _tokens.Answer(200, "", """{"access_token":"one"}""");
        _server.Answer(404, "", "");
        using var store = Open(_key.ExportPkcs8PrivateKeyPem().Replace("\n", "\\n", StringComparison.Ordinal));

        Assert.Null(await store.HeadAsync("k", null, Token));
    }

    [Theory]
    [InlineData(400, """{"error":"invalid_grant","error_description":"Invalid JWT Signature."}""", nameof(StoreFault.Unauthenticated), "invalid_grant")]
    [InlineData(401, "no json", nameof(StoreFault.Unauthenticated), null)]
    [InlineData(503, "", nameof(StoreFault.Passing), null)]
    [InlineData(200, """{"access_token":""}""", nameof(StoreFault.Passing), null)]
    [InlineData(200, """{"id_token":"secret-token"}""", nameof(StoreFault.Passing), null)]
    [InlineData(200, "secret-token", nameof(StoreFault.Passing), null)]
    public async Task What_the_token_endpoint_says_is_told_apart(int status, string answer, string fault, string? code)
    {
        _tokens.Answer(status, "", answer);
        using var store = Open(_key.ExportPkcs8PrivateKeyPem());

        var failure = await FailAsync(() => store.ListAsync(new ListRequest(""), Token));

        Assert.Equal((fault, code), (failure.Fault.ToString(), failure.Code));
        Assert.DoesNotContain("secret-token", failure.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Email, failure.ToString(), StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        _stores.Dispose();
        _key.Dispose();
        await _server.DisposeAsync();
        await _tokens.DisposeAsync();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<StoreException> FailAsync(Func<Task> call) => Assert.ThrowsAsync<StoreException>(call);

    private IObjectStore Open(string key) =>
        _stores.OpenSource(new GcsSpec("pail", _server.Address, new Uri(_tokens.Address, "/token"), Email, key));

    private void AssertSigned(string form)
    {
        const string Start = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
        Assert.StartsWith(Start, form, StringComparison.Ordinal);
        var parts = form[Start.Length..].Split('.');
        Assert.True(_key.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        Assert.Equal("RS256", header.RootElement.GetProperty("alg").GetString());
        Assert.Equal(Email, claims.RootElement.GetProperty("iss").GetString());
        Assert.Equal(new Uri(_tokens.Address, "/token").AbsoluteUri, claims.RootElement.GetProperty("aud").GetString());
        Assert.Equal(3600, claims.RootElement.GetProperty("exp").GetInt64() - claims.RootElement.GetProperty("iat").GetInt64());
    }
}
