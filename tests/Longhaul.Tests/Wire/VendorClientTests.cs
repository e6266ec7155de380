using System.Diagnostics;
using System.Text.RegularExpressions;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Wire;

/// <summary>
/// The clients that people have, one file each in tests/clients: the vendor's TypeScript client as it is, the others as recorded. Each
/// answer is judged by the vendor's own description there.
/// </summary>
public abstract partial class VendorClientContract(HttpsServerFixture fixture)
{
    [Theory]
    [InlineData("judge.mjs")]
    [InlineData("typescript.mjs")]
    [InlineData("python.mjs")]
    [InlineData("go.mjs")]
    [InlineData("terraform.mjs")]
    [InlineData("crowdsec.mjs")]
    public async Task A_vendors_client_is_served_as_it_expects(string file)
    {
        var folder = Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", "..", "tests", "clients");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "ajv")))
        {
            Assert.SkipUnless(PostgresCluster.IsRequired, "run npm ci in tests/clients");
            Assert.Fail("run npm ci in tests/clients");
        }

        var start = new ProcessStartInfo("node", [file]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["BASE_URL"] = fixture.Http.ToString().TrimEnd('/');
        start.Environment["BASE_URL_HTTPS"] = fixture.Https.ToString().TrimEnd('/');
        start.Environment["CA_FILE"] = fixture.CertificatePath;
        start.Environment["TOKEN"] = LonghaulProcess.Token;
        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(node.ExitCode == 0, $"{file}: {output}{await errors}");
        Assert.Matches(AllPassed(), output);
    }

    [GeneratedRegex(@"\n[1-9]\d* checks passed\n$")]
    private static partial Regex AllPassed();
}

public sealed class VendorClientOnSqlite(HttpsOnSqlite server) : VendorClientContract(server), IClassFixture<HttpsOnSqlite>;

public sealed class VendorClientOnPostgres(HttpsOnPostgres server) : VendorClientContract(server), IClassFixture<HttpsOnPostgres>;
