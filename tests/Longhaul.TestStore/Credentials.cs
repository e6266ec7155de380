using System.Collections.Concurrent;

namespace Longhaul.TestStores;

/// <summary>What a key may do.</summary>
public enum KeyAccess
{
    Full,

    /// <summary>Listings and GET.</summary>
    ReadOnly,

    /// <summary>Listings only: every GET is 403.</summary>
    ListOnly,

    /// <summary>Writes only: no listing, no GET.</summary>
    WriteOnly,
}

/// <summary>The keys of a store, to be changed while it runs.</summary>
public sealed class Credentials
{
    public const string DefaultId = "testkey";
    public const string DefaultSecret = "testsecret123";

    private readonly ConcurrentDictionary<string, (string Secret, KeyAccess Access, string? Bucket)> _keys = new();
    private readonly ConcurrentDictionary<string, bool> _revoked = new();

    public Credentials() => Add(DefaultId, DefaultSecret);

    /// <summary>Adds or changes a key; with a bucket it is good for that one only.</summary>
    public void Add(string id, string secret, KeyAccess access = KeyAccess.Full, string? bucket = null) => _keys[id] = (secret, access, bucket);

    /// <summary>From now on the key is answered 403 InvalidAccessKeyId.</summary>
    public void Revoke(string id = DefaultId) => _revoked[id] = true;

    public void Restore(string id = DefaultId) => _revoked.TryRemove(id, out _);

    internal string? SecretOf(string id) => !_revoked.ContainsKey(id) && _keys.TryGetValue(id, out var key) ? key.Secret : null;

    internal bool MayDo(string id, S3Verb verb, string bucket) => _keys.TryGetValue(id, out var key)
        && (key.Bucket is null || key.Bucket == bucket)
        && key.Access switch
        {
            KeyAccess.Full => true,
            KeyAccess.ReadOnly => !verb.IsWrite(),
            KeyAccess.ListOnly => verb.IsListing(),
            KeyAccess.WriteOnly => verb.IsWrite(),
            _ => false,
        };
}
