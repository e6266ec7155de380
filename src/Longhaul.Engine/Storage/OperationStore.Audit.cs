using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <content>The audit trail: a row for each change of a state, and for each request to abort, in the transaction that makes it.</content>
internal sealed partial class OperationStore
{
    /// <summary>Reads the trail of one operation, oldest first. For tests and for people with the database at hand: no route serves it.</summary>
    public ValueTask<List<AuditEntry>> ReadAuditAsync(OperationId id, CancellationToken cancellationToken) =>
        _database.ReadAsync(
            (session, token) => session.Sql(
                    "select changed_at, actor, request_id, from_state, to_state from audit where operation_id = @id order by version, step")
                .With("@id", id.Value)
                .ListAsync(
                    r => new AuditEntry(r.GetInt64(0), new Actor(r.GetString(1), r.IsDBNull(2) ? null : r.GetString(2)), r.IsDBNull(3) ? null : r.GetString(3), r.GetString(4)),
                    token),
            cancellationToken);

    private static async ValueTask WriteAuditAsync(
        DbSession session, Operation operation, Actor by, long now, bool isAbortNew, CancellationToken cancellationToken)
    {
        var changes = operation.TakeChanges();
        if (isAbortNew && changes.Count == 0)
        {
            // The word stays while work is in flight; who asked for the end must be known all the same.
            changes = [(operation.State, operation.State)];
        }

        for (var step = 0; step < changes.Count; step++)
        {
            await session.Sql(
                    """
                    insert into audit (operation_id, version, step, changed_at, actor, request_id, from_state, to_state)
                    values (@id, @version, @step, @now, @actor, @request, @from, @to)
                    """)
                .With("@id", operation.Id.Value)
                .With("@version", operation.Version)
                .With("@step", step)
                .With("@now", now)
                .With("@actor", by.Name)
                .With("@request", by.RequestId)
                .With("@from", changes[step].From?.Word)
                .With("@to", changes[step].To.Word)
                .ExecuteAsync(cancellationToken);
        }
    }
}

/// <summary>One change of an operation's state.</summary>
/// <param name="At">When, in milliseconds since 1970.</param>
/// <param name="By">Who, and by which request.</param>
/// <param name="From">The state before; null for its acceptance.</param>
/// <param name="To">The state after; the same as before when an abort was asked for and work is still in flight.</param>
internal sealed record AuditEntry(long At, Actor By, string? From, string To);
