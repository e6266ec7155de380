using System.Security.Cryptography;

namespace Longhaul.TestStores.Data;

/// <summary>An entity tag without its quotes, kept small: the MD5 and, for multipart uploads, the count of parts.</summary>
public readonly record struct ETag(UInt128 Hash, int Parts)
{
    public static ETag Of(ReadOnlySpan<byte> md5, int parts = 0) => new(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(md5), parts);

    /// <summary>That of a content that came in parts of these sizes, or in one piece where there are none.</summary>
    public static ETag Of(Content content, long[] partSizes)
    {
        if (partSizes.Length == 0)
        {
            return Of(content.Md5());
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var at = 0L;
        foreach (var size in partSizes)
        {
            hash.AppendData(new SliceContent(content, at, size).Md5());
            at += size;
        }

        return Of(hash.GetHashAndReset(), partSizes.Length);
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, Hash);
        var hex = Convert.ToHexStringLower(bytes);
        return Parts == 0 ? hex : $"{hex}-{Parts}";
    }
}
