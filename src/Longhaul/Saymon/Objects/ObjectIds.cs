using System.Buffers;
using System.Buffers.Binary;
using Longhaul.Engine;

namespace Longhaul.Saymon.Objects;

/// <summary>
/// Ids of objects, links and properties: 24 lower-case hex digits, seconds first, as an ObjectId has it. What one process gives out is
/// unique and in order. Safe for concurrent use.
/// </summary>
internal sealed class ObjectIds(IdSource ids, TimeProvider clock)
{
    /// <summary>Bytes of an id; two hex digits each.</summary>
    public const int Bytes = 12;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private readonly Lock _gate = new();
    private UInt128 _last;

    /// <summary>The next id.</summary>
    public string Next()
    {
        Span<byte> random = stackalloc byte[16];
        ids.NewV7(clock, random);
        var seconds = (ulong)clock.GetUtcNow().ToUnixTimeSeconds() & 0xFFFF_FFFF;
        var wanted = new UInt128(seconds, BinaryPrimitives.ReadUInt64BigEndian(random[8..]));
        lock (_gate)
        {
            // Within a second, or when the clock was set back, ids go on from the last one.
            _last = wanted > _last ? wanted : _last + 1;
            wanted = _last;
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, wanted);
        return Convert.ToHexStringLower(bytes[4..]);
    }

    /// <summary>True for 24 hex digits in any case.</summary>
    public static bool IsId(ReadOnlySpan<char> text) => text.Length == 2 * Bytes && !text.ContainsAnyExcept(HexDigits);

    /// <summary>Ids are compared as bytes, so they are kept in lower case; any other text stays as it is.</summary>
    public static string Normalize(string text) => IsId(text) ? text.ToLowerInvariant() : text;
}
