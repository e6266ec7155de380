using System.Data;
using System.Data.Common;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Longhaul.Engine.Storage;

/// <summary>A session on one PostgreSQL connection.</summary>
internal sealed class PostgresSession(NpgsqlConnection connection, bool canWrite) : DbSession
{
    public const string Channel = "longhaul";

    private bool _isPlanningEach;

    public override Dialect Dialect { get; } = new PostgresDialect();

    public override bool CanWrite => canWrite;

    public override async ValueTask NotifyAsync(string payload, CancellationToken cancellationToken) =>
        await Sql("select pg_notify(@channel, @payload)").With("@channel", Channel).With("@payload", payload).ExecuteAsync(cancellationToken);

    public override async ValueTask PlanEachAsync(CancellationToken cancellationToken)
    {
        if (!_isPlanningEach)
        {
            _isPlanningEach = true;
            await Sql("set local plan_cache_mode = force_custom_plan").ExecuteAsync(cancellationToken);
        }
    }

    public override async ValueTask InsertManyAsync(
        string table, IReadOnlyList<string> columns, IRowSource rows, CancellationToken cancellationToken)
    {
        var writer = new RowWriter();
        await using var importer = await connection.BeginBinaryImportAsync(
            $"copy {table} ({string.Join(", ", columns)}) from stdin (format binary)", cancellationToken);
        for (var row = 0; row < rows.Count; row++)
        {
            await importer.StartRowAsync(cancellationToken);
            rows.Write(row, writer.Begin());
            foreach (var (value, type) in writer.Columns)
            {
                await importer.WriteAsync(value, type, cancellationToken);
            }
        }

        await importer.CompleteAsync(cancellationToken);
    }

    public override ValueTask<int> UpdateManyAsync(
        string table, IReadOnlyList<string> keys, IReadOnlyList<string> columns, IRowSource rows, CancellationToken cancellationToken) => RunManyAsync(
            names => $"update {table} t set {string.Join(", ", columns.Select((c, i) => $"{c} = v.c{keys.Count + i}"))} from {names} where {Match(keys)}",
            keys.Count + columns.Count,
            rows,
            cancellationToken);

    public override ValueTask<int> DeleteManyAsync(
        string table, IReadOnlyList<string> keys, IRowSource rows, CancellationToken cancellationToken) =>
        RunManyAsync(names => $"delete from {table} t using {names} where {Match(keys)}", keys.Count, rows, cancellationToken);

    // A conflict or a lost connection costs the whole transaction; it is run again or refused as one.
    internal override bool CanGoOnAfter(Exception exception) => PostgresDatabase.Classify(exception) is not StoreUnavailableException;

    internal override NpgsqlCommand Prepare(string text) => new(text, connection);

    internal override void Bind(DbCommand command, int position, string name, object? value, DbType type) =>
        ((NpgsqlCommand)command).Parameters.Add(new NpgsqlParameter(name, type) { Value = value ?? DBNull.Value });

    internal override void BindSet(DbCommand command, int position, string name, IReadOnlyCollection<string> values) =>
        ((NpgsqlCommand)command).Parameters.Add(
            new NpgsqlParameter(name, NpgsqlDbType.Array | NpgsqlDbType.Text) { Value = values.ToArray() });

    internal override void BindSet(DbCommand command, int position, string name, IReadOnlyCollection<byte[]> values) =>
        ((NpgsqlCommand)command).Parameters.Add(
            new NpgsqlParameter(name, NpgsqlDbType.Array | NpgsqlDbType.Bytea) { Value = values.ToArray() });

    internal override ScannedRow Scan(DbDataReader reader) => new Row(reader);

    internal override void Done(DbCommand command) => command.Dispose();

    private static string Match(IReadOnlyList<string> keys) => string.Join(" and ", keys.Select((k, i) => $"t.{k} = v.c{i}"));

    /// <summary>One statement for all rows: each column travels as an array.</summary>
    private async ValueTask<int> RunManyAsync(Func<string, string> text, int width, IRowSource rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return 0;
        }

        var writer = new RowWriter();
        var values = new List<object>[width];
        var types = new NpgsqlDbType[width];
        for (var row = 0; row < rows.Count; row++)
        {
            rows.Write(row, writer.Begin());
            for (var column = 0; column < width; column++)
            {
                (values[column] ??= new List<object>(rows.Count)).Add(writer.Columns[column].Value);
                types[column] = writer.Columns[column].Type;
            }
        }

        var numbers = Enumerable.Range(0, width).ToList();
        var names = $"unnest({string.Join(", ", numbers.Select(i => $"@c{i}"))}) as v({string.Join(", ", numbers.Select(i => $"c{i}"))})";
        await using var command = new NpgsqlCommand(text(names), connection);
        foreach (var column in numbers)
        {
            command.Parameters.Add(new NpgsqlParameter($"c{column}", NpgsqlDbType.Array | types[column]) { Value = ToArray(values[column], types[column]) });
        }

        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static Array ToArray(List<object> values, NpgsqlDbType type) => type switch
    {
        NpgsqlDbType.Bigint => values.Cast<long>().ToArray(),
        NpgsqlDbType.Bytea => values.Cast<byte[]>().ToArray(),
        _ => values.Cast<string>().ToArray(),
    };

    private sealed class Row(DbDataReader reader) : ScannedRow
    {
        public override long Number(int column) => reader.GetInt64(column);

        public override ReadOnlySpan<byte> Bytes(int column) => reader.GetFieldValue<byte[]>(column);
    }

    private sealed class RowWriter : IRowWriter
    {
        private readonly List<(object Value, NpgsqlDbType Type)> _columns = [];

        public List<(object Value, NpgsqlDbType Type)> Columns => _columns;

        public RowWriter Begin()
        {
            _columns.Clear();
            return this;
        }

        public void Number(long value) => _columns.Add((value, NpgsqlDbType.Bigint));

        public void Bytes(ReadOnlySpan<byte> value) => _columns.Add((value.ToArray(), NpgsqlDbType.Bytea));

        public void Text(string value) => _columns.Add((value, NpgsqlDbType.Text));

        public void Text(ReadOnlySpan<byte> utf8) => _columns.Add((Encoding.UTF8.GetString(utf8), NpgsqlDbType.Text));
    }
}
