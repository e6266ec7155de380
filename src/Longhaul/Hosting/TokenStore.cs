using System.Data.Common;
using Longhaul.Engine.Storage;

namespace Longhaul.Hosting;

/// <summary>A token as the database holds it: never the secret.</summary>
/// <param name="Id">16 hexadecimal digits.</param>
/// <param name="Name">Unique, also among those that were revoked: operations name who submitted them.</param>
/// <param name="Hash">SHA-256 of the secret.</param>
/// <param name="Permissions">Words with blanks between them.</param>
/// <param name="Accounts">The same; what stands here for an <c>admin</c> binds nobody.</param>
/// <param name="CreatedAt">Unix milliseconds.</param>
/// <param name="RevokedAt">Unix milliseconds, or null while it holds.</param>
internal sealed record TokenRow(string Id, string Name, byte[] Hash, string Permissions, string Accounts, long CreatedAt, long? RevokedAt)
{
    public string[] AccountNames => Accounts.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>The table of tokens.</summary>
internal static class TokenStore
{
    private const string Columns = "id, name, hash, permissions, accounts, created_at, revoked_at";

    public static MigrationLine Line { get; } = new("hosting", [Tables]);

    private const string Tables =
        """
        create table tokens (
            id {text} primary key,
            name {text} not null unique,
            hash {bytes} not null unique,
            permissions text not null,
            accounts text not null,
            created_at bigint not null,
            revoked_at bigint
        );
        create index tokens_live on tokens (id) where revoked_at is null;
        """;

    /// <summary>All of them, oldest first.</summary>
    public static ValueTask<List<TokenRow>> ListAsync(DbSession session, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from tokens order by created_at, id").ListAsync(Read, cancellationToken);

    /// <summary>Those that hold.</summary>
    public static ValueTask<List<TokenRow>> ListLiveAsync(DbSession session, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from tokens where revoked_at is null").ListAsync(Read, cancellationToken);

    public static ValueTask<long> CountLiveAsync(DbSession session, CancellationToken cancellationToken) =>
        session.Sql("select count(*) from tokens where revoked_at is null").FirstAsync(r => r.GetInt64(0), cancellationToken);

    /// <summary>The token of that name or id, or null. No name is another token's id.</summary>
    public static ValueTask<TokenRow?> FindAsync(DbSession session, string nameOrId, CancellationToken cancellationToken) =>
        session.Sql($"select {Columns} from tokens where name = @name or id = @id")
            .With("@name", nameOrId)
            .With("@id", nameOrId)
            .FirstAsync(Read, cancellationToken);

    /// <summary>Adds a token. Completes with false when its name was taken at that moment.</summary>
    public static async ValueTask<bool> AddAsync(DbSession session, TokenRow row, CancellationToken cancellationToken) =>
        await session.Sql(
                """
                insert into tokens (id, name, hash, permissions, accounts, created_at)
                values (@id, @name, @hash, @permissions, @accounts, @created) on conflict do nothing
                """)
            .With("@id", row.Id)
            .With("@name", row.Name)
            .With("@hash", row.Hash)
            .With("@permissions", row.Permissions)
            .With("@accounts", row.Accounts)
            .With("@created", row.CreatedAt)
            .ExecuteAsync(cancellationToken) == 1;

    public static async ValueTask RevokeAsync(DbSession session, string id, long now, CancellationToken cancellationToken) =>
        await session.Sql("update tokens set revoked_at = @now where id = @id and revoked_at is null")
            .With("@now", now)
            .With("@id", id)
            .ExecuteAsync(cancellationToken);

    private static TokenRow Read(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), (byte[])row[2], row.GetString(3), row.GetString(4), row.GetInt64(5), row.IsDBNull(6) ? null : row.GetInt64(6));
}
