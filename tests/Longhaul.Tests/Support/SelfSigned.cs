using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Longhaul.Tests.Support;

/// <summary>Certificates as an operator makes them for his own clients.</summary>
public static class SelfSigned
{
    public const string CertificateOption = "LONGHAUL_Kestrel__Certificates__Default__Path";
    public const string KeyOption = "LONGHAUL_Kestrel__Certificates__Default__KeyPath";

    /// <summary>Writes <c>name.pem</c> and <c>name.key</c> for 127.0.0.1 into a folder; returns the certificate without its key.</summary>
    public static X509Certificate2 Make(TempFolder folder, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(folder[$"{name}.pem"], certificate.ExportCertificatePem());
        File.WriteAllText(folder[$"{name}.key"], key.ExportPkcs8PrivateKeyPem());
        return X509CertificateLoader.LoadCertificate(certificate.RawData);
    }
}

/// <summary>A server that listens on http and, with a certificate of its own, on https.</summary>
public abstract class HttpsServerFixture(DatabaseUnderTest database) : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private ServerPlace? _place;
    private LonghaulProcess? _server;

    public Uri Http => _server!.Address;

    public Uri Https { get; private set; } = new("https://127.0.0.1:1");

    /// <summary>The certificate to trust, as PEM.</summary>
    public string CertificatePath => _folder["server.pem"];

    public async ValueTask InitializeAsync()
    {
        SelfSigned.Make(_folder, "server").Dispose();
        _place = ServerPlace.For(database);
        _server = await LonghaulProcess.ServeOnAsync(
            "http://127.0.0.1:0;https://127.0.0.1:0", _place, (SelfSigned.CertificateOption, CertificatePath), (SelfSigned.KeyOption, _folder["server.key"]));
        Https = await _server.ReadNextAddressAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _place!.Dispose();
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }
}

public sealed class HttpsOnSqlite() : HttpsServerFixture(DatabaseUnderTest.Sqlite);

public sealed class HttpsOnPostgres() : HttpsServerFixture(DatabaseUnderTest.Postgres);
