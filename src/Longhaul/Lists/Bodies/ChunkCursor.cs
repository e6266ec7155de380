namespace Longhaul.Lists.Bodies;

/// <summary>Reads forward over the bytes of a stored slice.</summary>
internal ref struct ChunkCursor(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; private set; }

    public ReadOnlySpan<byte> Read(int length)
    {
        if (length > _bytes.Length - Position)
        {
            throw new InvalidDataException("The stored slice ends too early.");
        }

        var read = _bytes.Slice(Position, length);
        Position += length;
        return read;
    }

    public int ReadVarint()
    {
        var number = 0u;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = Read(1)[0];
            number |= (uint)(part & 0x7F) << shift;
            if (part < 0x80 && number <= int.MaxValue)
            {
                return (int)number;
            }
        }

        throw new InvalidDataException("The stored slice is damaged.");
    }

    public int[] ReadVarints(int count)
    {
        var numbers = new int[count];
        for (var i = 0; i < count; i++)
        {
            numbers[i] = ReadVarint();
        }

        return numbers;
    }
}
