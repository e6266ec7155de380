using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Longhaul.TestStores.Data;

/// <summary>The bytes of an object, wherever they come from. Immutable, so that answers need no lock.</summary>
public abstract class Content
{
    public abstract long Size { get; }

    /// <summary>Fills the destination from the offset; the caller stays within the size.</summary>
    public abstract void Read(long offset, Span<byte> destination);

    /// <summary>The bytes in memory where they lie there in one piece, else false.</summary>
    public virtual bool TryGetMemory(long offset, long length, out ReadOnlyMemory<byte> memory)
    {
        memory = default;
        return false;
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Read(0, bytes);
        return bytes;
    }

    public byte[] Md5()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var buffer = new byte[(int)Math.Min(Size, 1 << 16)];
        for (long at = 0; at < Size; at += buffer.Length)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, Size - at));
            Read(at, piece);
            hash.AppendData(piece);
        }

        return hash.GetHashAndReset();
    }
}

/// <summary>Bytes held as they are.</summary>
public sealed class ByteContent(ReadOnlyMemory<byte> bytes) : Content
{
    public static readonly ByteContent Empty = new(Array.Empty<byte>());

    public override long Size => bytes.Length;

    public override void Read(long offset, Span<byte> destination) => bytes.Span.Slice((int)offset, destination.Length).CopyTo(destination);

    public override bool TryGetMemory(long offset, long length, out ReadOnlyMemory<byte> memory)
    {
        memory = bytes.Slice((int)offset, (int)length);
        return true;
    }
}

/// <summary>Several contents, one after the other: the parts of an upload, or the blocks of a large body.</summary>
public sealed class JoinedContent : Content
{
    private readonly Content[] _pieces;
    private readonly long[] _ends;

    public JoinedContent(IEnumerable<Content> pieces)
    {
        _pieces = [.. pieces.Where(p => p.Size > 0)];
        _ends = new long[_pieces.Length];
        long end = 0;
        for (var i = 0; i < _pieces.Length; i++)
        {
            _ends[i] = end += _pieces[i].Size;
        }

        Size = end;
    }

    public override long Size { get; }

    public override void Read(long offset, Span<byte> destination)
    {
        var found = Array.BinarySearch(_ends, offset + 1);
        for (var i = found < 0 ? ~found : found; destination.Length > 0; i++)
        {
            var inside = offset - (_ends[i] - _pieces[i].Size);
            var length = (int)Math.Min(destination.Length, _pieces[i].Size - inside);
            _pieces[i].Read(inside, destination[..length]);
            destination = destination[length..];
            offset += length;
        }
    }
}

/// <summary>Bytes computed from a seed and the place, so that a million objects need no memory; the same at every reading.</summary>
public sealed class SyntheticContent(ulong seed, long size) : Content
{
    public override long Size => size;

    /// <summary>The seed of a key: FNV-1a over its UTF-16 code units.</summary>
    public static ulong SeedOf(string key)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in key)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        return hash;
    }

    public override void Read(long offset, Span<byte> destination)
    {
        Span<byte> word = stackalloc byte[8];
        while (destination.Length > 0)
        {
            var inside = (int)(offset & 7);
            if (inside == 0 && destination.Length >= 8)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(destination, Word(offset >> 3));
                destination = destination[8..];
                offset += 8;
                continue;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(word, Word(offset >> 3));
            var length = Math.Min(8 - inside, destination.Length);
            word.Slice(inside, length).CopyTo(destination);
            destination = destination[length..];
            offset += length;
        }
    }

    private ulong Word(long index)
    {
        var z = seed + ((ulong)index + 1) * 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}

/// <summary>A body that was hashed and dropped: only its size is known, and it reads as zeros.</summary>
public sealed class DiscardedContent(long size) : Content
{
    public override long Size => size;

    public override void Read(long offset, Span<byte> destination) => destination.Clear();
}

/// <summary>A part of another content.</summary>
public sealed class SliceContent(Content whole, long start, long size) : Content
{
    public override long Size => size;

    public override void Read(long offset, Span<byte> destination) => whole.Read(start + offset, destination);
}
