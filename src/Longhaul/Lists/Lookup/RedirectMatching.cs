using Longhaul.Lists.Items;

namespace Longhaul.Lists.Lookup;

/// <summary>
/// Which redirect a request takes, by the vendor's documented order (contracts/lists.md section 12): the host itself before a host that
/// includes its subdomains, of these the most specific, then the longest path, then a source with a scheme before one without.
/// </summary>
internal static class RedirectMatching
{
    /// <summary>A source that matches subpaths has no more slashes in its path.</summary>
    private const int MaxSubpathSlashes = 16;

    /// <summary>Every source that the request could match, the preferred ones first.</summary>
    public static IReadOnlyList<RedirectCandidate> Candidates(RequestUrl url) => [.. Enumerate(url)];

    /// <summary>Chooses among the items of the candidates' keys; null when none matches.</summary>
    public static RedirectMatch? Choose(RequestUrl url, IReadOnlyList<RedirectCandidate> candidates, IReadOnlyList<ListItem> items)
    {
        foreach (var candidate in items.Count == 0 ? [] : candidates)
        {
            foreach (var item in items)
            {
                if (!item.SortKey.AsSpan().SequenceEqual(candidate.Key))
                {
                    continue;
                }

                var rule = RedirectRule.Parse(item.Payload);
                if ((candidate.IsHostItself || rule.IncludesSubdomains) && (candidate.IsPathItself || rule.MatchesSubpaths))
                {
                    return new RedirectMatch(item, rule.Status, rule.Locate(url));
                }
            }
        }

        return null;
    }

    private static IEnumerable<RedirectCandidate> Enumerate(RequestUrl url)
    {
        foreach (var host in Hosts(url.Host))
        {
            foreach (var path in Paths(url.Path))
            {
                foreach (var prefix in (string[])[$"{url.Scheme}://", ""])
                {
                    if (ItemKind.Redirect.FindKey(prefix + host + path) is { } key)
                    {
                        yield return new RedirectCandidate(key, host.Length == url.Host.Length, path.Length == url.Path.Length);
                    }
                }
            }
        }
    }

    /// <summary>The host, then each domain that it lies in.</summary>
    private static IEnumerable<string> Hosts(string host)
    {
        yield return host;
        var isAddress = ItemKind.Ip.FindKey(host) is not null;
        for (var dot = host.IndexOf('.', StringComparison.Ordinal); dot >= 0 && !isAddress; dot = host.IndexOf('.', dot + 1))
        {
            yield return host[(dot + 1)..];
        }
    }

    /// <summary>The path, then each path that it lies under, the longest first.</summary>
    private static IEnumerable<string> Paths(string path)
    {
        yield return path;
        var slashes = path.Count(c => c == '/');
        for (var slash = path.LastIndexOf('/'); slash >= 0; slash = slash == 0 ? -1 : path.LastIndexOf('/', slash - 1), slashes--)
        {
            if (slashes <= MaxSubpathSlashes && slash + 1 < path.Length)
            {
                yield return path[..(slash + 1)];
            }

            if (slashes <= MaxSubpathSlashes + 1 && slash > 0)
            {
                yield return path[..slash];
            }
        }
    }
}

/// <summary>A source that a request could match.</summary>
/// <param name="Key">Its key.</param>
/// <param name="IsHostItself">Its host is the request's, not a domain above it.</param>
/// <param name="IsPathItself">Its path is the request's, not one above it.</param>
internal readonly record struct RedirectCandidate(byte[] Key, bool IsHostItself, bool IsPathItself);
