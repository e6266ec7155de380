using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;

namespace Longhaul.Hosting;

/// <summary>Which forms of a credential a face takes.</summary>
internal enum CredentialForms
{
    /// <summary><c>Authorization: Bearer</c> only.</summary>
    Bearer,

    /// <summary>Besides, the e-mail and key headers and the service key of Cloudflare's clients.</summary>
    Cloudflare,
}

/// <summary>What a request's credential is worth.</summary>
internal enum CredentialStatus
{
    /// <summary>There is none.</summary>
    Missing,

    /// <summary>Its header is not of the form it should have.</summary>
    Malformed,

    /// <summary>Nobody has it.</summary>
    Unknown,

    /// <summary>It belongs to <see cref="Credential.Principal"/>.</summary>
    Known,
}

/// <summary>The caller of a request.</summary>
internal readonly record struct Credential(CredentialStatus Status, string? Principal);

/// <summary>
/// Tells who calls, by the forms of <c>contracts/operations.md</c> 1.1. Secrets are compared in constant time; this runs for every poll.
/// </summary>
internal sealed class Credentials
{
    private const string RootName = "root";
    private const string RootEmail = "root@localhost";
    private const int MaxSecretLength = 512;

    private readonly byte[] _root;

    public Credentials(RootSecrets secrets) => _root = Encoding.UTF8.GetBytes(secrets.Token);

    /// <summary>The user that stands for the root credential.</summary>
    public ClaimsPrincipal Root { get; } = new(new ClaimsIdentity([new Claim(ClaimTypes.Name, RootName)], "longhaul"));

    public Credential Check(HttpContext context, CredentialForms forms)
    {
        var headers = context.Request.Headers;
        if (headers.Authorization is { Count: > 0 } authorization)
        {
            return CheckBearer(authorization.ToString());
        }

        if (forms != CredentialForms.Cloudflare)
        {
            return new Credential(CredentialStatus.Missing, null);
        }

        if (headers.TryGetValue("X-Auth-Key", out var key) | headers.TryGetValue("X-Auth-Email", out var email))
        {
            return key.Count == 0 || email.Count == 0
                ? new Credential(CredentialStatus.Malformed, null)
                : CheckSecret(key.ToString(), string.Equals(email.ToString(), RootEmail, StringComparison.OrdinalIgnoreCase));
        }

        return headers.TryGetValue("X-Auth-User-Service-Key", out var service)
            ? CheckSecret(service.ToString(), isNameRight: true)
            : new Credential(CredentialStatus.Missing, null);
    }

    private Credential CheckBearer(string header)
    {
        const string Scheme = "Bearer ";
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && header.AsSpan(Scheme.Length).Trim() is { Length: > 0 } token && !token.Contains(' ')
            ? CheckSecret(token, isNameRight: true)
            : new Credential(CredentialStatus.Malformed, null);
    }

    private Credential CheckSecret(ReadOnlySpan<char> secret, bool isNameRight)
    {
        if (secret.Length > MaxSecretLength)
        {
            return new Credential(CredentialStatus.Unknown, null);
        }

        Span<byte> bytes = stackalloc byte[MaxSecretLength * 3];
        return CryptographicOperations.FixedTimeEquals(bytes[..Encoding.UTF8.GetBytes(secret, bytes)], _root) && isNameRight
            ? new Credential(CredentialStatus.Known, RootName)
            : new Credential(CredentialStatus.Unknown, null);
    }
}
