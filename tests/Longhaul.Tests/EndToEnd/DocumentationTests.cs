using System.Diagnostics;
using System.Text.RegularExpressions;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Injection;

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
    public Task What_the_page_says_to_type_works(string page, int leastBlocks) => CheckAsync(page, leastBlocks, [], [], _ => { });

    /// <summary>The page of migrations in its named roles: stores in memory play S3, R2 and Google; Ceph and Swift are themselves.</summary>
    [Fact]
    public async Task What_the_page_of_migrations_says_to_type_works()
    {
        await using var s3 = await TestStore.StartAsync(null, "photos", "archive");
        await using var r2 = await TestStore.StartAsync(TestStoreOptions.R2Like(), "photos-new");
        await using var gcs = await TestStore.StartAsync(new TestStoreOptions { Gcs = true }, "photos");
        var account = gcs.GcsAccounts.Create();
        foreach (var key in new[] { "2024/a.jpg", "2024-01.jpg", "2023/b.jpg" })
        {
            s3.Bucket("photos").Put(key, "picture"u8);
            gcs.Bucket("photos").Put(key, "picture"u8);
            s3.Bucket("archive").Put(key, "old picture"u8);
        }

        // What is in the archive comes slowly: it can be paused and aborted.
        s3.Faults.Add(new Fault(Effect.Gate(new TestGate())) { Verbs = [S3Verb.GetObject], Bucket = "archive", When = r => r.Header("range") is null });
        using var ceph = CephRgw.Client();
        using var swift = SwiftS3.Client();
        await ceph.CreateBucketAsync("photos");
        await ceph.CreateBucketAsync("photos-new");
        await swift.CreateBucketAsync("photos-new");
        await ceph.PutAsync("photos", "2024-01.jpg", [1, 2, 3]);
        await CheckAsync(
            "docs/faces/slurper.md",
            8,
            [
                ("LONGHAUL_Slurper__AllowedEndpoints__0", "127.0.0.0/8"),
                ("LONGHAUL_Slurper__AllowedEndpoints__1", CephRgw.Address.ToString().TrimEnd('/')),
                ("LONGHAUL_Slurper__AllowedEndpoints__2", SwiftS3.Address.ToString().TrimEnd('/')),
                ("LONGHAUL_Slurper__R2Endpoint", r2.Address.ToString().TrimEnd('/')),
                ("LONGHAUL_Slurper__GcsEndpoint", gcs.Address.ToString().TrimEnd('/')),
                ("LONGHAUL_Slurper__GcsTokenEndpoint", new Uri(gcs.Address, "/token").ToString()),
                ("LONGHAUL_Slurper__AbortGraceSeconds", "1"),
            ],
            [
                ("S3", s3.Address.ToString().TrimEnd('/')),
                ("CEPH", CephRgw.Address.ToString().TrimEnd('/')),
                ("SWIFT", SwiftS3.Address.ToString().TrimEnd('/')),
                ("SECRET", Secret(CephRgw.KeyId, CephRgw.Secret)),
                ("SWIFT_SECRET", Secret(SwiftS3.KeyId, SwiftS3.Secret)),
            ],
            folder => File.WriteAllText(folder["service-account.json"], account.ToJson(new Uri(gcs.Address, "/token"))));

        static string Secret(string id, string key) => $$"""{"accessKeyId":"{{id}}","secretAccessKey":"{{key}}"}""";
    }

    private static async Task CheckAsync(
        string page, int leastBlocks, (string Name, string Value)[] options, (string Name, string Value)[] variables, Action<TempFolder> prepare)
    {
        var root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", ".."));
        var blocks = Blocks().Matches(await File.ReadAllTextAsync(Path.Combine(root, page), TestContext.Current.CancellationToken)).Select(m => m.Groups[1].Value).ToList();
        Assert.True(blocks.Count >= leastBlocks, $"{page} has {blocks.Count} blocks to run");
        using var place = ServerPlace.For(DatabaseUnderTest.Sqlite);
        await using var server = await LonghaulProcess.ServeAsync(place, options);
        using var folder = new TempFolder();
        prepare(folder);

        var (code, output) = await RunAsync(Prelude + string.Join('\n', blocks), folder.FullPath, server, place.Folder, variables);

        Assert.True(code == 0, $"{page} stops after:\n{output}");
        var at = 0;
        foreach (var expected in Expected().Matches(string.Join('\n', blocks)).Select(m => m.Groups[1].Value.Trim()))
        {
            var found = output.IndexOf(expected, at, StringComparison.Ordinal);
            Assert.True(found >= 0, $"{page} promises {expected}\nbut printed:\n{output[at..]}");
            at = found + expected.Length;
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(
        string script, string folder, LonghaulProcess server, string data, (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"exec 2>&1\n{script}"]) { WorkingDirectory = folder, RedirectStandardOutput = true };
        start.Environment["H"] = server.Address.ToString().TrimEnd('/');
        start.Environment["T"] = LonghaulProcess.Token;
        start.Environment["DATA"] = data;
        start.Environment["PROGRAM"] = LonghaulProcess.ProgramPath;
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

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
