using System.Diagnostics;
using System.Text.RegularExpressions;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.EndToEnd;

/// <summary>
/// Runs what the documentation tells people to run: the blocks that begin with <c>```sh run</c>, one after the other in one shell,
/// against a server of their own, with <c>H</c> its address and <c>T</c> its root token. Every command must succeed, and what stands
/// behind <c>#=&gt;</c> must be in the output, in that order.
/// </summary>
[Collection("processes")]
public sealed partial class DocumentationTests
{
    private const string Prelude =
        """
        set -euo pipefail
        curl() { command curl --silent --show-error --fail-with-body "$@"; printf '\n'; }
        longhaul() { "$PROGRAM" "$@"; }

        """;

    [Theory]
    [InlineData("README.md", 1)]
    [InlineData("docs/faces/lists.md", 10)]
    [InlineData("docs/faces/saymon.md", 10)]
    public async Task What_the_page_says_to_type_works(string page, int leastBlocks)
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", ".."));
        var blocks = Blocks().Matches(await File.ReadAllTextAsync(Path.Combine(root, page), TestContext.Current.CancellationToken)).Select(m => m.Groups[1].Value).ToList();
        Assert.True(blocks.Count >= leastBlocks, $"{page} has {blocks.Count} blocks to run");
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeAsync(place);
        using var folder = new TempFolder();

        var (code, output) = await RunAsync(Prelude + string.Join('\n', blocks), folder.FullPath, server, place.Folder);

        Assert.True(code == 0, $"{page} stops after:\n{output}");
        var at = 0;
        foreach (var expected in Expected().Matches(string.Join('\n', blocks)).Select(m => m.Groups[1].Value.Trim()))
        {
            var found = output.IndexOf(expected, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"{page} promises {expected}\nbut printed:\n{output[at..]}");
            at = found + expected.Length;
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(string script, string folder, LonghaulProcess server, string data)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"exec 2>&1\n{script}"]) { WorkingDirectory = folder, RedirectStandardOutput = true };
        start.Environment["H"] = server.Address.ToString().TrimEnd('/');
        start.Environment["T"] = LonghaulProcess.Token;
        start.Environment["DATA"] = data;
        start.Environment["PROGRAM"] = LonghaulProcess.ProgramPath;
        using var bash = Process.Start(start)!;
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (bash.ExitCode, output);
    }

    [GeneratedRegex(@"^```sh run\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex("#=> (.*)$", RegexOptions.Multiline)]
    private static partial Regex Expected();
}
