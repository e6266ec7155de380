using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Longhaul.Hosting;

/// <summary>The scoped tokens that hold now, by the hash of their secret. Replaced as a whole; safe for concurrent use.</summary>
internal sealed class TokenBook
{
    private volatile FrozenDictionary<TokenHash, (string Id, Caller Caller)> _tokens = FrozenDictionary<TokenHash, (string, Caller)>.Empty;

    private volatile FrozenDictionary<string, Caller> _names = FrozenDictionary<string, Caller>.Empty;

    /// <summary>The caller that operations name so, or null. No name is given twice, not even after a revocation.</summary>
    public Caller? FindNamed(string submitsAs) => _names.GetValueOrDefault(submitsAs);

    /// <summary>The caller that a secret belongs to, or null.</summary>
    public Caller? Find(ReadOnlySpan<byte> secret)
    {
        var tokens = _tokens;
        if (tokens.Count == 0)
        {
            return null;
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(secret, hash);
        return tokens.TryGetValue(TokenHash.Read(hash), out var found) ? found.Caller : null;
    }

    /// <summary>Takes what the database holds. A token that was there already stays the same caller, since nothing of it can change.</summary>
    public void Replace(IReadOnlyCollection<TokenRow> rows)
    {
        var old = _tokens;
        var next = new Dictionary<TokenHash, (string Id, Caller Caller)>(rows.Count);
        var isChanged = rows.Count != old.Count;
        foreach (var row in rows)
        {
            var hash = TokenHash.Read(row.Hash);
            if (old.TryGetValue(hash, out var known) && known.Id == row.Id)
            {
                next[hash] = known;
                continue;
            }

            isChanged = true;
            next[hash] = (row.Id, Caller.Token(row.Name, PermissionWords.ParseAll(row.Permissions), row.AccountNames));
        }

        if (isChanged)
        {
            _tokens = next.ToFrozenDictionary();
            _names = next.Values.ToFrozenDictionary(t => t.Caller.SubmitsAs, t => t.Caller, StringComparer.Ordinal);
            foreach (var (hash, token) in old)
            {
                if (!next.TryGetValue(hash, out var kept) || kept.Caller != token.Caller)
                {
                    token.Caller.Revoke();
                }
            }
        }
    }

    private readonly record struct TokenHash(ulong A, ulong B, ulong C, ulong D)
    {
        public static TokenHash Read(ReadOnlySpan<byte> hash) => new(
            BinaryPrimitives.ReadUInt64BigEndian(hash),
            BinaryPrimitives.ReadUInt64BigEndian(hash[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(hash[16..]),
            BinaryPrimitives.ReadUInt64BigEndian(hash[24..]));
    }
}
