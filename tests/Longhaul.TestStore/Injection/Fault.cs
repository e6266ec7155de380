namespace Longhaul.TestStores.Injection;

/// <summary>One thing that goes wrong, and when. All that is set must hold; without anything set it strikes every request.</summary>
public sealed class Fault(Effect effect)
{
    private int _seen;
    private int _hits;

    public Effect Effect => effect;

    /// <summary>The verbs it strikes; empty means all.</summary>
    public S3Verb[] Verbs { get; init; } = [];

    public string? Bucket { get; init; }

    public Func<string, bool>? Key { get; init; }

    /// <summary>Anything else about the request, whose answer is not yet there.</summary>
    public Func<LoggedRequest, bool>? When { get; init; }

    /// <summary>So many requests that it would strike are let pass first.</summary>
    public int Skip { get; init; }

    /// <summary>It strikes at most so often.</summary>
    public int Times { get; init; } = int.MaxValue;

    /// <summary>Thrown with the seed of the store after all else holds.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>How often it struck.</summary>
    public int HitCount => Volatile.Read(ref _hits);

    internal bool Strikes(LoggedRequest request, Random dice)
    {
        if ((Verbs.Length > 0 && !Verbs.Contains(request.Verb)) || (Bucket is not null && Bucket != request.Bucket)
            || (Key is not null && !Key(request.Key)) || (When is not null && !When(request)))
        {
            return false;
        }

        if (_seen++ < Skip || _hits >= Times || (Probability < 1 && dice.NextDouble() >= Probability))
        {
            return false;
        }

        _hits++;
        return true;
    }
}
