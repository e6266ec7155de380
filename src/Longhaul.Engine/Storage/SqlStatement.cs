using System.Data;
using System.Data.Common;

namespace Longhaul.Engine.Storage;

/// <summary>One statement being built and run once: <c>session.Sql("…").With("@id", id).ExecuteAsync(…)</c>.</summary>
public struct SqlStatement
{
    private readonly DbSession _session;
    private readonly DbCommand _command;
    private int _position;

    internal SqlStatement(DbSession session, DbCommand command)
    {
        _session = session;
        _command = command;
    }

    /// <summary>Gives a text.</summary>
    public SqlStatement With(string name, string? value) => Bind(name, value, DbType.String);

    /// <summary>Gives a number.</summary>
    public SqlStatement With(string name, long? value) => Bind(name, value, DbType.Int64);

    /// <summary>Gives a truth value.</summary>
    public SqlStatement With(string name, bool value) => Bind(name, value, DbType.Boolean);

    /// <summary>Gives bytes.</summary>
    public SqlStatement With(string name, byte[]? value) => Bind(name, value, DbType.Binary);

    /// <summary>Gives a set of texts for <see cref="Dialect.InTexts"/>.</summary>
    public SqlStatement WithSet(string name, IReadOnlyCollection<string> values)
    {
        _session.BindSet(_command, _position++, name, values);
        return this;
    }

    /// <summary>Gives a set of byte strings for <see cref="Dialect.InBytes"/>.</summary>
    public SqlStatement WithSet(string name, IReadOnlyCollection<byte[]> values)
    {
        _session.BindSet(_command, _position++, name, values);
        return this;
    }

    /// <summary>Runs it. Completes with the number of rows changed.</summary>
    public readonly async ValueTask<int> ExecuteAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _command.ExecuteNonQueryAsync(cancellationToken);
        }
        finally
        {
            _session.Done(_command);
        }
    }

    /// <summary>Runs it and reads every row.</summary>
    public readonly async ValueTask<List<T>> ListAsync<T>(Func<DbDataReader, T> map, CancellationToken cancellationToken)
    {
        try
        {
            var rows = new List<T>();
            await using var reader = await _command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(map(reader));
            }

            return rows;
        }
        finally
        {
            _session.Done(_command);
        }
    }

    /// <summary>Runs it and reads the first row; the default value when there is none.</summary>
    public readonly async ValueTask<T?> FirstAsync<T>(Func<DbDataReader, T> map, CancellationToken cancellationToken)
    {
        try
        {
            await using var reader = await _command.ExecuteReaderAsync(cancellationToken);
            return await reader.ReadAsync(cancellationToken) ? map(reader) : default;
        }
        finally
        {
            _session.Done(_command);
        }
    }

    /// <summary>
    /// Runs it and shows each row to a visitor until it returns false, without an object per row. Completes when the last row was shown.
    /// </summary>
    public readonly async ValueTask ScanAsync(Func<ScannedRow, bool> visit, CancellationToken cancellationToken)
    {
        try
        {
            await using var reader = await _command.ExecuteReaderAsync(cancellationToken);
            var row = _session.Scan(reader);
            while (await reader.ReadAsync(cancellationToken) && visit(row))
            {
            }
        }
        finally
        {
            _session.Done(_command);
        }
    }

    private SqlStatement Bind(string name, object? value, DbType type)
    {
        _session.Bind(_command, _position++, name, value, type);
        return this;
    }
}
