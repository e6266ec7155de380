using System.Text;

namespace Longhaul.Lists.Items;

internal static class IpSearch
{
    /// <summary>
    /// The beginnings that match a term: as sent in lower case and, where it is an address or range, its canonical
    /// form. No candidate means that nothing can match.
    /// </summary>
    public static IReadOnlyList<string> Candidates(string term)
    {
        if (!Ascii.IsValid(term))
        {
            return [];
        }

        var asSent = term.ToLowerInvariant();
        if (IpValue.Parse(Encoding.ASCII.GetBytes(asSent), out var value) != IpFault.None)
        {
            return [asSent];
        }

        var canonical = value.ToString();
        return canonical == asSent ? [asSent] : [asSent, canonical];
    }
}
