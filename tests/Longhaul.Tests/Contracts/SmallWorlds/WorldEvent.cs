namespace Longhaul.Tests.Contracts.SmallWorlds;

internal enum WorldEventKind
{
    Claim,
    Begin,
    Commit,
    CommitUnseen,
    RollBack,
    Die,
    ReleaseDead,
    Abort,
    Pause,
    Resume,
}

/// <summary>What a worker says about its chunk, as the store's reports have it.</summary>
internal enum WorldReport
{
    None,
    SettleGood,
    SettleBad,
    SettleFatal,
    StepGood,
    StepBad,
    Release,
    ReleaseFatal,
    PlanPage,
    PlanLastPage,
    PlanNothingMore,
}

/// <summary>One thing that can happen in a small world.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Which">The node, or the place among leases or transactions.</param>
/// <param name="Report">Of a transaction that begins: what it reports.</param>
/// <param name="Option">Of a claim: how many chunks; of anything that may finish: 1 when the kind's finish fails.</param>
internal readonly record struct WorldEvent(WorldEventKind Kind, int Which = 0, WorldReport Report = WorldReport.None, int Option = 0)
{
    /// <summary>True for what an engine does by itself when nobody disturbs it; of controls only the resume of what is paused.</summary>
    public bool IsUndisturbed => Kind switch
    {
        WorldEventKind.Claim or WorldEventKind.ReleaseDead => true,
        WorldEventKind.Commit or WorldEventKind.Resume => Option == 0,
        WorldEventKind.Begin => Report is not (WorldReport.SettleFatal or WorldReport.ReleaseFatal),
        _ => false,
    };
}

/// <summary>The small world broke a promise.</summary>
internal sealed class WorldBrokenException(string message) : Exception(message);
