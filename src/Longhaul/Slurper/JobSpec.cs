using System.Text.Json.Serialization;

namespace Longhaul.Slurper;

/// <summary>What a job was asked for, without its secrets.</summary>
internal sealed record JobSpec
{
    public required JobSource Source { get; init; }

    public required JobTarget Target { get; init; }

    /// <summary>False keeps objects that exist at the target.</summary>
    public bool Overwrite { get; init; } = true;

    /// <summary>Shown by the operations API only.</summary>
    public string? Name { get; init; }
}

/// <summary>Where objects come from; members that the vendor does not have are null.</summary>
internal sealed record JobSource
{
    /// <summary><c>s3</c>, <c>gcs</c> or <c>r2</c>.</summary>
    public required string Vendor { get; init; }

    public required string Bucket { get; init; }

    public string? Endpoint { get; init; }

    public string? Region { get; init; }

    public string? Jurisdiction { get; init; }

    public string? PathPrefix { get; init; }

    /// <summary>The only keys to copy, without duplicates and in the order in which they were given; null for all.</summary>
    public IReadOnlyList<string>? Keys { get; init; }

    /// <summary>The first of the keys, or null.</summary>
    [JsonIgnore]
    public string? FirstKey => Keys is [var first, ..] ? first : null;
}

/// <summary>Where objects go.</summary>
internal sealed record JobTarget
{
    /// <summary><c>r2</c> or <c>s3</c>.</summary>
    public required string Vendor { get; init; }

    public required string Bucket { get; init; }

    public string? Endpoint { get; init; }

    public string? Region { get; init; }

    public string? Jurisdiction { get; init; }
}

/// <summary>A pair of credentials: access key id and secret access key, or client e-mail and private key.</summary>
internal sealed record StoreSecret(string Id, string Key)
{
    public override string ToString() => "(secret)";
}

/// <summary>The credentials of a job.</summary>
internal sealed record JobSecrets(StoreSecret Source, StoreSecret Target)
{
    public override string ToString() => "(secrets)";
}

/// <summary>A create request that was read and found well formed.</summary>
internal sealed record JobRequest(JobSpec Spec, JobSecrets Secrets);

/// <summary>Credentials that a resume or a retry brings; null for a side that keeps its own.</summary>
internal sealed record BroughtSecrets(StoreSecret? Source, StoreSecret? Target)
{
    public static BroughtSecrets None { get; } = new(null, null);
}

/// <summary>Something wrong with a request.</summary>
/// <param name="Code">The face's code, see <see cref="FaultCodes"/>.</param>
/// <param name="Message">One sentence that names the thing and the way out; never a secret.</param>
/// <param name="Pointer">JSON Pointer into the body, or null.</param>
internal sealed record JobFault(int Code, string Message, string? Pointer);

/// <summary>Codes of what may be wrong with a request, from section 12 of the contract.</summary>
internal static class FaultCodes
{
    public const int InvalidJson = 19110;
    public const int InvalidMember = 19111;
    public const int ConnectivityFailed = 19112;
    public const int EndpointNotAllowed = 19113;
}
