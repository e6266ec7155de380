namespace Longhaul.Slurper.Objects;

/// <summary>Everything needed to reach a bucket.</summary>
internal abstract record StoreSpec(string Bucket);

/// <summary>A bucket of an S3-compatible store (vendors <c>s3</c> and <c>r2</c>).</summary>
/// <param name="Bucket">Its name.</param>
/// <param name="Endpoint">Scheme, host, port and perhaps a path; of R2 and AWS already resolved.</param>
/// <param name="Region">Region to sign for.</param>
/// <param name="IsAws">True for AWS itself: virtual hosts, and region redirects inside AWS hosts are followed.</param>
/// <param name="IsPathStyle">True where the bucket stands in the path.</param>
/// <param name="AccessKeyId">Credential.</param>
/// <param name="SecretAccessKey">Credential.</param>
internal sealed record S3Spec(
    string Bucket, Uri Endpoint, string Region, bool IsAws, bool IsPathStyle, string AccessKeyId, string SecretAccessKey) : StoreSpec(Bucket)
{
    public override string ToString() => $"s3 bucket {Bucket}";
}

/// <summary>A bucket of Google Cloud Storage, for reading.</summary>
/// <param name="Bucket">Its name.</param>
/// <param name="Endpoint">Of the XML API.</param>
/// <param name="TokenEndpoint">Where the signed assertion becomes an access token.</param>
/// <param name="ClientEmail">Of the service account.</param>
/// <param name="PrivateKey">PEM of the service account.</param>
internal sealed record GcsSpec(string Bucket, Uri Endpoint, Uri TokenEndpoint, string ClientEmail, string PrivateKey) : StoreSpec(Bucket)
{
    public override string ToString() => $"gcs bucket {Bucket}";
}

/// <summary>Opens stores. One per process: it holds the connections.</summary>
internal interface IObjectStores
{
    /// <summary>Opens a bucket for reading; makes no request.</summary>
    IObjectStore OpenSource(StoreSpec spec);

    /// <summary>Opens a bucket for writing; makes no request.</summary>
    IObjectTarget OpenTarget(S3Spec spec);
}
