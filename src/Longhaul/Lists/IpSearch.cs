using System.Text;

namespace Longhaul.Lists;

/// <summary>What a search term may mean for addresses: itself, and its canonical form where it is an address or a prefix.</summary>
internal static class IpSearch
{
    public static IEnumerable<string> Terms(string search)
    {
        yield return search.ToLowerInvariant();
        var text = Encoding.UTF8.GetBytes(search);
        if (Canonical(text) is { } canonical)
        {
            yield return canonical;
        }
    }

    private static string? Canonical(ReadOnlySpan<byte> text)
    {
        if (IpValue.TryParse(text, out var value) != IpFault.None)
        {
            return null;
        }

        Span<byte> canonical = stackalloc byte[IpValue.MaxTextLength];
        return Encoding.ASCII.GetString(canonical[..value.Format(canonical)]);
    }
}
