using Longhaul.Slurper.Objects;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Objects;

public sealed class ConnectivityTests : IDisposable
{
    private readonly ManualTimeProvider _clock = new();
    private readonly FakeTarget _target = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_is_listed_and_its_first_byte_read()
    {
        _target.Keys.Add("photos/1");

        Assert.Null(await Check().CheckSourceAsync(_target, "photos/", null, Token));

        Assert.Equal(["list photos/ 1", "read photos/1 0-0"], _target.Calls);
    }

    [Theory]
    [InlineData(nameof(StoreFault.RangeNotSatisfiable), null)]
    [InlineData(nameof(StoreFault.Archived), null)]
    [InlineData(nameof(StoreFault.NoSuchKey), null)]
    [InlineData(nameof(StoreFault.Permanent), "read says Permanent")]
    [InlineData(nameof(StoreFault.NoSuchBucket), "read says NoSuchBucket")]
    public async Task What_the_first_byte_tells_counts(string fault, string? reason)
    {
        _target.Fail("read", fault);

        Assert.Equal(reason, await Check().CheckSourceAsync(_target, null, ["explicit", "other"], Token));

        Assert.Equal(["read explicit 0-0"], _target.Calls);
    }

    [Fact]
    public async Task A_prefix_with_a_slash_before_it_is_tried_without_it()
    {
        _target.Keys.Add("a/1");

        Assert.Null(await Check().CheckSourceAsync(_target, "/a", null, Token));

        Assert.Equal(["list /a 1", "list a 1", "read a/1 0-0"], _target.Calls);
    }

    [Fact]
    public async Task An_empty_bucket_is_a_success()
    {
        Assert.Null(await Check().CheckSourceAsync(_target, null, null, Token));
        Assert.Null(await Check().CheckSourceAsync(_target, null, [], Token));
    }

    [Fact]
    public async Task A_refused_credential_is_tried_twice_more_within_the_time()
    {
        _target.Fail("list", nameof(StoreFault.AccessDenied), times: 2);
        var check = Check().CheckSourceAsync(_target, null, null, Token);

        Assert.Single(_target.Calls);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _target.Calls.Count);
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Null(await check);
        Assert.Equal(3, _target.Calls.Count);
    }

    [Fact]
    public async Task A_credential_refused_three_times_is_refused()
    {
        _target.Fail("list", nameof(StoreFault.Unauthenticated), times: 9);
        var check = Check().CheckSourceAsync(_target, null, null, Token);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal("list says Unauthenticated", await check);
        Assert.Equal(3, _target.Calls.Count);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_fails_within_ten_seconds()
    {
        _target.Hang("begin");
        var check = Check().CheckTargetAsync(_target, Token);
        _clock.Advance(TimeSpan.FromSeconds(8));

        Assert.Equal("no answer within 8 s", await check);
        Assert.Equal(["begin", "uploads", "abort left-behind"], _target.Calls);
    }

    [Fact]
    public async Task A_caller_that_gives_up_gives_up()
    {
        using var cancel = new CancellationTokenSource();
        _target.Hang("list");
        var check = Check().CheckSourceAsync(_target, null, null, cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => check);
    }

    [Fact]
    public async Task A_target_gets_an_upload_that_is_aborted()
    {
        Assert.Null(await Check().CheckTargetAsync(_target, Token));

        Assert.Equal(["begin", "abort id"], _target.Calls);
    }

    [Fact]
    public async Task A_target_without_uploads_gets_an_object_that_is_deleted()
    {
        _target.Fail("begin", nameof(StoreFault.NotImplemented));

        Assert.Null(await Check().CheckTargetAsync(_target, Token));

        Assert.Equal(["begin", "put", "delete"], _target.Calls);
        Assert.Empty(_target.Keys);
    }

    [Fact]
    public async Task A_target_that_may_not_be_aborted_in_says_so()
    {
        _target.Fail("abort", nameof(StoreFault.Permanent));

        Assert.Equal("abort says Permanent", await Check().CheckTargetAsync(_target, Token));

        Assert.Equal(["begin", "abort id", "abort id"], _target.Calls);
    }

    [Fact]
    public async Task A_reason_is_short_ascii()
    {
        _target.Fail("list", nameof(StoreFault.Permanent), message: new string('é', 300));

        Assert.Equal(new string('?', 256), await Check().CheckSourceAsync(_target, null, null, Token));
    }

    [Theory]
    [InlineData(nameof(FakeTarget.Conditions.Honoured), true)]
    [InlineData(nameof(FakeTarget.Conditions.Ignored), false)]
    [InlineData(nameof(FakeTarget.Conditions.Refused), false)]
    public async Task Conditional_creation_is_found_out_and_leaves_nothing(string conditions, bool isSupported)
    {
        _target.Condition = Enum.Parse<FakeTarget.Conditions>(conditions);

        Assert.Equal(isSupported, await Check().ProbeConditionalCreateAsync(_target, Token));

        Assert.Equal("delete", _target.Calls[^1]);
        Assert.Empty(_target.Keys);
    }

    [Fact]
    public async Task A_probe_that_fails_or_is_cancelled_leaves_nothing()
    {
        _target.Fail("put", nameof(StoreFault.Passing));
        await Assert.ThrowsAsync<StoreException>(() => Check().ProbeConditionalCreateAsync(_target, Token));
        Assert.Equal(["put", "delete"], _target.Calls);

        _target.Calls.Clear();
        using var cancel = new CancellationTokenSource();
        _target.Hang("put");
        var probe = Check().ProbeConditionalCreateAsync(_target, cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe);
        Assert.Equal(["put", "delete"], _target.Calls);
        Assert.Empty(_target.Keys);
    }

    public void Dispose() => _target.Dispose();

    private Connectivity Check() => new(_clock);
}
