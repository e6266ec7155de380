using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.EndToEnd;

/// <summary>https by configuration, beside http.</summary>
[Collection("processes")]
public sealed class TlsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task A_client_that_trusts_the_certificate_does_everything_with_a_list()
    {
        using var certificate = SelfSigned.Make(_folder, "mine");
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeOnAsync(
            "http://127.0.0.1:0;https://127.0.0.1:0", place, (SelfSigned.CertificateOption, _folder["mine.pem"]), (SelfSigned.KeyOption, _folder["mine.key"]));
        var address = await server.ReadNextAddressAsync();
        using var client = new ListsClient(NewClient(address, certificate), "acme");
        using var plain = new ListsClient(server.NewClient(), "acme");

        var list = await client.CreateAsync("secure");
        await client.CompletedAsync(await client.ReplaceAsync(list, ["192.0.2.1", "192.0.2.2"], ("Prefer", "wait=60")));
        var items = await client.ReadAddressesAsync(list);
        var deleted = await client.SendAsync(HttpMethod.Delete, $"{client.Lists}/{list}");

        Assert.Equal("https", address.Scheme);
        Assert.Equal(["192.0.2.1", "192.0.2.2"], items);
        Assert.Equal(HttpStatusCode.OK, deleted.Status);
        Assert.Equal(HttpStatusCode.NotFound, (await plain.SendAsync(HttpMethod.Get, $"{client.Lists}/{list}")).Status);
    }

    [Fact]
    public async Task A_client_that_trusts_another_certificate_does_not_go_on()
    {
        using var certificate = SelfSigned.Make(_folder, "mine");
        using var other = SelfSigned.Make(_folder, "other");
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeOnAsync(
            "http://127.0.0.1:0;https://127.0.0.1:0", place, (SelfSigned.CertificateOption, _folder["mine.pem"]), (SelfSigned.KeyOption, _folder["mine.key"]));
        using var client = NewClient(await server.ReadNextAddressAsync(), other);

        var fault = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/healthz", TestContext.Current.CancellationToken));

        Assert.IsType<AuthenticationException>(fault.InnerException);
    }

    [Theory]
    [InlineData("none.pem", "mine.key", "Could not find file")]
    [InlineData("mine.pem", "none.key", "Could not find file")]
    [InlineData("junk.pem", "mine.key", "CERTIFICATE label")]
    [InlineData("mine.pem", "junk.pem", "do not contain a PEM")]
    [InlineData("mine.pem", "other.key", "does not match the public key")]
    [InlineData("mine.pem", "", "cannot be used")]
    public async Task A_certificate_that_cannot_be_used_is_named(string path, string key, string why)
    {
        SelfSigned.Make(_folder, "mine").Dispose();
        SelfSigned.Make(_folder, "other").Dispose();
        await File.WriteAllTextAsync(_folder["junk.pem"], "junk", TestContext.Current.CancellationToken);

        var errors = await RefuseAsync((SelfSigned.CertificateOption, _folder[path]), (SelfSigned.KeyOption, key.Length == 0 ? "" : _folder[key]));

        Assert.Contains(_folder[path], errors, StringComparison.Ordinal);
        Assert.Contains(why, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Https_without_a_certificate_says_what_to_set()
    {
        // No home folder: there is no developer certificate either.
        var errors = await RefuseAsync(("HOME", _folder.FullPath), ("DOTNET_CLI_HOME", _folder.FullPath));

        Assert.Contains("https needs a certificate", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_one_endpoint_is_named_too()
    {
        var errors = await RefuseAsync(
            ("LONGHAUL_Kestrel__Endpoints__Tls__Url", "https://127.0.0.1:0"), ("LONGHAUL_Kestrel__Endpoints__Tls__Certificate__Path", _folder["none.pem"]), (SelfSigned.KeyOption, ""));

        Assert.Contains(_folder["none.pem"], errors, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<string> RefuseAsync(params (string Name, string Value)[] options)
    {
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);

        var (code, output, errors) = await LonghaulProcess.RunAsync(["serve", "--urls", "https://127.0.0.1:0", .. place.Arguments], options);

        Assert.Equal((1, ""), (code, output));
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        return errors;
    }

    private static HttpClient NewClient(Uri address, X509Certificate2 trusted)
    {
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { trusted },
        };
        return new HttpClient(handler) { BaseAddress = address, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", LonghaulProcess.Token) } };
    }

}
