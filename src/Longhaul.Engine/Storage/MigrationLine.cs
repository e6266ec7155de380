namespace Longhaul.Engine.Storage;

/// <summary>
/// The schema of one room, step by step. A step is never changed once it has been published; a new one is added behind it.
/// </summary>
/// <param name="Name">The room, such as <c>engine</c>.</param>
/// <param name="Steps">SQL texts, with the tokens of <see cref="Dialect.Schema"/>; step n brings version n, from 1.</param>
public sealed record MigrationLine(string Name, IReadOnlyList<string> Steps)
{
    internal async ValueTask RunAsync(DbSession session, CancellationToken cancellationToken)
    {
        var found = await session.Sql("select version from schema_versions where line = @line")
            .With("@line", Name)
            .FirstAsync(r => r.GetInt64(0), cancellationToken);
        if (found > Steps.Count)
        {
            throw new StoreRefusedException(
                $"The database is newer than this program: its schema '{Name}' has version {found}, this program knows up to {Steps.Count}. "
                + "Start a newer longhaul, or point it at another database.");
        }

        for (var step = (int)found; step < Steps.Count; step++)
        {
            await session.Sql(session.Dialect.Schema(Steps[step])).ExecuteAsync(cancellationToken);
        }

        await session.Sql(
                "insert into schema_versions (line, version) values (@line, @version) on conflict (line) do update set version = excluded.version")
            .With("@line", Name)
            .With("@version", Steps.Count)
            .ExecuteAsync(cancellationToken);
    }
}
