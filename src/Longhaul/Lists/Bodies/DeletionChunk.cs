using System.Text;

namespace Longhaul.Lists.Bodies;

/// <summary>A stored slice of a deletion, read back in the order of <see cref="ParsedDeletion"/>.</summary>
internal sealed class DeletionChunk
{
    private readonly byte[] _columns;
    private readonly int[] _indexes;
    private readonly int[] _lengths;
    private readonly int[] _starts;

    public DeletionChunk(byte[] columns, int count)
    {
        var cursor = new ChunkCursor(columns);
        _columns = columns;
        _indexes = cursor.ReadVarints(count);
        _lengths = cursor.ReadVarints(count);
        _starts = new int[count];
        for (var i = 0; i < count; i++)
        {
            _starts[i] = cursor.Position;
            cursor.Read(IsItemId(i) ? ItemIdEntry.Length : _lengths[i]);
        }
    }

    public int Count => _indexes.Length;

    /// <summary>Where the id stood first in the request, from 0.</summary>
    public int Index(int i) => _indexes[i];

    /// <summary>Whether it has the form of an item id at all; anything else names no item.</summary>
    public bool IsItemId(int i) => _lengths[i] == 0;

    /// <summary>The id as it was sent; one that has not the form of an id may be cut.</summary>
    public string Id(int i) => IsItemId(i)
        ? Convert.ToHexStringLower(_columns, _starts[i], ItemIdEntry.Length)
        : Encoding.UTF8.GetString(_columns, _starts[i], _lengths[i]);
}
