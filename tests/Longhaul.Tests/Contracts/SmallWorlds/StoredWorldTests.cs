using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Contracts.SmallWorlds;

/// <summary>
/// The real store goes every way that the model of a small world goes, each event from each state, and is compared after each step.
/// </summary>
public sealed class StoredWorldTests
{
    [Fact]
    public Task Two_chunks_with_a_death() => CompareAsync(new WorldRules { Chunks = 2, HasDeath = true });

    [Fact]
    public Task A_chunk_with_a_journal_and_a_death() => CompareAsync(new WorldRules { Chunks = 1, ItemsPerChunk = 2, HasDeath = true, HasSteps = true });

    [Fact]
    public Task A_chunk_with_a_journal_and_lost_answers() => CompareAsync(new WorldRules { Chunks = 1, HasSteps = true, LosesAnswers = true });

    [Fact]
    public Task A_plan() => CompareAsync(new WorldRules { Chunks = 1, IsPlanned = true, HasDeath = true });

    [Fact]
    public Task An_error_budget() => CompareAsync(new WorldRules { Chunks = 2, ItemsPerChunk = 1, MaxFailedItems = 0, HasSteps = true });

    [Fact]
    public Task An_atomic_kind_with_a_death() => CompareAsync(new WorldRules { Chunks = 2, IsAtomic = true, HasDeath = true });

    [Fact]
    public Task An_atomic_kind_in_parts_with_lost_answers() =>
        CompareAsync(new WorldRules { Chunks = 1, ItemsPerChunk = 2, IsAtomic = true, HasSteps = true, LosesAnswers = true });

    private static async Task CompareAsync(WorldRules rules)
    {
        var folder = new TempFolder();
        await using var store = await StoreUnderTest.OpenAsync(new SqliteTarget(folder["test.db"]), folder);
        var stored = new StoredWorld(store, rules);
        await stored.StartAsync();
        var known = new HashSet<string>();
        var waiting = new Queue<State>();
        var first = new SmallWorld(rules);
        await KeepAsync(new State(0, first, [], null), first.Key());
        var steps = 0;
        while (waiting.TryDequeue(out var state))
        {
            foreach (var what in state.World.Events())
            {
                foreach (var (after, finishFails) in WholeSteps(state.World, what))
                {
                    steps++;
                    await stored.RestoreAsync(state.Number);
                    var hands = new Dictionary<int, ClaimedChunk>(state.Hands);
                    var answer = await stored.DoAsync(state.World, what, finishFails, hands, (state.Hands.Count == 0 ? 0 : state.Hands.Keys.Max()) + 1);
                    var told = await stored.TellAsync();
                    Assert.True(told == StoredWorld.Told(after), $"{state.Story}\n{what} finish {!finishFails} answer {answer}\nthe store:\n{told}\nthe model:\n{StoredWorld.Told(after)}");
                    await KeepAsync(new State(known.Count, after, hands, $"{state.Story}\n{what}"), after.Key());
                }
            }
        }

        TestContext.Current.SendDiagnosticMessage($"{known.Count} states, {steps} steps: {rules}");
        Assert.True(known.Count > 50);

        async Task KeepAsync(State state, string key)
        {
            if (known.Add(key))
            {
                await stored.SaveAsync(state.Number);
                waiting.Enqueue(state);
            }
        }
    }

    /// <summary>An event of the model as the store does it: what has begun is committed before anything else happens.</summary>
    private static IEnumerable<(SmallWorld After, bool FinishFails)> WholeSteps(SmallWorld world, WorldEvent what)
    {
        if (world.After(what) is not { } begun)
        {
            yield break;
        }

        if (!begun.HasTransaction)
        {
            yield return (begun, false);
            yield break;
        }

        foreach (var commit in begun.Events().Where(e => e.Kind is WorldEventKind.Commit or WorldEventKind.CommitUnseen))
        {
            if (begun.After(commit) is { } after)
            {
                yield return (after, commit.Option == 1);
            }
        }
    }

    private sealed record State(int Number, SmallWorld World, Dictionary<int, ClaimedChunk> Hands, string? Story);
}
