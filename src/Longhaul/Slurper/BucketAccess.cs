using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper;

/// <summary>Reaches buckets by the stores of this process.</summary>
internal sealed class BucketAccess(ObjectStores stores, StoreResolver resolver, Connectivity connectivity) : IBucketAccess, IEndpointRules
{
    public string? FindRefusal(Uri endpoint) => stores.Guard.FindRefusal(endpoint);

    public StoreSpec ResolveSource(string account, JobSource source, StoreSecret secret)
    {
        var isGcs = source.Vendor == "gcs";
        return Resolve(account, new StoreFields(source.Vendor, source.Bucket)
        {
            Endpoint = source.Endpoint,
            Region = source.Region,
            Jurisdiction = source.Jurisdiction,
            AccessKeyId = isGcs ? null : secret.Id,
            SecretAccessKey = isGcs ? null : secret.Key,
            ClientEmail = isGcs ? secret.Id : null,
            PrivateKey = isGcs ? secret.Key : null,
        });
    }

    public S3Spec ResolveTarget(string account, JobTarget target, StoreSecret secret) => (S3Spec)Resolve(account, new StoreFields(target.Vendor, target.Bucket)
    {
        Endpoint = target.Endpoint,
        Region = target.Region,
        Jurisdiction = target.Jurisdiction,
        AccessKeyId = secret.Id,
        SecretAccessKey = secret.Key,
    });

    public IObjectStore OpenSource(StoreSpec spec) => stores.OpenSource(spec);

    public IObjectTarget OpenTarget(S3Spec spec) => stores.OpenTarget(spec);

    public async Task<string?> CheckSourceAsync(StoreSpec spec, string? prefix, string? firstKey, CancellationToken cancellationToken)
    {
        using var store = stores.OpenSource(spec);
        return await connectivity.CheckSourceAsync(store, prefix, firstKey is null ? null : [firstKey], cancellationToken);
    }

    public async Task<string?> CheckTargetAsync(S3Spec spec, CancellationToken cancellationToken)
    {
        using var store = stores.OpenTarget(spec);
        return await connectivity.CheckTargetAsync(store, cancellationToken);
    }

    public async Task<bool> ProbeConditionalCreateAsync(S3Spec spec, CancellationToken cancellationToken)
    {
        using var store = stores.OpenTarget(spec);
        return await connectivity.ProbeConditionalCreateAsync(store, cancellationToken);
    }

    // What the reader of a request lets through, or what was stored, but cannot be reached as things are configured now.
    private StoreSpec Resolve(string account, StoreFields fields)
    {
        var found = resolver.Resolve(account, fields);
        return found.Spec ?? throw new StoreException(
            StoreFault.AddressRefused,
            null,
            null,
            found is { IsRefused: true, Endpoint: { } endpoint }
                ? $"endpoint not allowed: {endpoint.Host}; add it to Slurper:AllowedEndpoints ({found.Reason})"
                : $"{found.Member}: {found.Reason}");
    }
}
