using System.Text.Json;
using Longhaul.TestStores;

namespace Longhaul.Tests.Support;

/// <summary>
/// Two stores in memory and the built program between them, driven over HTTP. The program may be killed at any moment, by a fault of a store
/// too, and is started again on the same database; the stores and their request logs outlive it.
/// </summary>
internal sealed class MigrationScene : IAsyncDisposable
{
    public const string Account = "acme";

    /// <summary>Leases of dead nodes are taken over after so many seconds.</summary>
    public const int LeaseSeconds = 3;

    private const string Jobs = $"/client/v4/accounts/{Account}/slurper/jobs";

    private readonly ServerPlace _place;
    private readonly (string Name, string Value)[] _options;
    private LonghaulProcess? _server;
    private HttpClient? _http;
    private ListsClient? _client;
    private string? _job;

    private MigrationScene(TestStore source, TestStore target, ServerPlace place, (string Name, string Value)[] options)
    {
        Source = source;
        Target = target;
        _place = place;
        _options =
        [
            ("LONGHAUL_Slurper__AllowedEndpoints__0", Origin(source)),
            ("LONGHAUL_Slurper__AllowedEndpoints__1", Origin(target)),
            ("LONGHAUL_Slurper__PartBytes", $"{5 << 20}"),
            ("LONGHAUL_Engine__LeaseSeconds", $"{LeaseSeconds}"),
            ("LONGHAUL_Engine__UpkeepSeconds", "1"),
            .. options,
        ];
    }

    public TestStore Source { get; }

    public TestStore Target { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts the stores, not yet the program.</summary>
    public static async Task<MigrationScene> StartAsync(
        DatabaseUnderTest database, TestStoreOptions targetOptions, IEnumerable<string> targets, params (string Name, string Value)[] options) => new(
            await TestStore.StartAsync(new TestStoreOptions { Seed = targetOptions.Seed + 1 }, "source"),
            await TestStore.StartAsync(targetOptions, [.. targets]),
            ServerPlace.For(database),
            options);

    public async Task ServeAsync()
    {
        _server = await LonghaulProcess.ServeAsync(_place, _options);
        _http = _server.NewClient();
        _client = new ListsClient(_http, Account);
    }

    /// <summary>SIGKILL.</summary>
    public void Kill() => _server!.Kill();

    /// <summary>SIGTERM: what the program has in its hands comes to its end.</summary>
    public async Task StopAsync()
    {
        _server!.Terminate();
        Assert.Equal(0, await _server.WaitForExitAsync());
        await EndedAsync();
    }

    /// <summary>After a kill: completes when neither the program nor any of its requests is left.</summary>
    public async Task EndedAsync()
    {
        await _server!.WaitForExitAsync();
        await _server.DisposeAsync();
        _client!.Dispose();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (Source.Log.RunningCount + Target.Log.RunningCount > 0)
        {
            await timer.WaitForNextTickAsync(Token);
        }
    }

    public async Task<string> CreateAsync(string target, bool overwrite = true, string? prefix = null)
    {
        const string Secret = $$"""{"accessKeyId":"{{Credentials.DefaultId}}","secretAccessKey":"{{Credentials.DefaultSecret}}"}""";
        var answer = await _client!.SendAsync(
            HttpMethod.Post,
            Jobs,
            $$"""
            {"source":{"vendor":"s3","bucket":"source","endpoint":"{{Origin(Source)}}","pathPrefix":{{JsonSerializer.Serialize(prefix)}},"secret":{{Secret}}},
            "target":{"vendor":"s3","bucket":"{{target}}","endpoint":"{{Origin(Target)}}","secret":{{Secret}}},"overwrite":{{(overwrite ? "true" : "false")}}}
            """);
        Assert.True((int)answer.Status == 201, answer.Text);
        return _job = answer.Result.GetProperty("id").GetString()!;
    }

    /// <summary>Pause, resume, abort, or abortAll of no job; must be possible. Completes with the result.</summary>
    public async Task<string> PutAsync(string action, string? job = null)
    {
        var answer = await _client!.SendAsync(HttpMethod.Put, job is null ? $"{Jobs}/{action}" : $"{Jobs}/{job}/{action}");
        Assert.True((int)answer.Status == 200, answer.Text);
        return answer.Result.GetString()!;
    }

    /// <summary>The job as the face shows it.</summary>
    public async Task<JsonElement> JobAsync(string job) => await GetAsync($"{Jobs}/{job}");

    public async Task<MigrationProgress> ProgressAsync(string job)
    {
        var shown = await GetAsync($"{Jobs}/{job}/progress");
        long Number(string name) => shown.GetProperty(name).GetInt64();
        return new MigrationProgress(
            shown.GetProperty("status").GetString()!, Number("objects"), Number("transferredObjects"), Number("skippedObjects"), Number("failedObjects"));
    }

    /// <summary>The same, or null while the program is dead.</summary>
    public async Task<MigrationProgress?> TryProgressAsync(string job)
    {
        try
        {
            return await ProgressAsync(job);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or OperationCanceledException && !Token.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Types of all lines of the job's log.</summary>
    public async Task<List<string>> LogTypesAsync(string job)
    {
        var types = new List<string>();
        while (await GetAsync($"{Jobs}/{job}/logs?offset={types.Count}") is { } page && page.GetArrayLength() > 0)
        {
            types.AddRange(page.EnumerateArray().Select(l => l.GetProperty("logType").GetString()!));
        }

        return types;
    }

    /// <summary>The keys that are journaled as copied.</summary>
    public async Task<List<string>> CopiedKeysAsync(string job)
    {
        var keys = new List<string>();
        foreach (var line in await ItemLinesAsync(job, "succeeded"))
        {
            using var item = JsonDocument.Parse(line);
            keys.Add(item.RootElement.GetProperty("key").GetString()!);
        }

        return keys;
    }

    /// <summary>What the newest job says of its failures, and the program of its own, as far as it still lives.</summary>
    public async Task<string> TroublesAsync()
    {
        try
        {
            return string.Join('\n', (await ItemLinesAsync(_job!, "failed")).Take(10)) + Errors();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return Errors();
        }

        string Errors() => string.Join('\n', (_server?.Errors ?? "").Split('\n').TakeLast(30));
    }

    public async ValueTask DisposeAsync()
    {
        _client?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await Source.DisposeAsync();
        await Target.DisposeAsync();
        _place.Dispose();
    }

    private async Task<List<string>> ItemLinesAsync(string job, string state)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/operations/{job}/items?state={state}") { Headers = { { "Accept", "application/x-ndjson" } } };
        using var answer = await _http!.SendAsync(request, Token);
        answer.EnsureSuccessStatusCode();
        var lines = new List<string>();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Token));
        while (await reader.ReadLineAsync(Token) is { Length: > 0 } line)
        {
            lines.Add(line);
        }

        return lines;
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        var answer = await _client!.SendAsync(HttpMethod.Get, path);
        Assert.True((int)answer.Status == 200, answer.Text);
        return answer.Result;
    }

    private static string Origin(TestStore store) => store.Address.GetLeftPart(UriPartial.Authority);
}

/// <summary>Status and counters of a job.</summary>
internal sealed record MigrationProgress(string Status, long Objects, long Transferred, long Skipped, long Failed)
{
    public long Settled => Transferred + Skipped + Failed;

    public bool IsFinal => Status is "completed" or "aborted";
}
