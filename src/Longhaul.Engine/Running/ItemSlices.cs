using System.Buffers.Binary;
using System.Text.Json;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>
/// Cuts the JSON texts of items into the stored input of chunks: the index of the first one in eight bytes, then an array. The texts are
/// joined when a chunk is stored, so that a large submit is not in memory twice.
/// </summary>
internal sealed class ItemSlices(int chunkItems)
{
    // Large items make small chunks: what is settled in one transaction stays small.
    private const long MaxChunkBytes = 1 << 20;

    private const int IndexBytes = 8;

    private readonly List<ReadOnlyMemory<byte>> _items = [];

    public long Count => _items.Count;

    public static (long FirstIndex, JsonElement Items) Parse(byte[] payload)
    {
        var reader = new Utf8JsonReader(payload.AsSpan(IndexBytes));
        return (BinaryPrimitives.ReadInt64LittleEndian(payload), JsonElement.ParseValue(ref reader));
    }

    public void Add(ReadOnlyMemory<byte> item) => _items.Add(item);

    public List<ChunkInput> Build()
    {
        var chunks = new List<ChunkInput>();
        for (var first = 0; first < _items.Count;)
        {
            var (from, count, bytes) = (first, 0, 0L);
            while (from + count < _items.Count && (count == 0 || (count < chunkItems && bytes + _items[from + count].Length < MaxChunkBytes)))
            {
                bytes += _items[from + count++].Length;
            }

            chunks.Add(new ChunkInput(count, from, () => Join(from, count)));
            first += count;
        }

        return chunks;
    }

    private byte[] Join(int first, int count)
    {
        var payload = new byte[IndexBytes + 1 + count + _items.Skip(first).Take(count).Sum(i => i.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(payload, first);
        payload[IndexBytes] = (byte)'[';
        var at = IndexBytes + 1;
        for (var i = first; i < first + count; i++)
        {
            _items[i].Span.CopyTo(payload.AsSpan(at));
            at += _items[i].Length;
            payload[at++] = (byte)(i == first + count - 1 ? ']' : ',');
        }

        return payload;
    }
}
