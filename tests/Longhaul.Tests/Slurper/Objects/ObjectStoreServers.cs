using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Longhaul.Slurper.Objects;
using Longhaul.Tests.Support;
using Longhaul.TestStores;

namespace Longhaul.Tests.Slurper.Objects;

/// <summary>The store in memory, which checks every signature.</summary>
public abstract class ObjectStoreInMemory(TestStoreOptions options) : ObjectStoreContract, IAsyncDisposable
{
    private TestStore? _server;

    private protected abstract StoreBench Traits { get; }

    private protected override async Task<StoreBench> StartAsync()
    {
        _server = await TestStore.StartAsync(options);
        return Traits with { Endpoint = _server.Address, AccessKeyId = Credentials.DefaultId, SecretAccessKey = Credentials.DefaultSecret };
    }

    public new async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _server!.DisposeAsync();
        options.Certificate?.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>As AWS: over TLS, where alone a body may be unsigned.</summary>
public sealed class ObjectStoreLikeAws() : ObjectStoreInMemory(new() { Certificate = Certificates.Make() })
{
    private protected override StoreBench Traits => StoreBench.Unknown with { Certificate = Certificates.Public };
}

/// <summary>As R2: no chunk-signed bodies, equal parts, ETags of uploads that cannot be foretold.</summary>
public sealed class ObjectStoreLikeR2() : ObjectStoreInMemory(TestStoreOptions.R2Like())
{
    private protected override StoreBench Traits => StoreBench.Unknown with { Region = "auto", HasTags = false, HasMultipartETags = false };
}

public sealed class ObjectStoreLikeRgw() : ObjectStoreInMemory(TestStoreOptions.RgwLike())
{
    private protected override StoreBench Traits => StoreBench.Unknown with { ConditionalComplete = null, TellsETagOnComplete = false, PinsCopies = false };
}

public sealed class ObjectStoreLikeSwift() : ObjectStoreInMemory(TestStoreOptions.SwiftLike())
{
    private protected override StoreBench Traits => StoreBench.Unknown with { ConditionalPut = StoreFault.NotImplemented, HasTags = false };
}

/// <summary>A store of the first listing only, that does not encode keys either.</summary>
public sealed class ObjectStoreThatListsByMarkers() : ObjectStoreInMemory(
    new() { SupportsListV2 = false, SupportsUrlEncoding = false, AllowUnsignedPayloadOverHttp = true })
{
    private protected override StoreBench Traits => StoreBench.Unknown;
}

/// <summary>A store whose second listing does not know start-after.</summary>
public sealed class ObjectStoreWithoutStartAfter() : ObjectStoreInMemory(new() { SupportsStartAfter = false, AllowUnsignedPayloadOverHttp = true })
{
    private protected override StoreBench Traits => StoreBench.Unknown;
}

public sealed class ObjectStoreOnCeph : ObjectStoreContract
{
    private protected override Task<StoreBench> StartAsync() => Task.FromResult(new StoreBench(CephRgw.Address, CephRgw.KeyId, CephRgw.Secret)
    {
        ConditionalComplete = null,
        TellsETagOnComplete = false,
        PinsCopies = false,
        UnknownUploadOnComplete = StoreFault.Passing,
        ReplacesUnderscores = true,

        // It decodes x-amz-copy-source twice there.
        CannotCopyPartsOf = key => key.Contains('%', StringComparison.Ordinal),
    });
}

public sealed class ObjectStoreOnSwift : ObjectStoreContract
{
    private protected override Task<StoreBench> StartAsync() => Task.FromResult(new StoreBench(SwiftS3.Address, SwiftS3.KeyId, SwiftS3.Secret)
    {
        ConditionalPut = StoreFault.NotImplemented,
        HasTags = false,
        ReplacesUnderscores = true,
        KeepsHeaderBytes = false,
        ForgetsCompletedUploads = false,

        // The upload's id is part of the name of an object of its own, whose length is bounded too.
        CannotUpload = key => key.Length > 1000 || key.Contains('\u0001', StringComparison.Ordinal),
    });
}

internal static class Certificates
{
    private static readonly Lazy<(X509Certificate2 Public, byte[] Pfx)> Shared = new(() =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=store", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return (X509CertificateLoader.LoadCertificate(made.RawData), made.Export(X509ContentType.Pfx));
    });

    public static X509Certificate2 Public => Shared.Value.Public;

    /// <summary>One with its key, for a server on 127.0.0.1.</summary>
    public static X509Certificate2 Make() => X509CertificateLoader.LoadPkcs12(Shared.Value.Pfx, null);
}
