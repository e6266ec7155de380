using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Longhaul.Tests.Support;

/// <summary>
/// A server started by a script of tests/servers in a temporary folder, once for the test run and only when somebody asks; it ends with the
/// run. Where its packages are missing, tests fail under CI or LONGHAUL_TEST_REQUIRE and are skipped otherwise.
/// </summary>
public sealed class RealServer : IDisposable
{
    private readonly string _name;
    private readonly string _folder;

    /// <summary>Runs <c>{name}-up.sh</c> with as many free ports as it wants; the server listens when the constructor returns.</summary>
    public RealServer(string name, string program, string packages, int ports)
    {
        if (!File.Exists(program))
        {
            Assert.SkipUnless(PostgresCluster.IsRequired, $"{program} is missing: apt-get install {packages}");
            throw new InvalidOperationException($"{program} is missing: apt-get install {packages}");
        }

        _name = name;
        _folder = Directory.CreateTempSubdirectory($"longhaul-{name}-").FullName;
        ServersOfTheRun.Add(this);
        Address = new(Script("up", [_folder, .. FreePorts(ports)]).Trim());
    }

    public Uri Address { get; }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Script("down", [_folder]);
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>The folder of the repository, from that of the tests' own binaries.</summary>
    public static string Repository { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", ".."));

    private static string[] FreePorts(int count)
    {
        // All are held at once, so that none is given twice.
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            return [.. listeners.Select(l =>
            {
                l.Start();
                return ((IPEndPoint)l.LocalEndpoint).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
            })];
        }
        finally
        {
            Array.ForEach(listeners, l => l.Dispose());
        }
    }

    private string Script(string verb, string[] arguments)
    {
        var script = Path.Combine(Repository, "tests", "servers", $"{_name}-{verb}.sh");
        using var process = Process.Start(new ProcessStartInfo("bash", [script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{script} ended with {process.ExitCode}: {errors.Result}");
    }
}
