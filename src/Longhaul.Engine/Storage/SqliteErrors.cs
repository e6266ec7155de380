using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Longhaul.Engine.Storage;

/// <summary>Which errors of SQLite mean "not now".</summary>
internal static class SqliteErrors
{
    public static Exception Classify(Exception exception) => exception is SqliteException sqlite && Explain(sqlite) is { } why
        ? new StoreUnavailableException(why, sqlite)
        : exception;

    private static string? Explain(SqliteException exception) => exception.SqliteErrorCode switch
    {
        raw.SQLITE_FULL => "the disk that holds the database is full; free some space",
        raw.SQLITE_IOERR => "the disk that holds the database reports an error, or is full",
        raw.SQLITE_READONLY => "the database is read-only; make its folder writable",
        raw.SQLITE_CANTOPEN => "the database file cannot be opened; check its folder",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "another process holds the database",
        raw.SQLITE_NOMEM => "not enough memory for the database",
        _ => null,
    };
}
