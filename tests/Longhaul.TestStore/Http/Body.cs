using System.Buffers;
using System.Globalization;
using Longhaul.TestStores.Data;
using Longhaul.TestStores.Injection;

namespace Longhaul.TestStores.Http;

/// <summary>A request's body, read once, hashed on the way and checked against everything the request says of it.</summary>
internal sealed record Body(Content Content, byte[] Md5, IReadOnlyDictionary<string, string> Checksums)
{
    private const int BlockBytes = 4 << 20;

    public string Text => System.Text.Encoding.UTF8.GetString(Content.ToArray());

    /// <summary>Reads it all; <paramref name="extra"/> is a checksum that is wanted whether or not the request gives it.</summary>
    public static async Task<Body> ReadAsync(S3Request request, bool discard, FaultPlan faults, string? extra = null)
    {
        var payload = request.Header("x-amz-content-sha256") ?? "";
        var streaming = payload.StartsWith("STREAMING-", StringComparison.Ordinal);
        var length = Length(request, streaming);
        var chunks = streaming
            ? new AwsChunks(
                request.Http.Request.Body, request.Signature, payload.Contains("HMAC", StringComparison.Ordinal), payload.EndsWith("-TRAILER", StringComparison.Ordinal))
            : null;
        var names = Digest.Names.Where(n => request.Header($"x-amz-checksum-{n}") is not null || request.Header("x-amz-trailer") == $"x-amz-checksum-{n}")
            .Append(extra).OfType<string>().Distinct().ToList();
        var needsSha = payload.Length == 64;
        using var md5 = Digest.Of("md5");
        using var sha = needsSha ? Digest.Of("sha256") : null;
        var digests = names.Select(n => (Name: n, Digest: Digest.Of(n))).ToArray();

        // What is stored wrongly must look right to the store itself, so the bit turns before the hashes see it.
        var wrong = request.Struck(EffectKind.StoreCorrupted) && length > 0 ? faults.Throw(length) : -1;
        var sink = new Sink(length, discard);
        long at = 0;
        while (true)
        {
            var room = sink.Room();
            if (room.Length == 0)
            {
                // One byte too many must be seen, and the trailers must be read.
                var probe = new byte[1];
                if (await ReadSomeAsync(probe) > 0)
                {
                    throw new S3Exception(400, "IncompleteBody", "The request body is longer than its declared length.");
                }

                break;
            }

            var read = await ReadSomeAsync(room);
            if (read == 0)
            {
                throw new S3Exception(400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header");
            }

            Hash(room.Span[..read]);
            sink.Advance(read);
            at += read;
        }

        var checksums = Check(request, md5.Finish(), out var digest, sha?.Finish(), digests, payload, chunks, wrong >= 0);
        request.Log.BytesIn = length;
        return new(sink.Finish(), digest, checksums);

        ValueTask<int> ReadSomeAsync(Memory<byte> into) =>
            chunks is null ? request.Http.Request.Body.ReadAsync(into, request.Aborted) : chunks.ReadAsync(into, request.Aborted);

        void Hash(Span<byte> bytes)
        {
            // The checks of the payload's own hash come before the damage.
            sha?.Append(bytes);
            if (wrong >= at && wrong < at + bytes.Length)
            {
                bytes[(int)(wrong - at)] ^= 1;
            }

            md5.Append(bytes);
            foreach (var (_, d) in digests)
            {
                d.Append(bytes);
            }
        }
    }

    private static long Length(S3Request request, bool streaming)
    {
        if (!streaming)
        {
            return request.Http.Request.ContentLength ?? throw new S3Exception(411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
        }

        return long.TryParse(request.Header("x-amz-decoded-content-length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length
            : throw new S3Exception(411, "MissingContentLength", "You must provide the x-amz-decoded-content-length HTTP header.");
    }

    private static Dictionary<string, string> Check(
        S3Request request, byte[] md5, out byte[] digest, byte[]? sha, (string Name, Digest Digest)[] digests, string payload, AwsChunks? chunks, bool damaged)
    {
        digest = md5;
        if (sha is not null && Convert.ToHexStringLower(sha) != payload)
        {
            throw new S3Exception(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.");
        }

        if (request.Header("Content-MD5") is { } given)
        {
            var bytes = new byte[18];
            if (!Convert.TryFromBase64String(given, bytes, out var count) || count != 16)
            {
                throw new S3Exception(400, "InvalidDigest", "The Content-MD5 you specified was invalid.");
            }

            if (!damaged && !bytes.AsSpan(0, 16).SequenceEqual(md5))
            {
                throw new S3Exception(400, "BadDigest", "The Content-MD5 you specified did not match what we received.");
            }
        }

        var checksums = new Dictionary<string, string>();
        foreach (var (name, d) in digests)
        {
            var computed = Convert.ToBase64String(d.Finish());
            d.Dispose();
            checksums[name] = computed;
            var expected = request.Header($"x-amz-checksum-{name}") ?? chunks?.Trailers.GetValueOrDefault($"x-amz-checksum-{name}");
            if (!damaged && expected is not null && expected != computed)
            {
                throw new S3Exception(400, "BadDigest", $"The {name.ToUpperInvariant()} you specified did not match the calculated checksum.");
            }
        }

        return checksums;
    }

    /// <summary>Where the bytes go: one array, blocks of arrays, or nowhere.</summary>
    private sealed class Sink(long size, bool discard)
    {
        private readonly List<Content> _blocks = [];
        private readonly long _size = size;
        private readonly bool _discards = discard;
        private readonly byte[] _scratch = discard ? ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(size, 1), 1 << 16)) : [];
        private byte[] _block = discard ? [] : new byte[Math.Min(size, BlockBytes)];
        private int _filled;
        private long _left = size;

        public Memory<byte> Room()
        {
            if (_discards)
            {
                return _scratch.AsMemory(0, (int)Math.Min(_left, _scratch.Length));
            }

            if (_filled == _block.Length && _left > 0)
            {
                _blocks.Add(new ByteContent(_block));
                _block = new byte[Math.Min(_left, BlockBytes)];
                _filled = 0;
            }

            return _block.AsMemory(_filled);
        }

        public void Advance(int count)
        {
            _left -= count;
            _filled += _discards ? 0 : count;
        }

        public Content Finish()
        {
            if (_discards)
            {
                ArrayPool<byte>.Shared.Return(_scratch);
                return new DiscardedContent(_size);
            }

            var last = new ByteContent(_block);
            return _blocks.Count == 0 ? last : new JoinedContent([.. _blocks, last]);
        }
    }
}
