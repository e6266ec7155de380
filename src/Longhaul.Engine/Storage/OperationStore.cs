using Longhaul.Engine.Operations;
using Longhaul.Engine.Signals;

namespace Longhaul.Engine.Storage;

/// <summary>
/// Operations, lanes, chunks and outcomes in the database: one SQL text for both. Every change of an operation goes through its row's
/// lock and the transitions of <see cref="Operation"/>. Rows are locked in one order, so that nobody waits in a circle:
/// leased chunks, a kind's effects, operations by id, lanes; a claim goes the other way and therefore never waits (skip locked).
/// </summary>
internal sealed partial class OperationStore
{
    /// <summary>The word that tells other nodes of new work; any other word is the id of a changed operation.</summary>
    public const string WorkWord = "work";

    private const string SelectById = $"select {OperationRow.Columns} from operations where id = @id";

    private readonly Database _database;
    private readonly OperationSignals _signals;
    private readonly TimeProvider _clock;
    private readonly EngineOptions _options;

    public OperationStore(Database database, OperationSignals signals, TimeProvider clock, EngineOptions options)
    {
        _database = database;
        _signals = signals;
        _clock = clock;
        _options = options;
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    public ValueTask<Operation?> FindAsync(OperationId id, CancellationToken cancellationToken) =>
        _database.ReadOneAsync((session, token) => LoadAsync(session, id, "", token), cancellationToken);

    private static ValueTask<Operation?> LoadAsync(
        DbSession session, OperationId id, string suffix, CancellationToken cancellationToken) =>
        session.Sql(suffix.Length == 0 ? SelectById : $"{SelectById} {suffix}")
            .With("@id", id.Value)
            .FirstAsync(OperationRow.Read, cancellationToken);

    private static ValueTask<Operation?> LockAsync(DbSession session, OperationId id, CancellationToken cancellationToken) =>
        LoadAsync(session, id, session.Dialect.ForUpdate, cancellationToken);

    /// <summary>Writes a changed operation back and tells who watches it, once that is durable.</summary>
    private async ValueTask SaveAsync(
        DbSession session, Operation operation, VersionedPart before, Actor by, CancellationToken cancellationToken)
    {
        var now = Now;
        operation.MoveVersion(before, now);
        await OperationRow.UpdateAsync(session, operation, cancellationToken);
        if (before == operation.Versioned)
        {
            if (operation.IsHalted)
            {
                session.OnCommitted(() => _signals.Raise(operation.Id, isHalted: true, operation.IsEnding));
            }

            return;
        }

        await WriteAuditAsync(session, operation, by, now, isAbortNew: operation.IsAbortRequested && !before.IsAbortRequested, cancellationToken);
        session.OnCommitted(() => _signals.Raise(operation));
        if (before.State != operation.State || before.IsAbortRequested != operation.IsAbortRequested)
        {
            await session.NotifyAsync(operation.Id.Value, cancellationToken);
        }
    }

    private async ValueTask TellWorkAsync(DbSession session, CancellationToken cancellationToken)
    {
        session.OnCommitted(_signals.RaiseWork);
        await session.NotifyAsync(WorkWord, cancellationToken);
    }
}
