namespace Longhaul.Engine.Operations;

/// <summary>One item of an operation as it is kept.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Attempts">Runs of its chunk; 0 when none began.</param>
/// <param name="EndedAt">When it was settled, in milliseconds since 1970, or null.</param>
public sealed record ItemRecord(ItemOutcome Outcome, long Attempts, long? EndedAt);
