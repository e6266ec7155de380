using System.Net;
using System.Net.Sockets;
using System.Text;
using Longhaul.Slurper.Objects;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>What goes over the wire to the byte, and what every answer, also a broken one, is made of.</summary>
public sealed class S3StoreWireTests : IAsyncDisposable
{
    private const string AccessKey = "AKIDSECRETID";
    private const string Secret = "very-secret-key";

    private readonly ScriptedStore _server = new();
    private readonly ManualTimeProvider _clock = new();
    private readonly ObjectStores _stores;
    private readonly IObjectTarget _store;

    public S3StoreWireTests()
    {
        _stores = new ObjectStores(new StoreSettings { AllowedEndpoints = [_server.Address.ToString().TrimEnd('/')] }, _clock);
        _store = _stores.OpenTarget(new S3Spec("bucket", _server.Address, "auto", false, true, AccessKey, Secret));
    }

    public static TheoryData<int, string?, string> Faults => new()
    {
        { 404, "NoSuchKey", nameof(StoreFault.NoSuchKey) },
        { 404, null, nameof(StoreFault.NoSuchKey) },
        { 404, "NoSuchBucket", nameof(StoreFault.NoSuchBucket) },
        { 404, "NoSuchUpload", nameof(StoreFault.NoSuchUpload) },
        { 403, "InvalidAccessKeyId", nameof(StoreFault.Unauthenticated) },
        { 403, "SignatureDoesNotMatch", nameof(StoreFault.Unauthenticated) },
        { 400, "ExpiredToken", nameof(StoreFault.Unauthenticated) },
        { 401, null, nameof(StoreFault.Unauthenticated) },
        { 403, "AccessDenied", nameof(StoreFault.AccessDenied) },
        { 403, null, nameof(StoreFault.AccessDenied) },
        { 403, "InvalidObjectState", nameof(StoreFault.Archived) },
        { 412, "PreconditionFailed", nameof(StoreFault.PreconditionFailed) },
        { 412, "InvalidRequest", nameof(StoreFault.PreconditionFailed) },
        { 409, "ConditionalRequestConflict", nameof(StoreFault.Conflict) },
        { 409, "BucketNotEmpty", nameof(StoreFault.Permanent) },
        { 416, "InvalidRange", nameof(StoreFault.RangeNotSatisfiable) },
        { 416, null, nameof(StoreFault.RangeNotSatisfiable) },
        { 501, "NotImplemented", nameof(StoreFault.NotImplemented) },
        { 400, "BadDigest", nameof(StoreFault.BadDigest) },
        { 400, "InvalidDigest", nameof(StoreFault.BadDigest) },
        { 400, "IncompleteBody", nameof(StoreFault.Passing) },
        { 400, "RequestTimeout", nameof(StoreFault.Passing) },
        { 403, "RequestTimeTooSkewed", nameof(StoreFault.Passing) },
        { 408, null, nameof(StoreFault.Passing) },
        { 429, null, nameof(StoreFault.Throttled) },
        { 503, "SlowDown", nameof(StoreFault.Throttled) },
        { 400, "TooManyRequests", nameof(StoreFault.Throttled) },
        { 500, "InternalError", nameof(StoreFault.Passing) },
        { 502, null, nameof(StoreFault.Passing) },
        { 503, "ServiceUnavailable", nameof(StoreFault.Passing) },
        { 504, null, nameof(StoreFault.Passing) },
        { 400, "InvalidArgument", nameof(StoreFault.Permanent) },
        { 307, "TemporaryRedirect", nameof(StoreFault.Permanent) },
        { 301, null, nameof(StoreFault.Permanent) },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Every_answer_means_one_thing(int status, string? code, string fault)
    {
        _ = code is null ? _server.Answer(status, "", "<html>no</html>") : _server.Error(status, code);

        var failure = await FailAsync(() => _store.ReadAsync("key", new ReadRequest(), Token));

        Assert.Equal((fault, status, code), (failure.Fault.ToString(), failure.Status, failure.Code));
        Assert.DoesNotContain("127.0.0.1", failure.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retry_after_is_read_in_both_forms()
    {
        _server.Error(503, "SlowDown", "Retry-After: 7\r\n");
        _server.Error(503, "SlowDown", "Date: Tue, 24 Nov 2026 12:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 12:00:09 GMT\r\n");

        Assert.Equal(TimeSpan.FromSeconds(7), (await FailAsync(() => _store.DeleteAsync("key", Token))).RetryAfter);
        Assert.Equal(TimeSpan.FromSeconds(9), (await FailAsync(() => _store.DeleteAsync("key", Token))).RetryAfter);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"e\"\r\n\r\nabc", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"e\"\r\n\r\nabc", true)]
    public async Task A_body_cut_short_is_an_error_that_passes(string answer, bool isReset)
    {
        _ = isReset ? _server.Reset(answer) : _server.Cut(answer);

        var failure = await FailAsync(async () =>
        {
            await using var content = await _store.ReadAsync("key", new ReadRequest(), Token);
            await content.Body.CopyToAsync(Stream.Null, Token);
        });

        Assert.Equal(StoreFault.Passing, failure.Fault);
    }

    [Fact]
    public async Task A_body_counts_its_own_bytes()
    {
        using var body = new StoreBody(new HttpResponseMessage(), new MemoryStream(new byte[3]), 10);

        var failure = await FailAsync(() => body.CopyToAsync(Stream.Null, Token));

        Assert.Equal((StoreFault.Passing, "the body ended after 3 of 10 bytes"), (failure.Fault, failure.Message));
    }

    [Fact]
    public async Task A_listing_that_begins_before_its_marker_is_not_believed()
    {
        const string Page = "<ListBucketResult><KeyCount>1</KeyCount><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>";
        _server.Answer(200, "", Page).Answer(200, "", Page);

        Assert.Equal(StoreFault.Permanent, (await FailAsync(() => _store.ListAsync(new ListRequest("", StartAfter: "m"), Token))).Fault);
        Assert.Contains("marker=m", _server.Requests.Last().Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nConte")]
    [InlineData("SSH-2.0-OpenSSH_9\r\n")]
    public async Task A_connection_that_ends_without_an_answer_is_an_error_that_passes(string answer)
    {
        _server.Cut(answer);

        Assert.Equal(StoreFault.Passing, (await FailAsync(() => _store.HeadAsync("key", null, Token))).Fault);

        _server.Reset(answer);

        Assert.Equal(StoreFault.Passing, (await FailAsync(() => _store.ListAsync(new ListRequest(""), Token))).Fault);
    }

    [Fact]
    public async Task A_refused_connection_passes_and_names_no_address()
    {
        var closed = new ScriptedStore();
        var address = closed.Address;
        await closed.DisposeAsync();
        using var stores = new ObjectStores(new StoreSettings { AllowedEndpoints = ["127.0.0.0/8"] }, _clock);
        var store = stores.OpenTarget(new S3Spec("bucket", address, "auto", false, true, AccessKey, Secret));

        var failure = await FailAsync(() => store.ListAsync(new ListRequest(""), Token));

        Assert.Equal(StoreFault.Passing, failure.Fault);
        Assert.Contains("ConnectionRefused", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://localhost:1", nameof(StoreFault.AddressRefused))]
    [InlineData("https://127.0.0.1:1", nameof(StoreFault.AddressRefused))]
    [InlineData("http://8.8.8.8", nameof(StoreFault.AddressRefused))]
    [InlineData("https://no-such-name.invalid", nameof(StoreFault.Passing))]
    public async Task A_forbidden_address_is_never_connected_to(string endpoint, string fault)
    {
        using var stores = new ObjectStores(new StoreSettings(), _clock);
        var store = stores.OpenTarget(new S3Spec("bucket", new Uri(endpoint), "auto", false, true, AccessKey, Secret));

        Assert.Equal(fault, (await FailAsync(() => store.ListAsync(new ListRequest(""), Token))).Fault.ToString());
    }

    [Fact]
    public async Task What_does_not_speak_tls_fails_for_good()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var stores = new ObjectStores(new StoreSettings { AllowedEndpoints = ["127.0.0.0/8"] }, _clock);
        var store = stores.OpenTarget(new S3Spec("bucket", new Uri($"https://{listener.LocalEndpoint}"), "auto", false, true, AccessKey, Secret));
        var listing = FailAsync(() => store.ListAsync(new ListRequest(""), Token));
        using var accepted = await listener.AcceptTcpClientAsync(Token);
        await accepted.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), Token);

        var failure = await listing;

        Assert.Equal(StoreFault.Permanent, failure.Fault);
        Assert.Contains("TLS", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancellation_stays_cancellation()
    {
        using var cancel = new CancellationTokenSource();
        _server.Answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        await using var content = await _store.ReadAsync("key", new ReadRequest(), cancel.Token);
        var buffer = new byte[3];
        await content.Body.ReadExactlyAsync(buffer, cancel.Token);
        var more = content.Body.ReadAsync(buffer, cancel.Token);
        await cancel.CancelAsync();

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await more);
        Assert.Equal(cancel.Token, cancelled.CancellationToken);
    }

    [Fact]
    public async Task Headers_are_carried_over_to_the_byte()
    {
        _server.Answer(200, "ETag: \"abc\"\r\nContent-Type: text/odd;charset\r\nCache-Control: never, ever\r\nContent-Disposition: attachment; filename=Ã©\r\nContent-Encoding: gzip, aws\r\nContent-Language: xx-invalid-1\r\nExpires: when it rains\r\nLast-Modified: Tue, 24 Nov 2026 12:00:00 GMT\r\nx-amz-meta-A-b: Ã¤  two\r\nX-Amz-Meta-empty: \r\nx-amz-storage-class: STANDARD_IA\r\nx-amz-checksum-crc64nvme: aGVsbG8=\r\nx-amz-mp-parts-count: 3\r\n", "hello");
        _server.Answer(200, "ETag: \"abc\"\r\n", "");

        ObjectFacts facts;
        await using (var content = await _store.ReadAsync("key", new ReadRequest(), Token))
        {
            facts = content.Facts;
            Assert.Equal("hello", await new StreamReader(content.Body).ReadToEndAsync(Token));
        }

        await _store.PutAsync("key", new PutRequest(new ObjectBody(5, "hello"u8.ToArray(), null, null), facts.Headers, true), Token);

        Assert.Equal(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero), facts.LastModified);
        Assert.Equal((5, "abc", "STANDARD_IA", 3), (facts.Size, facts.ETag, facts.StorageClass, facts.PartsCount));
        Assert.Equal([new("crc64nvme", "aGVsbG8=")], facts.Checksums);
        var (head, body) = _server.Requests.Last();
        Assert.Equal("hello", Encoding.UTF8.GetString(body));
        string[] lines = ["Content-Type: text/odd;charset", "Cache-Control: never, ever", "Content-Disposition: attachment; filename=Ã©", "Content-Encoding: gzip, aws", "Content-Language: xx-invalid-1", "Expires: when it rains", "x-amz-meta-a-b: Ã¤  two", "If-None-Match: *", "Content-Length: 5", "x-amz-content-sha256: 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"];
        Assert.All(lines, line => Assert.Contains($"\r\n{line}\r\n", head, StringComparison.OrdinalIgnoreCase));
        Assert.Matches("(?i)\r\nx-amz-meta-empty: ?\r\n", head);
    }

    [Fact]
    public async Task A_streamed_body_is_sent_once_with_its_length_and_not_in_signed_chunks()
    {
        _server.Answer(200, "ETag: \"p\"\r\n", "");
        var bytes = new byte[3 << 20];
        new Random(1).NextBytes(bytes);
        using var stream = new MemoryStream([.. bytes, 1, 2, 3]);

        var part = await _store.PutPartAsync("key", "up/load+id", new PartRequest(7, new ObjectBody(bytes.Length, default, stream, null)), Token);

        Assert.Equal(new UploadedPart(7, "p", bytes.Length), part);
        Assert.True(stream.CanRead);
        Assert.Equal(bytes.Length, stream.Position);
        var (head, body) = _server.Requests.Single();
        Assert.StartsWith("PUT /bucket/key?partNumber=7&uploadId=up%2Fload%2Bid HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains($"\r\nContent-Length: {bytes.Length}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("chunked", head, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(bytes, body);
    }

    [Fact]
    public async Task A_refusal_comes_before_the_first_byte_of_a_large_stream()
    {
        _server.Refuse("HTTP/1.1 412 Precondition Failed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        using var stream = new MemoryStream(new byte[64 << 20]);
        var request = new PutRequest(new ObjectBody(stream.Length, default, stream, null), ObjectHeaders.None, true);

        Assert.Equal(StoreFault.PreconditionFailed, (await FailAsync(() => _store.PutAsync("key", request, Token))).Fault);

        Assert.Equal(0, stream.Position);
    }

    [Fact]
    public async Task A_source_that_ends_early_fails_the_write_by_its_own_fault()
    {
        using var stream = new MemoryStream(new byte[10]);

        var failure = await FailAsync(() => _store.PutAsync("key", new PutRequest(new ObjectBody(20, default, stream, null), ObjectHeaders.None, false), Token));

        Assert.Equal(StoreFault.Passing, failure.Fault);
        Assert.Contains("10 bytes before its 20", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a/../b/./c//d")]
    [InlineData("/lead")]
    [InlineData("trail/")]
    [InlineData("..")]
    [InlineData("a+b c%20?x=1#y")]
    [InlineData("é\u0001\n")]
    public async Task A_key_stands_in_the_request_as_it_is(string key)
    {
        _server.Answer(204, "", "");

        await _store.DeleteAsync(key, Token);

        Assert.StartsWith($"DELETE /bucket/{ObjectPath.Encode(key)} HTTP/1.1\r\n", _server.Requests.Single().Head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("InternalError", nameof(StoreFault.Passing))]
    [InlineData("SlowDown", nameof(StoreFault.Throttled))]
    [InlineData("PreconditionFailed", nameof(StoreFault.PreconditionFailed))]
    [InlineData("NoSuchUpload", nameof(StoreFault.NoSuchUpload))]
    [InlineData("InvalidPart", nameof(StoreFault.Permanent))]
    public async Task A_success_whose_body_is_an_error_throws(string code, string fault)
    {
        _server.Error(200, code).Error(200, code).Error(200, code);
        var copy = new CopyRequest("other", "from", "etag", ObjectHeaders.None, false);

        Assert.Equal(fault, (await FailAsync(() => _store.CompleteUploadAsync("key", "id", [new(1, "e", 1)], false, Token))).Fault.ToString());
        Assert.Equal(fault, (await FailAsync(() => _store.CopyAsync("key", copy, Token))).Fault.ToString());
        Assert.Equal(fault, (await FailAsync(() => _store.CopyPartAsync("key", "id", 1, copy, new ByteRange(0, 9), Token))).Fault.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("<CompleteMultipartUploadResult>")]
    public async Task A_success_that_is_cut_short_passes(string body)
    {
        _server.Answer(200, "", body);

        Assert.Equal(StoreFault.Passing, (await FailAsync(() => _store.CompleteUploadAsync("key", "id", [new(1, "e", 1)], false, Token))).Fault);
    }

    [Fact]
    public async Task No_message_repeats_what_a_store_says_of_the_credential()
    {
        _server.Answer(403, "", $"<Error><Code>SignatureDoesNotMatch</Code><Message>key {AccessKey} with {Secret}</Message><AWSAccessKeyId>{AccessKey}</AWSAccessKeyId></Error>");
        _server.Answer(403, "", $"<Error><Code>{Secret} {AccessKey}</Code><Message>no</Message></Error>");

        foreach (var failure in new[] { await FailAsync(() => _store.DeleteAsync("key", Token)), await FailAsync(() => _store.DeleteAsync("key", Token)) })
        {
            Assert.DoesNotContain(AccessKey, failure.ToString() + failure.Code, StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, failure.ToString() + failure.Code, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_redirect_is_not_followed_and_the_message_says_what_to_do()
    {
        _server.Answer(307, "Location: http://169.254.169.254/\r\nx-amz-bucket-region: eu-west-1\r\n", "");

        var failure = await FailAsync(() => _store.ListAsync(new ListRequest(""), Token));

        Assert.Equal((StoreFault.Permanent, 1), (failure.Fault, _server.Requests.Count));
        Assert.Contains("set the endpoint and region", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_region_is_named()
    {
        _server.Error(400, "AuthorizationHeaderMalformed", more: "<Region>eu-north-1</Region>");

        Assert.Contains("another region, eu-north-1; set it", (await FailAsync(() => _store.ListAsync(new ListRequest(""), Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_clock_is_corrected_by_the_stores_own()
    {
        _server.Error(403, "RequestTimeTooSkewed", "Date: Tue, 24 Nov 2026 15:30:00 GMT\r\n");
        _server.Answer(204, "", "");

        Assert.Equal(StoreFault.Passing, (await FailAsync(() => _store.DeleteAsync("key", Token))).Fault);
        await _store.DeleteAsync("key", Token);

        Assert.Contains("\r\nx-amz-date: 20261124T153000Z\r\n", _server.Requests.Last().Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_ignores_conditions_and_ranges_on_reads_is_noticed()
    {
        _server.Answer(200, "ETag: \"new\"\r\n", "0123456789");
        _server.Answer(200, "ETag: \"e\"\r\n", "0123456789");
        _server.Answer(206, "ETag: \"e\"\r\nContent-Range: bytes 0-3/10\r\n", "0123");

        Assert.Equal(StoreFault.PreconditionFailed, (await FailAsync(() => _store.ReadAsync("key", new ReadRequest(null, "old"), Token))).Fault);
        Assert.Equal(StoreFault.NotImplemented, (await FailAsync(() => _store.ReadAsync("key", new ReadRequest(new ByteRange(2, 5)), Token))).Fault);
        Assert.Equal(StoreFault.Passing, (await FailAsync(() => _store.ReadAsync("key", new ReadRequest(new ByteRange(2, 5)), Token))).Fault);
    }

    [Fact]
    public async Task A_range_tells_the_size_of_the_whole()
    {
        _server.Answer(206, "ETag: \"e\"\r\nContent-Range: bytes 2-5/10\r\n", "2345");

        await using var content = await _store.ReadAsync("key", new ReadRequest(new ByteRange(2, 5), "e"), Token);

        Assert.Equal((10, 4), (content.Facts.Size, content.Length));
        Assert.Contains("\r\nRange: bytes=2-5\r\n", _server.Requests.Single().Head, StringComparison.Ordinal);
        Assert.Contains("\r\nIf-Match: \"e\"\r\n", _server.Requests.Single().Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listing_that_goes_on_and_leads_nowhere_is_no_end()
    {
        _server.Answer(200, "", "<ListBucketResult><KeyCount>0</KeyCount><IsTruncated>true</IsTruncated></ListBucketResult>");

        Assert.Equal(StoreFault.Permanent, (await FailAsync(() => _store.ListAsync(new ListRequest(""), Token))).Fault);
    }

    [Fact]
    public async Task A_store_that_knows_the_first_listing_only_is_listed_by_markers()
    {
        const string First = "<ListBucketResult><Marker/><IsTruncated>true</IsTruncated><Contents><Key>{0}</Key><Size>1</Size></Contents></ListBucketResult>";
        _server.Answer(200, "", First.Replace("{0}", "a", StringComparison.Ordinal));
        _server.Answer(200, "", First.Replace("{0}", "n", StringComparison.Ordinal));
        _server.Answer(200, "", First.Replace("{0}", "o", StringComparison.Ordinal).Replace("true", "false", StringComparison.Ordinal));

        var page = await _store.ListAsync(new ListRequest("p", StartAfter: "m"), Token);
        var last = await _store.ListAsync(new ListRequest("p", Token: page.NextToken), Token);

        Assert.Equal(["n", "o"], [page.Objects[0].Key, last.Objects[0].Key]);
        Assert.Null(last.NextToken);
        Assert.Equal(
            ["/bucket?encoding-type=url&list-type=2&max-keys=1000&prefix=p&start-after=m", "/bucket?encoding-type=url&marker=m&max-keys=1000&prefix=p", "/bucket?encoding-type=url&marker=n&max-keys=1000&prefix=p"],
            _server.Requests.Select(r => r.Head.Split(' ')[1]));
    }

    [Fact]
    public async Task A_header_with_a_line_break_is_not_sent()
    {
        var headers = new ObjectHeaders { Metadata = [new("a", "b\r\nx-amz-acl: public-read")] };

        var failure = await FailAsync(() => _store.BeginUploadAsync("key", headers, Token));

        Assert.Equal(StoreFault.Permanent, failure.Fault);
        Assert.Empty(_server.Requests);
    }

    public async ValueTask DisposeAsync()
    {
        _store.Dispose();
        _stores.Dispose();
        await _server.DisposeAsync();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Task<StoreException> FailAsync(Func<Task> call) => Assert.ThrowsAsync<StoreException>(call);
}
