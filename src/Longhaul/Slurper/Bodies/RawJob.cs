namespace Longhaul.Slurper.Bodies;

/// <summary>A body as it was sent: the right types, nothing said yet about what belongs together.</summary>
internal sealed class RawJob
{
    public HashSet<string> Present { get; } = new(StringComparer.Ordinal);

    public RawSide? Source { get; set; }

    public RawSide? Target { get; set; }

    public bool Overwrite { get; set; } = true;

    public string? Name { get; set; }
}

/// <summary>A source or a target as it was sent; a member is null when it is absent, null, or of a wrong type that has been reported.</summary>
internal sealed class RawSide
{
    /// <summary>Names of the members that were sent, good or bad.</summary>
    public HashSet<string> Present { get; } = new(StringComparer.Ordinal);

    /// <summary>Members that are strings.</summary>
    public Dictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);

    public IReadOnlyList<string>? Keys { get; set; }

    public RawSecret? Secret { get; set; }
}

/// <summary>A secret as it was sent.</summary>
internal sealed class RawSecret
{
    public HashSet<string> Present { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);

    public override string ToString() => "(secret)";
}
