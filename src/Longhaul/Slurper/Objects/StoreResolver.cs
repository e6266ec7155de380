using System.Text.RegularExpressions;

namespace Longhaul.Slurper.Objects;

/// <summary>Makes a store of the fields of a job, by the rules of sections 4.2 to 4.4, and says which field is wrong.</summary>
internal sealed partial class StoreResolver(StoreSettings settings, EndpointGuard guard)
{
    private const string DefaultGcsEndpoint = "https://storage.googleapis.com";
    private const string DefaultGcsTokenEndpoint = "https://oauth2.googleapis.com/token";
    private const int MaxBucketLength = 255;

    /// <summary>Resolves a source or target of an account.</summary>
    public StoreResolution Resolve(string account, StoreFields fields) =>
        FindBucketFault(fields.Bucket) is { } fault
            ? StoreResolution.Wrong("bucket", fault)
            : fields.Vendor switch
            {
                "s3" => ResolveS3(fields),
                "r2" => ResolveR2(account, fields),
                "gcs" => ResolveGcs(fields),
                _ => StoreResolution.Wrong("vendor", "must be s3, gcs or r2"),
            };

    private StoreResolution ResolveS3(StoreFields fields)
    {
        if (fields.Region is { } given && !SigningRegion().IsMatch(given))
        {
            return StoreResolution.Wrong("region", "must be the name of a region: letters, digits and dashes");
        }

        if (fields.Endpoint is null)
        {
            var awsRegion = fields.Region ?? "us-east-1";
            return S3Route.IsRegion(awsRegion)
                ? Aws(fields, S3Route.AwsEndpoint(awsRegion), awsRegion)
                : StoreResolution.Wrong("region", "must be the name of an AWS region, such as eu-central-1");
        }

        // Without "://" a path would be read as an address of the file system.
        if (!fields.Endpoint.Contains("://", StringComparison.Ordinal) || !Uri.TryCreate(fields.Endpoint, UriKind.Absolute, out var endpoint)
            || endpoint.UserInfo.Length > 0 || endpoint.Query.Length > 0 || endpoint.Fragment.Length > 0
            || fields.Endpoint.Contains('#', StringComparison.Ordinal) || fields.Endpoint.Contains('?', StringComparison.Ordinal))
        {
            return StoreResolution.Wrong("endpoint", "must be an absolute address without user, query and fragment, such as https://host");
        }

        var aws = AwsHost().Match(endpoint.IdnHost);
        return aws.Success
            ? Aws(fields, endpoint, fields.Region ?? (aws.Groups[1].Success ? aws.Groups[1].Value : "us-east-1"))
            : S3(fields, endpoint, fields.Region ?? "auto", isAws: false, isPathStyle: true);
    }

    private StoreResolution ResolveR2(string account, StoreFields fields)
    {
        var jurisdiction = fields.Jurisdiction ?? "default";
        if (!Jurisdiction().IsMatch(jurisdiction))
        {
            return StoreResolution.Wrong("jurisdiction", "must be default, eu, fedramp or us");
        }

        // Host names have no upper case and no underscore; an account that has one has no host at Cloudflare anyway.
        var template = settings.R2Endpoint
            ?? (jurisdiction == "default" ? "https://{account}.r2.cloudflarestorage.com" : "https://{account}.{jurisdiction}.r2.cloudflarestorage.com");
        var text = template
            .Replace("{account}", Uri.EscapeDataString(account), StringComparison.Ordinal)
            .Replace("{jurisdiction}", jurisdiction, StringComparison.Ordinal);
        return Uri.TryCreate(text, UriKind.Absolute, out var endpoint)
            ? S3(fields, endpoint, "auto", isAws: false, isPathStyle: true)
            : StoreResolution.Wrong("vendor", "r2 has no address for this account: see Slurper:R2Endpoint");
    }

    private StoreResolution ResolveGcs(StoreFields fields)
    {
        if (fields.ClientEmail is not { Length: > 0 } email)
        {
            return StoreResolution.Wrong("secret/clientEmail", "is required");
        }

        if (fields.PrivateKey is not { Length: > 0 } key)
        {
            return StoreResolution.Wrong("secret/privateKey", "is required");
        }

        var endpoint = new Uri(settings.GcsEndpoint ?? DefaultGcsEndpoint);
        var tokenEndpoint = new Uri(settings.GcsTokenEndpoint ?? DefaultGcsTokenEndpoint);
        return (guard.FindRefusal(endpoint) ?? guard.FindRefusal(tokenEndpoint)) is { } reason
            ? StoreResolution.Refused("vendor", endpoint, reason)
            : StoreResolution.Of(new GcsSpec(fields.Bucket, endpoint, tokenEndpoint, email, key), endpoint);
    }

    // The bucket is part of the host where it can be: dots in it would not be covered by the certificate.
    private StoreResolution Aws(StoreFields fields, Uri endpoint, string region) =>
        S3(fields, endpoint, region, isAws: true, isPathStyle: !HostLabel().IsMatch(fields.Bucket));

    private StoreResolution S3(StoreFields fields, Uri endpoint, string region, bool isAws, bool isPathStyle)
    {
        if (fields.AccessKeyId is not { Length: > 0 } accessKeyId || !accessKeyId.All(c => c is > ' ' and <= '~'))
        {
            return StoreResolution.Wrong("secret/accessKeyId", "is required, in printable ASCII");
        }

        if (fields.SecretAccessKey is not { Length: > 0 } secret)
        {
            return StoreResolution.Wrong("secret/secretAccessKey", "is required");
        }

        return guard.FindRefusal(endpoint) is { } reason
            ? StoreResolution.Refused(fields.Vendor == "r2" ? "vendor" : "endpoint", endpoint, reason)
            : StoreResolution.Of(new S3Spec(fields.Bucket, endpoint, region, isAws, isPathStyle, accessKeyId, secret), endpoint);
    }

    private static string? FindBucketFault(string bucket) =>
        bucket.Length is 0 or > MaxBucketLength || bucket is "." or ".." || bucket.Any(c => c == '/' || char.IsControl(c))
            ? "must be 1 to 255 characters, no slash and no control characters"
            : null;

    [GeneratedRegex("^[A-Za-z0-9-]{1,64}$")]
    private static partial Regex SigningRegion();

    [GeneratedRegex("^(default|eu|fedramp|us)$")]
    private static partial Regex Jurisdiction();

    [GeneratedRegex(@"^s3(?:[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com(?:\.cn)?$")]
    private static partial Regex AwsHost();

    [GeneratedRegex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")]
    private static partial Regex HostLabel();
}
