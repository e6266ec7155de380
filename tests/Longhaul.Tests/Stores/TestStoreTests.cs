using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Data;

namespace Longhaul.Tests.Stores;

/// <summary>The store in memory where no real server can be asked: order, seeding, checksums, signatures.</summary>
public sealed class TestStoreTests
{
    [Fact]
    public void Keys_are_in_the_order_of_their_bytes_whatever_the_order_of_writing()
    {
        var bucket = new Bucket("b", DateTimeOffset.UnixEpoch, TimeProvider.System);
        var random = new Random(5);
        var keys = new HashSet<string>();
        for (var i = 0; i < 5000; i++)
        {
            keys.Add(string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(5) switch
            {
                0 => "\U0001F600",
                1 => "\uFF21",
                2 => "\uD7FF",
                _ => ((char)('a' + random.Next(26))).ToString(CultureInfo.InvariantCulture),
            })));
        }

        foreach (var key in keys)
        {
            bucket.Put(key, [1]);
        }

        foreach (var key in keys.Take(1000).ToArray())
        {
            Assert.True(bucket.Remove(key));
            keys.Remove(key);
        }

        Assert.Equal(keys.OrderBy(k => Convert.ToHexString(Encoding.UTF8.GetBytes(k)), StringComparer.Ordinal), bucket.Keys);
        Assert.Equal(keys.Count, bucket.Count);
    }

    [Fact]
    public async Task Seeded_objects_read_the_same_in_ranges_and_have_their_MD5()
    {
        await using var store = await TestStore.StartAsync(null, "b");
        store.Bucket("b").Seed(2500, 1021, "dir/");
        using var client = new PlainS3(store.Address, Credentials.DefaultId, Credentials.DefaultSecret);

        var keys = await client.KeysAsync("b");
        var whole = await client.GetAsync("b", "dir/00001234");
        using var range = await client.SendAsync(HttpMethod.Get, "b", "dir/00001234", null, headers: [("range", "bytes=13-999")]);

        Assert.Equal(Enumerable.Range(0, 2500).Select(i => $"dir/{i:D8}"), keys);
        Assert.Equal(3, store.Log.Count(S3Verb.ListObjectsV2));
        Assert.Equal(1021, whole.Length);
        Assert.Equal(whole[13..1000], await range.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal($"\"{Convert.ToHexStringLower(MD5.HashData(whole))}\"", range.Headers.ETag!.Tag);
        Assert.NotEqual(whole, await client.GetAsync("b", "dir/00001235"));
    }

    [Fact]
    public async Task A_store_that_discards_keeps_sizes_and_ETags()
    {
        await using var store = await TestStore.StartAsync(TestStoreOptions.Fast(discard: true), "b");
        using var client = new PlainS3(store.Address, "anybody", "whatever");

        await client.PutAsync("b", "x", [1, 2, 3]);

        Assert.Equal((3, Convert.ToHexStringLower(MD5.HashData([1, 2, 3]))), (store.Bucket("b")["x"]!.Size, store.Bucket("b")["x"]!.ETag));
        Assert.IsType<DiscardedContent>(store.Bucket("b")["x"]!.Content);
        Assert.Equal([0, 0, 0], await client.GetAsync("b", "x"));
    }

    [Fact]
    public async Task A_checksum_is_checked_kept_and_given()
    {
        await using var store = await TestStore.StartAsync(null, "b");
        using var client = new PlainS3(store.Address, Credentials.DefaultId, Credentials.DefaultSecret);
        var nine = "123456789"u8.ToArray();

        // The check values of the algorithms' catalogues.
        await client.PutAsync("b", "crc32", nine, ("x-amz-checksum-crc32", Convert.ToBase64String([0xCB, 0xF4, 0x39, 0x26])));
        await client.PutAsync("b", "crc32c", nine, ("x-amz-checksum-crc32c", Convert.ToBase64String([0xE3, 0x06, 0x92, 0x83])));
        await client.PutAsync("b", "nvme", nine, ("x-amz-checksum-crc64nvme", Convert.ToBase64String([0xAE, 0x8B, 0x14, 0x86, 0x0A, 0x79, 0x98, 0x88])));
        using var wrong = await client.SendAsync(HttpMethod.Put, "b", "wrong", nine, headers: [("x-amz-checksum-crc32", "AAAAAA==")]);
        using var head = await client.SendAsync(HttpMethod.Head, "b", "nvme", null, headers: [("x-amz-checksum-mode", "ENABLED")]);

        Assert.Equal(400, (int)wrong.StatusCode);
        Assert.Equal("rosUhgp5mIg=", head.Headers.GetValues("x-amz-checksum-crc64nvme").Single());
        Assert.Equal("FULL_OBJECT", head.Headers.GetValues("x-amz-checksum-type").Single());
    }

    [Fact]
    public async Task A_signature_must_be_right_in_every_part()
    {
        await using var store = await TestStore.StartAsync(null, "b");
        using var right = new PlainS3(store.Address, Credentials.DefaultId, Credentials.DefaultSecret);
        using var stranger = new PlainS3(store.Address, "stranger", Credentials.DefaultSecret);
        using var elsewhere = new PlainS3(store.Address, Credentials.DefaultId, Credentials.DefaultSecret, "eu-west-9");
        using var nobody = new HttpClient();

        using var body = await right.SendAsync(HttpMethod.Put, "b", "x", [1], payload: Convert.ToHexStringLower(SHA256.HashData([2])));
        using var unsigned = await right.SendAsync(HttpMethod.Put, "b", "x", [1], payload: "UNSIGNED-PAYLOAD");
        using var unknown = await stranger.SendAsync(HttpMethod.Put, "b", "x", [1]);
        using var region = await elsewhere.SendAsync(HttpMethod.Put, "b", "x", [1]);
        using var anonymous = await nobody.GetAsync(new Uri(store.Address, "/b"), TestContext.Current.CancellationToken);

        Assert.Equal(
            [(400, "XAmzContentSHA256Mismatch"), (400, "InvalidRequest"), (403, "InvalidAccessKeyId"), (400, "AuthorizationHeaderMalformed"), (403, "AccessDenied")],
            store.Log.Requests.Select(r => (r.Status, r.ErrorCode)));
        Assert.Empty(store.Bucket("b").Keys);
    }

    [Fact]
    public async Task A_bucket_may_stand_in_the_host_name()
    {
        await using var store = await TestStore.StartAsync(new() { RequireSignatures = false }, "b");
        store.Bucket("b").Put("k", [9]);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(store.Address, "/k"));
        request.Headers.Host = $"b.localhost:{store.Port}";

        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal([9], await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_payload_without_a_hash_is_taken_over_https()
    {
        using var folder = new TempFolder();
        SelfSigned.Make(folder, "store");
        using var certificate = X509Certificate2.CreateFromPemFile(folder["store.pem"], folder["store.key"]);
        await using var store = await TestStore.StartAsync(new() { Certificate = certificate }, "b");
        using var handler = new SocketsHttpHandler();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, presented, _, _) => presented!.GetCertHashString() == certificate.GetCertHashString();
        using var client = new PlainS3(store.Address, Credentials.DefaultId, Credentials.DefaultSecret, handler: handler);

        using var answer = await client.SendAsync(HttpMethod.Put, "b", "x", [1], payload: "UNSIGNED-PAYLOAD");

        Assert.Equal("https", store.Address.Scheme);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.True(store.Log.Requests.Single().IsHttps);
    }

    [Fact]
    public async Task Parts_of_other_sizes_than_the_first_are_refused_where_they_must_be_equal()
    {
        var options = TestStoreOptions.R2Like();
        options.MinPartBytes = 1;
        await using var store = await TestStore.StartAsync(options, "parts");
        using var client = StoreContract.Client(store.Address, Credentials.DefaultId, Credentials.DefaultSecret);
        var token = TestContext.Current.CancellationToken;

        async Task<Exception?> CompleteAsync(params int[] sizes)
        {
            var upload = await client.InitiateMultipartUploadAsync("parts", "m", token);
            var parts = new List<PartETag>();
            foreach (var (index, size) in sizes.Index())
            {
                var part = new UploadPartRequest
                {
                    BucketName = "parts",
                    Key = "m",
                    UploadId = upload.UploadId,
                    PartNumber = index + 1,
                    InputStream = new MemoryStream(new byte[size]),
                    UseChunkEncoding = false,
                };
                parts.Add(new(index + 1, (await client.UploadPartAsync(part, token)).ETag));
            }

            return await Record.ExceptionAsync(() =>
                client.CompleteMultipartUploadAsync(new() { BucketName = "parts", Key = "m", UploadId = upload.UploadId, PartETags = parts }, token));
        }

        Assert.Null(await CompleteAsync(10, 10, 3));
        Assert.Null(await CompleteAsync(10));
        Assert.Equal("InvalidPart", Assert.IsAssignableFrom<AmazonS3Exception>(await CompleteAsync(10, 9, 10)).ErrorCode);
        Assert.Equal("InvalidPart", Assert.IsAssignableFrom<AmazonS3Exception>(await CompleteAsync(10, 11)).ErrorCode);
    }
}
