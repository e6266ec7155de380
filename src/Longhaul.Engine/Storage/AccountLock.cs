namespace Longhaul.Engine.Storage;

/// <summary>
/// Lets one transaction at a time decide about an account as a whole, such as whether a limit is reached. A row of the lanes' table is
/// there to be locked; it is taken before any lane.
/// </summary>
public static class AccountLock
{
    /// <summary>Completes when the account is this transaction's, until it ends.</summary>
    public static async ValueTask TakeAsync(DbSession session, string account, CancellationToken cancellationToken) =>
        await session.Sql(
                """
                insert into lanes (name, next_position, running_operation, pending_count) values (@gate, 0, null, 0)
                on conflict (name) do update set next_position = lanes.next_position
                """)
            .With("@gate", $"gate:{account}")
            .ExecuteAsync(cancellationToken);
}
