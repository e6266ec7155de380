using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Longhaul.Lists;

/// <summary>Bounds of the Lists face; configuration section <c>Lists</c>.</summary>
internal sealed class ListsOptions
{
    /// <summary>
    /// What becomes of a write while another is under way: with <c>queue</c> it waits its turn in its list, with <c>reject</c> an account
    /// has one unfinished write at a time and a further one is refused with 429. Defaults to <c>queue</c>.
    /// </summary>
    [RegularExpression("queue|reject")]
    public string Concurrency { get; set; } = "queue";

    /// <summary>Pending operations per list. Defaults to 1,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxPendingPerList { get; set; } = 1_000;

    /// <summary>Bad items named in one answer. Defaults to 100.</summary>
    [Range(1, 10_000)]
    public int MaxReportedErrors { get; set; } = 100;

    /// <summary>Lists per account; 0 for no limit. Defaults to 1,000.</summary>
    [Range(0, int.MaxValue)]
    public int MaxListsPerAccount { get; set; } = 1_000;

    /// <summary>Items in a list; 0 for no limit. Defaults to 1,000,000.</summary>
    [Range(0, long.MaxValue)]
    public long MaxItemsPerList { get; set; } = 1_000_000;

    /// <summary>Items in all lists of an account; 0 for no limit. Defaults to 0.</summary>
    [Range(0, long.MaxValue)]
    public long MaxItemsPerAccount { get; set; }

    /// <summary>Items in one request. Defaults to 1,000,000.</summary>
    [Range(1, 100_000_000)]
    public int MaxItemsPerRequest { get; set; } = 1_000_000;

    /// <summary>Body of one request, in bytes. Defaults to 128 MiB.</summary>
    [Range(1, int.MaxValue)]
    public long MaxBodyBytes { get; set; } = 128L << 20;

    /// <summary>Memory that the indexes of looked-up address lists may take, in bytes; 0 for none. Defaults to 256 MiB.</summary>
    [Range(0, 4L << 30)]
    public long LookupMemoryBytes { get; set; } = 256L << 20;

    /// <summary>How long a replaced revision stays readable to its cursors at least, in seconds. Defaults to 300.</summary>
    [Range(0, 86_400)]
    public int RevisionHoldSeconds { get; set; } = 300;
}

/// <summary>Checks the ranges of <see cref="ListsOptions"/> when the server starts.</summary>
[OptionsValidator]
internal sealed partial class ListsOptionsValidator : IValidateOptions<ListsOptions>;
