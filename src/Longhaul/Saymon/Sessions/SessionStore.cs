using System.Data.Common;
using Longhaul.Engine.Storage;

namespace Longhaul.Saymon.Sessions;

/// <summary>A session as the database holds it.</summary>
/// <param name="Principal">Who logged in, as operations name the caller.</param>
/// <param name="Proof">What tells that the credential is still the one that was used.</param>
/// <param name="ExpiresAt">Unix milliseconds.</param>
internal sealed record SessionRow(string Principal, byte[] Proof, long ExpiresAt);

/// <summary>The table of sessions. It holds hashes of session ids, never the ids.</summary>
internal static class SessionStore
{
    private const int Batch = 500;

    public static MigrationLine Line { get; } = new("saymon_sessions", [Tables]);

    private const string Tables =
        """
        create table saymon_sessions (
            sid_hash {bytes} not null primary key,
            principal {text} not null,
            proof {bytes} not null,
            expires_at bigint not null
        );
        create index saymon_sessions_expiry on saymon_sessions (expires_at);
        create index saymon_sessions_principal on saymon_sessions (principal, expires_at);
        """;

    /// <summary>Adds a session; of a principal's sessions only the ones that end last are kept.</summary>
    public static async ValueTask AddAsync(DbSession session, byte[] hash, SessionRow row, int atMost, CancellationToken cancellationToken)
    {
        await session.Sql("insert into saymon_sessions (sid_hash, principal, proof, expires_at) values (@hash, @principal, @proof, @expires)")
            .With("@hash", hash)
            .With("@principal", row.Principal)
            .With("@proof", row.Proof)
            .With("@expires", row.ExpiresAt)
            .ExecuteAsync(cancellationToken);
        await session.Sql(
                """
                delete from saymon_sessions where sid_hash in (
                    select sid_hash from saymon_sessions where principal = @principal order by expires_at desc limit @batch offset @keep)
                """)
            .With("@principal", row.Principal)
            .With("@batch", Batch)
            .With("@keep", atMost)
            .ExecuteAsync(cancellationToken);
    }

    public static ValueTask<SessionRow?> FindAsync(DbSession session, byte[] hash, CancellationToken cancellationToken) =>
        session.Sql("select principal, proof, expires_at from saymon_sessions where sid_hash = @hash").With("@hash", hash).FirstAsync(Read, cancellationToken);

    /// <summary>Lets a session live longer; one that was ended meanwhile stays ended.</summary>
    public static ValueTask<int> SlideAsync(DbSession session, byte[] hash, long expiresAt, CancellationToken cancellationToken) =>
        session.Sql("update saymon_sessions set expires_at = @expires where sid_hash = @hash and expires_at < @expires")
            .With("@hash", hash)
            .With("@expires", expiresAt)
            .ExecuteAsync(cancellationToken);

    public static ValueTask<int> RemoveAsync(DbSession session, byte[] hash, CancellationToken cancellationToken) =>
        session.Sql("delete from saymon_sessions where sid_hash = @hash").With("@hash", hash).ExecuteAsync(cancellationToken);

    /// <summary>Removes some that are over. Completes with true when there may be more.</summary>
    public static async ValueTask<bool> PurgeAsync(DbSession session, long now, CancellationToken cancellationToken) =>
        await session.Sql("delete from saymon_sessions where sid_hash in (select sid_hash from saymon_sessions where expires_at <= @now limit @batch)")
            .With("@now", now)
            .With("@batch", Batch)
            .ExecuteAsync(cancellationToken) == Batch;

    private static SessionRow Read(DbDataReader row) => new(row.GetString(0), (byte[])row[1], row.GetInt64(2));
}
