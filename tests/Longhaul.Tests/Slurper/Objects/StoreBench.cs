using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Longhaul.Slurper.Objects;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>A server that the contract of stores is run against, and in what it differs from S3 itself.</summary>
internal sealed record StoreBench(Uri Endpoint, string AccessKeyId, string SecretAccessKey)
{
    public string Region { get; init; } = "us-east-1";

    /// <summary>A store as S3 is, before its address is known.</summary>
    public static StoreBench Unknown { get; } = new(new Uri("https://unknown.invalid"), "", "");

    /// <summary>What <c>If-None-Match: *</c> on PUT does where the key exists; null when it is ignored.</summary>
    public StoreFault? ConditionalPut { get; init; } = StoreFault.PreconditionFailed;

    /// <summary>The same on CompleteMultipartUpload.</summary>
    public StoreFault? ConditionalComplete { get; init; } = StoreFault.PreconditionFailed;

    /// <summary>False where the answer of CompleteMultipartUpload leaves the ETag out.</summary>
    public bool TellsETagOnComplete { get; init; } = true;

    public bool HasTags { get; init; } = true;

    /// <summary>False where header text beyond ASCII does not survive.</summary>
    public bool KeepsHeaderBytes { get; init; } = true;

    /// <summary>False where CopyObject does not look at the condition on its source.</summary>
    public bool PinsCopies { get; init; } = true;

    /// <summary>What completing an upload that is not there gives.</summary>
    public StoreFault UnknownUploadOnComplete { get; init; } = StoreFault.NoSuchUpload;

    /// <summary>False where the ETag of an upload in parts is not that of S3.</summary>
    public bool HasMultipartETags { get; init; } = true;

    /// <summary>True where <c>_</c> in names of metadata becomes <c>-</c>.</summary>
    public bool ReplacesUnderscores { get; init; }

    /// <summary>False where the parts of an upload can still be listed when it is completed.</summary>
    public bool ForgetsCompletedUploads { get; init; } = true;

    /// <summary>Keys that the server cannot take an upload in parts for.</summary>
    public Func<string, bool> CannotUpload { get; init; } = _ => false;

    /// <summary>Keys that the server does not find as the source of UploadPartCopy.</summary>
    public Func<string, bool> CannotCopyPartsOf { get; init; } = _ => false;

    /// <summary>Certificate to trust, or null.</summary>
    public X509Certificate2? Certificate { get; init; }

    public S3Spec Spec(string bucket) => new(bucket, Endpoint, Region, false, true, AccessKeyId, SecretAccessKey);

    public ObjectStores Open() => new(
        new StoreSettings { AllowedEndpoints = [Endpoint.GetLeftPart(UriPartial.Authority)] },
        TimeProvider.System,
        Certificate is null ? null : new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, seen, _, _) => Certificate.Equals(seen) });
}
