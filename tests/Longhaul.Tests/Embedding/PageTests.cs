using System.Diagnostics;
using System.Text.RegularExpressions;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Embedding;

/// <summary>
/// The page about embedding, followed to the letter: its files, written into an empty folder, are restored from the packed packages,
/// built, run, asked over HTTP, and its crash test is run.
/// </summary>
[Collection("services")]
public sealed partial class PageTests(Packages packages) : IClassFixture<Packages>
{
    private const string Prelude =
        """
        set -euo pipefail
        curl() { command curl --silent --show-error --fail-with-body "$@"; printf '\n'; }

        """;

    [Fact]
    public async Task Who_follows_the_page_has_a_service_and_its_crash_test()
    {
        var page = await File.ReadAllTextAsync(Path.Combine(Packages.Root, "docs", "embed", "README.md"), TestContext.Current.CancellationToken);
        using var folder = new TempFolder();
        foreach (var block in FileBlock().Matches(page).Select(m => m.Groups))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[block["file"].Value])!);
            await File.WriteAllTextAsync(folder[block["file"].Value], block["text"].Value, TestContext.Current.CancellationToken);
        }

        await File.WriteAllTextAsync(folder["nuget.config"], Sources(packages.Folder), TestContext.Current.CancellationToken);
        await HostProcess.RunAsync(folder.FullPath, "dotnet", "build", "People.Tests", "-c", "Release", "-v", "quiet");

        await using (var host = await HostProcess.StartAsync(folder["People/bin/Release/net10.0/People.dll"], folder.FullPath, "--ApiKey", "secret"))
        {
            await RunPageAsync(RunBlock().Matches(page).Select(m => m.Groups["text"].Value), folder.FullPath, host);
        }

        var tests = await HostProcess.RunAsync(folder.FullPath, "dotnet", "People.Tests/bin/Release/net10.0/People.Tests.dll", "-noColor");
        Assert.Contains("Total: 2, Errors: 0, Failed: 0", tests, StringComparison.Ordinal);
    }

    private static async Task RunPageAsync(IEnumerable<string> blocks, string folder, HostProcess host)
    {
        var script = string.Join('\n', blocks);
        var start = new ProcessStartInfo("bash", ["-c", $"exec 2>&1\n{Prelude}{script}"]) { WorkingDirectory = folder, RedirectStandardOutput = true };
        start.Environment["H"] = host.Address.ToString().TrimEnd('/');
        using var bash = Process.Start(start)!;
        var output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(bash.ExitCode == 0, $"the page stops after:\n{output}\n{host.Output}");
        var at = 0;
        var promises = Promise().Matches(script).Select(m => m.Groups[1].Value.Trim()).ToList();
        Assert.True(promises.Count >= 5);
        foreach (var promise in promises)
        {
            var found = output.IndexOf(promise, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"the page promises {promise}\nbut printed:\n{output[at..]}");
            at = found + promise.Length;
        }
    }

    // Ours come from the folder and go into a cache of their own, which is as empty as the folder was; others from where they always come from.
    private static string Sources(string packages)
    {
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <fallbackPackageFolders><add key="machine" value="{cache}" /></fallbackPackageFolders>
              <packageSources><add key="longhaul" value="{packages}" /></packageSources>
            </configuration>
            """;
    }

    [GeneratedRegex(@"^```\w+ file=(?<file>\S+)\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FileBlock();

    [GeneratedRegex(@"^```sh run\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex RunBlock();

    [GeneratedRegex("#=> (.*)$", RegexOptions.Multiline)]
    private static partial Regex Promise();
}
