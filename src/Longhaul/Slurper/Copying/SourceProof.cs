using Longhaul.Slurper.Objects;

namespace Longhaul.Slurper.Copying;

/// <summary>
/// Decides whether bytes that were read are the object, by the strongest thing that the source says about it. An ETag may be no hash at
/// all, so one that does not fit decides only at a store that has shown such hashes; elsewhere the bytes are read again, and the same
/// bytes twice are the object. Made once per object, for all its tries.
/// </summary>
internal sealed class SourceProof(StoreEndpoint endpoint)
{
    public const string Mismatch = "the bytes that came do not have the checksum that the source gives";

    private string? _readETag;
    private string? _readHash;

    /// <summary>True when an ETag of this object can be the MD5 of its bytes.</summary>
    public static bool IsPlainMd5(ObjectFacts facts) => ETags.IsPlain(facts.ETag) && !IsKeyed(facts.Encryption);

    /// <summary>The CRC-64/NVME that the source gives, where its ETag says nothing about the bytes; else null.</summary>
    public static ulong? Crc(ObjectFacts facts)
    {
        foreach (var (name, value) in facts.Checksums)
        {
            if (name == "crc64nvme")
            {
                return ETags.Number64(value);
            }
        }

        return null;
    }

    /// <summary>True when the ETag is an MD5 as far as is known, though it may turn out not to be.</summary>
    public bool IsLikelyMd5(ObjectFacts facts) => IsPlainMd5(facts) && !endpoint.Plain.IsDoubted;

    /// <summary>A target has found the ETag to be the MD5.</summary>
    public void Confirmed() => endpoint.Plain.Kept();

    /// <summary>A target has found the bytes that it got to have another MD5.</summary>
    public void Doubted() => endpoint.Plain.Doubted();

    /// <summary>The MD5 that a target may be told to check: only where the source's ETags are known to be that.</summary>
    public byte[]? Promise(ObjectFacts facts)
        => endpoint.Plain.IsKept && IsPlainMd5(facts) ? Convert.FromHexString(facts.ETag!) : null;

    /// <summary>Judges a whole object by its MD5 and, where that says nothing, its CRC.</summary>
    public bool AcceptsWhole(ObjectFacts facts, byte[] md5, ulong? crc)
    {
        if (IsPlainMd5(facts))
        {
            return Accepts(facts.ETag!, ETags.Plain(md5), endpoint.Plain);
        }

        if (ETags.Parts(facts.ETag) == 1 && !IsKeyed(facts.Encryption))
        {
            return Accepts(facts.ETag!, ETags.Composite(md5), endpoint.Composite);
        }

        return crc is null || Crc(facts) is not { } given || given == crc;
    }

    /// <summary>Judges the parts of an object that were cut as at the source.</summary>
    public bool AcceptsParts(ObjectFacts facts, string composite)
        => IsKeyed(facts.Encryption) || Accepts(facts.ETag!, composite, endpoint.Composite);

    private static bool IsKeyed(string? encryption)
        => encryption is not null && (encryption.StartsWith("aws:kms", StringComparison.Ordinal) || encryption == "SSE-C");

    private bool Accepts(string etag, string hash, ETagHabit habit)
    {
        if (ETags.AreEqual(etag, hash))
        {
            habit.Kept();
            return true;
        }

        if (habit.IsKept)
        {
            return false;
        }

        if (habit.IsDenied)
        {
            return true;
        }

        if (_readETag == etag && _readHash == hash)
        {
            habit.Missed();
            return true;
        }

        _readETag = etag;
        _readHash = hash;
        return false;
    }
}
