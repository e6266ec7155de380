using System.Globalization;
using System.Security.Cryptography;

namespace Longhaul.Slurper.Copying;

/// <summary>The forms of ETags that say something about the bytes. All are without quotes.</summary>
internal static class ETags
{
    public const int Md5Bytes = 16;

    private const int Md5Digits = 32;

    /// <summary>True for 32 hex digits: the MD5 of the bytes, where the store keeps to it.</summary>
    public static bool IsPlain(string? etag) => etag is { Length: Md5Digits } && IsHex(etag);

    /// <summary>Number of parts of <c>hex-N</c>; 0 for every other form.</summary>
    public static int Parts(string? etag)
        => etag is { Length: > Md5Digits + 1 } && etag[Md5Digits] == '-' && IsHex(etag.AsSpan(0, Md5Digits))
            && int.TryParse(etag.AsSpan(Md5Digits + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var parts)
                ? parts
                : 0;

    /// <summary>True when both are the same, whatever the case of their hex digits.</summary>
    public static bool AreEqual(string? one, string? other)
        => one is not null && other is not null && string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    /// <summary>True when the plain ETag is this MD5.</summary>
    public static bool IsOf(string etag, ReadOnlySpan<byte> md5)
    {
        Span<byte> bytes = stackalloc byte[Md5Bytes];
        return Convert.FromHexString(etag, bytes, out _, out _) == System.Buffers.OperationStatus.Done && bytes.SequenceEqual(md5);
    }

    /// <summary>The plain ETag of an MD5.</summary>
    public static string Plain(ReadOnlySpan<byte> md5) => Convert.ToHexStringLower(md5);

    /// <summary>The ETag of an upload whose parts have these MD5s, one after the other.</summary>
    public static string Composite(ReadOnlySpan<byte> md5s)
        => string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(Md5(md5s))}-{md5s.Length / Md5Bytes}");

    /// <summary>MD5, which here is a check of transport that the protocol demands, not a secret's guard.</summary>
#pragma warning disable CA5351 // The protocol's ETag and Content-MD5 are MD5.
    public static byte[] Md5(ReadOnlySpan<byte> bytes) => MD5.HashData(bytes);
#pragma warning restore CA5351

    /// <summary>The number that a base64 checksum of eight bytes is; null where it is something else.</summary>
    public static ulong? Number64(string base64)
    {
        Span<byte> bytes = stackalloc byte[12];
        return Convert.TryFromBase64String(base64, bytes, out var written) && written == sizeof(ulong)
            ? System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(bytes)
            : null;
    }

    private static bool IsHex(ReadOnlySpan<char> text) => text.IndexOfAnyExcept(HexDigits) < 0;

    private static readonly System.Buffers.SearchValues<char> HexDigits = System.Buffers.SearchValues.Create("0123456789abcdefABCDEF");
}
