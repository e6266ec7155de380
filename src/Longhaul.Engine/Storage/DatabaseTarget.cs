namespace Longhaul.Engine.Storage;

/// <summary>Where the operations live.</summary>
public abstract record DatabaseTarget;

/// <summary>A SQLite database in one file; the folder must exist.</summary>
/// <param name="Path">The file; made when missing.</param>
public sealed record SqliteTarget(string Path) : DatabaseTarget
{
    /// <summary>How long to wait for another process that writes. Defaults to 5.</summary>
    public int PatienceSeconds { get; init; } = 5;

    /// <summary>True where nothing has to outlive the computer: commits do not wait for the disk.</summary>
    internal bool IsThrowAway { get; init; }
}

/// <summary>A PostgreSQL database, shared by any number of nodes.</summary>
/// <param name="ConnectionString">Npgsql connection string; the database must exist.</param>
public sealed record PostgresTarget(string ConnectionString) : DatabaseTarget;
