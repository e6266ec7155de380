using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Longhaul.Tests.Support;
using Longhaul.TestStores;

namespace Longhaul.Tests.Stores;

/// <summary>The Google face of the store in memory, and the official client that accepts it.</summary>
public sealed class GcsClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_official_client_accepts_the_fake()
    {
        var folder = Path.Combine(RealServer.Repository, "tests", "clients");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "@google-cloud", "storage")))
        {
            Assert.SkipUnless(PostgresCluster.IsRequired, "run npm ci in tests/clients");
            Assert.Fail("run npm ci in tests/clients");
        }

        await using var store = await TestStore.StartAsync(new() { Gcs = true }, "google");
        var account = store.GcsAccounts.Create();
        using var other = RSA.Create(2048);
        var start = new ProcessStartInfo("node", ["gcs.mjs"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["BASE_URL"] = store.Address.ToString().TrimEnd('/');
        start.Environment["SERVICE_ACCOUNT"] = account.ToJson(new(store.Address, "/token"));
        start.Environment["OTHER_KEY"] = other.ExportPkcs8PrivateKeyPem();
        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync(Token);
        var output = await node.StandardOutput.ReadToEndAsync(Token);
        await node.WaitForExitAsync(Token);

        Assert.True(node.ExitCode == 0, $"{output}{await errors}");
        Assert.EndsWith("8 checks passed\n", output, StringComparison.Ordinal);
        Assert.Equal("one two three", System.Text.Encoding.UTF8.GetString(store.Bucket("google")["dir/a b+c%.txt"]!.ToArray()));
    }

    [Fact]
    public async Task A_token_opens_the_XML_API_until_it_ends()
    {
        await using var store = await TestStore.StartAsync(new() { Gcs = true }, "google");
        store.Bucket("google").Put("a/b", "bytes"u8, ("content-type", "text/x"), ("x-amz-meta-own", "mine"));
        var account = store.GcsAccounts.Create();
        using var http = new HttpClient { BaseAddress = store.Address };
        var token = await TokenAsync(http, account, store.Address);
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);

        using var got = await http.GetAsync(new Uri("/google/a/b", UriKind.Relative), Token);
        var listing = await http.GetStringAsync(new Uri("/google?list-type=2&prefix=a", UriKind.Relative), Token);
        store.GcsAccounts.ExpireTokens();
        using var expired = await http.GetAsync(new Uri("/google/a/b", UriKind.Relative), Token);

        Assert.Equal("bytes", await got.Content.ReadAsStringAsync(Token));
        Assert.Equal("mine", got.Headers.GetValues("x-goog-meta-own").Single());
        Assert.Contains("md5=", got.Headers.GetValues("x-goog-hash").Single(), StringComparison.Ordinal);
        Assert.Contains("<Key>a/b</Key>", listing, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, expired.StatusCode);
    }

    [Fact]
    public async Task An_assertion_that_lives_too_long_gets_no_token()
    {
        await using var store = await TestStore.StartAsync(new() { Gcs = true }, "google");
        var account = store.GcsAccounts.Create();
        using var http = new HttpClient { BaseAddress = store.Address };

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => TokenAsync(http, account, store.Address, TimeSpan.FromHours(2)));

        Assert.Equal(HttpStatusCode.BadRequest, error.StatusCode);
        Assert.Equal(0, store.GcsAccounts.GivenCount);
    }

    private static async Task<string> TokenAsync(HttpClient http, TestStores.Gcs.ServiceAccount account, Uri address, TimeSpan? lifetime = null)
    {
        using var key = RSA.Create();
        key.ImportFromPem(account.PrivateKey);
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = $$"""
            {"iss":"{{account.ClientEmail}}","aud":"{{new Uri(address, "/token")}}","iat":{{now}},"exp":{{now + (long)(lifetime ?? TimeSpan.FromHours(1)).TotalSeconds}},
             "scope":"https://www.googleapis.com/auth/devstorage.read_only"}
            """;
        var text = $"{Encode("{\"alg\":\"RS256\",\"typ\":\"JWT\"}"u8)}.{Encode(System.Text.Encoding.UTF8.GetBytes(claims))}";
        var signature = key.SignData(System.Text.Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var form = new FormUrlEncodedContent([new("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), new("assertion", $"{text}.{Encode(signature)}")]);
        using var answer = await http.PostAsync(new Uri("/token", UriKind.Relative), form, Token);
        answer.EnsureSuccessStatusCode();
        return (string)System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync(Token))!["access_token"]!;

        static string Encode(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
    }
}
