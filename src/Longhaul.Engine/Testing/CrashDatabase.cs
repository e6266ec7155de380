using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Testing;

/// <summary>The database of a process that may die: dead, it neither reads nor writes; what it was writing is rolled back.</summary>
internal sealed class CrashDatabase(Database inner, ProcessLife life) : Database
{
    public override Dialect Dialect => inner.Dialect;

    public override bool IsShared => inner.IsShared;

    public override Task OpenAsync(IReadOnlyList<MigrationLine> lines, CancellationToken cancellationToken) =>
        inner.OpenAsync(lines, cancellationToken);

    public override ValueTask<T> ReadAsync<T>(Func<DbSession, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return inner.ReadAsync(read, cancellationToken);
    }

    public override ValueTask<T> ReadOneAsync<T>(Func<DbSession, CancellationToken, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        life.ThrowIfDead();
        return inner.ReadOneAsync(read, cancellationToken);
    }

    public override async Task<T> WriteAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> write, WriteWeight weight, CancellationToken cancellationToken)
    {
        life.ThrowIfDead();

        // Only reports: what is committed beside them comes at moments of its own and holds nothing of the kind's.
        var isPoint = typeof(T) == typeof(ReportAnswer[]) && !life.IsLastFlush;
        if (isPoint)
        {
            life.Pass($"before the commit of what {life.Scheduler.LastCall} reports");
        }

        var value = await inner.WriteAsync(
            async (session, token) =>
            {
                life.ThrowIfDead();
                var written = await write(session, token);
                life.ThrowIfDead();
                return written;
            },
            weight,
            cancellationToken);
        if (isPoint)
        {
            life.Pass($"after the commit of what {life.Scheduler.LastCall} reports, before the acknowledgement");
        }

        return value;
    }

    public override Task ListenAsync(Action<string> received, CancellationToken cancellationToken) => inner.ListenAsync(received, cancellationToken);

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
