using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Longhaul.Hosting;

/// <summary>
/// The certificate for https. Kestrel takes it from its own configuration; here it is looked at first, so that a person is told which file
/// is wrong and how it should be.
/// </summary>
internal static class ServerCertificate
{
    /// <summary>What to do when there is none.</summary>
    public const string Advice =
        "Set LONGHAUL_Kestrel__Certificates__Default__Path to a certificate and LONGHAUL_Kestrel__Certificates__Default__KeyPath to its private key, both PEM files.";

    private const string Section = "Kestrel:Certificates:Default";

    /// <summary>Lets relative paths start from the current folder, as those of the command line do, and reads the certificate once.</summary>
    /// <exception cref="StartRefusedException">It cannot be read, or its key does not belong to it.</exception>
    public static void Check(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        var (path, keyPath) = (Resolve(section, "Path"), Resolve(section, "KeyPath"));
        if (path is null)
        {
            return;
        }

        try
        {
            using var certificate = Load(path, keyPath, section["Password"]);
            if (!certificate.HasPrivateKey)
            {
                throw new StartRefusedException($"The certificate in {path} has no private key with it. {Advice}");
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            var key = keyPath is null ? "" : $" with the key in {keyPath}";
            throw new StartRefusedException($"The certificate in {path}{key} cannot be used: {Why(exception)}. {Advice}");
        }
    }

    // Without the name of the parameter that the runtime puts behind it.
    private static string Why(Exception exception) => exception.Message.Split(" (Parameter", 2)[0].TrimEnd('.');

    private static X509Certificate2 Load(string path, string? keyPath, string? password)
    {
        if (keyPath is null)
        {
            return X509CertificateLoader.LoadPkcs12FromFile(path, password);
        }

        return password is null
            ? X509Certificate2.CreateFromPemFile(path, keyPath)
            : X509Certificate2.CreateFromEncryptedPemFile(path, password, keyPath);
    }

    private static string? Resolve(IConfigurationSection section, string name)
    {
        if (section[name] is not { Length: > 0 } path)
        {
            return null;
        }

        section[name] = Path.GetFullPath(path);
        return section[name];
    }
}
