using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Longhaul.Engine.Storage;

/// <summary>
/// SQLite in one file: write-ahead log, synchronous=FULL, one writer thread with group commit, readers beside it. The log is folded
/// into the file by a thread of its own, so that no commit waits for it.
/// </summary>
internal sealed class SqliteDatabase : Database
{
    private const int MaxReaders = 8;
    private const int CheckpointsPerTurn = 8;

    private readonly string _path;
    private readonly int _patienceSeconds;
    private readonly bool _isThrowAway;
    private readonly ConcurrentBag<SqliteSession> _idleReaders = [];
    private readonly SemaphoreSlim _readers = new(MaxReaders);
    private readonly SemaphoreSlim _checkpointDue = new(0, 1);
    private readonly CancellationTokenSource _closing = new();
    private SqliteSession? _writeSession;
    private SqliteWriter? _writer;
    private Thread? _checkpointer;

    public SqliteDatabase(SqliteTarget target)
    {
        _path = target.Path;
        _patienceSeconds = target.PatienceSeconds;
        _isThrowAway = target.IsThrowAway;
    }

    public override Dialect Dialect { get; } = new SqliteDialect();

    public override bool IsShared => false;

    public override async Task OpenAsync(IReadOnlyList<MigrationLine> lines, CancellationToken cancellationToken)
    {
        try
        {
            _writeSession = OpenSession(isWriter: true);
            _writer = new SqliteWriter(_writeSession, SignalCheckpoint);
            await _writer.EnqueueAsync(
                async (session, token) =>
                {
                    await session.Sql("create table if not exists schema_versions (line text primary key, version bigint not null)").ExecuteAsync(token);
                    foreach (var line in lines)
                    {
                        await line.RunAsync(session, token);
                    }

                    return true;
                },
                WriteWeight.Small,
                cancellationToken);
        }
        catch (Exception exception) when (SqliteErrors.Classify(exception) is StoreUnavailableException or SqliteException)
        {
            var reason = SqliteErrors.Classify(exception);
            throw new StoreRefusedException($"The database {_path} cannot be used: {reason.Message}.", exception);
        }

        _checkpointer = new Thread(CheckpointLoop) { IsBackground = true, Name = "longhaul sqlite checkpointer" };
        _checkpointer.Start();
    }

    public override ValueTask<T> ReadAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken) =>
        ReadAsync(read, isSnapshot: true, cancellationToken);

    public override ValueTask<T> ReadOneAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken) =>
        ReadAsync(read, isSnapshot: false, cancellationToken);

    private static async ValueTask<T> ReadSnapshotAsync<T>(
        SqliteSession session, Func<DbSession, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        session.Run("begin");
        try
        {
            return await read(session, cancellationToken);
        }
        finally
        {
            session.Run("commit");
        }
    }

    private async ValueTask<T> ReadAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> read, bool isSnapshot, CancellationToken cancellationToken)
    {
        await _readers.WaitAsync(cancellationToken);
        SqliteSession? session = null;
        try
        {
            session = _idleReaders.TryTake(out var idle) ? idle : OpenSession(isWriter: false);
            // It answers at once, on this thread: registering with a token would cost more than it could cancel.
            return isSnapshot
                ? await ReadSnapshotAsync(session, read, CancellationToken.None)
                : await read(session, CancellationToken.None);
        }
        catch (SqliteException exception) when (SqliteErrors.Classify(exception) is StoreUnavailableException unavailable)
        {
            throw unavailable;
        }
        finally
        {
            if (session is not null)
            {
                _idleReaders.Add(session);
            }

            _readers.Release();
        }
    }

    public override Task<T> WriteAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> write, WriteWeight weight, CancellationToken cancellationToken) =>
        (_writer ?? throw new StoreUnavailableException("the database is not open yet")).EnqueueAsync(write, weight, cancellationToken);

    // There is one process on the file: what happens here is signalled here.
    public override Task ListenAsync(Action<string> received, CancellationToken cancellationToken) => Task.CompletedTask;

    public override async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        await _closing.CancelAsync();
        _writer?.Dispose();
        _checkpointer?.Join();
        while (_idleReaders.TryTake(out var reader))
        {
            reader.Dispose();
        }

        _writeSession?.Dispose();
        _readers.Dispose();
        _checkpointDue.Dispose();
        _closing.Dispose();
    }

    private SqliteSession OpenSession(bool isWriter)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = _patienceSeconds,
        }.ToString());
        connection.Open();
        var session = new SqliteSession(connection, isWriter);
        session.Run("pragma journal_mode = wal");
        session.Run(_isThrowAway ? "pragma synchronous = off" : "pragma synchronous = full");
        session.Run($"pragma cache_size = -{(isWriter ? 65_536 : 8_192)}");
        session.Run("pragma temp_store = memory");

        // A backstop only: the checkpointer comes long before so many pages have gathered.
        session.Run("pragma wal_autocheckpoint = 65536");
        return session;
    }

    private void SignalCheckpoint()
    {
        if (_checkpointDue.CurrentCount == 0)
        {
            try
            {
                _checkpointDue.Release();
            }
            catch (SemaphoreFullException)
            {
                // Another signal came first; one is enough.
            }
        }
    }

    private void CheckpointLoop()
    {
        Running.QuietThreads.GiveWay();
        using var session = OpenSession(isWriter: false);
        try
        {
            for (var count = 1; ; count++)
            {
                _checkpointDue.Wait(_closing.Token);
                Checkpoint(session, takesTurn: count % CheckpointsPerTurn == 0);
            }
        }
        catch (OperationCanceledException)
        {
            Checkpoint(session, takesTurn: false);
        }
    }

    /// <summary>
    /// Copies the log into the file beside the writer. Now and then what the writer added meanwhile, which is little, is copied in the
    /// writer's own turn, after which the log starts again from its beginning; that costs whoever waits two syncs of the disk.
    /// </summary>
    private void Checkpoint(SqliteSession session, bool takesTurn)
    {
        try
        {
            session.Run("pragma wal_checkpoint(passive)");
            if (takesTurn)
            {
                _writer!.CheckpointAsync().GetAwaiter().GetResult();
            }
        }
        catch (Exception exception) when (exception is StoreUnavailableException or SqliteException)
        {
            // The log stays longer and the next checkpoint tries again; nothing is lost.
        }
    }
}
