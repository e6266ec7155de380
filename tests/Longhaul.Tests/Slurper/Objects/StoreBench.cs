using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>A server that the contract of stores is run against, and in what it differs from S3 itself.</summary>
internal sealed record StoreBench(Uri Endpoint, string AccessKeyId, string SecretAccessKey)
{
    public string Region { get; init; } = "us-east-1";

    /// <summary>What <c>If-None-Match: *</c> on PUT does where the key exists; null when it is ignored.</summary>
    public StoreFault? ConditionalPut { get; init; } = StoreFault.PreconditionFailed;

    /// <summary>The same on CompleteMultipartUpload.</summary>
    public StoreFault? ConditionalComplete { get; init; } = StoreFault.PreconditionFailed;

    /// <summary>False where the answer of CompleteMultipartUpload leaves the ETag out.</summary>
    public bool TellsETagOnComplete { get; init; } = true;

    public bool HasTags { get; init; } = true;

    /// <summary>False where header text beyond ASCII does not survive.</summary>
    public bool KeepsHeaderBytes { get; init; } = true;

    /// <summary>Keys that the server cannot hold.</summary>
    public IReadOnlyList<string> ImpossibleKeys { get; init; } = [];

    public S3Spec Spec(string bucket) => new(bucket, Endpoint, Region, false, true, AccessKeyId, SecretAccessKey);

    public ObjectStores Open() => new(new StoreSettings { AllowedEndpoints = [Endpoint.GetLeftPart(UriPartial.Authority)] }, TimeProvider.System);
}
