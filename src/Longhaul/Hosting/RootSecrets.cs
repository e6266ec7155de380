using System.Buffers.Text;
using System.Security.Cryptography;

namespace Longhaul.Hosting;

/// <summary>
/// The root token and the secret key: from the environment, else made at first start in the data folder. A shared database must get
/// them from outside, since every node needs the same.
/// </summary>
internal sealed record RootSecrets(string Token, string? TokenPath)
{
    private const int MinTokenLength = 32;
    private const int KeyLength = 32;

    public static RootSecrets Load(string? token, string? secretKey, DataFolder? folder)
    {
        CheckKey(secretKey, folder);
        if (token is not null)
        {
            return token.Length >= MinTokenLength
                ? new RootSecrets(token, null)
                : throw new StartRefusedException($"LONGHAUL_TOKEN is too short: it needs at least {MinTokenLength} characters. Make one with: openssl rand -hex 32");
        }

        if (folder is null)
        {
            throw new StartRefusedException("With --database the variable LONGHAUL_TOKEN is required, the same on every node. Make one with: openssl rand -hex 32");
        }

        var made = DataFolder.ReadOrMake(folder.TokenPath, () => "lh_" + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyLength)));
        return new RootSecrets(made, folder.TokenPath);
    }

    private static void CheckKey(string? secretKey, DataFolder? folder)
    {
        if (secretKey is null && folder is null)
        {
            throw new StartRefusedException("With --database the variable LONGHAUL_SECRET_KEY is required, the same on every node. Make one with: openssl rand -base64 32");
        }

        var key = secretKey ?? DataFolder.ReadOrMake(folder!.SecretKeyPath, () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength)));
        if (!IsKey(key))
        {
            var where = secretKey is null ? folder!.SecretKeyPath : "LONGHAUL_SECRET_KEY";
            throw new StartRefusedException($"{where} is no key: it needs {KeyLength} bytes as base64 or hex. Make one with: openssl rand -base64 32");
        }
    }

    private static bool IsKey(string text)
    {
        Span<byte> bytes = stackalloc byte[KeyLength + 2];
        return (Convert.TryFromBase64String(text, bytes, out var length) && length == KeyLength)
            || (text.Length == 2 * KeyLength && text.All(char.IsAsciiHexDigit));
    }
}
