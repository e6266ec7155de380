using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Longhaul.TestStores.Http;

/// <summary>Takes the chunks of <c>aws-chunked</c> bodies off and checks their signatures, where they have some.</summary>
internal sealed class AwsChunks(Stream body, Signature? signature, bool signed, bool trailer)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _at;
    private int _filled;
    private long _left;
    private string? _chunkSignature;
    private string _previous = signature?.Value ?? "";
    private bool _ended;

    /// <summary>What stood behind the last chunk, by lower-case name.</summary>
    public Dictionary<string, string> Trailers { get; } = [];

    /// <summary>The next bytes of the content; 0 at the end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return 0;
        }

        if (_left == 0)
        {
            await BeginChunkAsync(cancellationToken);
            if (_left == 0)
            {
                CheckChunk();
                await ReadTrailersAsync(cancellationToken);
                _ended = true;
                return 0;
            }
        }

        if (_at == _filled)
        {
            await FillAsync(cancellationToken);
        }

        var length = (int)Math.Min(Math.Min(_left, destination.Length), _filled - _at);
        _buffer.AsMemory(_at, length).CopyTo(destination);
        _hash.AppendData(_buffer.AsSpan(_at, length));
        _at += length;
        _left -= length;
        if (_left == 0)
        {
            CheckChunk();
            await ReadLineAsync(cancellationToken);
        }

        return length;
    }

    private async ValueTask BeginChunkAsync(CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(cancellationToken);
        var pieces = line.Split(';');
        if (!long.TryParse(pieces[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left))
        {
            throw new S3Exception(400, "IncompleteBody", $"The chunk header '{line}' has no size.");
        }

        _chunkSignature = pieces.Skip(1).Select(p => p.Split('=', 2)).FirstOrDefault(p => p[0] == "chunk-signature")?[^1];
    }

    private void CheckChunk()
    {
        var hash = Convert.ToHexStringLower(_hash.GetHashAndReset());
        if (!signed || signature is null)
        {
            return;
        }

        var empty = Convert.ToHexStringLower(SHA256.HashData([]));
        Expect("AWS4-HMAC-SHA256-PAYLOAD", $"{empty}\n{hash}", _chunkSignature);
    }

    private void Expect(string algorithm, string rest, string? given)
    {
        var expected = signature!.Sign($"{algorithm}\n{signature.Date}\n{signature.Scope}\n{_previous}\n{rest}");
        if (expected != given)
        {
            throw new S3Exception(403, "SignatureDoesNotMatch", "The signature of a chunk does not match.");
        }

        _previous = expected;
    }

    private async ValueTask ReadTrailersAsync(CancellationToken cancellationToken)
    {
        if (!trailer)
        {
            await ReadLineAsync(cancellationToken);
            return;
        }

        var canonical = new StringBuilder();
        while (await ReadLineAsync(cancellationToken) is { Length: > 0 } line)
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                throw new S3Exception(400, "MalformedTrailerError", $"The trailer '{line}' has no colon.");
            }

            var (name, value) = (line[..colon].ToLowerInvariant().Trim(), line[(colon + 1)..].Trim());
            if (name == "x-amz-trailer-signature")
            {
                if (signed && signature is not null)
                {
                    Expect("AWS4-HMAC-SHA256-TRAILER", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString()))), value);
                }

                continue;
            }

            canonical.Append(name).Append(':').Append(value).Append('\n');
            Trailers[name] = value;
        }
    }

    private async ValueTask<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_at == _filled && !await TryFillAsync(cancellationToken))
            {
                return line.ToString();
            }

            var c = (char)_buffer[_at++];
            if (c == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            if (line.Append(c).Length > 4096)
            {
                throw new S3Exception(400, "IncompleteBody", "A chunk header or trailer is too long.");
            }
        }
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        if (!await TryFillAsync(cancellationToken))
        {
            throw new S3Exception(400, "IncompleteBody", "The request body terminated unexpectedly.");
        }
    }

    private async ValueTask<bool> TryFillAsync(CancellationToken cancellationToken)
    {
        _at = 0;
        _filled = await body.ReadAsync(_buffer, cancellationToken);
        return _filled > 0;
    }
}
