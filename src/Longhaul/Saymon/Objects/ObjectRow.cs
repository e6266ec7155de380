namespace Longhaul.Saymon.Objects;

/// <summary>An object as its row has it.</summary>
/// <param name="Id">24 hex digits.</param>
/// <param name="Version">From 1, one more with every change.</param>
/// <param name="CreatedAt">Unix milliseconds.</param>
/// <param name="UpdatedAt">Unix milliseconds.</param>
/// <param name="Stored">The document.</param>
internal sealed record ObjectRow(string Id, long Version, long CreatedAt, long UpdatedAt, byte[] Stored);

/// <summary>What is found from other rows about one object.</summary>
/// <param name="ChildIds">Objects that name it as a parent.</param>
/// <param name="ChildRefIds">Those of them that name another one as their first parent.</param>
/// <param name="ChildLinkIds">Links between two of its children.</param>
internal sealed record DerivedIds(List<string> ChildIds, List<string> ChildRefIds, List<string> ChildLinkIds)
{
    public static DerivedIds None { get; } = new([], [], []);
}

/// <summary>A link as its row has it.</summary>
/// <param name="Id">24 hex digits.</param>
/// <param name="Source">The object at one end.</param>
/// <param name="Target">The object at the other.</param>
/// <param name="Stored">JSON object of everything else.</param>
internal sealed record LinkRow(string Id, string Source, string Target, byte[] Stored);
