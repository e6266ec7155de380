using System.ComponentModel.DataAnnotations;

namespace Longhaul.Engine;

/// <summary>Bounds and times of the engine; configuration section <c>Engine</c>.</summary>
public sealed class EngineOptions
{
    /// <summary>Life of a finished operation in days; 0 keeps it for ever. Defaults to 30.</summary>
    [Range(0, 36_500)]
    public int RetentionDays { get; set; } = 30;

    /// <summary>Life of an idempotency key in hours. Defaults to 24.</summary>
    [Range(1, 8_760)]
    public int IdempotencyHours { get; set; } = 24;

    /// <summary>Lease of a chunk in seconds; a dead node's chunks are taken over after it. Defaults to 30.</summary>
    [Range(1, 3_600)]
    public int LeaseSeconds { get; set; } = 30;

    /// <summary>Chunks that a node runs at one time. Defaults to 64.</summary>
    [Range(1, 100_000)]
    public int Workers { get; set; } = 64;

    /// <summary>Percent of the workers kept for work on the engine's own database, at least one. Defaults to 25.</summary>
    [Range(1, 100)]
    public int LocalShare { get; set; } = 25;

    /// <summary>Item outcomes kept per operation; further ones are only counted. Defaults to 1,000,000.</summary>
    [Range(0, 100_000_000)]
    public int MaxItemRecords { get; set; } = 1_000_000;

    /// <summary>Life in hours of the input of a failed or aborted atomic operation. Defaults to 24.</summary>
    [Range(0, 8_760)]
    public int InputHours { get; set; } = 24;

    /// <summary>Stored input of an account's unfinished operations, in bytes; above it a submit is refused. Defaults to 1 GiB.</summary>
    [Range(0, long.MaxValue)]
    public long MaxPendingBytesPerAccount { get; set; } = 1L << 30;

    /// <summary>Bodies being read, checked and sorted in this process, in bytes; above it a request is turned away. Defaults to 256 MiB.</summary>
    [Range(0, long.MaxValue)]
    public long MaxIngestBytes { get; set; } = 256L << 20;

    /// <summary>How long a stopping node lets chunks in flight settle, in seconds. Defaults to 20.</summary>
    [Range(0, 3_600)]
    public int DrainSeconds { get; set; } = 20;

    /// <summary>Tries of a chunk that fails for a passing reason before its operation fails. Defaults to 8.</summary>
    [Range(1, 1_000)]
    public int MaxAttempts { get; set; } = 8;

    /// <summary>Open chunks of an operation above which its plan waits for them to be settled. Defaults to 2,000.</summary>
    [Range(1, 1_000_000)]
    public int PlanAheadChunks { get; set; } = 2_000;

    /// <summary>How often a node looks for work that no signal told it of, in milliseconds. Defaults to 1,000.</summary>
    [Range(10, 60_000)]
    public int PollMilliseconds { get; set; } = 1_000;

    /// <summary>How often the upkeep chores run, in seconds. Defaults to 5.</summary>
    [Range(1, 3_600)]
    public int UpkeepSeconds { get; set; } = 5;
}
