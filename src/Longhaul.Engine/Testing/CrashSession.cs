using System.Data;
using System.Data.Common;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Testing;

/// <summary>The transaction as a kind's effect or finish gets it: each statement is a point.</summary>
internal sealed class CrashSession(DbSession inner, ProcessLife life, string call) : DbSession
{
    private int _statements;

    public override Dialect Dialect => inner.Dialect;

    public override bool CanWrite => inner.CanWrite;

    public override ValueTask NotifyAsync(string payload, CancellationToken cancellationToken) => inner.NotifyAsync(payload, cancellationToken);

    public override ValueTask PlanEachAsync(CancellationToken cancellationToken) => inner.PlanEachAsync(cancellationToken);

    public override ValueTask InsertManyAsync(string table, IReadOnlyList<string> columns, IRowSource rows, CancellationToken cancellationToken)
    {
        PassStatement();
        return inner.InsertManyAsync(table, columns, rows, cancellationToken);
    }

    public override ValueTask<int> UpdateManyAsync(
        string table, IReadOnlyList<string> keys, IReadOnlyList<string> columns, IRowSource rows, CancellationToken cancellationToken)
    {
        PassStatement();
        return inner.UpdateManyAsync(table, keys, columns, rows, cancellationToken);
    }

    public override ValueTask<int> DeleteManyAsync(string table, IReadOnlyList<string> keys, IRowSource rows, CancellationToken cancellationToken)
    {
        PassStatement();
        return inner.DeleteManyAsync(table, keys, rows, cancellationToken);
    }

    /// <summary>Hands on what the kind wants to run after the commit.</summary>
    public void HandOn()
    {
        foreach (var action in TakeCommitted())
        {
            inner.OnCommitted(action);
        }
    }

    internal override bool CanGoOnAfter(Exception exception) => inner.CanGoOnAfter(exception);

    internal override DbCommand Prepare(string text)
    {
        PassStatement();
        return inner.Prepare(text);
    }

    internal override void Bind(DbCommand command, int position, string name, object? value, DbType type) =>
        inner.Bind(command, position, name, value, type);

    internal override void BindSet(DbCommand command, int position, string name, IReadOnlyCollection<string> values) =>
        inner.BindSet(command, position, name, values);

    internal override void BindSet(DbCommand command, int position, string name, IReadOnlyCollection<byte[]> values) =>
        inner.BindSet(command, position, name, values);

    internal override ScannedRow Scan(DbDataReader reader) => inner.Scan(reader);

    internal override void Done(DbCommand command) => inner.Done(command);

    private void PassStatement() => life.Pass($"in {call}, before statement {++_statements}");
}
