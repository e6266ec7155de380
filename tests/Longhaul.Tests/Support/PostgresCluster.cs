using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Longhaul.Tests.Support;

/// <summary>
/// A private PostgreSQL cluster in a temporary folder, one for the test run; each test gets a database of its own. LONGHAUL_TEST_POSTGRES
/// names a server to use instead. Where there is no server, tests fail under CI or LONGHAUL_TEST_REQUIRE and are skipped otherwise.
/// </summary>
public sealed class PostgresCluster : IDisposable
{
    private static readonly Lazy<PostgresCluster> Shared = new(() => new PostgresCluster());
    private static int _count;

    private readonly string? _folder;
    private readonly string? _binaries;

    private PostgresCluster()
    {
        if (Environment.GetEnvironmentVariable("LONGHAUL_TEST_POSTGRES") is { Length: > 0 } given)
        {
            ConnectionString = given;
            return;
        }

        _binaries = FindBinaries();
        if (_binaries is null)
        {
            Assert.SkipUnless(IsRequired, "no PostgreSQL server is installed: apt-get install postgresql-15");
            throw new InvalidOperationException("no PostgreSQL server is installed: apt-get install postgresql-15");
        }

        _folder = Directory.CreateTempSubdirectory("longhaul-pg-").FullName;
        Port = FreePort();
        Start(_folder, _binaries, Port);
        ConnectionString = $"Host=127.0.0.1;Port={Port};Username=postgres;Database=postgres";
        ServersOfTheRun.Add(this);
    }

    public static bool IsRequired =>
        Environment.GetEnvironmentVariable("CI") is { Length: > 0 } || Environment.GetEnvironmentVariable("LONGHAUL_TEST_REQUIRE") is { Length: > 0 };

    public string ConnectionString { get; }

    public int Port { get; }

    /// <summary>Makes an empty database; completes with its connection string.</summary>
    public static string NewDatabase()
    {
        var cluster = Shared.Value;
        var name = $"t{Interlocked.Increment(ref _count)}_{Guid.NewGuid():N}"[..20];
        using var connection = new NpgsqlConnection(cluster.ConnectionString + ";Pooling=false");
        connection.Open();
        using var command = new NpgsqlCommand($"create database {name}", connection);
        command.ExecuteNonQuery();
        return new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Database = name, MaxPoolSize = 20 }.ToString();
    }

    /// <summary>A second cluster of one's own, to be stopped and started.</summary>
    public static PostgresCluster Own() => new();

    public void Stop() => Control("stop -m immediate");

    public void Restart() => Control($"start -w -l {_folder}/log -o \"{Options(_folder!, Port)}\"");

    public void Dispose()
    {
        if (_folder is null || !Directory.Exists(_folder))
        {
            return;
        }

        try
        {
            Stop();
        }
        catch (InvalidOperationException)
        {
            // It was stopped already.
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string Options(string folder, int port) =>
        $"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c max_connections=200";

    private static void Start(string folder, string binaries, int port)
    {
        if (Environment.UserName == "root")
        {
            Run("chown", $"postgres {folder}");
        }

        AsPostgres($"{binaries}/initdb -D {folder}/data -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8");
        AsPostgres($"{binaries}/pg_ctl -D {folder}/data -w -l {folder}/log -o \"{Options(folder, port)}\" start");
    }

    private static string? FindBinaries() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(d => Path.Combine(d, "bin"))
            .FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
        : null;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void AsPostgres(string command)
    {
        if (Environment.UserName == "root")
        {
            Run("runuser", $"-u postgres -- {command}");
        }
        else
        {
            var space = command.IndexOf(' ', StringComparison.Ordinal);
            Run(command[..space], command[(space + 1)..]);
        }
    }

    private static void Run(string program, string arguments)
    {
        // The server inherits the pipes of pg_ctl: they are not read, or the wait would last as long as the server.
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", $"{program} {arguments} > /dev/null 2>&1"]))!;
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {arguments} ended with {process.ExitCode}");
        }
    }

    private void Control(string verb) => AsPostgres($"{_binaries}/pg_ctl -D {_folder}/data {verb}");
}
