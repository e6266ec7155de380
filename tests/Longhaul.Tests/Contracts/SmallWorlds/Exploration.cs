using Longhaul.Engine.Operations;

namespace Longhaul.Tests.Contracts.SmallWorlds;

/// <summary>Every state of a small world that can be reached, breadth first, so that a broken promise is told by a shortest story.</summary>
internal sealed class Exploration
{
    private const int MaxStates = 300_000;

    private readonly Dictionary<string, int> _known = [];
    private readonly List<(int From, WorldEvent What)> _came = [];
    private readonly List<(int From, int To)> _undisturbed = [];
    private readonly List<bool> _final = [];
    private readonly Queue<(int Number, SmallWorld World)> _waiting = new();
    private readonly WorldRules _rules;

    private Exploration(WorldRules rules) => _rules = rules;

    public int States => _came.Count;

    public HashSet<OperationState> Ends { get; } = [];

    /// <summary>Explores to the last state. Throws <see cref="WorldBrokenException"/> at the first promise that does not hold.</summary>
    public static Exploration Of(WorldRules rules)
    {
        var exploration = new Exploration(rules);
        exploration.Run();
        exploration.RequireAWayToAnEnd();
        return exploration;
    }

    private void Run()
    {
        Add(new SmallWorld(_rules), -1, default);
        while (_waiting.TryDequeue(out var next))
        {
            foreach (var what in next.World.Events())
            {
                try
                {
                    if (next.World.After(what) is { } after)
                    {
                        var number = Add(after, next.Number, what);
                        if (what.IsUndisturbed && number != next.Number)
                        {
                            _undisturbed.Add((next.Number, number));
                        }
                    }
                }
                catch (WorldBrokenException exception)
                {
                    throw new WorldBrokenException($"{exception.Message}\n{Story(next.Number)}\n  then {what} from\n    {next.World}");
                }
            }
        }
    }

    private int Add(SmallWorld world, int from, WorldEvent what)
    {
        var key = world.Key();
        if (!_known.TryGetValue(key, out var number))
        {
            number = _came.Count;
            Assert.True(number < MaxStates, $"the small world has become a large one: {_waiting.Count} states wait, such as\n{Story(number - 1)}");
            _known.Add(key, number);
            _came.Add((from, what));
            _final.Add(world.Operation.State.IsFinal);
            if (world.Operation.State.IsFinal)
            {
                Ends.Add(world.Operation.State);
            }

            _waiting.Enqueue((number, world));
        }

        return number;
    }

    /// <summary>From every state an end is reached by what the engine does by itself: nothing is stuck.</summary>
    private void RequireAWayToAnEnd()
    {
        var incoming = _undisturbed.ToLookup(e => e.To, e => e.From);
        var reaches = new bool[States];
        var waiting = new Queue<int>();
        for (var i = 0; i < States; i++)
        {
            if (_final[i])
            {
                reaches[i] = true;
                waiting.Enqueue(i);
            }
        }

        while (waiting.TryDequeue(out var to))
        {
            foreach (var from in incoming[to].Where(f => !reaches[f]))
            {
                reaches[from] = true;
                waiting.Enqueue(from);
            }
        }

        var stuck = Array.IndexOf(reaches, false);
        if (stuck >= 0)
        {
            throw new WorldBrokenException($"no way leads to an end any more\n{Story(stuck)}");
        }
    }

    private string Story(int number)
    {
        var events = new List<WorldEvent>();
        for (; number > 0; number = _came[number].From)
        {
            events.Add(_came[number].What);
        }

        events.Reverse();
        var world = new SmallWorld(_rules);
        var lines = new List<string> { $"    {world}" };
        foreach (var what in events)
        {
            // A key sorts what the next event counts from.
            world.Key();
            world = world.After(what)!;
            lines.Add($"  {what}\n    {world}");
        }

        return string.Join('\n', lines);
    }
}
