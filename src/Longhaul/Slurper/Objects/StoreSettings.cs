namespace Longhaul.Slurper.Objects;

/// <summary>What the stores need of the section <c>Slurper</c>.</summary>
internal sealed record StoreSettings
{
    /// <summary><c>Slurper:AllowedEndpoints</c>. Defaults to none: https and public addresses only.</summary>
    public IReadOnlyList<string> AllowedEndpoints { get; init; } = [];

    /// <summary><c>Slurper:R2Endpoint</c>, with <c>{account}</c> and <c>{jurisdiction}</c>. Defaults to Cloudflare's own hosts.</summary>
    public string? R2Endpoint { get; init; }

    /// <summary><c>Slurper:GcsEndpoint</c>: the XML API. Defaults to Google's.</summary>
    public string? GcsEndpoint { get; init; }

    /// <summary><c>Slurper:GcsTokenEndpoint</c>: where a signed assertion becomes a token. Defaults to Google's.</summary>
    public string? GcsTokenEndpoint { get; init; }
}
