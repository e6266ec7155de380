namespace Longhaul.TestStores.Injection;

/// <summary>The faults of a store. Safe for concurrent use; the dice are thrown under the lock, so a seed gives the same throws in the same order.</summary>
public sealed class FaultPlan(int seed)
{
    private readonly Lock _gate = new();
    private readonly List<Fault> _faults = [];
    private readonly Random _dice = new(seed);
    private volatile bool _any;

    public Fault Add(Fault fault)
    {
        lock (_gate)
        {
            _faults.Add(fault);
            _any = true;
        }

        return fault;
    }

    /// <summary>The short form: an effect on the verbs, at most so often.</summary>
    public Fault Add(Effect effect, S3Verb verb, int times = int.MaxValue, int skip = 0, Func<string, bool>? key = null) =>
        Add(new Fault(effect) { Verbs = [verb], Times = times, Skip = skip, Key = key });

    public void Remove(Fault fault)
    {
        lock (_gate)
        {
            _faults.Remove(fault);
            _any = _faults.Count > 0;
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _faults.Clear();
            _any = false;
        }
    }

    internal IReadOnlyList<Effect> Choose(LoggedRequest request)
    {
        if (!_any)
        {
            return [];
        }

        lock (_gate)
        {
            return [.. _faults.Where(f => f.Strikes(request, _dice)).Select(f => f.Effect)];
        }
    }

    internal long Throw(long below)
    {
        lock (_gate)
        {
            return _dice.NextInt64(below);
        }
    }
}
