using System.Diagnostics;
using System.Text.RegularExpressions;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon.Face;

/// <summary>Scripts as people have them, one file each in tests/clients, in Node and in Python.</summary>
public abstract partial class SaymonClientContract(ServerFixture fixture)
{
    [Theory]
    [InlineData("node", "saymon.mjs")]
    [InlineData("python3", "saymon.py")]
    public async Task A_script_is_served_as_it_expects(string program, string file)
    {
        var folder = Path.Combine(Path.GetDirectoryName(LonghaulProcess.ProgramPath)!, "..", "..", "..", "..", "tests", "clients");
        var start = new ProcessStartInfo(program, [file]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["BASE_URL"] = fixture.Server.Address.ToString().TrimEnd('/');
        start.Environment["TOKEN"] = LonghaulProcess.Token;
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        using var script = Process.Start(start)!;
        var errors = script.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await script.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await script.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(script.ExitCode == 0, $"{file}: {output}{await errors}");
        Assert.Matches(AllPassed(), output);
    }

    [GeneratedRegex(@"\n[1-9]\d* checks passed\n$")]
    private static partial Regex AllPassed();
}

public sealed class SqliteSaymonClientTests(SqliteServer server) : SaymonClientContract(server), IClassFixture<SqliteServer>;

public sealed class PostgresSaymonClientTests(PostgresServer server) : SaymonClientContract(server), IClassFixture<PostgresServer>;
