using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Slurper;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>The use cases in memory: what the face asks for can be seen, and a job can be brought into any state. Buckets of some names misbehave.</summary>
internal sealed class FakeMigrationJobs : IMigrationJobs
{
    public const string Unreachable = "unreachable";
    public const string TooMuch = "too-much";
    public const string NoStore = "no-store";
    public const string Broken = "broken";
    public const string Reason = "AccessDenied\u00e9\n";

    private readonly Lock _gate = new();
    private readonly List<MigrationJob> _jobs = [];
    private readonly Dictionary<string, List<JobLog>> _logs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (byte[] Fingerprint, StoredAnswer Answer)> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OperationId> _bodies = new(StringComparer.Ordinal);
    private long _clock = 1_700_000_000_123;

    public int MaxRunning { get; set; } = 100;

    public List<JobCreate> Creates { get; } = [];

    public List<BroughtSecrets> Resumes { get; } = [];

    public List<(object Side, StoreSecret Secret)> Checks { get; } = [];

    public void Bring(string id, OperationState state, bool isAbortRequested = false)
    {
        var job = _jobs.Single(j => j.Operation.Id.Value == id).Operation;
        job.State = state;
        job.IsAbortRequested = isAbortRequested;
        job.EndedAt = state.IsFinal ? job.CreatedAt + 5_000 : null;
    }

    public void Count(string id, long total, ItemCounts counts)
    {
        var job = _jobs.Single(j => j.Operation.Id.Value == id).Operation;
        (job.Total, job.Counts) = (total, counts);
    }

    public void Log(string id, params JobLog[] lines) => _logs[id].AddRange(lines);

