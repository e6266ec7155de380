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

    /// <summary>Besides Bearer, the query parameter <c>access_token</c>, since browsers' EventSource cannot set headers.</summary>
    EventStream,
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

    /// <summary>It belongs to <see cref="Credential.Caller"/>.</summary>
    Known,
}

/// <summary>The caller of a request; there when the status is <see cref="CredentialStatus.Known"/>.</summary>
internal readonly record struct Credential(CredentialStatus Status, Caller? Caller)
{
    public static Credential Missing => new(CredentialStatus.Missing, null);

    public static Credential Malformed => new(CredentialStatus.Malformed, null);

    public static Credential Unknown => new(CredentialStatus.Unknown, null);
}

/// <summary>
/// Tells who calls, by the forms of <c>contracts/operations.md</c> 1.1. The root secret is compared in constant time, others are looked
/// up by their hash; this runs for every poll and allocates nothing.
/// </summary>
internal sealed class Credentials
{
    private const int MaxSecretLength = 512;

    private readonly byte[] _rootSecret;
    private readonly Caller _root = Caller.Root();
    private readonly TokenBook _tokens;

    public Credentials(RootSecrets secrets, TokenBook tokens)
    {
        _rootSecret = Encoding.UTF8.GetBytes(secrets.Token);
        _tokens = tokens;
    }

    public Credential Check(HttpContext context, CredentialForms forms)
    {
        var headers = context.Request.Headers;
        if (headers.Authorization is { Count: > 0 } authorization)
        {
            return CheckBearer(authorization.ToString());
        }

        return forms switch
        {
            CredentialForms.Cloudflare => CheckCloudflare(headers),
            CredentialForms.EventStream when context.Request.Query.TryGetValue("access_token", out var token) => CheckSecret(token.ToString(), null),
            _ => Credential.Missing,
        };
    }

    /// <summary>The caller that a secret belongs to, or null.</summary>
    public Caller? Find(ReadOnlySpan<char> secret) => CheckSecret(secret, null).Caller;

    /// <summary>The same for a secret with a name, bare or as an e-mail; null also when the secret is right and the name is not.</summary>
    public Caller? Find(string name, ReadOnlySpan<char> secret) => CheckSecret(secret, name.Contains('@') ? name : $"{name}@localhost").Caller;

    /// <summary>What a face may keep to know a caller again; it holds for nobody once the secret is another.</summary>
    public byte[] ProofOf(Caller caller) => ReferenceEquals(caller, _root) ? SHA256.HashData([.. "longhaul session\n"u8, .. _rootSecret]) : [];

    /// <summary>The caller that operations name so, when it still has the credential that the proof was made of; else null.</summary>
    public Caller? FindAgain(string submitsAs, byte[] proof)
    {
        var caller = submitsAs == _root.SubmitsAs ? _root : _tokens.FindNamed(submitsAs);
        return caller is not null && CryptographicOperations.FixedTimeEquals(proof, ProofOf(caller)) ? caller : null;
    }

    private Credential CheckBearer(string header)
    {
        const string Scheme = "Bearer ";
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && header.AsSpan(Scheme.Length).Trim() is { Length: > 0 } token && !token.Contains(' ')
            ? CheckSecret(token, null)
            : Credential.Malformed;
    }

    private Credential CheckCloudflare(IHeaderDictionary headers)
    {
        if (headers.TryGetValue("X-Auth-Key", out var key) | headers.TryGetValue("X-Auth-Email", out var email))
        {
            return key.Count == 0 || email.Count == 0 ? Credential.Malformed : CheckSecret(key.ToString(), email.ToString());
        }

        return headers.TryGetValue("X-Auth-User-Service-Key", out var service) ? CheckSecret(service.ToString(), null) : Credential.Missing;
    }

    /// <summary>A right secret with another e-mail than its own belongs to nobody.</summary>
    private Credential CheckSecret(ReadOnlySpan<char> secret, string? email)
    {
        if (secret.Length > MaxSecretLength)
        {
            return Credential.Unknown;
        }

        Span<byte> buffer = stackalloc byte[MaxSecretLength * 3];
        ReadOnlySpan<byte> bytes = buffer[..Encoding.UTF8.GetBytes(secret, buffer)];
        var caller = CryptographicOperations.FixedTimeEquals(bytes, _rootSecret) ? _root : _tokens.Find(bytes);
        return caller is not null && (email is null || string.Equals(email, caller.Email, StringComparison.OrdinalIgnoreCase))
            ? new Credential(CredentialStatus.Known, caller)
            : Credential.Unknown;
    }
}
