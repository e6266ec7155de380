namespace Longhaul.Lists.Bodies;

/// <summary>A stored slice, read back: the items of <see cref="ParsedItems"/> in the same order.</summary>
internal sealed class ItemChunk
{
    private readonly byte[] _columns;
    private readonly int[] _indexes;
    private readonly int[] _keyStarts;
    private readonly int[] _payloadStarts;

    public ItemChunk(byte[] columns, int count)
    {
        var cursor = new ChunkCursor(columns);
        _columns = columns;
        _indexes = cursor.ReadVarints(count);
        var keyLengths = cursor.ReadVarints(count);
        var payloadLengths = cursor.ReadVarints(count);
        _keyStarts = ToStarts(keyLengths, ref cursor);
        _payloadStarts = ToStarts(payloadLengths, ref cursor);
    }

    public int Count => _indexes.Length;

    /// <summary>Where the item stood in the request, from 0.</summary>
    public int Index(int i) => _indexes[i];

    public ReadOnlySpan<byte> Key(int i) => _columns.AsSpan(_keyStarts[i].._keyStarts[i + 1]);

    public ReadOnlySpan<byte> Payload(int i) => _columns.AsSpan(_payloadStarts[i].._payloadStarts[i + 1]);

    private static int[] ToStarts(int[] lengths, ref ChunkCursor cursor)
    {
        var starts = new int[lengths.Length + 1];
        starts[0] = cursor.Position;
        for (var i = 0; i < lengths.Length; i++)
        {
            cursor.Read(lengths[i]);
            starts[i + 1] = cursor.Position;
        }

        return starts;
    }
}
