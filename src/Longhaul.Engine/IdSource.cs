using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Longhaul.Engine;

/// <summary>Where ids come from, so that a test can fix them. Safe for concurrent use.</summary>
public class IdSource
{
    /// <summary>A new UUID v4: operations and what is named like them.</summary>
    public virtual Guid NewV4()
    {
        Span<byte> bytes = stackalloc byte[16];
        Fill(bytes);
        return Stamp(bytes, 4);
    }

    /// <summary>
    /// Fills <paramref name="ids"/> with consecutive UUIDs v7 of 16 big-endian bytes each: the time of <paramref name="clock"/>, then a
    /// random start that grows by random steps (RFC 9562, 6.2, method 2), so that they sort as they were made and pack well.
    /// </summary>
    public virtual void NewV7(TimeProvider clock, Span<byte> ids)
    {
        Span<byte> seed = stackalloc byte[16];
        Fill(seed);
        var milliseconds = clock.GetUtcNow().ToUnixTimeMilliseconds();
        var high = ((ulong)milliseconds << 16) | 0x7000 | (BinaryPrimitives.ReadUInt64BigEndian(seed) & 0xFFF);
        var low = BinaryPrimitives.ReadUInt64BigEndian(seed[8..]) >> 3;
        Span<byte> steps = stackalloc byte[256];
        for (var i = 0; i * 16 < ids.Length; i++)
        {
            if (i % 128 == 0)
            {
                Fill(steps[..Math.Min(steps.Length, ((ids.Length / 16) - i) * 2)]);
            }

            low += 1UL + BinaryPrimitives.ReadUInt16BigEndian(steps[(i % 128 * 2)..]);
            BinaryPrimitives.WriteUInt64BigEndian(ids[(i * 16)..], high);
            BinaryPrimitives.WriteUInt64BigEndian(ids[((i * 16) + 8)..], (low & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000);
        }
    }

    /// <summary>Random bytes.</summary>
    protected virtual void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);

    private static Guid Stamp(Span<byte> bytes, int version)
    {
        bytes[6] = (byte)((bytes[6] & 0x0F) | (version << 4));
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
