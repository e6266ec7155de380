namespace Longhaul.Lists.Lookup;

/// <summary>The URL of a request that may be redirected: what matching looks at.</summary>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Host">In lower case, without port.</param>
/// <param name="Path">As it was sent, at least <c>/</c>.</param>
/// <param name="Query">With its question mark, or empty.</param>
internal sealed record RequestUrl(string Scheme, string Host, string Path, string Query)
{
    // Hosts that a host lies in, times the bytes of the path: each of them is tried with each part of the path.
    private const long MaxWork = 1 << 18;

    /// <summary>Reads an absolute URL; null when it is none that a browser could ask for, or so long that looking for it would be work. Port, user and fragment play no part.</summary>
    public static RequestUrl? Parse(string text)
    {
        var colon = text.IndexOf("://", StringComparison.Ordinal);
        var scheme = colon < 0 ? "" : text[..colon].ToLowerInvariant();
        if (scheme is not ("http" or "https"))
        {
            return null;
        }

        var rest = text.AsSpan(colon + 3);
        if (rest.IndexOf('#') is >= 0 and var fragment)
        {
            rest = rest[..fragment];
        }

        var end = rest.IndexOfAny('/', '?');
        var authority = end < 0 ? rest : rest[..end];
        var tail = end < 0 ? default : rest[end..];
        authority = authority[(authority.LastIndexOf('@') + 1)..];
        if (authority.IndexOf(':') is >= 0 and var port)
        {
            authority = authority[..port];
        }

        var question = tail.IndexOf('?');
        var path = question < 0 ? tail : tail[..question];
        return authority.IsEmpty || (authority.Count('.') + 1L) * path.Length > MaxWork
            ? null
            : new RequestUrl(
                scheme,
                authority.ToString().ToLowerInvariant(),
                path.IsEmpty ? "/" : path.ToString(),
                question < 0 ? "" : tail[question..].ToString());
    }
}
