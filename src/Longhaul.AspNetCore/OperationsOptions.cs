using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Longhaul.AspNetCore;

/// <summary>Bounds of the operations API; configuration section <c>Operations</c>.</summary>
public sealed class OperationsOptions
{
    /// <summary>Upper end of <c>Prefer: wait</c>, in seconds; longer waits are cut to it. Defaults to 60.</summary>
    [Range(1, 3_600)]
    public int MaxWaitSeconds { get; set; } = 60;

    /// <summary>Items in one submit. Defaults to 1,000,000.</summary>
    [Range(1, 100_000_000)]
    public int MaxItems { get; set; } = 1_000_000;

    /// <summary>Body of a submit, in bytes. Defaults to 128 MiB.</summary>
    [Range(1, int.MaxValue)]
    public long MaxBodyBytes { get; set; } = 128L << 20;

    /// <summary>Offers the kind noop, for tests. Defaults to false.</summary>
    public bool EnableNoop { get; set; }
}

/// <summary>Checks the ranges of <see cref="OperationsOptions"/> when the host starts.</summary>
[OptionsValidator]
internal sealed partial class OperationsOptionsValidator : IValidateOptions<OperationsOptions>;
