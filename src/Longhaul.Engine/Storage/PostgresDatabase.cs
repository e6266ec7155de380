using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Longhaul.Engine.Storage;

/// <summary>
/// PostgreSQL. Each write is a transaction of its own (the server shares its syncs itself); deadlocks and lost serialisations, which
/// the lock order excludes but other clients may cause, are tried again. No session-level lock or setting is used, so a transaction
/// pooler may stand in between; only the listening connection wants the server itself and falls silent without harm.
/// </summary>
internal sealed class PostgresDatabase : Database
{
    private const int MaxTries = 5;
    private const int MaxReconnects = 3;

    private readonly NpgsqlDataSource _source;

    public PostgresDatabase(string connectionString)
    {
        var builder = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "longhaul" };
        if (builder.MaxAutoPrepare == 0)
        {
            builder.MaxAutoPrepare = 100;
            builder.AutoPrepareMinUsages = 3;
        }

        _source = NpgsqlDataSource.Create(builder);
    }

    public override Dialect Dialect { get; } = new PostgresDialect();

    public override bool IsShared => true;

    public override async Task OpenAsync(IReadOnlyList<MigrationLine> lines, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(
                async (session, token) =>
                {
                    // Several nodes may start at once: the lock is the transaction's own.
                    await session.Sql("select pg_advisory_xact_lock(7203158011)").ExecuteAsync(token);
                    await session.Sql("create table if not exists schema_versions (line text primary key, version bigint not null)").ExecuteAsync(token);
                    foreach (var line in lines)
                    {
                        await line.RunAsync(session, token);
                    }

                    return true;
                },
                WriteWeight.Bulk,
                cancellationToken);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or NpgsqlException)
        {
            throw new StoreRefusedException($"The PostgreSQL database cannot be used: {exception.Message}.", exception);
        }
    }

    public override ValueTask<T> ReadAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken) =>
        ReadAsync(read, isSnapshot: true, cancellationToken);

    public override ValueTask<T> ReadOneAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken) =>
        ReadAsync(read, isSnapshot: false, cancellationToken);

    private async ValueTask<T> ReadAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> read, bool isSnapshot, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await ReadOnceAsync(read, isSnapshot, cancellationToken);
            }
            catch (Exception exception) when (tries < MaxReconnects && IsLost(exception))
            {
                _source.Clear();
            }
            catch (Exception exception) when (Classify(exception) is StoreUnavailableException unavailable)
            {
                throw unavailable;
            }
        }
    }

    public override async Task<T> WriteAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> write, WriteWeight weight, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            // Set from the moment on at which the server may have committed: then only the database knows, and nothing is repeated.
            var isCommitting = new StrongBox<bool>();
            try
            {
                return await WriteOnceAsync(write, isCommitting, cancellationToken);
            }
            catch (PostgresException exception) when (IsConflict(exception) && tries < MaxTries)
            {
                // Everything was rolled back; the unit may run again.
            }
            catch (Exception exception) when (tries < MaxReconnects && !isCommitting.Value && IsLost(exception))
            {
                // The connection had died in the pool, and the others there probably with it.
                _source.Clear();
            }
            catch (Exception exception) when (Classify(exception) is StoreUnavailableException unavailable)
            {
                throw unavailable;
            }
        }
    }

    public override async Task ListenAsync(Action<string> received, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, message) => received(message.Payload);
        await using (var listen = new NpgsqlCommand($"listen {PostgresSession.Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(cancellationToken);
        }

        while (true)
        {
            await connection.WaitAsync(cancellationToken);
        }
    }

    public override ValueTask DisposeAsync() => _source.DisposeAsync();

    private static bool IsConflict(PostgresException exception) =>
        exception.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    internal static Exception Classify(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } readOnly =>
            new StoreUnavailableException("the database is read-only", readOnly),
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } full => new StoreUnavailableException("the database's disk is full", full),
        PostgresException postgres when IsConflict(postgres) || postgres.IsTransient => new StoreUnavailableException(postgres.MessageText, postgres),
        PostgresException { SqlState: ['5', '7', ..] or ['5', '3', ..] or ['0', '8', ..] } gone => new StoreUnavailableException(gone.MessageText, gone),
        PostgresException => exception,
        NpgsqlException or SocketException or TimeoutException or IOException =>
            new StoreUnavailableException("the database does not answer", exception),
        _ => exception,
    };

    private static bool IsLost(Exception exception) => exception is PostgresException { SqlState: ['5', '7', 'P', ..] } or
        NpgsqlException { InnerException: IOException or SocketException };

    private async Task<T> ReadOnceAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> read, bool isSnapshot, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        if (!isSnapshot)
        {
            return await read(new PostgresSession(connection, canWrite: false), cancellationToken);
        }

        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var result = await read(new PostgresSession(connection, canWrite: false), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    private async Task<T> WriteOnceAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> write, StrongBox<bool> isCommitting, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var session = new PostgresSession(connection, canWrite: true);
        var result = await write(session, CancellationToken.None);
        isCommitting.Value = true;
        await transaction.CommitAsync(CancellationToken.None);
        foreach (var action in session.TakeCommitted())
        {
            action();
        }

        return result;
    }
}
