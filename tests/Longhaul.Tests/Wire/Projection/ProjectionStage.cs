using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire.Projection;

/// <summary>The one server of a class of projection tests, with every face, and bounds that a situation can reach.</summary>
public abstract class ProjectionStage(DatabaseUnderTest database) : IAsyncLifetime
{
    private StagedServer? _stage;

    internal StagedServer Stage => _stage!;

    public async ValueTask InitializeAsync() => _stage = await StagedServer.StartWholeAsync(
        database,
        ("Lists:MaxItemsPerList", $"{Situation.MaxItemsPerList}"),
        ("Slurper:AllowedEndpoints:0", "127.0.0.0/8"),
        ("Slurper:FatalRetrySeconds", "0"),
        ("Slurper:ListAhead", $"{MigrationSituations.ListAhead}"),
        ("Slurper:MaxObjectBytes", $"{MigrationSituations.MaxObjectBytes}"));

    public async ValueTask DisposeAsync()
    {
        await _stage!.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

public sealed class SqliteProjectionStage() : ProjectionStage(DatabaseUnderTest.Sqlite);

public sealed class PostgresProjectionStage() : ProjectionStage(DatabaseUnderTest.Postgres);
