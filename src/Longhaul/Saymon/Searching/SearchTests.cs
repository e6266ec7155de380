using System.Text.RegularExpressions;

namespace Longhaul.Saymon.Searching;

/// <summary>What one value has to fulfil.</summary>
internal abstract record SearchTest
{
    public abstract bool Holds(SearchScalar value);

    /// <summary>The values of which it wants one; null when it says something else.</summary>
    public virtual IReadOnlyCollection<SearchScalar>? Wanted => null;

    /// <summary>Equality with one of some values.</summary>
    public sealed record OneOf(HashSet<SearchScalar> Values) : SearchTest
    {
        public override IReadOnlyCollection<SearchScalar> Wanted => Values;

        public override bool Holds(SearchScalar value) => Values.Contains(value);
    }

    /// <summary>A comparison of numbers.</summary>
    public sealed record Ordered(SearchScalar Bound, Func<int, bool> IsRight) : SearchTest
    {
        public override bool Holds(SearchScalar value) => SearchScalar.Compare(value, Bound) is { } order && IsRight(order);
    }

    /// <summary>A regular expression.</summary>
    public sealed record Pattern(Regex Regex) : SearchTest
    {
        public override bool Holds(SearchScalar value) => value.Text is { } text && Regex.IsMatch(text);
    }
}

/// <summary>A member of a property and what it has to fulfil.</summary>
internal sealed record PropertyCriterion(string Member, IReadOnlyList<SearchTest> Tests);
