using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Longhaul.TestStores.Http;

/// <summary>A checksum over a stream, by the name that x-amz-checksum-* gives it.</summary>
internal abstract class Digest : IDisposable
{
    public static readonly string[] Names = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"];

    public static Digest Of(string name) => name switch
    {
        "md5" => new Hash(HashAlgorithmName.MD5),
        "sha1" => new Hash(HashAlgorithmName.SHA1),
        "sha256" => new Hash(HashAlgorithmName.SHA256),
        "crc32" => new Crc(Crc.Ieee, uint.MaxValue, 4),
        "crc32c" => new Crc(Crc.Castagnoli, uint.MaxValue, 4),
        "crc64nvme" => new Crc(Crc.Nvme, ulong.MaxValue, 8),
        _ => throw new S3Exception(400, "InvalidRequest", $"The checksum algorithm {name} is not known."),
    };

    public abstract void Append(ReadOnlySpan<byte> bytes);

    public abstract byte[] Finish();

    public void Dispose() => Dispose(true);

    protected virtual void Dispose(bool disposing)
    {
    }

    private sealed class Hash(HashAlgorithmName name) : Digest
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(name);

        public override void Append(ReadOnlySpan<byte> bytes) => _hash.AppendData(bytes);

        public override byte[] Finish() => _hash.GetHashAndReset();

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>Reflected, all ones before and after, over a table.</summary>
    private sealed class Crc(ulong[] table, ulong start, int length) : Digest
    {
        public static readonly ulong[] Ieee = Table(0xEDB88320);
        public static readonly ulong[] Castagnoli = Table(0x82F63B78);
        public static readonly ulong[] Nvme = Table(0x9A6C9329AC4BC9B5);

        private readonly ulong _ones = start;
        private ulong _value = start;

        public override void Append(ReadOnlySpan<byte> bytes)
        {
            var value = _value;
            foreach (var b in bytes)
            {
                value = table[(byte)value ^ b] ^ (value >> 8);
            }

            _value = value;
        }

        public override byte[] Finish()
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, _value ^ _ones);
            return bytes[^length..];
        }

        private static ulong[] Table(ulong polynomial)
        {
            var table = new ulong[256];
            for (ulong i = 0; i < 256; i++)
            {
                var value = i;
                for (var bit = 0; bit < 8; bit++)
                {
                    value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ polynomial;
                }

                table[i] = value;
            }

            return table;
        }
    }
}
