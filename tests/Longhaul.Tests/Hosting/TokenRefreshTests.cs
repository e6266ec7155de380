using System.Security.Cryptography;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;
using Longhaul.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Longhaul.Tests.Hosting;

/// <summary>The book of tokens follows the database, and stays as it was while that does not answer.</summary>
public sealed class TokenRefreshTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task While_the_store_is_out_of_reach_the_known_tokens_hold()
    {
        var clock = new ManualTimeProvider();
        var book = new TokenBook();
        await using var store = new FakeStore();
        store.Rows = [Row("one", "secret-1")];
        using var refresh = new TokenRefresh(store, book, clock, NullLogger<TokenRefresh>.Instance);
        await refresh.StartAsync(TestContext.Current.CancellationToken);
        var first = book.Find("secret-1"u8);

        store.Rows = null;
        await NextAsync(store, clock);
        Assert.Same(first, book.Find("secret-1"u8));

        store.Rows = [Row("one", "secret-1"), Row("two", "secret-2")];
        await NextAsync(store, clock);
        Assert.Same(first, book.Find("secret-1"u8));
        Assert.Equal("token:two", book.Find("secret-2"u8)?.SubmitsAs);

        store.Rows = [Row("two", "secret-2")];
        await NextAsync(store, clock);
        Assert.Null(book.Find("secret-1"u8));
        Assert.True(first!.Revoked.IsCancellationRequested);
        Assert.False(book.Find("secret-2"u8)!.Revoked.IsCancellationRequested);
        Assert.NotNull(book.Find("secret-2"u8));
        await refresh.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_start_without_the_tokens_is_refused()
    {
        await using var store = new FakeStore();
        using var refresh = new TokenRefresh(store, new TokenBook(), new ManualTimeProvider(), NullLogger<TokenRefresh>.Instance);

        await Assert.ThrowsAsync<StartRefusedException>(() => refresh.StartAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_permission_of_a_newer_program_allows_nothing_here()
    {
        var book = new TokenBook();
        book.Replace([Row("new", "secret") with { Permissions = "lists:read dashboards:read" }]);

        var caller = book.Find("secret"u8)!;

        Assert.True(caller.May(PermissionArea.Lists.For(Need.Read), "acme"));
        Assert.False(caller.May(PermissionArea.Lists.For(Need.Edit), "acme"));
        Assert.False(caller.May(PermissionArea.ForOperations("dashboards.x", Need.Read), "acme"));
    }

    // Two rounds: the second read begins only after the book has taken what the first one gave. The loop sets its timer on a thread
    // of its own, so time moves until it has seen it.
    private static async Task NextAsync(FakeStore store, ManualTimeProvider clock)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        for (var round = 0; round < 2; round++)
        {
            var read = store.NextRead();
            while (!read.IsCompleted)
            {
                patience.Token.ThrowIfCancellationRequested();
                clock.Advance(TimeSpan.FromSeconds(2));
                await Task.Yield();
            }
        }
    }

    private static TokenRow Row(string name, string secret) =>
        new(name, name, SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(secret)), "lists:read", "acme", 0, null);

    /// <summary>Rows that a test sets; null stands for a database that does not answer.</summary>
    private sealed class FakeStore : Database
    {
        private TaskCompletionSource _read = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<TokenRow>? Rows { get; set; }

        public override Dialect Dialect => throw new NotSupportedException();

        public override bool IsShared => false;

        public Task NextRead() => (_read = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public override ValueTask<T> ReadOneAsync<T>(Func<DbSession, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
        {
            _read.TrySetResult();
            return Rows is { } rows ? new((T)(object)rows) : throw new StoreUnavailableException("the test has stopped it");
        }

        public override Task OpenAsync(IReadOnlyList<MigrationLine> lines, CancellationToken cancellationToken) => Task.CompletedTask;

        public override ValueTask<T> ReadAsync<T>(Func<DbSession, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public override Task<T> WriteAsync<T>(
            Func<DbSession, CancellationToken, ValueTask<T>> write, WriteWeight weight, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public override Task ListenAsync(Action<string> received, CancellationToken cancellationToken) => Task.CompletedTask;

        public override ValueTask DisposeAsync() => default;
    }
}
