using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Testing;

/// <summary>
/// Runs a kind against crashes: an operation of it goes through the real engine on a throw-away SQLite database, once undisturbed, and
/// then once for each point at which its process can die; another process takes over, and the end must be the same. Belongs to no
/// test framework.
/// </summary>
/// <remarks>
/// Points are: the beginning of PlanAsync, RunAsync, UndoAsync, the effect and FinishAsync; each await in them that has to wait, where it
/// resumes; each statement of the effect and of FinishAsync, and their end; before and after each commit of what the kind reports. Where
/// items are journaled and not durably so, the process dies twice: with that journal lost and with it kept. An await that does not
/// have to wait is no point (let a stand-in for something remote <c>await Task.Yield()</c>), nor is one that resumes elsewhere, see
/// <see cref="CrashReport.EscapedCalls"/>. Nothing waits for a clock, and the order of the calls is the same in every run.
/// </remarks>
public static class CrashTest
{
    /// <summary>Points that a run may have; an operation of a few items has a few dozen.</summary>
    public const int MaxPoints = 2_000;

    // A bound for a kind that never ends, not a time that anybody waits.
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Runs a scenario, made anew for each run, through all its crashes. Completes with what was done when every check has passed; the
    /// token ends it between two points.
    /// </summary>
    /// <exception cref="CrashTestException">A check threw, or an operation did not end; the message says after which point.</exception>
    public static async Task<CrashReport> RunAsync(Func<CrashScenario> scenario, CancellationToken cancellationToken = default)
    {
        var folder = Directory.CreateTempSubdirectory("longhaul-crash-");
        try
        {
            return await RunAsync(scenario, folder.FullName, cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<CrashReport> RunAsync(Func<CrashScenario> scenario, string folder, CancellationToken cancellationToken)
    {
        var undisturbed = await RunOnceAsync(scenario(), Path.Combine(folder, "undisturbed.db"), null, null, cancellationToken);
        if (undisturbed.Points.Count > MaxPoints)
        {
            throw new CrashTestException($"the operation has {undisturbed.Points.Count} points, {MaxPoints} are the most: let it have fewer items");
        }

        var names = new List<string>();
        for (var i = 0; i < undisturbed.Points.Count; i++)
        {
            var (name, hasJournal) = undisturbed.Points[i];
            foreach (var keepsJournal in hasJournal ? (bool[])[false, true] : [false])
            {
                var point = $"{name}{(hasJournal ? keepsJournal ? ", the journal kept" : ", the journal lost" : "")}";
                names.Add(point);
                await RunOnceAsync(scenario(), Path.Combine(folder, $"{names.Count}.db"), new Death(i, keepsJournal), point, cancellationToken);
            }
        }

        return new CrashReport(names, undisturbed.Escapes);
    }

    private static async Task<ProcessLife> RunOnceAsync(
        CrashScenario scenario, string path, Death? death, string? point, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var clock = new CrashClock();
        var first = await CrashProcess.StartAsync(path, scenario, clock, death);
        var id = await first.SubmitAsync(scenario, cancellationToken);
        try
        {
            var operation = await EndAsync(first, id, point, cancellationToken);
            if (operation is not null && death is not null)
            {
                throw new CrashTestException($"the operation ended without coming by the point '{point}' again: the kind does not do the same in every run");
            }

            if (operation is not null)
            {
                await CheckAsync(scenario, new CrashEnd(operation, first.Database, null));
                return first.Life;
            }
        }
        finally
        {
            await first.DisposeAsync();
        }

        await using var second = await CrashProcess.StartAsync(path, scenario, clock, null);
        var end = await EndAsync(second, id, point, cancellationToken);
        await CheckAsync(scenario, new CrashEnd(end!, second.Database, point));
        return second.Life;
    }

    private static async Task<Operation?> EndAsync(CrashProcess process, OperationId id, string? point, CancellationToken cancellationToken)
    {
        try
        {
            return await process.RunAsync(id, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new CrashTestException($"{After(point)} the operation did not end within {Patience.TotalSeconds} s", exception);
        }
    }

    private static async Task CheckAsync(CrashScenario scenario, CrashEnd end)
    {
        try
        {
            await scenario.Check(end);
        }
        catch (Exception exception)
        {
            throw new CrashTestException($"{After(end.Point)} the check failed: {exception.Message}", exception);
        }
    }

    private static string After(string? point) => point is null ? "undisturbed," : $"when the process died {point},";
}
