using System.Security.Cryptography;
using System.Text;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>What every S3-compatible store must do for us, on a bucket of its own for each test.</summary>
public abstract class ObjectStoreContract : IAsyncLifetime
{
    private const int PartBytes = 5 << 20;

    private StoreBench _bench = null!;
    private ObjectStores _stores = null!;
    private IObjectTarget _store = null!;
    private string _bucket = null!;

    /// <summary>Keys that have gone wrong somewhere: see section 10 of the contract, and the issue lists of the known tools.</summary>
    public static TheoryData<string> Keys => new(
        "plain.txt", "with space", "a+b", "a%20b", "100%", "a%2Fb", "/leading", "//two", "a//b", "a/./b", "a/../b", "../up", "./here", "..", ".", "trailing/",
        "trailing//", "dot./.", "ünïcode/日本語/\U0001F600", "e\u0301 combining", "new\nline", "tab\tkey", "cr\rlf", "\u0001\u001f\u007f", "q?x=1&y=2#z", "a;b,c:d@e=f$g!h*i'j(k)l",
        "<&\">", "back\\slash", "^`{|}~[]", " lead and trail ", "\u00a0nbsp", "\ufeffbom", "k" + new string('x', 1023), new string('é', 512));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts the server, once.</summary>
    private protected abstract Task<StoreBench> StartAsync();

    public async ValueTask InitializeAsync()
    {
        _bench = await StartAsync();
        _stores = _bench.Open();
        _bucket = $"t-{RandomNumberGenerator.GetHexString(16, lowercase: true)}";
        _store = _stores.OpenTarget(_bench.Spec(_bucket));

        // PUT of the empty key is CreateBucket.
        await _store.PutAsync("", Put("", false), Token);
    }

