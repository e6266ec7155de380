using System.Net;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Stores;

/// <summary>Where the houses differ; everything else in the contract holds for all.</summary>
public sealed record StoreTraits
{
    public HttpStatusCode ConditionalPut { get; init; } = HttpStatusCode.PreconditionFailed;

    /// <summary>OK means that the condition is not seen and the object is overwritten.</summary>
    public HttpStatusCode ConditionalComplete { get; init; } = HttpStatusCode.PreconditionFailed;

    public bool NamesETagOnComplete { get; init; } = true;

    public bool HasTags { get; init; } = true;

    /// <summary>HEAD with partNumber: the part, the whole (OK) or a refusal.</summary>
    public HttpStatusCode PartRead { get; init; } = HttpStatusCode.PartialContent;

    /// <summary>CopyObject minds x-amz-copy-source-if-match; where not, it copies.</summary>
    public bool CopiesIfMatch { get; init; } = true;

    /// <summary>The ETag of a multipart upload is the MD5 of its parts' MD5.</summary>
    public bool HasCommonMultipartETags { get; init; } = true;

    /// <summary>Bodies in signed chunks (aws-chunked), which AWS's own client sends by default.</summary>
    public bool TakesChunks { get; init; } = true;
}

/// <summary>What a copier relies on, asked of the store in memory and of real servers alike, so that the one is known to behave as the others.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    private static int _count;

    private AmazonS3Client _client = null!;
    private PlainS3 _plain = null!;
    private string _bucket = "";

    protected abstract StoreTraits Traits { get; }

    protected abstract Task<(Uri Address, string KeyId, string Secret)> OpenAsync();

    public async ValueTask InitializeAsync()
    {
        var (address, keyId, secret) = await OpenAsync();
        _client = Client(address, keyId, secret);
        _plain = new(address, keyId, secret);
        _bucket = $"contract-{Interlocked.Increment(ref _count)}";
        await _client.PutBucketAsync(_bucket, TestContext.Current.CancellationToken);
    }

    public virtual ValueTask DisposeAsync()
    {
        _client.Dispose();
        _plain.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static AmazonS3Client Client(Uri address, string keyId, string secret) => new(new BasicAWSCredentials(keyId, secret), new AmazonS3Config
    {
        ServiceURL = address.ToString(),
        ForcePathStyle = true,
        AuthenticationRegion = "us-east-1",
        MaxErrorRetry = 0,
        RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
    });

    [Fact]
    public async Task Bytes_and_metadata_come_back_as_they_went_in()
    {
        var bytes = Bytes(100_000, 1);
        var put = new PutObjectRequest { BucketName = _bucket, Key = "a", InputStream = new MemoryStream(bytes), ContentType = "image/png", UseChunkEncoding = Traits.TakesChunks };
        put.Headers.CacheControl = "max-age=5";
        put.Headers.ContentDisposition = "attachment; filename=\"x\"";
        put.Headers.ContentEncoding = "identity";
        put.Metadata["owner"] = "me";
        var answer = await _client.PutObjectAsync(put, Token);
        using var got = await _client.GetObjectAsync(_bucket, "a", Token);
        var head = await _client.GetObjectMetadataAsync(_bucket, "a", Token);

        Assert.Equal(Quoted(MD5.HashData(bytes)), answer.ETag);
        Assert.Equal(bytes, await ReadAsync(got));
        Assert.Equal((answer.ETag, answer.ETag), (got.ETag, head.ETag));
        Assert.Equal((100_000, "image/png", "max-age=5", "attachment; filename=\"x\"", "me"), (
            head.ContentLength, head.Headers.ContentType, head.Headers.CacheControl, head.Headers.ContentDisposition, head.Metadata["owner"]));
    }

    [Fact]
    public async Task Keys_of_every_kind_are_kept_and_listed_in_the_order_of_their_bytes()
    {
        string[] keys = [" space ", "a b+c%d%20", "a/", "a//b", "a/b", "ünï", "\uFF21", "\U0001F600", "q?x=1&y#z", "t\"<&>'", "~-._", "plus+"];
        foreach (var key in keys)
        {
            await _plain.PutAsync(_bucket, key, Encoding.UTF8.GetBytes(key));
        }

        var listed = await _plain.KeysAsync(_bucket);

        Assert.Equal(keys.OrderBy(k => Convert.ToHexString(Encoding.UTF8.GetBytes(k)), StringComparer.Ordinal), listed);
        foreach (var key in keys)
        {
            Assert.Equal(key, Encoding.UTF8.GetString(await _plain.GetAsync(_bucket, key)));
        }
    }

    [Fact]
    public async Task Pages_join_without_gap_or_repetition()
    {
        var keys = Enumerable.Range(0, 25).Select(i => $"k/{i:D2}").ToArray();
        foreach (var key in keys)
        {
            await _plain.PutAsync(_bucket, key, [1]);
        }

        var found = new List<string>();
        var request = new ListObjectsV2Request { BucketName = _bucket, MaxKeys = 7, Prefix = "k/" };
        ListObjectsV2Response page;
        do
        {
            page = await _client.ListObjectsV2Async(request, Token);
            Assert.InRange(page.S3Objects.Count, 1, 7);
            found.AddRange(page.S3Objects.Select(o => o.Key));
            request.ContinuationToken = page.NextContinuationToken;
        }
        while (page.IsTruncated ?? false);

        Assert.Equal(keys, found);
    }

    [Fact]
    public async Task A_listing_begins_behind_the_key_it_is_given_and_rolls_up_groups()
    {
        foreach (var key in new[] { "a", "b/1", "b/2", "c", "d/1", "e" })
        {
            await _plain.PutAsync(_bucket, key, [1]);
        }

        var after = await _client.ListObjectsV2Async(new() { BucketName = _bucket, StartAfter = "b/1" }, Token);
        var grouped = await _client.ListObjectsV2Async(new() { BucketName = _bucket, Delimiter = "/" }, Token);
        var first = await _client.ListObjectsV2Async(new() { BucketName = _bucket, Delimiter = "/", MaxKeys = 2 }, Token);
        var second = await _client.ListObjectsV2Async(new() { BucketName = _bucket, Delimiter = "/", MaxKeys = 2, ContinuationToken = first.NextContinuationToken }, Token);

        Assert.Equal(["b/2", "c", "d/1", "e"], after.S3Objects.Select(o => o.Key));
        Assert.Equal(["a", "c", "e"], grouped.S3Objects.Select(o => o.Key));
        Assert.Equal(["b/", "d/"], grouped.CommonPrefixes);
        Assert.Equal(("a", "b/", "c", "d/"), (
            first.S3Objects.Single().Key, first.CommonPrefixes.Single(), second.S3Objects.Single().Key, second.CommonPrefixes.Single()));
    }

    [Fact]
    public async Task A_listing_names_size_and_ETag()
    {
        await _plain.PutAsync(_bucket, "x", [1, 2, 3]);
        await _plain.PutAsync(_bucket, "empty", []);

        var listed = await _client.ListObjectsV2Async(new() { BucketName = _bucket }, Token);

        Assert.Equal([("empty", 0L, Quoted(MD5.HashData([]))), ("x", 3L, Quoted(MD5.HashData([1, 2, 3])))], listed.S3Objects.Select(o => (o.Key, o.Size!.Value, o.ETag)));
    }

    [Theory]
    [InlineData("bytes=0-0", 206, 0, 1)]
    [InlineData("bytes=10-19", 206, 10, 10)]
    [InlineData("bytes=990-", 206, 990, 10)]
    [InlineData("bytes=990-5000", 206, 990, 10)]
    [InlineData("bytes=-5", 206, 995, 5)]
    [InlineData("bytes=1000-", 416, 0, 0)]
    public async Task A_range_gives_its_bytes(string range, int status, int offset, int length)
    {
        var bytes = Bytes(1000, 2);
        await _plain.PutAsync(_bucket, "r", bytes);

        using var answer = await _plain.SendAsync(HttpMethod.Get, _bucket, "r", null, headers: [("range", range)]);

        Assert.Equal(status, (int)answer.StatusCode);
        if (status == 206)
        {
            Assert.Equal(bytes[offset..(offset + length)], await answer.Content.ReadAsByteArrayAsync(Token));
            Assert.Equal($"bytes {offset}-{offset + length - 1}/1000", answer.Content.Headers.ContentRange!.ToString());
        }
    }

    [Fact]
    public async Task A_read_minds_its_conditions()
    {
        await _plain.PutAsync(_bucket, "c", [1]);
        var etag = Quoted(MD5.HashData([1]));

        Assert.Equal(200, await GetStatusAsync("c", ("if-match", etag)));
        Assert.Equal(412, await GetStatusAsync("c", ("if-match", Quoted(new byte[16]))));
        Assert.Equal(304, await GetStatusAsync("c", ("if-none-match", etag)));
        Assert.Equal(206, await GetStatusAsync("c", ("if-match", etag), ("range", "bytes=0-0")));
        Assert.Equal(412, await GetStatusAsync("c", ("if-match", Quoted(new byte[16])), ("range", "bytes=0-0")));
    }

    [Fact]
    public async Task A_range_of_nothing_cannot_be_satisfied()
    {
        await _plain.PutAsync(_bucket, "nothing", []);

        Assert.Equal(416, await GetStatusAsync("nothing", ("range", "bytes=0-0")));
    }

    [Fact]
    public async Task A_conditional_put_is_answered_as_this_house_does()
    {
        using var first = await _plain.SendAsync(HttpMethod.Put, _bucket, "once", [1], headers: [("if-none-match", "*")]);
        using var second = await _plain.SendAsync(HttpMethod.Put, _bucket, "once", [2], headers: [("if-none-match", "*")]);

        Assert.Equal(Traits.ConditionalPut, second.StatusCode);
        if (Traits.ConditionalPut == HttpStatusCode.PreconditionFailed)
        {
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            Assert.Equal([1], await _plain.GetAsync(_bucket, "once"));
        }
    }

    [Fact]
    public async Task A_wrong_hash_of_the_body_is_refused()
    {
        using var wrong = await _plain.SendAsync(
            HttpMethod.Put, _bucket, "md5", [1], headers: [("content-md5", Convert.ToBase64String(MD5.HashData([2])))]);

        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Equal(404, await GetStatusAsync("md5"));
    }

    [Fact]
    public async Task Parts_become_one_object_with_the_ETag_of_parts()
    {
        var (first, second) = (Bytes(5 << 20, 3), Bytes(1234, 4));
        var upload = await _client.InitiateMultipartUploadAsync(new() { BucketName = _bucket, Key = "m", ContentType = "text/plain" }, Token);
        var parts = new List<PartETag> { await PartAsync(upload.UploadId, 1, first), await PartAsync(upload.UploadId, 2, second) };
        var listed = await _client.ListPartsAsync(_bucket, "m", upload.UploadId, Token);
        var done = await _client.CompleteMultipartUploadAsync(
            new() { BucketName = _bucket, Key = "m", UploadId = upload.UploadId, PartETags = parts }, Token);
        var head = await _client.GetObjectMetadataAsync(_bucket, "m", Token);

        Assert.Equal([(1, 5L << 20), (2, 1234L)], listed.Parts.Select(p => (p.PartNumber!.Value, p.Size!.Value)));
        Assert.Equal([Quoted(MD5.HashData(first)), Quoted(MD5.HashData(second))], listed.Parts.Select(p => Quoted(p.ETag)));
        var expected = $"\"{Convert.ToHexStringLower(MD5.HashData([.. MD5.HashData(first), .. MD5.HashData(second)]))}-2\"";
        Assert.Equal(Traits.HasCommonMultipartETags, expected == head.ETag);
        Assert.EndsWith("-2\"", head.ETag, StringComparison.Ordinal);
        Assert.Equal(Traits.NamesETagOnComplete, done.ETag?.Trim('"') is { Length: > 0 });
        Assert.Equal(("text/plain", first.Length + second.Length), (head.Headers.ContentType, head.ContentLength));
        byte[] whole = [.. first, .. second];
        Assert.Equal(whole, await _plain.GetAsync(_bucket, "m"));
        await AssertPartsAreReadAsync(second.Length);
    }

    [Fact]
    public async Task A_body_in_chunks_is_taken_or_refused_as_this_house_does()
    {
        var put = new PutObjectRequest { BucketName = _bucket, Key = "chunks", InputStream = new MemoryStream(Bytes(200_000, 6)), UseChunkEncoding = true };

        var error = await Record.ExceptionAsync(() => _client.PutObjectAsync(put, Token));

        Assert.Equal(Traits.TakesChunks ? null : HttpStatusCode.NotImplemented, (error as AmazonS3Exception)?.StatusCode);
        Assert.Equal(Traits.TakesChunks ? 200 : 404, await GetStatusAsync("chunks"));
    }

    [Fact]
    public async Task A_conditional_completion_is_answered_as_this_house_does()
    {
        await _plain.PutAsync(_bucket, "there", [1]);
        var upload = await _client.InitiateMultipartUploadAsync(_bucket, "there", Token);
        var part = await PartAsync(upload.UploadId, 1, [2], "there");
        var body = $"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{part.ETag}</ETag></Part></CompleteMultipartUpload>";

        using var answer = await _plain.SendAsync(
            HttpMethod.Post, _bucket, "there", Encoding.UTF8.GetBytes(body), [("uploadId", upload.UploadId)], [("if-none-match", "*")]);

        Assert.Equal(Traits.ConditionalComplete, answer.StatusCode);
        byte[] expected = Traits.ConditionalComplete == HttpStatusCode.OK ? [2] : [1];
        Assert.Equal(expected, await _plain.GetAsync(_bucket, "there"));
    }

    [Fact]
    public async Task A_part_can_be_copied()
    {
        var bytes = Bytes(6 << 20, 5);
        await _plain.PutAsync(_bucket, "from", bytes);
        var upload = await _client.InitiateMultipartUploadAsync(_bucket, "to", Token);
        var copy = new CopyPartRequest
        {
            SourceBucket = _bucket,
            SourceKey = "from",
            DestinationBucket = _bucket,
            DestinationKey = "to",
            UploadId = upload.UploadId,
        };
        var parts = new List<PartETag>();
        foreach (var (number, first, last) in new[] { (1, 0L, (5L << 20) - 1), (2, 5L << 20, (6L << 20) - 1) })
        {
            (copy.PartNumber, copy.FirstByte, copy.LastByte) = (number, first, last);
            parts.Add(new(number, (await _client.CopyPartAsync(copy, Token)).ETag));
        }

        await _client.CompleteMultipartUploadAsync(new() { BucketName = _bucket, Key = "to", UploadId = upload.UploadId, PartETags = parts }, Token);

        Assert.Equal(bytes, await _plain.GetAsync(_bucket, "to"));
    }

    [Fact]
    public async Task An_aborted_upload_is_gone()
    {
        var upload = await _client.InitiateMultipartUploadAsync(_bucket, "gone", Token);
        await PartAsync(upload.UploadId, 1, [1], "gone");
        var before = await _client.ListMultipartUploadsAsync(_bucket, Token);
        await _client.AbortMultipartUploadAsync(_bucket, "gone", upload.UploadId, Token);
        var after = await _client.ListMultipartUploadsAsync(_bucket, Token);
        var error = await Assert.ThrowsAnyAsync<AmazonS3Exception>(() => PartAsync(upload.UploadId, 2, [1], "gone"));

        Assert.Equal(upload.UploadId, before.MultipartUploads.Single().UploadId);
        Assert.Empty(after.MultipartUploads ?? []);
        Assert.Equal((HttpStatusCode.NotFound, "NoSuchUpload"), (error.StatusCode, error.ErrorCode));
    }

    [Fact]
    public async Task A_copy_has_bytes_and_metadata_of_its_source()
    {
        await _plain.PutAsync(_bucket, "source key", [1, 2], ("content-type", "text/x"), ("x-amz-meta-a", "b"));
        var copy = new CopyObjectRequest { SourceBucket = _bucket, SourceKey = "source key", DestinationBucket = _bucket, DestinationKey = "copy" };
        await _client.CopyObjectAsync(copy, Token);
        var head = await _client.GetObjectMetadataAsync(_bucket, "copy", Token);
        copy.ETagToMatch = Quoted(new byte[16]);

        Assert.Equal([1, 2], await _plain.GetAsync(_bucket, "copy"));
        Assert.Equal(("text/x", "b"), (head.Headers.ContentType, head.Metadata["a"]));
        var error = await Record.ExceptionAsync(() => _client.CopyObjectAsync(copy, Token));
        Assert.Equal(Traits.CopiesIfMatch ? HttpStatusCode.PreconditionFailed : null, (error as AmazonS3Exception)?.StatusCode);
    }

    [Fact]
    public async Task Many_are_deleted_at_once()
    {
        await _plain.PutAsync(_bucket, "x", [1]);
        await _plain.PutAsync(_bucket, "y", [1]);
        await _plain.PutAsync(_bucket, "z", [1]);
        var body = Encoding.UTF8.GetBytes("<Delete><Object><Key>x</Key></Object><Object><Key>z</Key></Object></Delete>");
        using var answer = await _plain.SendAsync(
            HttpMethod.Post, _bucket, "", body, [("delete", "")], [("content-md5", Convert.ToBase64String(MD5.HashData(body)))]);

        // The headers come before the work is done; the end of the body tells that it is.
        await answer.Content.ReadAsByteArrayAsync(Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(["y"], await _plain.KeysAsync(_bucket));
    }

    [Fact]
    public async Task Tags_are_kept_where_the_house_has_them()
    {
        await _plain.PutAsync(_bucket, "tagged", [1]);
        var tags = Encoding.UTF8.GetBytes("<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>");

        using var answer = await _plain.SendAsync(
            HttpMethod.Put, _bucket, "tagged", tags, [("tagging", "")], [("content-md5", Convert.ToBase64String(MD5.HashData(tags)))]);

        Assert.Equal(Traits.HasTags ? HttpStatusCode.OK : HttpStatusCode.NotImplemented, answer.StatusCode);
        if (Traits.HasTags)
        {
            var got = await _client.GetObjectTaggingAsync(new() { BucketName = _bucket, Key = "tagged" }, Token);
            Assert.Equal([("a", "b")], got.Tagging.Select(t => (t.Key, t.Value)));
        }
    }

    [Fact]
    public async Task What_is_not_there_and_who_is_not_known_are_told_apart()
    {
        var (address, keyId, _) = await OpenAsync();
        using var stranger = new PlainS3(address, keyId, "another secret");

        var key = await Assert.ThrowsAnyAsync<AmazonS3Exception>(() => _client.GetObjectAsync(_bucket, "missing", Token));
        var bucket = await Assert.ThrowsAnyAsync<AmazonS3Exception>(() => _client.ListObjectsV2Async(new() { BucketName = "no-such-bucket-here" }, Token));
        using var refused = await stranger.SendAsync(HttpMethod.Get, _bucket, "missing", null);

        Assert.Equal((HttpStatusCode.NotFound, "NoSuchKey"), (key.StatusCode, key.ErrorCode));
        Assert.Equal((HttpStatusCode.NotFound, "NoSuchBucket"), (bucket.StatusCode, bucket.ErrorCode));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("SignatureDoesNotMatch", await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static string Quoted(byte[] md5) => Quoted(Convert.ToHexStringLower(md5));

    private static string Quoted(string etag) => $"\"{etag.Trim('"')}\"";

    private static async Task<byte[]> ReadAsync(GetObjectResponse answer)
    {
        using var memory = new MemoryStream();
        await answer.ResponseStream.CopyToAsync(memory, Token);
        return memory.ToArray();
    }

    private async Task AssertPartsAreReadAsync(int lastLength)
    {
        using var part = await _plain.SendAsync(HttpMethod.Head, _bucket, "m", null, [("partNumber", "2")]);
        Assert.Equal(Traits.PartRead, part.StatusCode);
        if (Traits.PartRead == HttpStatusCode.PartialContent)
        {
            Assert.Equal(lastLength, part.Content.Headers.ContentLength);
            Assert.Equal("2", part.Headers.GetValues("x-amz-mp-parts-count").Single());
        }
    }

    private async Task<int> GetStatusAsync(string key, params (string, string)[] headers)
    {
        using var answer = await _plain.SendAsync(HttpMethod.Get, _bucket, key, null, headers: headers);
        return (int)answer.StatusCode;
    }

    private async Task<PartETag> PartAsync(string uploadId, int number, byte[] bytes, string key = "m")
    {
        var answer = await _client.UploadPartAsync(
            new() { BucketName = _bucket, Key = key, UploadId = uploadId, PartNumber = number, InputStream = new MemoryStream(bytes), UseChunkEncoding = Traits.TakesChunks }, Token);
        return new(number, answer.ETag);
    }
}
