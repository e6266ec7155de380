using Longhaul.Tests.Support;

namespace Longhaul.Tests.EndToEnd;

/// <summary>The first command of the README.</summary>
[Collection("processes")]
public sealed class DemoTests
{
    [Fact]
    public async Task The_demo_runs_one_operation_to_its_end_and_says_how_to_ask_again()
    {
        var (code, output, _) = await LonghaulProcess.RunAsync(["demo", "--once"]);

        Assert.Equal(0, code);
        Assert.StartsWith("http://127.0.0.1:", output, StringComparison.Ordinal);
        Assert.Contains("completed: 4000 items", output, StringComparison.Ordinal);
        Assert.Contains("curl -H", output, StringComparison.Ordinal);
    }
}
