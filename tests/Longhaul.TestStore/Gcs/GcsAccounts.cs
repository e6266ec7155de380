using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Longhaul.TestStores.Gcs;

/// <summary>A service account as its JSON file has it.</summary>
public sealed record ServiceAccount(string ClientEmail, string PrivateKey)
{
    public string ToJson(Uri tokenUri) => new JsonObject
    {
        ["type"] = "service_account",
        ["project_id"] = "longhaul-test",
        ["client_email"] = ClientEmail,
        ["private_key"] = PrivateKey,
        ["token_uri"] = tokenUri.ToString(),
    }.ToJsonString();
}

/// <summary>The service accounts of the Google face and the tokens they hold. Safe for concurrent use.</summary>
public sealed class GcsAccounts(TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, Known> _accounts = new();
    private readonly ConcurrentDictionary<string, (string Email, DateTimeOffset Until)> _tokens = new();
    private int _count;

    /// <summary>How long a token is good; the answer says so too.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How many tokens were given.</summary>
    public int GivenCount => Volatile.Read(ref _count);

    /// <summary>Makes an account with a key of its own; without <paramref name="canGetBucket"/> it lacks storage.buckets.get.</summary>
    public ServiceAccount Create(string email = "copier@longhaul-test.example", KeyAccess access = KeyAccess.Full, bool canGetBucket = true)
    {
        var key = RSA.Create(2048);
        _accounts[email] = new(key, access, canGetBucket);
        return new(email, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The account gets no token any more, and its tokens are void.</summary>
    public void Revoke(string email)
    {
        _accounts.TryRemove(email, out _);
        ExpireTokens();
    }

    /// <summary>All tokens are void from now on; new ones may be asked for.</summary>
    public void ExpireTokens() => _tokens.Clear();

    internal RSA? PublicKeyOf(string email) => _accounts.TryGetValue(email, out var known) ? known.Key : null;

    internal string Give(string email)
    {
        var token = $"ya29.{Interlocked.Increment(ref _count)}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";
        _tokens[token] = (email, clock.GetUtcNow() + TokenLifetime);
        return token;
    }

    internal string? EmailOf(string token) => _tokens.TryGetValue(token, out var held) && clock.GetUtcNow() < held.Until ? held.Email : null;

    internal bool MayDo(string email, S3Verb verb, bool isBucketGet) => _accounts.TryGetValue(email, out var known)
        && (!isBucketGet || known.CanGetBucket)
        && known.Access switch
        {
            KeyAccess.Full => true,
            KeyAccess.ReadOnly => !verb.IsWrite(),
            KeyAccess.ListOnly => verb.IsListing(),
            KeyAccess.WriteOnly => verb.IsWrite(),
            _ => false,
        };

    private sealed record Known(RSA Key, KeyAccess Access, bool CanGetBucket);
}
