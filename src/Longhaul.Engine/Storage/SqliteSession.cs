using System.Data;
using System.Data.Common;
using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Longhaul.Engine.Storage;

/// <summary>A session on one SQLite connection; statements stay prepared for the life of the connection.</summary>
internal sealed class SqliteSession : DbSession, IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);
    private readonly Dictionary<string, sqlite3_stmt> _manies = new(StringComparer.Ordinal);

    public SqliteSession(SqliteConnection connection, bool canWrite)
    {
        _connection = connection;
        CanWrite = canWrite;
    }

    public override bool CanWrite { get; }

    public override Dialect Dialect { get; } = new SqliteDialect();

    public sqlite3 Handle => _connection.Handle!;

    /// <summary>True when no transaction is open, also because an error has ended it.</summary>
    public bool IsIdle => raw.sqlite3_get_autocommit(Handle) != 0;

    public override ValueTask NotifyAsync(string payload, CancellationToken cancellationToken) => default;

    public override ValueTask PlanEachAsync(CancellationToken cancellationToken) => default;

    public void Run(string text)
    {
        using var command = Prepare(text);
        command.ExecuteNonQuery();
    }

    public override ValueTask InsertManyAsync(
        string table, IReadOnlyList<string> columns, IRowSource rows, CancellationToken cancellationToken)
    {
        RunMany($"insert into {table} ({string.Join(", ", columns)}) values ({string.Join(", ", columns.Select(_ => "?"))})", rows);
        return default;
    }

    public override ValueTask<int> UpdateManyAsync(
        string table, IReadOnlyList<string> keys, IReadOnlyList<string> columns, IRowSource rows, CancellationToken cancellationToken) => new(RunMany(
            $"update {table} set {string.Join(", ", columns.Select((c, i) => $"{c} = ?{keys.Count + i + 1}"))} where {Match(keys)}", rows));

    public override ValueTask<int> DeleteManyAsync(
        string table, IReadOnlyList<string> keys, IRowSource rows, CancellationToken cancellationToken) =>
        new(RunMany($"delete from {table} where {Match(keys)}", rows));

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        foreach (var statement in _manies.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    internal override bool CanGoOnAfter(Exception exception) =>
        !IsIdle && SqliteErrors.Classify(exception) is not StoreUnavailableException;

    internal override SqliteCommand Prepare(string text)
    {
        if (!_commands.Remove(text, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = text;
        }

        return command;
    }

    internal override void Bind(DbCommand command, int position, string name, object? value, DbType type)
    {
        var parameters = ((SqliteCommand)command).Parameters;
        if (position < parameters.Count)
        {
            parameters[position].Value = value ?? DBNull.Value;
            return;
        }

        parameters.Add(new SqliteParameter(name, value ?? DBNull.Value));
    }

    internal override void BindSet(DbCommand command, int position, string name, IReadOnlyCollection<string> values) =>
        Bind(command, position, name, ToJson(values, (writer, value) => writer.WriteStringValue(value)), DbType.String);

    internal override void BindSet(DbCommand command, int position, string name, IReadOnlyCollection<byte[]> values) =>
        Bind(command, position, name, ToJson(values, (writer, value) => writer.WriteStringValue(Convert.ToHexString(value))), DbType.String);

    internal override ScannedRow Scan(DbDataReader reader) => new Row(((SqliteDataReader)reader).Handle!);

    internal override void Done(DbCommand command)
    {
        if (!_commands.TryAdd(command.CommandText, (SqliteCommand)command))
        {
            command.Dispose();
        }
    }

    private static string Match(IReadOnlyList<string> keys) => string.Join(" and ", keys.Select((k, i) => $"{k} = ?{i + 1}"));

    private int RunMany(string text, IRowSource rows)
    {
        if (!_manies.TryGetValue(text, out var statement))
        {
            SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(Handle, text, out statement), Handle);
            _manies.Add(text, statement);
        }

        var changed = 0;
        var writer = new RowWriter(statement);
        for (var row = 0; row < rows.Count; row++)
        {
            writer.Begin();
            rows.Write(row, writer);
            var code = raw.sqlite3_step(statement);
            raw.sqlite3_reset(statement);
            if (code != raw.SQLITE_DONE)
            {
                SqliteException.ThrowExceptionForRC(code, Handle);
            }

            changed += raw.sqlite3_changes(Handle);
        }

        return changed;
    }

    private static string ToJson<T>(IReadOnlyCollection<T> values, Action<Utf8JsonWriter, T> write)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (var value in values)
            {
                write(writer, value);
            }

            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Shows the memory of SQLite itself.</summary>
    private sealed class Row(sqlite3_stmt statement) : ScannedRow
    {
        public override long Number(int column) => raw.sqlite3_column_int64(statement, column);

        public override ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(statement, column);
    }

    /// <summary>Binds straight to the prepared statement: a million rows go through here.</summary>
    private sealed class RowWriter(sqlite3_stmt statement) : IRowWriter
    {
        private int _column;

        public void Begin() => _column = 0;

        public void Number(long value) => raw.sqlite3_bind_int64(statement, ++_column, value);

        public void Bytes(ReadOnlySpan<byte> value) => raw.sqlite3_bind_blob(statement, ++_column, value);

        public void Text(string value) => raw.sqlite3_bind_text(statement, ++_column, value);

        public void Text(ReadOnlySpan<byte> utf8) => raw.sqlite3_bind_text(statement, ++_column, utf8);
    }
}
