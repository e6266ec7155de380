namespace Longhaul.Tests.Support;

/// <summary>One running server for a class of tests; each test takes an account of its own.</summary>
public abstract class ServerFixture(DatabaseUnderTest database) : IAsyncLifetime
{
    private ServerPlace? _place;
    private LonghaulProcess? _server;

    public LonghaulProcess Server => _server!;

    public ServerPlace Place => _place!;

    public async ValueTask InitializeAsync()
    {
        _place = ServerPlace.For(database);
        _server = await LonghaulProcess.ServeAsync(_place, ("LONGHAUL_Operations__EnableNoop", "true"));
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _place!.Dispose();
        GC.SuppressFinalize(this);
    }

    public ListsClient NewAccount() => new(Server.NewClient(), $"a{Guid.NewGuid():N}");
}

public sealed class SqliteServer() : ServerFixture(DatabaseUnderTest.Sqlite);

public sealed class PostgresServer() : ServerFixture(DatabaseUnderTest.Postgres);
