using Longhaul.Engine.Operations;

namespace Longhaul.Tests.Contracts.SmallWorlds;

/// <summary>
/// Beside the random model: all interleavings of claims, reports, deaths, zombies, controls and open transactions in worlds that are
/// small enough for it. Each rule of the store is also taken out once, to show that the exploration tells.
/// </summary>
public sealed class SmallWorldTests
{
    private static readonly WorldRules Plain = new() { Chunks = 2, HasDeath = true };
    private static readonly WorldRules Journaled = new() { Chunks = 1, ItemsPerChunk = 2, HasDeath = true, HasSteps = true, LosesAnswers = true };
    private static readonly WorldRules Planned = new() { Chunks = 2, IsPlanned = true, HasDeath = true };
    private static readonly WorldRules Budget = new() { Chunks = 2, ItemsPerChunk = 2, MaxFailedItems = 0, HasSteps = true };
    private static readonly WorldRules Atomic = new() { Chunks = 2, IsAtomic = true, HasDeath = true };
    private static readonly WorldRules AtomicInParts = new() { Chunks = 2, ItemsPerChunk = 2, IsAtomic = true, HasSteps = true, LosesAnswers = true };

    [Fact]
    public void Every_interleaving_of_two_chunks_holds() => Explore(Plain);

    [Fact]
    public void Every_interleaving_of_a_chunk_with_a_journal_holds() => Explore(Journaled);

    [Fact]
    public void Every_interleaving_with_a_plan_holds() => Explore(Planned);

    [Fact]
    public void Every_interleaving_with_an_error_budget_holds() => Explore(Budget);

    [Fact]
    public void Every_interleaving_of_an_atomic_kind_holds() => Explore(Atomic);

    [Fact]
    public void Every_interleaving_of_an_atomic_kind_that_writes_in_parts_holds() => Explore(AtomicInParts);

    [Fact]
    public void A_report_without_the_fence_would_be_found() => Find("counter", Journaled with { ChecksFence = false });

    [Fact]
    public void A_report_without_fence_and_owner_would_be_found() => Find("counter", Plain with { ChecksFence = false, ChecksOwner = false });

    [Fact]
    public void An_end_decided_by_counting_chunks_would_be_found() => Find("no way leads to an end", Plain with { DecidesOnOwnRow = false });

    [Fact]
    public void A_part_that_counts_again_would_be_found() => Find("a counter is below 0", Journaled with { KnowsRepeats = false });

    [Fact]
    public void A_part_that_is_not_undone_would_be_found() => Find("neither all nor nothing", AtomicInParts with { UndoesParts = false });

    private static void Explore(WorldRules rules)
    {
        var begin = TimeProvider.System.GetTimestamp();
        var exploration = Exploration.Of(rules);
        TestContext.Current.SendDiagnosticMessage($"{exploration.States} states in {TimeProvider.System.GetElapsedTime(begin).TotalSeconds:0.0} s: {rules}");
        Assert.Superset(new HashSet<OperationState> { OperationState.Completed, OperationState.Failed, OperationState.Aborted }, exploration.Ends);
    }

    private static void Find(string told, WorldRules rules) =>
        Assert.Contains(told, Assert.Throws<WorldBrokenException>(() => Exploration.Of(rules)).Message, StringComparison.Ordinal);
}
