using Longhaul.Hosting.Bodies;

namespace Longhaul.Tests.Lists;

public sealed class JsonStringsTests
{
    [Fact]
    public void A_query_value_may_hold_no_nul_and_no_lone_surrogate()
    {
        // No theory: an attribute keeps its strings as UTF-8, which has no lone surrogates.
        string[] forbidden = ["a\0", "\uD800", "a\uDC00b", "\uDC00\uD800", "\uD83D\uDE00\uD83D"];
        string[] allowed = ["", "1.2.3.4", "é\uD83D\uDE00"];

        Assert.All(forbidden, text => Assert.True(JsonStrings.HasForbidden(text)));
        Assert.All(allowed, text => Assert.False(JsonStrings.HasForbidden(text)));
    }
}
