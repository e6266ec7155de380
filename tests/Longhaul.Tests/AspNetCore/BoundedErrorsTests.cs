using System.Text;
using Longhaul.AspNetCore;

namespace Longhaul.Tests.AspNetCore;

/// <summary>A body of nothing but faults costs no more than the hundred of them that are shown.</summary>
public sealed class BoundedErrorsTests
{
    private static readonly byte[] Unknown = Encoding.UTF8.GetBytes($"{{{string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"x{i}\":[]"))}}}");

    [Fact]
    public void A_submit_lists_a_hundred_faults()
    {
        var errors = new List<(string Detail, string Pointer)>();

        SubmitReader.Read(Unknown, errors);

        Assert.Equal(100, errors.Count);
        Assert.Equal("/x99", errors[^1].Pointer);
    }

    [Fact]
    public void A_retry_lists_a_hundred_faults()
    {
        var errors = new List<(string Detail, string Pointer)>();

        ControlReader.Read(Unknown, takesItems: true, errors);

        Assert.Equal(100, errors.Count);
        Assert.Equal("/x99", errors[^1].Pointer);
    }
}
