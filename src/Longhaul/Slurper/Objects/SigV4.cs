using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Longhaul.Slurper.Objects;

/// <summary>
/// AWS Signature Version 4 for S3, over headers that are sorted already. Safe for concurrent use; the signing key of a day and region is
/// worked out once.
/// </summary>
internal sealed class SigV4(string accessKeyId, string secretAccessKey)
{
    /// <summary>Stands for a body whose bytes are not part of the signature. Not a chunk-signed body, which many stores refuse.</summary>
    public const string UnsignedPayload = "UNSIGNED-PAYLOAD";

    /// <summary>SHA-256 of nothing.</summary>
    public const string EmptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private volatile SigningKey? _key;

    /// <summary>An instant as <c>x-amz-date</c> has it.</summary>
    public static string Timestamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The SHA-256 of a body as <c>x-amz-content-sha256</c> has it.</summary>
    public static string Hash(ReadOnlySpan<byte> body)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>The value of <c>Authorization</c>.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Encoded path.</param>
    /// <param name="query">Encoded query, sorted by name.</param>
    /// <param name="headers">Names in lower case, sorted; all of them are signed.</param>
    /// <param name="payloadHash">What <c>x-amz-content-sha256</c> says.</param>
    /// <param name="timestamp">What <c>x-amz-date</c> says.</param>
    /// <param name="region">The region to sign for.</param>
    public string Sign(
        string method, string path, string query, List<KeyValuePair<string, string>> headers, string payloadHash, string timestamp, string region)
    {
        var names = string.Join(';', headers.Select(h => h.Key));
        var date = timestamp[..8];
        var scope = $"{date}/{region}/s3/aws4_request";
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        var canonical = new Text(512 + path.Length + query.Length);
        try
        {
            canonical.Line(method);
            canonical.Line(path);
            canonical.Line(query);
            foreach (var (name, value) in headers)
            {
                canonical.Add(name);
                canonical.Add(":");
                canonical.AddCollapsed(value);
                canonical.Line("");
            }

            canonical.Line("");
            canonical.Line(names);
            canonical.Add(payloadHash);
            SHA256.HashData(canonical.Written, hash);

            canonical.Clear();
            canonical.Line("AWS4-HMAC-SHA256");
            canonical.Line(timestamp);
            canonical.Line(scope);
            canonical.Add(Convert.ToHexStringLower(hash));
            HMACSHA256.HashData(KeyOf(date, region), canonical.Written, hash);
        }
        finally
        {
            canonical.Return();
        }

        return $"AWS4-HMAC-SHA256 Credential={accessKeyId}/{scope},SignedHeaders={names},Signature={Convert.ToHexStringLower(hash)}";
    }

    private byte[] KeyOf(string date, string region)
    {
        if (_key is { } known && known.Date == date && known.Region == region)
        {
            return known.Key;
        }

        var key = HMACSHA256.HashData(Encoding.UTF8.GetBytes("AWS4" + secretAccessKey), Encoding.UTF8.GetBytes(date));
        key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(region));
        key = HMACSHA256.HashData(key, "s3"u8);
        key = HMACSHA256.HashData(key, "aws4_request"u8);
        _key = new SigningKey(date, region, key);
        return key;
    }

    private sealed record SigningKey(string Date, string Region, byte[] Key);

    // Header text is bytes (Latin-1), as the request carries it; everything else here is ASCII.
    private ref struct Text(int capacity)
    {
        private byte[] _buffer = ArrayPool<byte>.Shared.Rent(capacity);
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

        public void Clear() => _length = 0;

        public readonly void Return() => ArrayPool<byte>.Shared.Return(_buffer);

        public void Line(ReadOnlySpan<char> text)
        {
            Add(text);
            Add("\n");
        }

        public void Add(ReadOnlySpan<char> text)
        {
            Reserve(text.Length);
            _length += Encoding.Latin1.GetBytes(text, _buffer.AsSpan(_length));
        }

        // White space around a value is dropped and several spaces in a row count as one.
        public void AddCollapsed(ReadOnlySpan<char> value)
        {
            value = value.Trim(" \t");
            if (!value.Contains("  ", StringComparison.Ordinal))
            {
                Add(value);
                return;
            }

            var isAfterSpace = false;
            for (var i = 0; i < value.Length; i++)
            {
                if (value[i] != ' ' || !isAfterSpace)
                {
                    Add(value.Slice(i, 1));
                }

                isAfterSpace = value[i] == ' ';
            }
        }

        private void Reserve(int more)
        {
            if (_length + more <= _buffer.Length)
            {
                return;
            }

            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + more, _buffer.Length * 2));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
