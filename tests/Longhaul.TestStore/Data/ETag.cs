namespace Longhaul.TestStores.Data;

/// <summary>An entity tag without its quotes, kept small: the MD5 and, for multipart uploads, the count of parts.</summary>
public readonly record struct ETag(UInt128 Hash, int Parts)
{
    public static ETag Of(ReadOnlySpan<byte> md5, int parts = 0) => new(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(md5), parts);

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, Hash);
        var hex = Convert.ToHexStringLower(bytes);
        return Parts == 0 ? hex : $"{hex}-{Parts}";
    }
}
