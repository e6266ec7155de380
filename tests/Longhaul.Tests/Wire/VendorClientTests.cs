using System.Diagnostics;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>The vendor's TypeScript client, unchanged but for its base address and token.</summary>
public abstract class VendorClientContract(ServerFixture fixture)
{
    [Fact]
    public async Task The_vendors_client_does_everything_with_an_address_list()
    {
        var folder = Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", "..", "tests", "clients");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "cloudflare")))
        {
            Assert.SkipUnless(PostgresCluster.IsRequired, "run npm ci in tests/clients");
            Assert.Fail("run npm ci in tests/clients");
        }

        var start = new ProcessStartInfo("node", ["lists.mjs"]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["BASE_URL"] = fixture.Server.Address.ToString().TrimEnd('/');
        start.Environment["TOKEN"] = LonghaulProcess.Token;
        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(node.ExitCode == 0, output + await errors);
        Assert.Contains("9 checks passed", output, StringComparison.Ordinal);
    }
}

public sealed class VendorClientOnSqlite(SqliteServer server) : VendorClientContract(server), IClassFixture<SqliteServer>;

public sealed class VendorClientOnPostgres(PostgresServer server) : VendorClientContract(server), IClassFixture<PostgresServer>;
