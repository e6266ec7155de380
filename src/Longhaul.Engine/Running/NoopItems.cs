using System.Buffers;
using System.Buffers.Binary;
using Longhaul.Engine.Storage;

namespace Longhaul.Engine.Running;

/// <summary>Which items a chunk of a retried noop repeats: runs of numbers, each a first number and a length of eight bytes.</summary>
internal sealed class NoopItems
{
    private const int RunBytes = 16;

    private readonly long[] _numbers;

    private NoopItems(long[] numbers) => _numbers = numbers;

    /// <summary>Reads a stored slice; null for an empty one, whose items have the numbers of their indexes.</summary>
    public static NoopItems? Parse(byte[] payload)
    {
        if (payload.Length == 0)
        {
            return null;
        }

        var numbers = new List<long>();
        for (var at = 0; at < payload.Length; at += RunBytes)
        {
            var first = BinaryPrimitives.ReadInt64LittleEndian(payload.AsSpan(at));
            for (var i = 0L; i < BinaryPrimitives.ReadInt64LittleEndian(payload.AsSpan(at + 8)); i++)
            {
                numbers.Add(first + i);
            }
        }

        return new NoopItems([.. numbers]);
    }

    public long At(long offset) => _numbers[offset];

    /// <summary>Cuts runs of numbers into chunks of equal size.</summary>
    public sealed class Builder(int chunkItems)
    {
        private readonly List<(byte[] Payload, long Items)> _chunks = [];
        private readonly List<(long First, long Length)> _runs = [];
        private long _inChunk;

        public long Count { get; private set; }

        public void Add(long first, long length)
        {
            while (length > 0)
            {
                var part = Math.Min(length, chunkItems - _inChunk);
                Extend(first, part);
                (first, length) = (first + part, length - part);
                if (_inChunk == chunkItems)
                {
                    Close();
                }
            }
        }

        public List<ChunkInput> Build()
        {
            if (_inChunk > 0)
            {
                Close();
            }

            var first = 0L;
            var inputs = new List<ChunkInput>(_chunks.Count);
            foreach (var (payload, items) in _chunks)
            {
                inputs.Add(new ChunkInput(items, first, () => payload));
                first += items;
            }

            return inputs;
        }

        private void Extend(long first, long length)
        {
            if (_runs.Count > 0 && _runs[^1].First + _runs[^1].Length == first)
            {
                _runs[^1] = (_runs[^1].First, _runs[^1].Length + length);
            }
            else
            {
                _runs.Add((first, length));
            }

            _inChunk += length;
            Count += length;
        }

        private void Close()
        {
            var payload = new ArrayBufferWriter<byte>(_runs.Count * RunBytes);
            foreach (var (first, length) in _runs)
            {
                BinaryPrimitives.WriteInt64LittleEndian(payload.GetSpan(RunBytes), first);
                BinaryPrimitives.WriteInt64LittleEndian(payload.GetSpan(RunBytes)[8..], length);
                payload.Advance(RunBytes);
            }

            _chunks.Add((payload.WrittenSpan.ToArray(), _inChunk));
            _runs.Clear();
            _inChunk = 0;
        }
    }
}
