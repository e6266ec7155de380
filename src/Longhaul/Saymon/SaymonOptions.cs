using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Longhaul.Saymon;

/// <summary>Bounds of the SAYMON face; configuration section <c>Saymon</c>.</summary>
internal sealed class SaymonOptions
{
    /// <summary>The account of SAYMON traffic. Defaults to <c>default</c>.</summary>
    [RegularExpression("[A-Za-z0-9_-]{1,64}")]
    public string Account { get; set; } = "default";

    /// <summary>Refuses a bulk without a search, or with an empty one. Defaults to false.</summary>
    public bool RequireSearch { get; set; }

    /// <summary>Objects that one bulk may match; 0 for no limit. Defaults to 0.</summary>
    [Range(0, long.MaxValue)]
    public long MaxMatched { get; set; }

    /// <summary>Body of one request, in bytes. Defaults to 16 MiB.</summary>
    [Range(1, int.MaxValue)]
    public long MaxBodyBytes { get; set; } = 16L << 20;

    /// <summary>Only the submitter may poll a bulk. Defaults to false.</summary>
    public bool OwnBulksOnly { get; set; }

    /// <summary>Sliding life of a session, in hours. Defaults to 24.</summary>
    [Range(1, 87_600)]
    public int SessionHours { get; set; } = 24;

    /// <summary>Where bulks act: <c>local</c>, the object store here. The other word is reserved.</summary>
    [RegularExpression("local")]
    public string Executor { get; set; } = "local";
}

/// <summary>Checks the ranges of <see cref="SaymonOptions"/> when the server starts.</summary>
[OptionsValidator]
internal sealed partial class SaymonOptionsValidator : IValidateOptions<SaymonOptions>;
