namespace Longhaul.Tests.Contracts.SmallWorlds;

/// <summary>
/// How big a small world is, and which of the store's rules hold in it. A rule is taken out to show that the exploration notices.
/// </summary>
internal sealed record WorldRules
{
    public required int Chunks { get; init; }

    public int ItemsPerChunk { get; init; } = 1;

    /// <summary>The chunks are found by a plan, one a page.</summary>
    public bool IsPlanned { get; init; }

    /// <summary>All items or none; its finish may fail.</summary>
    public bool IsAtomic { get; init; }

    /// <summary>The first of the two nodes may be declared dead at any moment, and goes on as a zombie.</summary>
    public bool HasDeath { get; init; }

    /// <summary>A worker may not learn that its report was committed, and reports again.</summary>
    public bool LosesAnswers { get; init; }

    /// <summary>Items may be settled before their chunk is, by a journal or, in an atomic kind, by a part.</summary>
    public bool HasSteps { get; init; }

    public long? MaxFailedItems { get; init; }

    /// <summary>A report counts only under the fence of its lease.</summary>
    public bool ChecksFence { get; init; } = true;

    /// <summary>A report counts only in the hands of the chunk's owner.</summary>
    public bool ChecksOwner { get; init; } = true;

    /// <summary>The end is decided by the operation's own counters, not by counting chunks before its row is locked.</summary>
    public bool DecidesOnOwnRow { get; init; } = true;

    /// <summary>A part that is reported again, because nobody knows whether its commit came through, counts once.</summary>
    public bool KnowsRepeats { get; init; } = true;

    /// <summary>An atomic chunk of which only a part is written is undone like a whole one.</summary>
    public bool UndoesParts { get; init; } = true;
}
