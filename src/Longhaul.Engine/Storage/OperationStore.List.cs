using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <content>Listings: newest first for people, by what changed for those who follow.</content>
internal sealed partial class OperationStore
{
    /// <summary>Newest first, before a number; null for the newest.</summary>
    public ValueTask<List<Operation>> ListAsync(OperationFilter filter, long? before, int count, CancellationToken cancellationToken)
    {
        var conditions = new FilterText(filter, _database.Dialect);
        var text = $"select {OperationRow.Columns} from operations where number < @before{conditions.Conditions} order by number desc limit @count";
        return _database.ReadAsync(
            (session, token) => conditions.Bind(session.Sql(text).With("@before", before ?? long.MaxValue))
                .With("@count", count)
                .ListAsync(OperationRow.Read, token),
            cancellationToken);
    }

    /// <summary>Unfinished operations behind a number, in the order of the numbers, whose version changed at an instant or later.</summary>
    public ValueTask<List<Operation>> ListOpenAsync(
        OperationFilter filter, long changedSince, long afterNumber, int count, CancellationToken cancellationToken)
    {
        var conditions = new FilterText(filter, _database.Dialect);
        var text =
            $"select {OperationRow.Columns} from operations where ended_at is null and number > @number and updated_at >= @since{conditions.Conditions} "
            + "order by number limit @count";
        return _database.ReadAsync(
            (session, token) => conditions.Bind(session.Sql(text).With("@number", afterNumber).With("@since", changedSince))
                .With("@count", count)
                .ListAsync(OperationRow.Read, token),
            cancellationToken);
    }

    /// <summary>Operations that ended at an instant or later, behind a place, in the order in which they ended.</summary>
    public ValueTask<List<Operation>> ListEndedAsync(
        OperationFilter filter, long endedSince, (long EndedAt, long Number) after, int count, CancellationToken cancellationToken)
    {
        var conditions = new FilterText(filter, _database.Dialect);
        var text =
            $"select {OperationRow.Columns} from operations where ended_at is not null and ended_at >= @since and (ended_at, number) > (@ended, @number)"
            + $"{conditions.Conditions} order by ended_at, number limit @count";
        return _database.ReadAsync(
            (session, token) => conditions.Bind(session.Sql(text).With("@since", endedSince).With("@ended", after.EndedAt).With("@number", after.Number))
                .With("@count", count)
                .ListAsync(OperationRow.Read, token),
            cancellationToken);
    }
}
