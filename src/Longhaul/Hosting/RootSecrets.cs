using System.Buffers.Text;
using System.Security.Cryptography;

namespace Longhaul.Hosting;

/// <summary>
/// The root token and the secret key: from the environment, else made at first start in the data folder. A shared database must get
/// them from outside, since every node needs the same.
/// </summary>
internal sealed class RootSecrets
{
    private const int MinTokenLength = 32;
    private const int KeyLength = 32;

    private RootSecrets(string token, string? tokenPath, byte[] secretKey, string keySource)
    {
        Token = token;
        TokenPath = tokenPath;
        SecretKey = secretKey;
        KeySource = keySource;
    }

    public string Token { get; }

    /// <summary>Where the token was written to; null when it came from the environment.</summary>
    public string? TokenPath { get; }

    /// <summary>32 bytes that open the ring of keys in the database.</summary>
    public byte[] SecretKey { get; }

    /// <summary>Where the secret key came from, for people.</summary>
    public string KeySource { get; }

    public static RootSecrets Load(string? token, string? secretKey, DataFolder? folder)
    {
        var (key, source) = LoadKey(secretKey, folder);
        if (token is not null)
        {
            return token.Length >= MinTokenLength
                ? new RootSecrets(token, null, key, source)
                : throw new StartRefusedException($"LONGHAUL_TOKEN is too short: it needs at least {MinTokenLength} characters. Make one with: openssl rand -hex 32");
        }

        if (folder is null)
        {
            throw new StartRefusedException("With --database the variable LONGHAUL_TOKEN is required, the same on every node. Make one with: openssl rand -hex 32");
        }

        var made = DataFolder.ReadOrMake(folder.TokenPath, () => "lh_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyLength)));
        return new RootSecrets(made, folder.TokenPath, key, source);
    }

    private static (byte[] Key, string Source) LoadKey(string? secretKey, DataFolder? folder)
    {
        if (secretKey is null && folder is null)
        {
            throw new StartRefusedException("With --database the variable LONGHAUL_SECRET_KEY is required, the same on every node. Make one with: openssl rand -base64 32");
        }

        var source = secretKey is null ? folder!.SecretKeyPath : "LONGHAUL_SECRET_KEY";
        var text = secretKey ?? DataFolder.ReadOrMake(folder!.SecretKeyPath, () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength)));
        return (Decode(text) ?? throw new StartRefusedException(
            $"{source} is no key: it needs {KeyLength} bytes as base64 or hex. Make one with: openssl rand -base64 32"), source);
    }

    private static byte[]? Decode(string text)
    {
        var bytes = new byte[KeyLength + 2];
        if (Convert.TryFromBase64String(text, bytes, out var length) && length == KeyLength)
        {
            return bytes[..KeyLength];
        }

        return text.Length == 2 * KeyLength && text.All(char.IsAsciiHexDigit) ? Convert.FromHexString(text) : null;
    }
}
