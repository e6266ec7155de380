using System.Buffers.Binary;

namespace Longhaul.Lists.Bodies;

/// <summary>
/// Keys and payloads one after the other in a few large blocks: a million objects would cost more in headers
/// and in collection than the text they hold.
/// </summary>
internal sealed class ItemArena(long expectedBytes)
{
    private const int BlockBits = 20;
    private const int BlockLength = 1 << BlockBits;
    private const int HeaderLength = 6;

    private readonly List<byte[]> _blocks =
        [GC.AllocateUninitializedArray<byte>((int)Math.Clamp(expectedBytes, 256, BlockLength))];

    private int _used;

    /// <summary>Copies both and returns where they are.</summary>
    public uint Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> payload)
    {
        var length = HeaderLength + key.Length + payload.Length;
        if (length > _blocks[^1].Length - _used)
        {
            AddBlock(length);
        }

        var record = _blocks[^1].AsSpan(_used, length);
        BinaryPrimitives.WriteUInt16LittleEndian(record, checked((ushort)key.Length));
        BinaryPrimitives.WriteInt32LittleEndian(record[2..], payload.Length);
        key.CopyTo(record[HeaderLength..]);
        payload.CopyTo(record[(HeaderLength + key.Length)..]);
        var address = ((uint)(_blocks.Count - 1) << BlockBits) | (uint)_used;
        _used += length;
        return address;
    }

    public ReadOnlySpan<byte> Key(uint address)
    {
        var record = Record(address);
        return record.Slice(HeaderLength, BinaryPrimitives.ReadUInt16LittleEndian(record));
    }

    public ReadOnlySpan<byte> Payload(uint address)
    {
        var record = Record(address);
        var start = HeaderLength + BinaryPrimitives.ReadUInt16LittleEndian(record);
        return record.Slice(start, BinaryPrimitives.ReadInt32LittleEndian(record[2..]));
    }

    private ReadOnlySpan<byte> Record(uint address) =>
        _blocks[(int)(address >> BlockBits)].AsSpan((int)(address & (BlockLength - 1)));

    private void AddBlock(int recordLength)
    {
        // An address has 32 bits; the bound on bodies stops far before either.
        if (recordLength > BlockLength || _blocks.Count == 1 << (32 - BlockBits))
        {
            throw new InvalidOperationException("The items do not fit; lower the bound on bodies.");
        }

        _blocks.Add(GC.AllocateUninitializedArray<byte>(BlockLength));
        _used = 0;
    }
}