    public Task<CreateAnswer> CreateAsync(JobCreate create, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Creates.Add(create);
            var bucket = create.Request.Spec.Source.Bucket;
            if (bucket == NoStore)
            {
                throw new StoreUnavailableException("the store is away", new IOException());
            }

            if (bucket == Broken)
            {
                throw new InvalidOperationException("a fault");
            }

            if (create.Idempotency is { } key && _keys.TryGetValue(Convert.ToHexString(key.Scope), out var kept))
            {
                return Task.FromResult(kept.Fingerprint.AsSpan().SequenceEqual(key.Fingerprint)
                    ? new CreateAnswer(null, kept.Answer, null, [])
                    : new CreateAnswer(null, null, new Refusal(RefusalCode.KeyReused, "reused"), []));
            }

            var body = create.Account + Convert.ToHexString(create.BodyHash);
            if (create.IsRepetition && _bodies.TryGetValue(body, out var first))
            {
                return Task.FromResult(new CreateAnswer(first, null, null, []));
            }

            if (bucket == Unreachable)
            {
                return Task.FromResult(new CreateAnswer(null, null, null,
                [
                    new JobFault(FaultCodes.ConnectivityFailed, "Preconnectivity failed, please verify tokens and try again", null),
                    new JobFault(FaultCodes.ConnectivityFailed, "the bucket is not there", "/source"),
                ]));
            }

            var refusal = bucket == TooMuch ? new Refusal(RefusalCode.AccountFull, "full")
                : _jobs.Count(j => j.Operation.Account == create.Account && j.Operation.State == OperationState.Running) >= MaxRunning
                    ? new Refusal(RefusalCode.LaneFull, "full")
                    : null;
            if (refusal is not null)
            {
                return Task.FromResult(new CreateAnswer(null, null, refusal, []));
            }

            var operation = new Operation
            {
                Id = OperationId.From(Guid.NewGuid()),
                Account = create.Account,
                Kind = "slurper.migrate",
                IsAtomic = false,
                IsLocal = false,
                SubmittedBy = create.SubmittedBy,
                Parameters = "{}",
                CreatedAt = _clock += 1_000,
                State = OperationState.Pending,
            };
            operation.State = OperationState.Running;
            _jobs.Add(new MigrationJob(operation, create.Request.Spec));
            _logs.Add(operation.Id.Value, [new JobLog(operation.CreatedAt, "migrationStart", null, "conditional create: off")]);
            _bodies[body] = operation.Id;
            if (create.Idempotency is { } fresh)
            {
                _keys.Add(Convert.ToHexString(fresh.Scope), (fresh.Fingerprint, fresh.Answer(operation)));
            }

            return Task.FromResult(new CreateAnswer(operation.Id, null, null, []));
        }
    }

    public Task<IReadOnlyList<MigrationJob>> ListAsync(string account, int limit, long offset, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlyList<MigrationJob>>(
                [.. _jobs.Where(j => j.Operation.Account == account).Reverse().Skip((int)Math.Min(offset, int.MaxValue)).Take(limit)]);
        }
    }

    public Task<MigrationJob?> FindAsync(string account, string id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(OperationId.TryParse(id, out var parsed) ? _jobs.Find(j => j.Operation.Account == account && j.Operation.Id == parsed) : null);
        }
    }

    public async Task<Operation?> FindOperationAsync(string account, string id, CancellationToken cancellationToken) =>
        (await FindAsync(account, id, cancellationToken))?.Operation;

    public async Task<IReadOnlyList<JobLog>?> ReadLogsAsync(string account, string id, int limit, long offset, CancellationToken cancellationToken) =>
        await FindAsync(account, id, cancellationToken) is { } job ? [.. _logs[job.Operation.Id.Value].Skip((int)offset).Take(limit)] : null;

    public Task<Result<Operation>> AbortAsync(string account, string id, Actor by, CancellationToken cancellationToken) => ChangeAsync(account, id, o =>
    {
        if (!o.State.IsFinal)
        {
            Bring(o.Id.Value, OperationState.Aborted);
        }

        return null;
    });

    public async Task<int> AbortAllAsync(string account, Actor by, CancellationToken cancellationToken)
    {
        var open = _jobs.Where(j => j.Operation.Account == account && !j.Operation.State.IsFinal).ToList();
        foreach (var job in open)
        {
            await AbortAsync(account, job.Operation.Id.Value, by, cancellationToken);
        }

        return open.Count;
    }

    public Task<Result<Operation>> PauseAsync(string account, string id, Actor by, CancellationToken cancellationToken) => ChangeAsync(account, id, o =>
        o.State == OperationState.Running && !o.IsAbortRequested ? Bring(o, OperationState.Paused) : new Refusal(RefusalCode.WrongState, "no"));

    public Task<Result<Operation>> ResumeAsync(string account, string id, BroughtSecrets secrets, Actor by, CancellationToken cancellationToken) => ChangeAsync(account, id, o =>
    {
        Resumes.Add(secrets);
        return o.State != OperationState.Paused || o.IsAbortRequested ? new Refusal(RefusalCode.WrongState, "no")
            : _jobs.Count(j => j.Operation.Account == account && j.Operation.State == OperationState.Running) >= MaxRunning ? new Refusal(RefusalCode.LaneFull, "full")
            : Bring(o, OperationState.Running);
    });

    public Task<Result<Operation>> DeleteAsync(string account, string id, CancellationToken cancellationToken) => ChangeAsync(account, id, o =>
    {
        if (!o.State.IsFinal)
        {
            return new Refusal(RefusalCode.WrongState, "no");
        }

        _jobs.RemoveAll(j => j.Operation == o);
        return null;
    });

    public Task<ConnectivityAnswer> CheckSourceAsync(string account, JobSource source, StoreSecret secret, CancellationToken cancellationToken) => Check(source, source.Bucket, secret);

    public Task<ConnectivityAnswer> CheckTargetAsync(string account, JobTarget target, StoreSecret secret, CancellationToken cancellationToken) => Check(target, target.Bucket, secret);

    private Task<ConnectivityAnswer> Check(object side, string bucket, StoreSecret secret)
    {
        Checks.Add((side, secret));
        return Task.FromResult(new ConnectivityAnswer(bucket == Unreachable ? Reason + new string('x', 300) : null));
    }

    private Refusal? Bring(Operation operation, OperationState state)
    {
        Bring(operation.Id.Value, state);
        return null;
    }

    private async Task<Result<Operation>> ChangeAsync(string account, string id, Func<Operation, Refusal?> change) =>
        await FindOperationAsync(account, id, CancellationToken.None) is not { } operation ? new Refusal(RefusalCode.UnknownOperation, "no operation")
        : change(operation) is { } refusal ? refusal
        : operation;
}
