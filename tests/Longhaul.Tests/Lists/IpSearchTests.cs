using Longhaul.Lists.Items;

namespace Longhaul.Tests.Lists;

public sealed class IpSearchTests
{
    [Theory]
    [InlineData("1.2.3.4/32", "1.2.3.4", true)]
    [InlineData("1.2.3", "1.2.3.4", true)]
    [InlineData("1.2.3.4", "1.2.3.40", true)]
    [InlineData("192.168.1.5/24", "192.168.1.0/24", true)]
    [InlineData("2001:DB8:", "2001:db8::1", true)]
    [InlineData("2001:0db8:0:0::1", "2001:db8::1", true)]
    [InlineData("::1/128", "::1", true)]
    [InlineData("", "::1", true)]
    [InlineData("2.3.4", "1.2.3.4", false)]
    [InlineData("10.0.0.0/8", "10.1.2.3", false)]
    [InlineData("１.2.3.4", "1.2.3.4", false)]
    public void A_term_finds_the_values_that_begin_with_it_or_with_its_canonical_form(string term, string value, bool isFound) =>
        Assert.Equal(
            isFound, IpSearch.Candidates(term).Any(candidate => value.StartsWith(candidate, StringComparison.Ordinal)));

    [Theory]
    [InlineData("1.2.3.4", new[] { "1.2.3.4" })]
    [InlineData("1.2.3.4/32", new[] { "1.2.3.4/32", "1.2.3.4" })]
    [InlineData("FE80::", new[] { "fe80::" })]
    [InlineData("office", new[] { "office" })]
    [InlineData("é", new string[0])]
    public void The_candidates_are_the_term_and_its_canonical_form(string term, string[] candidates) =>
        Assert.Equal(candidates, IpSearch.Candidates(term));
}
