namespace Longhaul.Slurper.Bodies;

/// <summary>A source to be tried.</summary>
internal sealed record SourceRequest(JobSource Source, StoreSecret Secret);

/// <summary>A target to be tried.</summary>
internal sealed record TargetRequest(JobTarget Target, StoreSecret Secret);

/// <summary>
/// Reads the bodies of the face. All faults of a body are told, up to a bound; their pointers begin with the prefix, which is where the
/// value that is read stands in the whole request. No fault quotes a secret.
/// </summary>
internal static class JobReader
{
    /// <summary>Reads a job; null when there are faults.</summary>
    public static JobRequest? ReadCreate(ReadOnlyMemory<byte> body, string prefix, IEndpointRules rules, List<JobFault> faults) => Read(
        body,
        BodyForm.Job,
        prefix,
        faults,
        (job, found) =>
        {
            var checks = new SideChecks(found, rules);
            TellMissing(job, "source", job.Source, prefix, found);
            TellMissing(job, "target", job.Target, prefix, found);
            var source = job.Source is null ? null : checks.ToSource(job.Source, $"{prefix}/source");
            var target = job.Target is null ? null : checks.ToTarget(job.Target, $"{prefix}/target");
            return source is { } from && target is { } to
                ? new JobRequest(new JobSpec { Source = from.Source, Target = to.Target, Overwrite = job.Overwrite, Name = job.Name }, new JobSecrets(from.Secret, to.Secret))
                : null;
        });

    /// <summary>Reads a source that stands alone; null when there are faults.</summary>
    public static SourceRequest? ReadSource(ReadOnlyMemory<byte> body, string prefix, IEndpointRules rules, List<JobFault> faults) =>
        Read(body, BodyForm.Source, prefix, faults, (job, found) =>
            new SideChecks(found, rules).ToSource(job.Source!, prefix) is { } read ? new SourceRequest(read.Source, read.Secret) : null);

    /// <summary>Reads a target that stands alone; null when there are faults.</summary>
    public static TargetRequest? ReadTarget(ReadOnlyMemory<byte> body, string prefix, IEndpointRules rules, List<JobFault> faults) =>
        Read(body, BodyForm.Target, prefix, faults, (job, found) =>
            new SideChecks(found, rules).ToTarget(job.Target!, prefix) is { } read ? new TargetRequest(read.Target, read.Secret) : null);

    /// <summary>Reads credentials that take the place of those of a job.</summary>
    public static BroughtSecrets ReadSecrets(ReadOnlyMemory<byte> body, string prefix, JobSpec spec, List<JobFault> faults) =>
        Read(body, BodyForm.Secrets, prefix, faults, (job, found) =>
        {
            var checks = new SideChecks(found, null);
            return new BroughtSecrets(
                job.Source is null ? null : checks.ToSecret(job.Source, spec.Source.Vendor, $"{prefix}/source"),
                job.Target is null ? null : checks.ToSecret(job.Target, spec.Target.Vendor, $"{prefix}/target"));
        }) ?? BroughtSecrets.None;

    private static T? Read<T>(ReadOnlyMemory<byte> body, BodyForm form, string prefix, List<JobFault> faults, Func<RawJob, JobFaults, T?> check)
        where T : class
    {
        var found = new JobFaults(faults);
        var job = JobBody.Read(body.Span, form, prefix, found);
        var value = job is null ? null : check(job, found);
        found.End();
        return found.IsEmpty ? value : null;
    }

    private static void TellMissing(RawJob job, string name, RawSide? side, string prefix, JobFaults faults)
    {
        if (side is null && !job.Present.Contains(name))
        {
            faults.Invalid($"{prefix}/{name}", """it is missing; send {"vendor":…,"bucket":…,"secret":{…}}""");
        }
    }
}
