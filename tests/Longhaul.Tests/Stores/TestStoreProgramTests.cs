using System.Diagnostics;
using System.Net;
using Longhaul.Tests.Support;
using Longhaul.TestStores;
using Longhaul.TestStores.Injection;

namespace Longhaul.Tests.Stores;

/// <summary>The store as a program, for soaks and benches.</summary>
public sealed class TestStoreProgramTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_names_its_address_serves_what_it_was_told_to_and_ends_with_its_input()
    {
        var program = Path.Combine(RealServer.Repository, "artifacts", "bin", "Longhaul.TestStore", "release", "longhaul-teststore");
        var start = new ProcessStartInfo(
            program, ["--bucket", "src", "--objects", "3", "--size", "10", "--prefix", "o/", "--fault", "slowdown:3,verb=GetObject,key=o/00000001", "--until-eof"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        using var process = Process.Start(start)!;
        var address = new Uri((await process.StandardOutput.ReadLineAsync(Token))!);
        using var client = new PlainS3(address, Credentials.DefaultId, Credentials.DefaultSecret);

        var keys = await client.KeysAsync("src");
        var bytes = await client.GetAsync("src", "o/00000000");
        using var slow = await client.SendAsync(HttpMethod.Get, "src", "o/00000001", null);
        process.StandardInput.Close();
        await process.WaitForExitAsync(Token);

        Assert.Equal(["o/00000000", "o/00000001", "o/00000002"], keys);
        Assert.Equal(10, bytes.Length);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "3"), (slow.StatusCode, slow.Headers.GetValues("Retry-After").Single()));
        Assert.Equal(0, process.ExitCode);
    }

    [Theory]
    [InlineData("nonsense", "unknown effect 'nonsense'")]
    [InlineData("500,where=x", "unknown member 'where'")]
    public void A_fault_that_is_not_understood_is_refused(string line, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => FaultLine.Parse(line)).Message, StringComparison.Ordinal);
}
