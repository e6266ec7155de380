using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Contracts;

/// <summary>A key of something that is no operation is free again after its time, whether upkeep has been there or not.</summary>
public abstract class ExpiredKeyContract
{
    private static readonly byte[] Scope = [1, 2, 3];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_keeps_its_answer_until_it_expires_and_then_takes_another()
    {
        await using var store = await OpenAsync();
        Assert.True(await KeepAsync(store, [1], "first"));

        store.Clock.Advance(TimeSpan.FromHours(store.Options.IdempotencyHours) - TimeSpan.FromSeconds(1));
        Assert.False(await KeepAsync(store, [1], "again"));
        Assert.False(await KeepAsync(store, [2], "other"));

        store.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await KeepAsync(store, [2], "second"));

        var found = await store.Store.FindReplayAsync(Scope, [2], Token);
        Assert.False(found!.Value.IsRefused(out _, out var submitted));
        Assert.Equal("second"u8.ToArray(), submitted!.Replayed!.Body);
    }

    private protected abstract Task<StoreUnderTest> OpenAsync();

    private static Task<bool> KeepAsync(StoreUnderTest store, byte[] fingerprint, string body) => store.Database.WriteAsync(
        async (session, token) => await store.Store.KeepAnswerAsync(
            session, Scope, fingerprint, new StoredAnswer(200, null, System.Text.Encoding.UTF8.GetBytes(body)), token),
        WriteWeight.Small,
        Token);
}

public sealed class ExpiredKeyOnSqlite : ExpiredKeyContract
{
    private protected override Task<StoreUnderTest> OpenAsync()
    {
        var folder = new TempFolder();
        return StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder);
    }
}

public sealed class ExpiredKeyOnPostgres : ExpiredKeyContract
{
    private protected override Task<StoreUnderTest> OpenAsync() => StoreUnderTest.OpenAsync(new PostgresTarget(PostgresCluster.NewDatabase()), null);
}
