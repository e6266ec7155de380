namespace Longhaul.Lists.Bodies;

/// <summary>
/// The ids of one body, each once: first those that have the form of an item id, by their bytes, then the others in
/// request order. The others can name no item; they are kept so that the outcome can name them.
/// </summary>
internal sealed class ParsedDeletion
{
    private readonly ItemIdEntry[] _ids;
    private readonly ItemArena _texts;
    private readonly IReadOnlyList<(int Index, uint Address)> _unknown;

    internal ParsedDeletion(
        ItemIdEntry[] ids,
        int idCount,
        ItemArena texts,
        IReadOnlyList<(int Index, uint Address)> unknown,
        int repeatedCount)
    {
        _ids = ids;
        _texts = texts;
        _unknown = unknown;
        IdCount = idCount;
        RepeatedCount = repeatedCount;
    }

    public int Count => IdCount + _unknown.Count;

    public int IdCount { get; }

    /// <summary>How many ids of the body are left out because they came before.</summary>
    public int RepeatedCount { get; }

    /// <summary>Where the id stood first in the request, from 0.</summary>
    public int Index(int i) => i < IdCount ? _ids[i].Index : _unknown[i - IdCount].Index;

    /// <summary>The sixteen bytes of an id below <see cref="IdCount"/>.</summary>
    public void WriteId(int i, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)i, (uint)IdCount, nameof(i));
        _ids[i].Write(destination);
    }

    /// <summary>What was sent as an id from <see cref="IdCount"/> on, cut when it is very long.</summary>
    public ReadOnlySpan<byte> UnknownText(int i) => _texts.Key(_unknown[i - IdCount].Address);
}
