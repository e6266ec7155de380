using Microsoft.AspNetCore.Http.Features;

namespace Longhaul.Saymon;

/// <summary>The path as it was sent: the framework leaves an encoded slash encoded, which then looks like one that was encoded twice.</summary>
internal static class SaymonRawPath
{
    /// <summary>A segment of the path, from 0 behind the first slash, decoded once; null when there is none.</summary>
    public static string? Decode(HttpContext context, int segment)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var parts = (end < 0 ? target : target[..end]).Split('/');
        return target.StartsWith('/') && segment + 1 < parts.Length ? Uri.UnescapeDataString(parts[segment + 1]) : null;
    }
}
