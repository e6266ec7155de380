using Longhaul.Engine.Storage;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon;

/// <summary>The ids that a bulk has matched, in their order, twelve bytes each.</summary>
internal sealed class MatchedIds
{
    /// <summary>Objects of a chunk: some ten milliseconds of the writer.</summary>
    public const int ChunkObjects = 1_000;

    private readonly List<byte[]> _chunks = [];
    private int _inLast = ChunkObjects;

    /// <summary>How many there are.</summary>
    public long Count => _chunks.Count == 0 ? 0 : ((_chunks.Count - 1L) * ChunkObjects) + _inLast;

    /// <summary>Memory that they take.</summary>
    public long Bytes => (long)_chunks.Count * ChunkObjects * ObjectIds.Bytes;

    /// <summary>Adds an id that sorts behind those before it.</summary>
    public void Add(string id)
    {
        if (_inLast == ChunkObjects)
        {
            _chunks.Add(new byte[ChunkObjects * ObjectIds.Bytes]);
            _inLast = 0;
        }

        Convert.FromHexString(id, _chunks[^1].AsSpan(_inLast * ObjectIds.Bytes, ObjectIds.Bytes), out _, out _);
        _inLast++;
    }

    /// <summary>The chunks of an operation; one empty chunk where nothing matched, so that there is something to settle.</summary>
    public List<ChunkInput> ToChunks()
    {
        if (_chunks.Count == 0)
        {
            return [new ChunkInput(0, 0, () => [])];
        }

        return [.. _chunks.Select((bytes, i) =>
        {
            var count = i == _chunks.Count - 1 ? _inLast : ChunkObjects;
            return new ChunkInput(count, (long)i * ChunkObjects, () => bytes[..(count * ObjectIds.Bytes)]);
        })];
    }

    /// <summary>The first ids.</summary>
    public List<string> Sample(int count) => [.. _chunks.SelectMany(Read).Take((int)Math.Min(count, Count))];

    /// <summary>All of them, some at a time.</summary>
    public IEnumerable<string[]> Pages(int count) => _chunks
        .SelectMany((bytes, i) => Read(bytes[..((i == _chunks.Count - 1 ? _inLast : ChunkObjects) * ObjectIds.Bytes)]))
        .Chunk(count);

    /// <summary>Reads the ids of a chunk.</summary>
    public static List<string> Read(byte[] payload)
    {
        var ids = new List<string>(payload.Length / ObjectIds.Bytes);
        for (var at = 0; at < payload.Length; at += ObjectIds.Bytes)
        {
            ids.Add(Convert.ToHexStringLower(payload.AsSpan(at, ObjectIds.Bytes)));
        }

        return ids;
    }
}
