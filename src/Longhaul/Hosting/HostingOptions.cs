using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Longhaul.Hosting;

/// <summary>The server itself; configuration section <c>Hosting</c>.</summary>
internal sealed class HostingOptions
{
    /// <summary>Accept only account ids of exactly 32 characters. Defaults to false.</summary>
    public bool StrictAccountIds { get; set; }

    /// <summary>Method, URL and query of a request, in bytes. Defaults to 64 KiB.</summary>
    [Range(1_024, 1 << 20)]
    public int MaxRequestLineBytes { get; set; } = 64 << 10;

    /// <summary>Probes from elsewhere than loopback need a credential. Defaults to false.</summary>
    public bool ProbeAuth { get; set; }

    /// <summary>Requests that one credential may make in a window, in this process. 0 sets no limit. Defaults to 0.</summary>
    [Range(0, 1_000_000_000)]
    public int RateLimitRequests { get; set; }

    /// <summary>Length of that window. Defaults to 300.</summary>
    [Range(1, 86_400)]
    public int RateLimitWindowSeconds { get; set; } = 300;
}

/// <summary>Checks the ranges of <see cref="HostingOptions"/> when the server starts.</summary>
[OptionsValidator]
internal sealed partial class HostingOptionsValidator : IValidateOptions<HostingOptions>;
