using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Longhaul.Engine.Storage;

/// <summary>
/// One open transaction (or one read snapshot) on either database. Belongs to the delegate that received it and must not leave it;
/// not safe for concurrent use.
/// </summary>
public abstract class DbSession
{
    private readonly List<Action> _committed = [];

    /// <summary>What differs between the databases.</summary>
    public abstract Dialect Dialect { get; }

    /// <summary>Starts a statement; parameters are written <c>@name</c> and given in the order in which the text is written down once.</summary>
    public SqlStatement Sql([StringSyntax("sql")] string text) => new(this, Prepare(text));

    /// <summary>True in a write.</summary>
    public abstract bool CanWrite { get; }

    /// <summary>True when a failed statement has left the transaction open, so that a savepoint of it can be gone back to.</summary>
    internal abstract bool CanGoOnAfter(Exception exception);

    /// <summary>Runs something once the transaction is durable, before anybody waiting for it goes on.</summary>
    public void OnCommitted(Action action) => _committed.Add(action);

    /// <summary>Sends a word to every node once the transaction is durable. Does nothing where there is one process.</summary>
    public abstract ValueTask NotifyAsync(string payload, CancellationToken cancellationToken);

    /// <summary>
    /// Has the statements of this transaction planned for the values that they are given, each time. Right where one value stands for a few
    /// rows and another one for all of them: a plan made for any values may then read a whole table for each. Does nothing where plans do not
    /// depend on values.
    /// </summary>
    public abstract ValueTask PlanEachAsync(CancellationToken cancellationToken);

    /// <summary>Opens a savepoint inside the transaction.</summary>
    public ValueTask<int> SavepointAsync(CancellationToken cancellationToken) => Sql("savepoint part").ExecuteAsync(cancellationToken);

    /// <summary>Keeps what was done since the savepoint.</summary>
    public ValueTask<int> ReleaseAsync(CancellationToken cancellationToken) => Sql("release savepoint part").ExecuteAsync(cancellationToken);

    /// <summary>Undoes what was done since the savepoint.</summary>
    public async ValueTask RollbackToSavepointAsync(CancellationToken cancellationToken)
    {
        await Sql("rollback to savepoint part").ExecuteAsync(cancellationToken);
        await ReleaseAsync(cancellationToken);
    }

    /// <summary>Inserts many rows by the fastest way that the database has. Completes when all of them are in the transaction.</summary>
    public abstract ValueTask InsertManyAsync(string table, IReadOnlyList<string> columns, IRowSource rows, CancellationToken cancellationToken);

    /// <summary>
    /// Changes many rows, each to values of its own, by the fastest way that the database has: the source writes the keys, then the columns,
    /// and not one of them is null. Completes with the number of rows changed. Rows that others want too must have been locked before, in order.
    /// </summary>
    public abstract ValueTask<int> UpdateManyAsync(
        string table, IReadOnlyList<string> keys, IReadOnlyList<string> columns, IRowSource rows, CancellationToken cancellationToken);

    /// <summary>Deletes many rows, each by its keys. Completes with the number of rows deleted.</summary>
    public abstract ValueTask<int> DeleteManyAsync(string table, IReadOnlyList<string> keys, IRowSource rows, CancellationToken cancellationToken);

    internal abstract DbCommand Prepare(string text);

    internal abstract void Bind(DbCommand command, int position, string name, object? value, System.Data.DbType type);

    internal abstract void BindSet(DbCommand command, int position, string name, IReadOnlyCollection<string> values);

    internal abstract void BindSet(DbCommand command, int position, string name, IReadOnlyCollection<byte[]> values);

    /// <summary>The row that a reader stands on, now and after each of its steps.</summary>
    internal abstract ScannedRow Scan(DbDataReader reader);

    /// <summary>Gives a command back after its statement has run.</summary>
    internal abstract void Done(DbCommand command);

    internal int CommittedMark => _committed.Count;

    internal void ForgetCommitted(int mark) => _committed.RemoveRange(mark, _committed.Count - mark);

    internal Action[] TakeCommitted()
    {
        if (_committed.Count == 0)
        {
            return [];
        }

        var actions = _committed.ToArray();
        _committed.Clear();
        return actions;
    }
}
