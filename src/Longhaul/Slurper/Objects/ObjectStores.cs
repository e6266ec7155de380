using System.Net.Security;

namespace Longhaul.Slurper.Objects;

/// <summary>Opens stores over one set of connections. Dispose it after everything that it opened.</summary>
internal sealed class ObjectStores : IObjectStores, IDisposable
{
    private readonly StoreHttp _http;
    private readonly TimeProvider _timeProvider;

    /// <param name="settings">The section <c>Slurper</c>; an entry of AllowedEndpoints that is none throws <see cref="ArgumentException"/>.</param>
    /// <param name="timeProvider">Clock of signatures, tokens and the patience with silent stores.</param>
    /// <param name="tls">Other TLS settings than the system's, for tests.</param>
    public ObjectStores(StoreSettings settings, TimeProvider timeProvider, SslClientAuthenticationOptions? tls = null)
    {
        Guard = new EndpointGuard(settings.AllowedEndpoints);
        _http = new StoreHttp(Guard, timeProvider, tls);
        _timeProvider = timeProvider;
    }

    /// <summary>What may be connected to.</summary>
    public EndpointGuard Guard { get; }

    public IObjectStore OpenSource(StoreSpec spec) => spec switch
    {
        S3Spec s3 => OpenTarget(s3),
        GcsSpec gcs => new GcsStore(_http, gcs, _timeProvider),
        _ => throw new ArgumentException($"no store for {spec.GetType().Name}", nameof(spec)),
    };

    public IObjectTarget OpenTarget(S3Spec spec) => new S3Store(_http, spec, _timeProvider);

    public void Dispose() => _http.Dispose();
}
