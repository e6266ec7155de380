using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Longhaul.Slurper;

/// <summary>Bounds of the Slurper face; configuration section <c>Slurper</c>.</summary>
internal sealed class SlurperOptions
{
    /// <summary>
    /// Origins that a job may name although they are not https or not public: <c>http://host:port</c>, <c>https://host</c>,
    /// <c>*.suffix</c>, a CIDR. Defaults to none.
    /// </summary>
    public IList<string> AllowedEndpoints { get; } = [];

    /// <summary>What vendor <c>r2</c> means, with <c>{account}</c> and <c>{jurisdiction}</c>; unset, Cloudflare's own hosts.</summary>
    public string? R2Endpoint { get; set; }

    /// <summary>Where the XML API of Google Cloud Storage is. Defaults to Google's own.</summary>
    public string GcsEndpoint { get; set; } = "https://storage.googleapis.com";

    /// <summary>Where a service account gets its access tokens. Defaults to Google's own.</summary>
    public string GcsTokenEndpoint { get; set; } = "https://oauth2.googleapis.com/token";

    /// <summary>So long a repeated create is recognized by its body, in seconds; 0 switches that off. Defaults to 60.</summary>
    [Range(0, 86_400)]
    public int CreateDedupeSeconds { get; set; } = 60;

    /// <summary>How long objects in flight may finish after an abort, in seconds; -1 without bound. Defaults to 10.</summary>
    [Range(-1, 86_400)]
    public int AbortGraceSeconds { get; set; } = 10;

    /// <summary>Running jobs per account. Defaults to 100.</summary>
    [Range(1, 1_000_000)]
    public int MaxRunningJobs { get; set; } = 100;

    /// <summary>How long a fault of the whole job is tried again before it is paused, in seconds. Defaults to 300.</summary>
    [Range(0, 86_400)]
    public int FatalRetrySeconds { get; set; } = 300;

    /// <summary>Larger objects are skipped, in bytes. Defaults to 5 TiB.</summary>
    [Range(1, long.MaxValue)]
    public long MaxObjectBytes { get; set; } = 5L << 40;

    /// <summary>Copies the tags of objects too; one request more for each. Defaults to false.</summary>
    public bool CopyTags { get; set; }

    /// <summary>Size of a part before it is grown, in bytes. Defaults to 64 MiB.</summary>
    [Range(1 << 20, 5L << 30)]
    public long PartBytes { get; set; } = 64L << 20;

    /// <summary>Objects whose ETag is one MD5 are written in one streamed PUT up to this size, in bytes. Defaults to 512 MiB.</summary>
    [Range(1 << 20, 5L << 30)]
    public long SinglePutBytes { get; set; } = 512L << 20;

    /// <summary>Largest object written by one PUT or one CopyObject, in bytes. Defaults to 5 GiB.</summary>
    [Range(1 << 20, 5L << 30)]
    public long MaxSinglePutBytes { get; set; } = 5L << 30;

    /// <summary>Keys that are listed ahead of copying. Defaults to 100,000.</summary>
    [Range(1, 100_000_000)]
    public int ListAhead { get; set; } = 100_000;

    /// <summary>So many copied objects of a job are recorded, the first ones; 0 for none. Defaults to 1,000,000.</summary>
    [Range(0, 100_000_000)]
    public int ObjectRecords { get; set; } = 1_000_000;

    /// <summary>Body of one request, in bytes. Defaults to 64 MiB.</summary>
    [Range(1, int.MaxValue)]
    public long MaxBodyBytes { get; set; } = 64L << 20;
}

/// <summary>Checks the ranges of <see cref="SlurperOptions"/> when the server starts.</summary>
[OptionsValidator]
internal sealed partial class SlurperOptionsValidator : IValidateOptions<SlurperOptions>;
