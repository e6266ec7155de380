namespace Longhaul.Engine.Storage;

/// <summary>
/// The database behind the engine and behind kinds that keep their effects beside it. Safe for concurrent use.
/// A delegate handed to it may run more than once (a group that failed as a whole is tried part by part), so it must touch
/// nothing but its session until it has returned.
/// </summary>
public abstract class Database : IAsyncDisposable
{
    /// <summary>What differs between the databases.</summary>
    public abstract Dialect Dialect { get; }

    /// <summary>True when other nodes may work on the same database.</summary>
    public abstract bool IsShared { get; }

    /// <summary>
    /// Opens the database and brings every migration line up to this program. Completes when the schema is in place.
    /// </summary>
    /// <exception cref="StoreRefusedException">The database is newer than the program, read-only or out of reach.</exception>
    public abstract Task OpenAsync(IReadOnlyList<MigrationLine> lines, CancellationToken cancellationToken);

    /// <summary>Runs a read on one snapshot.</summary>
    /// <exception cref="StoreUnavailableException">The database does not answer.</exception>
    public abstract ValueTask<T> ReadAsync<T>(Func<DbSession, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken);

    /// <summary>Runs one single select, which needs no transaction around it.</summary>
    /// <exception cref="StoreUnavailableException">The database does not answer.</exception>
    public abstract ValueTask<T> ReadOneAsync<T>(Func<DbSession, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken);

    /// <summary>
    /// Runs a write as one unit of a transaction. Completes when the transaction is durable. The token cancels the waiting for a
    /// place in a transaction; a unit that has begun is not cancelled by it.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Nothing of the unit was kept.</exception>
    public abstract Task<T> WriteAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> write, WriteWeight weight, CancellationToken cancellationToken);

    /// <summary>Receives the words that other nodes send by <see cref="DbSession.NotifyAsync"/>, until the token ends it.</summary>
    public abstract Task ListenAsync(Action<string> received, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <summary>Makes the database of a target.</summary>
    public static Database For(DatabaseTarget target) => target switch
    {
        SqliteTarget sqlite => new SqliteDatabase(sqlite),
        PostgresTarget postgres => new PostgresDatabase(postgres.ConnectionString),
        _ => throw new ArgumentOutOfRangeException(nameof(target)),
    };
}

/// <summary>How a write may be grouped with others.</summary>
public enum WriteWeight
{
    /// <summary>A few rows; many of these share one transaction.</summary>
    Small,

    /// <summary>Up to some thousand rows; at most one of these in a transaction, and small ones go first.</summary>
    Bulk,
}
