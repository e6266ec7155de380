using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Longhaul.Engine.Storage;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace Longhaul.Hosting;

/// <summary>
/// The ring of keys for secrets at rest. It lives in the database, so that every node opens what another has sealed; each key in it is
/// encrypted under the secret key of <see cref="RootSecrets"/>. Read and written a few times in the life of a process, hence by blocking.
/// </summary>
internal sealed class SecretRing(Database database, TimeProvider clock) : IXmlRepository
{
    // Two nodes that make the first key at once aim at the same slot: one of them wins, the other one reads.
    private long _nextSlot;

    public static MigrationLine Line { get; } = new("secrets", [Tables]);

    private const string Tables =
        """
        create table secret_ring (
            slot bigint primary key,
            made_at bigint not null,
            element text not null
        );
        """;

    public static void Add(IServiceCollection services)
    {
        services.AddSingleton(Line);
        services.AddSingleton<SecretRing>();
        services.AddSingleton<SecretKeyCipher>();
        services.AddDataProtection().SetApplicationName("longhaul");
        services.AddOptions<KeyManagementOptions>().Configure<SecretRing, SecretKeyCipher>((options, ring, cipher) =>
        {
            options.XmlRepository = ring;
            options.XmlEncryptor = cipher;
        });
        services.AddHostedService<SecretRingCheck>();
    }

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var rows = database.ReadOneAsync(
            (session, token) => session.Sql("select slot, element from secret_ring order by slot")
                .ListAsync(r => (Slot: r.GetInt64(0), Element: XElement.Parse(r.GetString(1))), token),
            CancellationToken.None).AsTask().GetAwaiter().GetResult();
        Volatile.Write(ref _nextSlot, rows.Count == 0 ? 0 : rows[^1].Slot + 1);
        return [.. rows.Select(r => r.Element)];
    }

    public void StoreElement(XElement element, string friendlyName) => database.WriteAsync(
        (session, token) => session.Sql("insert into secret_ring (slot, made_at, element) values (@slot, @now, @element) on conflict do nothing")
            .With("@slot", Volatile.Read(ref _nextSlot))
            .With("@now", clock.GetUtcNow().ToUnixTimeMilliseconds())
            .With("@element", element.ToString(SaveOptions.DisableFormatting))
            .ExecuteAsync(token),
        WriteWeight.Small,
        CancellationToken.None).GetAwaiter().GetResult();
}

/// <summary>Encrypts the keys of the ring under the secret key: AES-256-GCM, a fresh nonce for each.</summary>
internal sealed class SecretKeyCipher(RootSecrets secrets) : IXmlEncryptor
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    public static XName ElementName { get; } = "longhaulSealedKey";

    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var plain = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        var packed = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(packed.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(secrets.SecretKey, TagBytes);
        aes.Encrypt(packed.AsSpan(0, NonceBytes), plain, packed.AsSpan(NonceBytes + TagBytes), packed.AsSpan(NonceBytes, TagBytes));
        CryptographicOperations.ZeroMemory(plain);
        return new EncryptedXmlInfo(new XElement(ElementName, Convert.ToBase64String(packed)), typeof(SecretKeyOpener));
    }

    /// <summary>Opens what <see cref="Encrypt"/> has made.</summary>
    /// <exception cref="CryptographicException">It was sealed under another key, or is damaged.</exception>
    public XElement Open(XElement element)
    {
        var packed = Convert.FromBase64String(element.Value);
        var plain = new byte[packed.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(secrets.SecretKey, TagBytes);
        aes.Decrypt(packed.AsSpan(0, NonceBytes), packed.AsSpan(NonceBytes + TagBytes), packed.AsSpan(NonceBytes, TagBytes), plain);
        return XElement.Parse(Encoding.UTF8.GetString(plain));
    }
}

/// <summary>What the framework makes by name to open a key of the ring; the name stands in the database.</summary>
internal sealed class SecretKeyOpener(IServiceProvider services) : IXmlDecryptor
{
    public XElement Decrypt(XElement encryptedElement) => services.GetRequiredService<SecretKeyCipher>().Open(encryptedElement);
}

/// <summary>Stops the start where the secret key does not open the ring, and has the first key made before anybody needs it.</summary>
internal sealed class SecretRingCheck(SecretRing ring, SecretKeyCipher cipher, SecretBox box, RootSecrets secrets) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var element in ring.GetAllElements().SelectMany(e => e.DescendantsAndSelf(SecretKeyCipher.ElementName)))
            {
                cipher.Open(element);
            }

            box.Open(box.Seal([1, 2, 3]));
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            throw new StartRefusedException(string.Create(
                CultureInfo.InvariantCulture,
                $"{secrets.KeySource} does not open the secrets in the database: they were sealed under another key. Start with the key that was used before."));
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>Seals secrets for the database.</summary>
internal sealed class SecretBox(IDataProtectionProvider provider)
{
    private readonly IDataProtector _protector = provider.CreateProtector("longhaul.secrets");

    public byte[] Seal(byte[] plain) => _protector.Protect(plain);

    /// <exception cref="CryptographicException">The key that sealed it is gone.</exception>
    public byte[] Open(byte[] packed) => _protector.Unprotect(packed);
}
