using System.Text.Json;

namespace Longhaul.Lists.Lookup;

/// <summary>A redirect as its stored payload has it, what is absent being its default.</summary>
internal sealed record RedirectRule(
    string Source, string Target, int Status, bool IncludesSubdomains, bool MatchesSubpaths, bool KeepsQuery, bool KeepsSuffix)
{
    private const int DefaultStatus = 301;

    /// <summary>The path of the source.</summary>
    public string Path => Source[Source.IndexOf('/', HostStart)..];

    // A path may hold "://" too.
    private int HostStart => Source.StartsWith("http://", StringComparison.Ordinal) ? 7 : Source.StartsWith("https://", StringComparison.Ordinal) ? 8 : 0;

    public static RedirectRule Parse(byte[] payload)
    {
        using var document = JsonDocument.Parse(payload);
        var redirect = document.RootElement.GetProperty("redirect");
        bool Flag(string name) => redirect.TryGetProperty(name, out var flag) && flag.GetBoolean();
        return new RedirectRule(
            redirect.GetProperty("source_url").GetString()!,
            redirect.GetProperty("target_url").GetString()!,
            redirect.TryGetProperty("status_code", out var status) ? status.GetInt32() : DefaultStatus,
            Flag("include_subdomains"),
            Flag("subpath_matching"),
            Flag("preserve_query_string"),
            Flag("preserve_path_suffix"));
    }

    /// <summary>Where a request goes whose path is the source's or lies under it.</summary>
    public string Locate(RequestUrl url)
    {
        var suffix = MatchesSubpaths && KeepsSuffix ? url.Path[Path.Length..] : "";
        var query = KeepsQuery ? url.Query : "";
        var fragment = Target.IndexOf('#', StringComparison.Ordinal);
        var target = fragment < 0 ? Target : Target[..fragment];
        if (suffix.Length > 0)
        {
            // One slash between what stays and what is added, as between a folder and what is in it.
            target = (target.EndsWith('/'), suffix.StartsWith('/')) switch
            {
                (true, true) => target + suffix[1..],
                (false, false) => $"{target}/{suffix}",
                _ => target + suffix,
            };
        }

        return target + query + (fragment < 0 ? "" : Target[fragment..]);
    }
}

/// <summary>The redirect that a request takes.</summary>
internal sealed record RedirectMatch(ListItem Item, int Status, string Location);
