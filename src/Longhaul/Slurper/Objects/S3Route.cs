using System.Text.RegularExpressions;

namespace Longhaul.Slurper.Objects;

/// <summary>Where a bucket is reached and for which region requests are signed.</summary>
/// <param name="Origin">Scheme, host and port.</param>
/// <param name="Host">What the Host header says.</param>
/// <param name="Path">What stands before <c>/key</c>: nothing, or path and bucket.</param>
/// <param name="Region">Region to sign for.</param>
internal sealed partial record S3Route(string Origin, string Host, string Path, string Region)
{
    /// <summary>The route that a job's fields give.</summary>
    public static S3Route Of(S3Spec spec) => Of(spec, spec.Endpoint, spec.Region);

    /// <summary>
    /// The route to the same bucket in another region of AWS, whose host is worked out here and not taken from any answer; null when the
    /// text is not a region.
    /// </summary>
    public static S3Route? InRegion(S3Spec spec, string region) =>
        RegionName().IsMatch(region) ? Of(spec, AwsEndpoint(region), region) : null;

    /// <summary>The endpoint of S3 in a region.</summary>
    public static Uri AwsEndpoint(string region) =>
        new($"https://s3.{region}.amazonaws.com{(region.StartsWith("cn-", StringComparison.Ordinal) ? ".cn" : "")}");

    /// <summary>True for a text that may be a region.</summary>
    public static bool IsRegion(string text) => RegionName().IsMatch(text);

    private static S3Route Of(S3Spec spec, Uri endpoint, string region)
    {
        var port = endpoint.IsDefaultPort ? "" : ":" + ObjectPath.Number(endpoint.Port);
        var host = (spec.IsPathStyle ? "" : spec.Bucket + ".") + (endpoint.HostNameType == UriHostNameType.Dns ? endpoint.IdnHost : endpoint.Host) + port;
        var path = endpoint.AbsolutePath.TrimEnd('/') + (spec.IsPathStyle ? "/" + ObjectPath.EncodeQuery(spec.Bucket) : "");
        return new S3Route($"{endpoint.Scheme}://{host}", host, path, region);
    }

    [GeneratedRegex("^[a-z0-9-]{1,32}$")]
    private static partial Regex RegionName();
}
