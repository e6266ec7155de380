using System.Buffers;
using System.Globalization;
using System.Text;

namespace Longhaul.Slurper.Objects;

/// <summary>Percent-encoding as S3 signs it: everything but letters, digits, <c>-._~</c>, in a path the slash too.</summary>
internal static class ObjectPath
{
    private const string Hex = "0123456789ABCDEF";
    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    private static readonly SearchValues<char> PathCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/");

    /// <summary>A key, or a bucket, as part of a path.</summary>
    public static string Encode(string text) => Encode(text, PathCharacters);

    /// <summary>A name or value of a query.</summary>
    public static string EncodeQuery(string text) => Encode(text, Unreserved);

    /// <summary>A query in canonical form: encoded, sorted by name. Null values are left out.</summary>
    public static string Query(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = new StringBuilder();
        var sorted = parameters.ToArray();
        Array.Sort(sorted, (a, b) => string.CompareOrdinal(a.Name, b.Name));
        foreach (var (name, value) in sorted)
        {
            if (value is not null)
            {
                query.Append(query.Length > 0 ? "&" : "").Append(EncodeQuery(name)).Append('=').Append(EncodeQuery(value));
            }
        }

        return query.ToString();
    }

    /// <summary>
    /// An address whose path and query go out exactly as they are written here: the runtime would resolve <c>.</c> and <c>..</c>, which are
    /// ordinary parts of a key.
    /// </summary>
    public static Uri Address(string text) => new(text, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    /// <summary>A number as it stands in a query or header.</summary>
    public static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Encode(string text, SearchValues<char> plain)
    {
        var first = text.AsSpan().IndexOfAnyExcept(plain);
        if (first < 0)
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length + 32).Append(text, 0, first);
        Span<byte> bytes = stackalloc byte[4];
        foreach (var rune in text.AsSpan(first).EnumerateRunes())
        {
            if (rune.IsAscii && plain.Contains((char)rune.Value))
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            foreach (var b in bytes[..rune.EncodeToUtf8(bytes)])
            {
                encoded.Append('%').Append(Hex[b >> 4]).Append(Hex[b & 15]);
            }
        }

        return encoded.ToString();
    }
}
