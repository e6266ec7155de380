namespace Longhaul.Slurper.Copying;

/// <summary>
/// CRC-64/NVME, the whole-object checksum that stores keep by default: polynomial 0xAD93D23594C93659, reflected, all ones before and
/// after. "123456789" gives 0xAE8B14860A799888.
/// </summary>
internal static class Crc64Nvme
{
    private const ulong Reflected = 0x9A6C9329AC4BC9B5;
    private const int Slices = 8;

    private static readonly ulong[] Tables = MakeTables();

    /// <summary>Goes on with a checksum; 0 is that of no bytes.</summary>
    public static ulong Append(ulong crc, ReadOnlySpan<byte> bytes)
    {
        var tables = Tables;
        crc = ~crc;
        while (bytes.Length >= Slices)
        {
            crc ^= System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            crc = tables[(7 * 256) + (byte)crc]
                ^ tables[(6 * 256) + (byte)(crc >> 8)]
                ^ tables[(5 * 256) + (byte)(crc >> 16)]
                ^ tables[(4 * 256) + (byte)(crc >> 24)]
                ^ tables[(3 * 256) + (byte)(crc >> 32)]
                ^ tables[(2 * 256) + (byte)(crc >> 40)]
                ^ tables[256 + (byte)(crc >> 48)]
                ^ tables[(byte)(crc >> 56)];
            bytes = bytes[Slices..];
        }

        foreach (var value in bytes)
        {
            crc = (crc >> 8) ^ tables[(byte)crc ^ value];
        }

        return ~crc;
    }

    /// <summary>The checksum of two runs of bytes, one after the other, from theirs and the length of the second.</summary>
    public static ulong Combine(ulong first, ulong second, long secondLength)
    {
        // Zeros appended to the first are a linear map of its bits; the maps of 1, 2, 4 … bytes are squares of each other.
        Span<ulong> map = stackalloc ulong[64];
        Span<ulong> square = stackalloc ulong[64];
        OneZeroByte(map);
        for (var left = secondLength; left > 0; left >>= 1)
        {
            if ((left & 1) != 0)
            {
                first = Times(map, first);
            }

            for (var bit = 0; bit < 64; bit++)
            {
                square[bit] = Times(map, map[bit]);
            }

            square.CopyTo(map);
        }

        return first ^ second;
    }

    private static void OneZeroByte(Span<ulong> map)
    {
        for (var bit = 0; bit < 64; bit++)
        {
            var value = 1UL << bit;
            for (var step = 0; step < 8; step++)
            {
                value = (value >> 1) ^ ((value & 1) * Reflected);
            }

            map[bit] = value;
        }
    }

    private static ulong Times(ReadOnlySpan<ulong> map, ulong vector)
    {
        var sum = 0UL;
        for (; vector != 0; vector &= vector - 1)
        {
            sum ^= map[System.Numerics.BitOperations.TrailingZeroCount(vector)];
        }

        return sum;
    }

    private static ulong[] MakeTables()
    {
        var tables = new ulong[Slices * 256];
        for (var i = 0; i < 256; i++)
        {
            var value = (ulong)i;
            for (var step = 0; step < 8; step++)
            {
                value = (value >> 1) ^ ((value & 1) * Reflected);
            }

            tables[i] = value;
        }

        for (var i = 256; i < tables.Length; i++)
        {
            var before = tables[i - 256];
            tables[i] = (before >> 8) ^ tables[(byte)before];
        }

        return tables;
    }
}
