namespace Longhaul.Slurper;

/// <summary>The vendor's words in a log, as far as a migration of objects writes them.</summary>
internal static class LogTypes
{
    public const string Start = "migrationStart";
    public const string Pause = "migrationPause";
    public const string Resume = "migrationResume";
    public const string Abort = "migrationAbort";
    public const string Complete = "migrationComplete";
    public const string Error = "migrationError";
    public const string FailedContinuation = "migrationErrorFailedContinuation";
    public const string RetryExhaustion = "importErrorRetryExhaustion";
    public const string SkippedStorageClass = "importSkippedStorageClass";
    public const string SkippedRequiresRetrieval = "importSkippedRequiresRetrieval";
    public const string SkippedOversized = "importSkippedOversized";
}
