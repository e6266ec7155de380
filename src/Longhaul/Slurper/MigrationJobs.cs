using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;

namespace Longhaul.Slurper;

/// <summary>A job as it stands: the operation, and what it was asked for.</summary>
internal sealed record MigrationJob(Operation Operation, JobSpec Spec);

/// <summary>A line of a job's log.</summary>
/// <param name="At">Unix milliseconds.</param>
/// <param name="LogType">One of the vendor's words.</param>
/// <param name="ObjectKey">The object that it is about, or null.</param>
/// <param name="Message">For people, or null.</param>
internal sealed record JobLog(long At, string LogType, string? ObjectKey, string? Message);

/// <summary>Whether a bucket can be reached as a job needs it.</summary>
/// <param name="Reason">Null when it can; else why not, in ASCII, at most 256 characters, without anything secret.</param>
internal sealed record ConnectivityAnswer(string? Reason);

/// <summary>A create that was read, with what its answer has to be repeated for.</summary>
/// <param name="Account">The tenant.</param>
/// <param name="Request">What was read.</param>
/// <param name="SubmittedBy">Who asks.</param>
/// <param name="Labels">JSON object of labels; the face has none.</param>
/// <param name="Idempotency">The idempotency key, or null.</param>
/// <param name="BodyHash">SHA-256 of the body.</param>
/// <param name="IsRepetition">True when the client says that it has sent the request before (<c>X-Stainless-Retry-Count</c> of 1 or more).</param>
/// <param name="RequestId">For the audit trail.</param>
internal sealed record JobCreate(
    string Account,
    JobRequest Request,
    string SubmittedBy,
    string Labels,
    IdempotencyKey? Idempotency,
    byte[] BodyHash,
    bool IsRepetition,
    string? RequestId);

/// <summary>What became of a create: exactly one of the four is there.</summary>
/// <param name="Id">The job, durable; also of the first one when a repetition was recognized.</param>
/// <param name="Replayed">The first answer to the same idempotency key.</param>
/// <param name="Refusal">A limit, or a key that was used differently.</param>
/// <param name="Faults">What is wrong: endpoints that are not allowed, or a failed pre-connectivity check (its general sentence first, then one per side).</param>
internal sealed record CreateAnswer(OperationId? Id, StoredAnswer? Replayed, Refusal? Refusal, IReadOnlyList<JobFault> Faults);

/// <summary>The use cases of the face. Ids that are no id, of another kind or another account are unknown jobs: null, or <see cref="RefusalCode.UnknownOperation"/>.</summary>
internal interface IMigrationJobs
{
    /// <summary>Checks both sides, then makes the job durable.</summary>
    Task<CreateAnswer> CreateAsync(JobCreate create, CancellationToken cancellationToken);

    /// <summary>The account's jobs, newest first.</summary>
    Task<IReadOnlyList<MigrationJob>> ListAsync(string account, int limit, long offset, CancellationToken cancellationToken);

    Task<MigrationJob?> FindAsync(string account, string id, CancellationToken cancellationToken);

    /// <summary>The operation alone, for progress: cheaper.</summary>
    Task<Operation?> FindOperationAsync(string account, string id, CancellationToken cancellationToken);

    /// <summary>Lines of the log, oldest first; null for an unknown job.</summary>
    Task<IReadOnlyList<JobLog>?> ReadLogsAsync(string account, string id, int limit, long offset, CancellationToken cancellationToken);

    /// <summary>Asks for the end; a terminal job stays as it is.</summary>
    Task<Result<Operation>> AbortAsync(string account, string id, Actor by, CancellationToken cancellationToken);

    /// <summary>Asks for the end of all running and paused jobs of the account. Completes with how many.</summary>
    Task<int> AbortAllAsync(string account, Actor by, CancellationToken cancellationToken);

    /// <summary>Holds a running job; anything else is refused (<see cref="RefusalCode.WrongState"/>), as the face has it.</summary>
    Task<Result<Operation>> PauseAsync(string account, string id, Actor by, CancellationToken cancellationToken);

    /// <summary>Lets a paused job go on; refused with <see cref="RefusalCode.LaneFull"/> over the job limit, else with WrongState.</summary>
    Task<Result<Operation>> ResumeAsync(string account, string id, BroughtSecrets secrets, Actor by, CancellationToken cancellationToken);

    /// <summary>Forgets a terminal job; refused with WrongState while it is active.</summary>
    Task<Result<Operation>> DeleteAsync(string account, string id, CancellationToken cancellationToken);

    /// <summary>Tries a source within 10 s.</summary>
    Task<ConnectivityAnswer> CheckSourceAsync(string account, JobSource source, StoreSecret secret, CancellationToken cancellationToken);

    /// <summary>Tries a target within 10 s.</summary>
    Task<ConnectivityAnswer> CheckTargetAsync(string account, JobTarget target, StoreSecret secret, CancellationToken cancellationToken);
}

/// <summary>Tells which endpoints may be named at all, before any connection is made.</summary>
internal interface IEndpointRules
{
    /// <summary>Why an endpoint is refused (scheme, or a literal address that is not public), or null.</summary>
    string? FindRefusal(Uri endpoint);
}
