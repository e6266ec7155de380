using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Testing;

/// <summary>How a run of a <see cref="CrashTest"/> ended.</summary>
public sealed class CrashEnd
{
    internal CrashEnd(Operation operation, Database database, string? point)
    {
        Operation = operation;
        Database = database;
        Point = point;
    }

    /// <summary>The operation in its final state.</summary>
    public Operation Operation { get; }

    /// <summary>The database of the run.</summary>
    public Database Database { get; }

    /// <summary>Where the process died, in words; null in the undisturbed run.</summary>
    public string? Point { get; }

    /// <summary>Reads the rows of a select.</summary>
    public async Task<List<T>> ReadAsync<T>([StringSyntax("sql")] string select, Func<DbDataReader, T> map) =>
        await Database.ReadOneAsync((session, token) => session.Sql(select).ListAsync(map, token), CancellationToken.None);

    /// <summary>Reads the one number of a select.</summary>
    public async Task<long> CountAsync([StringSyntax("sql")] string select) => (await ReadAsync(select, r => r.GetInt64(0)))[0];
}