    public ValueTask DisposeAsync()
    {
        _store?.Dispose();
        _stores?.Dispose();
        GC.SuppressFinalize(this);
        return default;
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task A_key_is_the_same_key_everywhere(string key)
    {
        await _store.PutAsync(key, Put("body"), Token);

        Assert.Equal(key, Assert.Single((await _store.ListAsync(new ListRequest(""), Token)).Objects).Key);
        Assert.Equal(key, Assert.Single((await _store.ListAsync(new ListRequest(key), Token)).Objects).Key);
        Assert.Equal("body", await TextAsync(key));
        Assert.Equal(4, (await _store.HeadAsync(key, null, Token))!.Size);

        if (!_bench.CannotUpload(key))
        {
            var etag = (await _store.HeadAsync(key, null, Token))!.ETag!;
            await BeginCopyAndAbortAsync(key, new CopyRequest(_bucket, key, etag, ObjectHeaders.None, false));
        }

        await _store.DeleteAsync(key, Token);
        Assert.Empty((await _store.ListAsync(new ListRequest(""), Token)).Objects);
        Assert.Null(await _store.HeadAsync(key, null, Token));
    }

    [Fact]
    public async Task A_listing_goes_on_page_by_page_from_anywhere()
    {
        string[] keys = ["a", "b +", "b/1", "b/2", "c", "d", "é"];
        foreach (var key in keys)
        {
            await _store.PutAsync(key, Put(key), Token);
        }

        var found = new List<ListedObject>();
        for (string? token = null; ;)
        {
            var page = await _store.ListAsync(new ListRequest("", Token: token, MaxKeys: 2), Token);
            Assert.InRange(page.Objects.Count, 1, 2);
            found.AddRange(page.Objects);
            token = page.NextToken;
            if (token is null)
            {
                break;
            }
        }

        Assert.Equal(keys, found.Select(o => o.Key));
        Assert.All(found, o => Assert.Equal((Encoding.UTF8.GetByteCount(o.Key), Md5(o.Key)), (o.Size, o.ETag)));
        Assert.Equal(["b/2", "c", "d", "é"], (await _store.ListAsync(new ListRequest("", StartAfter: "b/1"), Token)).Objects.Select(o => o.Key));
        Assert.Equal(["b/1", "b/2"], (await _store.ListAsync(new ListRequest("b/"), Token)).Objects.Select(o => o.Key));
        Assert.Equal(["b/2"], (await _store.ListAsync(new ListRequest("b/", StartAfter: "b/1"), Token)).Objects.Select(o => o.Key));
        Assert.Empty((await _store.ListAsync(new ListRequest("", StartAfter: "é"), Token)).Objects);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Headers_and_metadata_come_back_as_they_went(bool isMultipart)
    {
        var headers = new ObjectHeaders
        {
            ContentType = "text/plain; charset=utf-8",
            CacheControl = "max-age=60, public",
            ContentDisposition = "attachment; filename=\"a b.txt\"",
            ContentEncoding = "gzip",
            ContentLanguage = "de, en",
            Expires = "Wed, 21 Oct 2026 07:28:00 GMT",
            Metadata = [new("one", "1"), new("spaces-inside", "a b"), new(_bench.ReplacesUnderscores ? "with-dash" : "with-dash_and", "x=y;z")],
        };
        if (isMultipart)
        {
            var upload = await _store.BeginUploadAsync("k", headers, Token);
            var part = await _store.PutPartAsync("k", upload, new PartRequest(1, Body("hello")), Token);
            await _store.CompleteUploadAsync("k", upload, [part], false, Token);
        }
        else
        {
            await _store.PutAsync("k", new PutRequest(Body("hello"), headers, false), Token);
        }

        var head = (await _store.HeadAsync("k", null, Token))!;
        await using var content = await _store.ReadAsync("k", new ReadRequest(), Token);

        Assert.All([head.Headers, content.Facts.Headers], found =>
        {
            Assert.Equal(headers with { Metadata = [] }, found with { Metadata = [] });
            Assert.Equal(headers.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal), found.Metadata.OrderBy(m => m.Key, StringComparer.Ordinal));
        });
        Assert.Equal((5, head.ETag), (head.Size, content.Facts.ETag));
        Assert.InRange(head.LastModified!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Null(head.StorageClass);
    }

    [Fact]
    public async Task Metadata_beyond_ascii_is_bytes()
    {
        // UTF-8 as the bytes that a header is made of.
        var raw = Encoding.Latin1.GetString("grün  日本"u8);
        var headers = new ObjectHeaders { ContentType = "text/plain", Metadata = [new("name", raw)] };
        if (!_bench.KeepsHeaderBytes)
        {
            return;
        }

        await _store.PutAsync("k", new PutRequest(Body("hello"), headers, false), Token);

        var found = (await _store.HeadAsync("k", null, Token))!.Headers.Metadata.Single().Value;
        Assert.Equal(raw.Replace("  ", " ", StringComparison.Ordinal), found.Replace("  ", " ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_write_on_condition_keeps_what_exists()
    {
        await _store.PutAsync("new", Put("first", onlyIfAbsent: _bench.ConditionalPut == StoreFault.PreconditionFailed), Token);

        if (_bench.ConditionalPut is { } fault)
        {
            Assert.Equal(fault, (await FailAsync(() => _store.PutAsync("new", Put("second", onlyIfAbsent: true), Token))).Fault);
            Assert.Equal("first", await TextAsync("new"));
        }

        var isHonoured = await new Connectivity(TimeProvider.System).ProbeConditionalCreateAsync(_store, Token);
        Assert.Equal(_bench.ConditionalPut == StoreFault.PreconditionFailed, isHonoured);
        Assert.Equal(["new"], (await _store.ListAsync(new ListRequest(""), Token)).Objects.Select(o => o.Key));
    }

    [Fact]
    public async Task A_part_of_an_object_is_read_and_pinned_to_its_etag()
    {
        var etag = (await _store.PutAsync("k", Put("0123456789"), Token)).ETag!;

        await using (var part = await _store.ReadAsync("k", new ReadRequest(new ByteRange(2, 4), etag), Token))
        {
            Assert.Equal("234", await new StreamReader(part.Body).ReadToEndAsync(Token));
            Assert.Equal((10, 3, etag), (part.Facts.Size, part.Length, part.Facts.ETag));
        }

        await using (var end = await _store.ReadAsync("k", new ReadRequest(new ByteRange(8, 99)), Token))
        {
            Assert.Equal("89", await new StreamReader(end.Body).ReadToEndAsync(Token));
        }

        await _store.PutAsync("k", Put("9876543210"), Token);
        Assert.Equal(StoreFault.PreconditionFailed, (await FailAsync(() => _store.ReadAsync("k", new ReadRequest(new ByteRange(2, 4), etag), Token))).Fault);
        Assert.Equal(StoreFault.PreconditionFailed, (await FailAsync(() => _store.ReadAsync("k", new ReadRequest(null, etag), Token))).Fault);
        Assert.Equal(StoreFault.RangeNotSatisfiable, (await FailAsync(() => _store.ReadAsync("k", new ReadRequest(new ByteRange(10, 10)), Token))).Fault);
    }

    [Fact]
    public async Task An_empty_object_is_an_object()
    {
        var written = await _store.PutAsync("empty", Put(""), Token);

        Assert.Equal("d41d8cd98f00b204e9800998ecf8427e", written.ETag);
        Assert.Equal("", await TextAsync("empty"));
        Assert.Equal(0, Assert.Single((await _store.ListAsync(new ListRequest(""), Token)).Objects).Size);
        Assert.Null(await new Connectivity(TimeProvider.System).CheckSourceAsync(_store, null, null, Token));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3 << 20)]
    public async Task A_stream_is_written_whole_in_one_request(int length)
    {
        var bytes = Bytes(length);
        using var stream = new MemoryStream(bytes);

        var written = await _store.PutAsync("k", new PutRequest(new ObjectBody(length, default, new OneWay(stream), null), ObjectHeaders.None, false), Token);

        Assert.Equal(Md5(bytes), written.ETag);
        await using var content = await _store.ReadAsync("k", new ReadRequest(), Token);
        var back = new MemoryStream();
        await content.Body.CopyToAsync(back, Token);
        Assert.Equal(bytes, back.ToArray());
    }

    [Fact]
    public async Task Bytes_that_are_not_what_was_promised_are_refused()
    {
        var body = new ObjectBody(5, "hello"u8.ToArray(), null, MD5.HashData("other"u8));

        Assert.Equal(StoreFault.BadDigest, (await FailAsync(() => _store.PutAsync("k", new PutRequest(body, ObjectHeaders.None, false), Token))).Fault);
        Assert.Null(await _store.HeadAsync("k", null, Token));

        await _store.PutAsync("k", new PutRequest(body with { ContentMd5 = MD5.HashData("hello"u8) }, ObjectHeaders.None, false), Token);
        Assert.Equal("hello", await TextAsync("k"));
    }

    [Fact]
    public async Task An_upload_in_parts_is_begun_found_and_completed()
    {
        var (first, second) = (Bytes(PartBytes), Bytes(1000));
        var upload = await _store.BeginUploadAsync("big", new ObjectHeaders { ContentType = "video/x" }, Token);
        var one = await _store.PutPartAsync("big", upload, new PartRequest(1, new ObjectBody(PartBytes, default, new OneWay(new MemoryStream(first)), null)), Token);
        var two = await _store.PutPartAsync("big", upload, new PartRequest(2, new ObjectBody(1000, second, null, MD5.HashData(second))), Token);

        Assert.Equal([one, two], await _store.ListPartsAsync("big", upload, Token));
        Assert.Equal((Md5(first), Md5(second)), (one.ETag, two.ETag));
        var found = Assert.Single(await _store.ListUploadsAsync("big", Token));
        Assert.Equal(upload, found.UploadId);
        Assert.InRange(found.BegunAt!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));

        var written = await _store.CompleteUploadAsync("big", upload, [one, two], false, Token);

        var head = (await _store.HeadAsync("big", null, Token))!;
        Assert.Equal((PartBytes + 1000, "video/x"), (head.Size, head.Headers.ContentType));
        Assert.Equal(_bench.TellsETagOnComplete ? head.ETag : null, written.ETag);
        if (_bench.HasMultipartETags)
        {
            Assert.Equal(Convert.ToHexStringLower(MD5.HashData([.. MD5.HashData(first), .. MD5.HashData(second)])) + "-2", head.ETag);
        }

        Assert.Empty(await _store.ListUploadsAsync("big", Token));
        Assert.Equal(_bench.ForgetsCompletedUploads, await _store.ListPartsAsync("big", upload, Token) is null);
    }

    [Fact]
    public async Task An_upload_that_is_not_there_is_known_not_to_be()
    {
        var upload = await _store.BeginUploadAsync("k", ObjectHeaders.None, Token);
        Assert.Empty((await _store.ListPartsAsync("k", upload, Token))!);
        await _store.AbortUploadAsync("k", upload, Token);
        await _store.AbortUploadAsync("k", upload, Token);

        Assert.Empty(await _store.ListUploadsAsync("k", Token));
        Assert.Null(await _store.ListPartsAsync("k", upload, Token));
        Assert.Equal(StoreFault.NoSuchUpload, (await FailAsync(() => _store.PutPartAsync("k", upload, new PartRequest(1, Body("x")), Token))).Fault);
        Assert.Equal(_bench.UnknownUploadOnComplete, (await FailAsync(() => _store.CompleteUploadAsync("k", upload, [new UploadedPart(1, Md5("x"), 1)], false, Token))).Fault);
    }

    [Fact]
    public async Task Uploads_of_other_keys_are_not_ours()
    {
        var mine = await _store.BeginUploadAsync("k", ObjectHeaders.None, Token);
        var again = await _store.BeginUploadAsync("k", ObjectHeaders.None, Token);
        await _store.BeginUploadAsync("k2", ObjectHeaders.None, Token);
        await _store.BeginUploadAsync("k/1", ObjectHeaders.None, Token);

        Assert.Equal(new[] { mine, again }.Order(StringComparer.Ordinal), (await _store.ListUploadsAsync("k", Token)).Select(u => u.UploadId).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_upload_completed_on_condition_keeps_what_exists()
    {
        await _store.PutAsync("k", Put("first"), Token);
        var upload = await _store.BeginUploadAsync("k", ObjectHeaders.None, Token);
        var part = await _store.PutPartAsync("k", upload, new PartRequest(1, Body("second")), Token);

        if (_bench.ConditionalComplete is { } fault)
        {
            Assert.Equal(fault, (await FailAsync(() => _store.CompleteUploadAsync("k", upload, [part], true, Token))).Fault);
            Assert.Equal("first", await TextAsync("k"));
        }
        else
        {
            await _store.CompleteUploadAsync("k", upload, [part], true, Token);
            Assert.Equal("second", await TextAsync("k"));
        }
    }

    [Fact]
    public async Task A_copy_on_the_servers_side_is_pinned_and_gets_its_headers()
    {
        var headers = new ObjectHeaders { ContentType = "text/x", CacheControl = "no-store", Metadata = [new("a", "b")] };
        var etag = (await _store.PutAsync("from +/ü", Put("0123456789"), Token)).ETag!;
        var request = new CopyRequest(_bucket, "from +/ü", etag, headers, false);

        var copied = await _store.CopyAsync("to", request, Token);

        Assert.Equal(etag, copied.ETag);
        var head = (await _store.HeadAsync("to", null, Token))!;
        Assert.Equal(("text/x", "no-store", new KeyValuePair<string, string>("a", "b")), (head.Headers.ContentType, head.Headers.CacheControl, head.Headers.Metadata.Single()));
        if (_bench.PinsCopies)
        {
            Assert.Equal(StoreFault.PreconditionFailed, (await FailAsync(() => _store.CopyAsync("to", request with { IfMatch = Md5("other") }, Token))).Fault);
        }

        Assert.Equal(StoreFault.NoSuchKey, (await FailAsync(() => _store.CopyAsync("to", request with { SourceKey = "none" }, Token))).Fault);
    }

    [Fact]
    public async Task Parts_are_copied_on_the_servers_side()
    {
        var bytes = Bytes(PartBytes + 100);
        var etag = (await _store.PutAsync("from", new PutRequest(new ObjectBody(bytes.Length, bytes, null, null), ObjectHeaders.None, false), Token)).ETag!;
        var source = new CopyRequest(_bucket, "from", etag, ObjectHeaders.None, false);
        var upload = await _store.BeginUploadAsync("to", ObjectHeaders.None, Token);

        var one = await _store.CopyPartAsync("to", upload, 1, source, new ByteRange(0, PartBytes - 1), Token);
        var two = await _store.CopyPartAsync("to", upload, 2, source, new ByteRange(PartBytes, PartBytes + 99), Token);
        await _store.CompleteUploadAsync("to", upload, [one, two], false, Token);

        await using var content = await _store.ReadAsync("to", new ReadRequest(), Token);
        var back = new MemoryStream();
        await content.Body.CopyToAsync(back, Token);
        Assert.Equal(Md5(bytes), Md5(back.ToArray()));
    }

    [Fact]
    public async Task What_is_missing_or_refused_is_told_apart()
    {
        using var nowhere = _stores.OpenTarget(_bench.Spec("no-such-bucket-here"));
        using var wrongSecret = _stores.OpenTarget(_bench.Spec(_bucket) with { SecretAccessKey = "wrong" });
        using var wrongId = _stores.OpenTarget(_bench.Spec(_bucket) with { AccessKeyId = "nobody" });

        Assert.Equal(StoreFault.NoSuchKey, (await FailAsync(() => _store.ReadAsync("none", new ReadRequest(), Token))).Fault);
        Assert.Null(await _store.HeadAsync("none", null, Token));
        await _store.DeleteAsync("none", Token);
        Assert.Equal(StoreFault.NoSuchBucket, (await FailAsync(() => nowhere.ListAsync(new ListRequest(""), Token))).Fault);
        Assert.Equal(StoreFault.NoSuchBucket, (await FailAsync(() => nowhere.PutAsync("k", Put("x"), Token))).Fault);
        Assert.Equal(StoreFault.NoSuchBucket, (await FailAsync(() => nowhere.BeginUploadAsync("k", ObjectHeaders.None, Token))).Fault);
        Assert.Equal(StoreFault.Unauthenticated, (await FailAsync(() => wrongSecret.ListAsync(new ListRequest(""), Token))).Fault);
        Assert.Equal(StoreFault.Unauthenticated, (await FailAsync(() => wrongId.ListAsync(new ListRequest(""), Token))).Fault);
        Assert.Equal(StoreFault.Unauthenticated, (await FailAsync(() => wrongSecret.PutAsync("k", Put("x"), Token))).Fault);
    }

    [Fact]
    public async Task Tags_come_back_as_they_went()
    {
        await _store.PutAsync("k", Put("x"), Token);
        if (!_bench.HasTags)
        {
            Assert.Equal(StoreFault.NotImplemented, (await FailAsync(() => _store.WriteTagsAsync("k", [new("a", "1")], Token))).Fault);
            return;
        }

        Assert.Empty(await _store.ReadTagsAsync("k", Token));
        await _store.WriteTagsAsync("k", [new("a", "1"), new("b c", "")], Token);

        Assert.Equal([new("a", "1"), new("b c", "")], (await _store.ReadTagsAsync("k", Token)).OrderBy(t => t.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Both_checks_of_connectivity_succeed_and_leave_nothing()
    {
        var check = new Connectivity(TimeProvider.System);
        await _store.PutAsync("photos/1", Put("x"), Token);

        Assert.Null(await check.CheckSourceAsync(_store, "photos/", null, Token));
        Assert.Null(await check.CheckSourceAsync(_store, null, ["missing"], Token));
        Assert.Null(await check.CheckTargetAsync(_store, Token));

        Assert.Equal(["photos/1"], (await _store.ListAsync(new ListRequest(""), Token)).Objects.Select(o => o.Key));
    }

    private static Task<StoreException> FailAsync(Func<Task> call) => Assert.ThrowsAsync<StoreException>(call);

    private static ObjectBody Body(string text) => new(Encoding.UTF8.GetByteCount(text), Encoding.UTF8.GetBytes(text), null, null);

    private static PutRequest Put(string text, bool onlyIfAbsent = false) => new(Body(text), ObjectHeaders.None, onlyIfAbsent);

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static string Md5(string text) => Md5(Encoding.UTF8.GetBytes(text));

    private static string Md5(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));

    private async Task BeginCopyAndAbortAsync(string key, CopyRequest source)
    {
        var upload = await _store.BeginUploadAsync(key, ObjectHeaders.None, Token);
        Assert.Equal(upload, Assert.Single(await _store.ListUploadsAsync(key, Token)).UploadId);
        if (!_bench.CannotCopyPartsOf(key))
        {
            var part = await _store.CopyPartAsync(key, upload, 1, source, new ByteRange(0, 3), Token);
            Assert.Equal((1, 4), (part.Number, part.Size));
        }

        await _store.AbortUploadAsync(key, upload, Token);
    }

    private async Task<string> TextAsync(string key)
    {
        await using var content = await _store.ReadAsync(key, new ReadRequest(), Token);
        return await new StreamReader(content.Body).ReadToEndAsync(Token);
    }

    // As the body of another store's answer: no length, no way back.
    private sealed class OneWay(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
