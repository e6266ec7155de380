namespace Longhaul.Slurper.Objects;

/// <summary>The fields of a job's source or target that say where it is and who asks; null where the job has none.</summary>
/// <param name="Vendor"><c>s3</c>, <c>gcs</c> or <c>r2</c>.</param>
/// <param name="Bucket">Name of the bucket.</param>
internal sealed record StoreFields(string Vendor, string Bucket)
{
    public string? Endpoint { get; init; }

    public string? Region { get; init; }

    public string? Jurisdiction { get; init; }

    public string? AccessKeyId { get; init; }

    public string? SecretAccessKey { get; init; }

    public string? ClientEmail { get; init; }

    public string? PrivateKey { get; init; }

    public override string ToString() => $"{Vendor} bucket {Bucket}";
}

/// <summary>What became of <see cref="StoreFields"/>: a store, or the field that is wrong.</summary>
/// <param name="Spec">The store, or null.</param>
/// <param name="Endpoint">Where it is; null when a field is wrong.</param>
/// <param name="Member">The field that is wrong, as it is called on the wire (<c>secret/accessKeyId</c>), or null.</param>
/// <param name="Reason">What is wrong with it, or null.</param>
/// <param name="IsRefused">True when the endpoint is well written and not allowed, which has an error of its own (19113).</param>
internal sealed record StoreResolution(StoreSpec? Spec, Uri? Endpoint, string? Member, string? Reason, bool IsRefused)
{
    public static StoreResolution Of(StoreSpec spec, Uri endpoint) => new(spec, endpoint, null, null, false);

    public static StoreResolution Wrong(string member, string reason) => new(null, null, member, reason, false);

    public static StoreResolution Refused(string member, Uri endpoint, string reason) => new(null, endpoint, member, reason, true);
}
