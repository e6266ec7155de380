using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Longhaul.Bench;

/// <summary>The built program under measurement, and the arithmetic.</summary>
internal sealed class Rig : IAsyncDisposable
{
    public const string Token = "bench-token-0123456789-0123456789-0123456789";

    private readonly Process _process;

    private Rig(Process process, Uri address)
    {
        _process = process;
        Address = address;
        Client = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(10), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Token) } };
    }

    public Uri Address { get; }

    public HttpClient Client { get; }

    public static string Root { get; } = FindRoot();

    public long PeakMemoryMiB => long.Parse(
        File.ReadLines($"/proc/{ServerId}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    public long MemoryMiB => long.Parse(
        File.ReadLines($"/proc/{ServerId}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    /// <summary>Processor time of the server so far.</summary>
    public double CpuSeconds => CpuSecondsOf(int.Parse(ServerId, CultureInfo.InvariantCulture));

    /// <summary>Processor time of a running process, in seconds.</summary>
    public static double CpuSecondsOf(int process)
    {
        // The name in brackets may hold blanks; behind it come state, …, utime, stime in hundredths of a second.
        var text = File.ReadAllText($"/proc/{process}/stat");
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    /// <summary>Peak memory of a running process, in MiB.</summary>
    public static long PeakMemoryOf(int process) => long.Parse(
        File.ReadLines($"/proc/{process}/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    // Under strace the server is the child.
    private string ServerId => File.ReadAllText($"/proc/{_process.Id}/task/{_process.Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var child, ..] && _process.ProcessName == "strace"
        ? child
        : _process.Id.ToString(CultureInfo.InvariantCulture);

    public static Task<Rig> StartAsync(string data, params (string, string)[] options) => StartAsync(["--data", data], [], options);

    public static async Task<Rig> StartAsync(string[] place, string[] wrapper, params (string Name, string Value)[] options)
    {
        string[] line = [.. wrapper, Path.Combine(Root, "artifacts/bin/Longhaul/release/longhaul"), "serve", "--urls", "http://127.0.0.1:0", .. place];
        var start = new ProcessStartInfo(line[0], line[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LONGHAUL_TOKEN"] = Token;
        start.Environment["LONGHAUL_SECRET_KEY"] = Convert.ToBase64String(new byte[32]);
        start.Environment["LONGHAUL_Operations__EnableNoop"] = "true";
        foreach (var (name, value) in options)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var address = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(await errors);
        return new Rig(process, new Uri(address));
    }

    public async Task<string> CreateListAsync(string name)
    {
        using var answer = await SendAsync(HttpMethod.Post, "/client/v4/accounts/bench/rules/lists", $$"""{"name":"{{name}}","kind":"ip"}""", null);
        return answer.RootElement.GetProperty("result").GetProperty("id").GetString()!;
    }

    public async Task<JsonDocument> SendAsync(HttpMethod method, string path, string? body, string? prefer)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        }

        if (prefer is not null)
        {
            request.Headers.TryAddWithoutValidation("Prefer", prefer);
        }

        using var response = await Client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync());
    }

    /// <summary>Waits for the end of an operation of the operations API; completes with it.</summary>
    public async Task<JsonElement> EndAsync(string operation)
    {
        while (true)
        {
            using var answer = await SendAsync(HttpMethod.Get, $"/v1/operations/{operation}", null, "wait=60");
            if (answer.RootElement.GetProperty("done").GetBoolean())
            {
                return answer.RootElement.Clone();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program}: {errors}");
    }

    public static string NewFolder() => Directory.CreateTempSubdirectory("longhaul-bench-").FullName;

    public static void Say(FormattableString line) => Console.WriteLine(FormattableString.Invariant(line));

    /// <summary>Median with the least and the largest, as text.</summary>
    public static string Spread(IReadOnlyCollection<double> values, string format = "0.00") => string.Create(
        CultureInfo.InvariantCulture, $"{Median(values).ToString(format, CultureInfo.InvariantCulture)} ({values.Min().ToString(format, CultureInfo.InvariantCulture)}–{values.Max().ToString(format, CultureInfo.InvariantCulture)})");

    public static double Median(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    public static double Percentile(IReadOnlyCollection<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(share * sorted.Count) - 1)];
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Longhaul.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("run it inside the repository");
        }

        return folder.FullName;
    }
}
