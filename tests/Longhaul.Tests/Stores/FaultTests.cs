using System.Net;
using System.Text;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Stores;

/// <summary>Faults strike when and as they are told to, and the log and the buckets tell what came of it.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private TestStore _store = null!;
    private PlainS3 _client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Bucket Bucket => _store.Bucket("b");

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.StartAsync(new() { AllowUnsignedPayloadOverHttp = true, MinPartBytes = 1 }, "b");
        _client = new(_store.Address, Credentials.DefaultId, Credentials.DefaultSecret);
        Bucket.Put("k", Encoding.UTF8.GetBytes(new string('x', 1000)));
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task An_error_strikes_so_often_and_no_more()
    {
        var fault = _store.Faults.Add(Effect.SlowDown(retryAfter: 2), S3Verb.GetObject, times: 1, skip: 1);

        int[] statuses = [await StatusAsync("k"), await StatusAsync("k"), await StatusAsync("k")];

        Assert.Equal([200, 503, 200], statuses);
        Assert.Equal(1, fault.HitCount);
        Assert.Equal("SlowDown", _store.Log.For("k", S3Verb.GetObject)[1].ErrorCode);
    }

    [Fact]
    public async Task Dice_with_one_seed_fall_alike()
    {
        async Task<string> FallAsync()
        {
            await using var store = await TestStore.StartAsync(new() { RequireSignatures = false, Seed = 42 }, "b");
            store.Faults.Add(new Fault(Effect.InternalError()) { Probability = 0.5 });
            using var http = new HttpClient();
            var statuses = new StringBuilder();
            for (var i = 0; i < 20; i++)
            {
                using var answer = await http.GetAsync(new Uri(store.Address, "/b/missing"), Token);
                statuses.Append((int)answer.StatusCode).Append(' ');
            }

            return statuses.ToString();
        }

        var first = await FallAsync();

        Assert.Equal(first, await FallAsync());
        Assert.Contains("500", first, StringComparison.Ordinal);
        Assert.Contains("404", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gate_holds_until_it_opens()
    {
        var gate = new TestGate();
        _store.Faults.Add(Effect.Gate(gate), S3Verb.PutObject);

        var put = _client.PutAsync("b", "held", [1]);
        await gate.ArrivedAsync().WaitAsync(Token);
        Assert.Null(Bucket["held"]);
        gate.Open();
        await put;

        Assert.NotNull(Bucket["held"]);
    }

    [Fact]
    public async Task A_lost_reply_has_done_its_work()
    {
        _store.Faults.Add(Effect.LostReply(), S3Verb.PutObject, times: 1);

        await Assert.ThrowsAsync<HttpRequestException>(() => _client.PutAsync("b", "lost", [7]));

        Assert.Equal([7], Bucket["lost"]!.ToArray());
        await _store.Log.EndedAsync(r => r.Key == "lost").WaitAsync(Token);
        Assert.Equal(0, _store.Log.For("lost").Single().Status);
    }

    [Fact]
    public async Task A_reset_before_has_done_nothing()
    {
        _store.Faults.Add(Effect.ResetBefore(), S3Verb.PutObject, times: 1);

        await Assert.ThrowsAsync<HttpRequestException>(() => _client.PutAsync("b", "never", [7]));

        Assert.Null(Bucket["never"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_breaks_off_while_its_length_is_right(bool reset)
    {
        _store.Faults.Add(reset ? Effect.ResetAfter(10) : Effect.Truncate(10), S3Verb.GetObject);

        var error = await Record.ExceptionAsync(async () =>
        {
            using var answer = await _client.SendAsync(HttpMethod.Get, "b", "k", null);
            Assert.Equal(1000, answer.Content.Headers.ContentLength);
            await answer.Content.ReadAsByteArrayAsync(Token);
        });

        Assert.True(error is HttpRequestException or IOException, $"{error}");
    }

    [Fact]
    public async Task A_corrupted_body_differs_in_one_bit()
    {
        _store.Faults.Add(Effect.Corrupt(), S3Verb.GetObject);

        var got = await _client.GetAsync("b", "k");

        Assert.Equal(1, got.Zip(Bucket["k"]!.ToArray()).Sum(p => BitOperationsOf(p.First ^ p.Second)));
    }

    [Fact]
    public async Task A_body_stored_corrupted_shows_it_in_its_ETag()
    {
        _store.Faults.Add(Effect.StoreCorrupted(), S3Verb.PutObject);

        using var answer = await _client.SendAsync(HttpMethod.Put, "b", "s", [0, 0]);

        Assert.Equal(1, Bucket["s"]!.ToArray().Sum(b => BitOperationsOf(b)));
        Assert.Equal($"\"{Bucket["s"]!.ETag}\"", answer.Headers.ETag!.Tag);
    }

    [Fact]
    public async Task A_wrong_ETag_is_in_headers_and_listings()
    {
        _store.Faults.Add(new Fault(Effect.WrongETag()));

        using var put = await _client.SendAsync(HttpMethod.Put, "b", "k", [1]);
        using var list = await _client.SendAsync(HttpMethod.Get, "b", "", null, [("list-type", "2")]);
        var listing = await list.Content.ReadAsStringAsync(Token);

        Assert.NotEqual($"\"{Bucket["k"]!.ETag}\"", put.Headers.ETag!.Tag);
        Assert.DoesNotContain(Bucket["k"]!.ETag, listing, StringComparison.Ordinal);
        Assert.Contains("<ETag>&quot;", listing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listing_repeats_stands_still_or_comes_in_another_order()
    {
        Bucket.Put("l", [1]);
        Bucket.Put("m", [1]);
        var first = await ListAsync(2);
        _store.Faults.Add(Effect.RepeatPage(), S3Verb.ListObjectsV2, times: 1);
        var repeated = await ListAsync(2, Between(first, "<NextContinuationToken>", "<"));
        _store.Faults.Add(Effect.StuckToken(), S3Verb.ListObjectsV2, times: 1);
        var stuck = await ListAsync(1, Between(await ListAsync(1), "<NextContinuationToken>", "<"));
        _store.Faults.Clear();
        _store.Faults.Add(Effect.Reorder(), S3Verb.ListObjectsV2);
        var reordered = await ListAsync(3);

        Assert.Equal(("k", "k"), (Between(first, "<Key>", "<"), Between(repeated, "<Key>", "<")));
        Assert.Equal("m", Between(reordered, "<Key>", "<"));
        Assert.NotEqual("", Between(stuck, "<ContinuationToken>", "<"));
    }

    [Fact]
    public async Task A_completion_answers_200_with_an_error_and_does_nothing()
    {
        _store.Faults.Add(Effect.ErrorIn200(), S3Verb.CompleteMultipartUpload);
        var id = await BeginAsync("m");

        using var done = await CompleteAsync("m", id, await PartAsync("m", id, [1]));

        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Contains("<Code>InternalError</Code>", await done.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Null(Bucket["m"]);
        Assert.Single(Bucket.Uploads);
    }

    [Fact]
    public async Task An_object_changes_between_two_ranges()
    {
        _store.Faults.Add(Effect.After(r => Bucket.Put(r.Key, "other"u8)), S3Verb.GetObject, times: 1);
        var etag = $"\"{Bucket["k"]!.ETag}\"";

        using var first = await _client.SendAsync(HttpMethod.Get, "b", "k", null, headers: [("range", "bytes=0-9"), ("if-match", etag)]);
        using var second = await _client.SendAsync(HttpMethod.Get, "b", "k", null, headers: [("range", "bytes=10-19"), ("if-match", etag)]);

        Assert.Equal("xxxxxxxxxx", await first.Content.ReadAsStringAsync(Token));
        Assert.Equal(HttpStatusCode.PreconditionFailed, second.StatusCode);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_from_now_on()
    {
        var before = await StatusAsync("k");
        _store.Credentials.Revoke();
        var revoked = await StatusAsync("k");
        _store.Credentials.Restore();

        Assert.Equal((200, 403, 200), (before, revoked, await StatusAsync("k")));
        Assert.Equal("InvalidAccessKeyId", _store.Log.Requests[1].ErrorCode);
    }

    [Fact]
    public async Task A_key_may_only_list_or_only_read()
    {
        _store.Credentials.Add("lister", "s1", KeyAccess.ListOnly);
        _store.Credentials.Add("reader", "s2", KeyAccess.ReadOnly);
        using var lister = new PlainS3(_store.Address, "lister", "s1");
        using var reader = new PlainS3(_store.Address, "reader", "s2");

        Assert.Equal(["k"], await lister.KeysAsync("b"));
        Assert.Equal(403, await StatusAsync("k", lister));
        Assert.Equal(200, await StatusAsync("k", reader));
        using var put = await reader.SendAsync(HttpMethod.Put, "b", "k", [1]);
        Assert.Equal(HttpStatusCode.Forbidden, put.StatusCode);
    }

    [Fact]
    public async Task A_dead_store_refuses_and_comes_back_at_its_address_with_what_it_had()
    {
        var port = _store.Port;
        await StatusAsync("k");
        await _store.DieAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusAsync("k"));
        await _store.ReviveAsync();

        Assert.Equal(port, _store.Port);
        Assert.Equal(200, await StatusAsync("k"));
    }

    [Fact]
    public async Task The_log_tells_writes_after_a_moment()
    {
        await _client.PutAsync("b", "x", [1]);
        var moment = _store.Log.LastNumber;
        await StatusAsync("x");
        Assert.Empty(_store.Log.WritesAfter(moment));
        await _client.PutAsync("b", "y", [1, 2]);

        var write = Assert.Single(_store.Log.WritesAfter(moment));
        Assert.Equal((S3Verb.PutObject, "y", 2L, 200, Credentials.DefaultId), (write.Verb, write.Key, write.BytesIn, write.Status, write.KeyId));
    }

    [Theory]
    [InlineData("GLACIER", null, null, 403)]
    [InlineData("DEEP_ARCHIVE", null, ObjectDetails.Restoring, 403)]
    [InlineData("GLACIER", null, ObjectDetails.Restored, 200)]
    [InlineData("GLACIER_IR", null, null, 200)]
    [InlineData("INTELLIGENT_TIERING", "ARCHIVE_ACCESS", null, 403)]
    [InlineData("INTELLIGENT_TIERING", null, null, 200)]
    public async Task An_archived_object_is_read_only_when_it_was_brought_back(string storageClass, string? archive, string? restore, int status)
    {
        Bucket.Put("cold", ByteContent.Empty, new() { StorageClass = storageClass, ArchiveStatus = archive, Restore = restore });

        using var head = await _client.SendAsync(HttpMethod.Head, "b", "cold", null);

        Assert.Equal(status, await StatusAsync("cold"));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(storageClass, head.Headers.GetValues("x-amz-storage-class").Single());
        Assert.Equal(restore is not null, head.Headers.Contains("x-amz-restore"));
    }

    private static int BitOperationsOf(int value) => System.Numerics.BitOperations.PopCount((uint)value);

    private static string Between(string text, string begin, string end)
    {
        var at = text.IndexOf(begin, StringComparison.Ordinal);
        return at < 0 ? "" : text[(at + begin.Length)..text.IndexOf(end, at + begin.Length, StringComparison.Ordinal)];
    }

    private async Task<int> StatusAsync(string key, PlainS3? client = null)
    {
        using var answer = await (client ?? _client).SendAsync(HttpMethod.Get, "b", key, null);
        await answer.Content.ReadAsByteArrayAsync(Token);
        return (int)answer.StatusCode;
    }

    private async Task<string> ListAsync(int limit, string? token = null)
    {
        List<(string, string)> query = [("list-type", "2"), ("max-keys", $"{limit}")];
        if (token is not null)
        {
            query.Add(("continuation-token", token));
        }

        using var answer = await _client.SendAsync(HttpMethod.Get, "b", "", null, query);
        return await answer.Content.ReadAsStringAsync(Token);
    }

    private async Task<string> BeginAsync(string key)
    {
        using var answer = await _client.SendAsync(HttpMethod.Post, "b", key, [], [("uploads", "")]);
        return Between(await answer.Content.ReadAsStringAsync(Token), "<UploadId>", "<");
    }

    private async Task<string> PartAsync(string key, string id, byte[] bytes)
    {
        using var answer = await _client.SendAsync(HttpMethod.Put, "b", key, bytes, [("partNumber", "1"), ("uploadId", id)]);
        return answer.Headers.ETag!.Tag;
    }

    private Task<HttpResponseMessage> CompleteAsync(string key, string id, string etag) => _client.SendAsync(
        HttpMethod.Post, "b", key,
        Encoding.UTF8.GetBytes($"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part></CompleteMultipartUpload>"), [("uploadId", id)]);
}
