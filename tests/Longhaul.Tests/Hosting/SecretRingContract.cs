using System.Text;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;
using Longhaul.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Longhaul.Tests.Hosting;

/// <summary>Secrets at rest: sealed by a ring that lives in the database and that only the secret key opens.</summary>
public abstract class SecretRingContract
{
    private static readonly string OneKey = new('1', 64);
    private static readonly string OtherKey = new('2', 64);

    [Fact]
    public async Task What_one_process_seals_another_one_opens_on_the_same_database()
    {
        await using var store = await OpenAsync();
        var sealedSecret = (await StartAsync(store.Database, OneKey)).Seal("sesame"u8.ToArray());

        var opened = (await StartAsync(store.Database, OneKey)).Open(sealedSecret);

        Assert.Equal("sesame", Encoding.UTF8.GetString(opened));
        Assert.DoesNotContain("sesame", Encoding.Latin1.GetString(sealedSecret), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_does_not_open_the_ring_stops_the_start_with_a_sentence()
    {
        await using var store = await OpenAsync();
        await StartAsync(store.Database, OneKey);

        var refused = await Assert.ThrowsAsync<StartRefusedException>(() => StartAsync(store.Database, OtherKey));

        Assert.Contains("LONGHAUL_SECRET_KEY does not open", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_first_starts_at_once_agree_on_one_ring()
    {
        await using var store = await OpenAsync();
        var boxes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => StartAsync(store.Database, OneKey))));

        foreach (var box in boxes)
        {
            var sealedSecret = box.Seal([7]);
            Assert.All(boxes, other => Assert.Equal([7], other.Open(sealedSecret)));
        }
    }

    [Fact]
    public async Task No_key_of_the_ring_is_readable_in_the_database()
    {
        await using var store = await OpenAsync();
        await StartAsync(store.Database, OneKey);

        var elements = await store.Database.ReadAsync(
            (session, token) => session.Sql("select element from secret_ring").ListAsync(r => r.GetString(0), token), TestContext.Current.CancellationToken);

        Assert.All(elements, e => Assert.DoesNotContain("<masterKey", e, StringComparison.Ordinal));
        Assert.All(elements, e => Assert.Contains("longhaulSealedKey", e, StringComparison.Ordinal));
        Assert.NotEmpty(elements);
    }

    private protected abstract Task<StoreUnderTest> OpenAsync();

    private static async Task<SecretBox> StartAsync(Database database, string key)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(database);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(RootSecrets.Load(new string('t', 32), key, null));
        services.AddSingleton<SecretBox>();
        SecretRing.Add(services);
        var provider = services.BuildServiceProvider();
        foreach (var service in provider.GetServices<IHostedService>())
        {
            await service.StartAsync(TestContext.Current.CancellationToken);
        }

        return provider.GetRequiredService<SecretBox>();
    }
}

public sealed class SecretRingOnSqlite : SecretRingContract
{
    private protected override Task<StoreUnderTest> OpenAsync()
    {
        var folder = new TempFolder();
        return StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder, lines: [SecretRing.Line]);
    }
}

public sealed class SecretRingOnPostgres : SecretRingContract
{
    private protected override Task<StoreUnderTest> OpenAsync() =>
        StoreUnderTest.OpenAsync(new PostgresTarget(PostgresCluster.NewDatabase()), null, lines: [SecretRing.Line]);
}
