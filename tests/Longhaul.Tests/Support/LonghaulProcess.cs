using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace Longhaul.Tests.Support;

/// <summary>The built program as an operator runs it.</summary>
public sealed class LonghaulProcess : IAsyncDisposable
{
    public const string Token = "test-token-0123456789-0123456789-0123456789";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly Task _errorReader;
    private bool _isDisposed;

    private LonghaulProcess(Process process)
    {
        _process = process;
        _errorReader = ReadErrorsAsync();
    }

    public static string ProgramPath { get; } = FindProgram();

    public Uri Address { get; private set; } = new("http://127.0.0.1:1");

    public int Id => _process.Id;

    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts a server and completes when it is ready.</summary>
    public static async Task<LonghaulProcess> ServeAsync(ServerPlace place, params (string Name, string Value)[] options)
    {
        var server = Start(["serve", "--urls", "http://127.0.0.1:0", .. place.Arguments], options, null);
        await server.ReadyAsync();
        return server;
    }

    /// <summary>Starts a server on addresses of which the first is plain http, and completes when it is ready.</summary>
    public static async Task<LonghaulProcess> ServeOnAsync(string urls, ServerPlace place, params (string Name, string Value)[] options)
    {
        var server = Start(["serve", "--urls", urls, .. place.Arguments], options, null);
        await server.ReadyAsync();
        return server;
    }

    /// <summary>The same under another program that runs it, such as strace.</summary>
    public static async Task<LonghaulProcess> ServeUnderAsync(string[] wrapper, ServerPlace place, params (string Name, string Value)[] options)
    {
        var server = Start(["serve", "--urls", "http://127.0.0.1:0", .. place.Arguments], options, wrapper);
        await server.ReadyAsync();
        return server;
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(string[] arguments, params (string Name, string Value)[] options)
    {
        await using var program = Start(arguments, options, null);
        var output = await program._process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        var code = await program.WaitForExitAsync();
        return (code, output, program.Errors);
    }

    /// <summary>The address after the first, or after the one that was read last.</summary>
    public async Task<Uri> ReadNextAddressAsync() =>
        new((await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience))!);

    public HttpClient NewClient() => new()
    {
        BaseAddress = Address,
        Timeout = TimeSpan.FromSeconds(120),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) },
    };

    /// <summary>SIGKILL: nothing of the program runs after this.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>SIGTERM.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        await _errorReader.WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>The most memory that it has had, in MiB.</summary>
    public long PeakMemoryMiB => long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture) / 1024;

    /// <summary>The memory that it has now, in MiB.</summary>
    public long MemoryMiB => long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture) / 1024;

    /// <summary>The sockets that it has open now.</summary>
    public int Sockets => new DirectoryInfo($"/proc/{_process.Id}/fd").EnumerateFileSystemInfos().Count(f => f.LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    /// <summary>The threads that it has now.</summary>
    public int Threads => int.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("Threads:", StringComparison.Ordinal)).Split('\t')[1],
        System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static LonghaulProcess Start(string[] arguments, (string Name, string Value)[] options, string[]? wrapper)
    {
        string[] line = [.. wrapper ?? [], ProgramPath, .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["LONGHAUL_TOKEN"] = Token;
        start.Environment["LONGHAUL_SECRET_KEY"] = Convert.ToBase64String(new byte[32]);
        foreach (var (name, value) in options)
        {
            start.Environment[name] = value;
        }

        return new LonghaulProcess(Process.Start(start)!);
    }

    private static string FindProgram()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Longhaul.slnx")))
            {
                return Path.Combine(folder.FullName, "artifacts", "bin", "Longhaul", "release", "longhaul");
            }
        }

        throw new InvalidOperationException("the tests run outside the repository");
    }

    private async Task ReadyAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience);
        Assert.True(line is not null && line.StartsWith("http", StringComparison.Ordinal), $"no address but '{line}': {Errors}");
        Address = new Uri(line!);
        using var client = NewClient();
        var answer = await client.GetAsync("/readyz", TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, $"not ready: {Errors}");
    }

    private async Task ReadErrorsAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            lock (_errors)
            {
                _errors.AppendLine(line);
            }
        }
    }
}

/// <summary>Where a server keeps its operations; lives longer than the server.</summary>
public sealed class ServerPlace : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string? _database;

    private ServerPlace(string? database, string? data = null)
    {
        _database = database;
        Folder = data ?? _folder["data"];
    }

    public string Folder { get; }

    public string? Database => _database;

    public string[] Arguments => _database is null ? ["--data", Folder] : ["--database", _database];

    public static ServerPlace For(DatabaseUnderTest database) =>
        new(database == DatabaseUnderTest.Sqlite ? null : PostgresCluster.NewDatabase());

    public static ServerPlace In(string data) => new(null, data);

    public static ServerPlace On(string database) => new(database);

    public void Dispose() => _folder.Dispose();
}

/// <summary>Which database a test runs on.</summary>
public enum DatabaseUnderTest
{
    Sqlite,
    Postgres,
}
