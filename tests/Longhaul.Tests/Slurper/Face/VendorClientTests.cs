using System.Diagnostics;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Slurper.Face;

/// <summary>S-60 and S-61 on the wire: the vendor's own client, and what others send as recorded. They are run the same way against real stores.</summary>
public abstract class VendorClientConformance(SlurperPlace place)
{
    /// <summary>What the clients are told of the place beyond its address: a source that cannot be reached, whether jobs end by themselves.</summary>
    protected virtual (string Name, string Value)[] More => [];

    [Theory]
    [InlineData("slurper.mjs")]
    [InlineData("slurper-sequences.mjs")]
    public async Task S60_a_client_is_served_as_it_expects(string file)
    {
        var folder = Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", "..", "tests", "clients");
        if (!Directory.Exists(Path.Combine(folder, "node_modules", "ajv")))
        {
            Assert.SkipUnless(PostgresCluster.IsRequired, "run npm ci in tests/clients");
            Assert.Fail("run npm ci in tests/clients");
        }

        var start = new ProcessStartInfo("node", [file]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in ((string, string)[])[("BASE_URL", place.Address.ToString().TrimEnd('/')), ("TOKEN", place.Token), ("SOURCE", $"{{{place.Source()}}}"), ("TARGET", $"{{{place.Target()}}}"), .. More])
        {
            start.Environment[name] = value;
        }

        using var node = Process.Start(start)!;
        var errors = node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(node.ExitCode == 0, $"{file}: {output}{await errors}");
        Assert.Matches(@"\n[1-9]\d* checks passed\n$", output);
    }
}

public sealed class VendorClientOnFake(FakePlace place) : VendorClientConformance(place), IClassFixture<FakePlace>
{
    protected override (string Name, string Value)[] More => [("BAD_SOURCE", """{"vendor":"s3","bucket":"unreachable","secret":{"accessKeyId":"a","secretAccessKey":"b"}}""")];
}
