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

    public override Task<T> WriteAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> write, WriteWeight weight, CancellationToken cancellationToken)
    {
        life.ThrowIfDead();

        // Only reports are points: what else is committed comes at moments of its own and holds nothing of the kind's.
        return typeof(T) == typeof(ReportAnswer[]) && !life.IsLastFlush
            ? ReportAsync(write, weight, cancellationToken)
            : KeepAsync(write, weight, cancellationToken);
    }

    public override Task ListenAsync(Action<string> received, CancellationToken cancellationToken) => inner.ListenAsync(received, cancellationToken);

    public override ValueTask DisposeAsync() => inner.DisposeAsync();

    private async Task<T> ReportAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> write, WriteWeight weight, CancellationToken cancellationToken)
    {
        var call = life.Scheduler.LastCall;
        using var report = life.BeginReport();
        life.Pass($"before the commit of what {call} reports");
        var value = await KeepAsync(write, weight, cancellationToken);
        life.Pass($"after the commit of what {call} reports, before the acknowledgement");
        return value;
    }

    private Task<T> KeepAsync<T>(
        Func<DbSession, CancellationToken, ValueTask<T>> write, WriteWeight weight, CancellationToken cancellationToken) =>
        inner.WriteAsync(
            async (session, token) =>
            {
                life.ThrowIfDead();
                var written = await write(session, token);
                life.ThrowIfDead();
                return written;
            },
            weight,
            cancellationToken);
}
