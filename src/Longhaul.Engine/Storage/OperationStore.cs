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

    /// <summary>Newest first, before a number; the accounts and the kinds may be left open.</summary>
    public ValueTask<List<Operation>> ListAsync(
        IReadOnlyCollection<string>? accounts, IReadOnlyCollection<string>? kinds, long? before, int count, CancellationToken cancellationToken)
    {
        // One account is the common case and has an index in the order of the numbers.
        var one = accounts is { Count: 1 } ? accounts.First() : null;
        var ofAccounts = one is not null ? "and account = @account" : accounts is null ? "" : $"and {_database.Dialect.InTexts("account", "@accounts")}";
        var ofKinds = kinds is null ? "" : $"and {_database.Dialect.InTexts("kind", "@kinds")}";
        var text = $"select {OperationRow.Columns} from operations where number < @before {ofAccounts} {ofKinds} order by number desc limit @count";
        return _database.ReadAsync(
            (session, token) =>
            {
                var statement = session.Sql(text).With("@before", before ?? long.MaxValue);
                statement = one is not null ? statement.With("@account", one) : accounts is null ? statement : statement.WithSet("@accounts", accounts);
                statement = kinds is null ? statement : statement.WithSet("@kinds", kinds);
                return statement.With("@count", count).ListAsync(OperationRow.Read, token);
            },
            cancellationToken);
    }

    private static ValueTask<Operation?> LoadAsync(
        DbSession session, OperationId id, string suffix, CancellationToken cancellationToken) =>
        session.Sql(suffix.Length == 0 ? SelectById : $"{SelectById} {suffix}")
            .With("@id", id.Value)
            .FirstAsync(OperationRow.Read, cancellationToken);

    private static ValueTask<Operation?> LockAsync(DbSession session, OperationId id, CancellationToken cancellationToken) =>
        LoadAsync(session, id, session.Dialect.ForUpdate, cancellationToken);

    /// <summary>Writes a changed operation back and tells who watches it, once that is durable.</summary>
    private async ValueTask SaveAsync(
        DbSession session, Operation operation, VersionedPart before, CancellationToken cancellationToken)
    {
        operation.MoveVersion(before, Now);
        await OperationRow.UpdateAsync(session, operation, cancellationToken);
        if (before == operation.Versioned)
        {
            if (operation.IsHalted)
            {
                session.OnCommitted(() => _signals.Raise(operation.Id, isHalted: true));
            }

            return;
        }

        session.OnCommitted(() => _signals.Raise(operation.Id, operation.IsHalted));
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
