using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;
using Longhaul.Slurper;
using Longhaul.TestStores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Longhaul.Tests.Support;

/// <summary>The engine with the migration kind in this process, without HTTP in front, over whatever stores a test has.</summary>
internal sealed class MigrationHost : IAsyncDisposable
{
    public const string Account = "acme";

    private readonly IHost _host;
    private readonly TempFolder? _folder;

    private MigrationHost(IHost host, TempFolder? folder)
    {
        _host = host;
        _folder = folder;
    }

    public IMigrationJobs Jobs => _host.Services.GetRequiredService<IMigrationJobs>();

    public DurableOperations Operations => _host.Services.GetRequiredService<DurableOperations>();

    public Database Database => _host.Services.GetRequiredService<Database>();

    public static async Task<MigrationHost> StartAsync(
        DatabaseTarget? target = null, Action<SlurperOptions>? options = null, Action<EngineOptions>? engine = null)
    {
        TempFolder? folder = null;
        if (target is null)
        {
            folder = new TempFolder();
            target = new SqliteTarget(folder["test.db"]);
        }

        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(RootSecrets.Load(new string('t', 32), new string('1', 64), null));
        builder.Services.AddSingleton<SecretBox>();
        builder.Services.AddLonghaulEngine(target);
        SecretRing.Add(builder.Services);
        builder.Services.AddOptions<SlurperOptions>().Configure(o =>
        {
            o.AllowedEndpoints.Add("127.0.0.0/8");
            o.PartBytes = 5 << 20;
            options?.Invoke(o);
        });
        builder.Services.AddOptions<EngineOptions>().Configure(o => engine?.Invoke(o));
        builder.Services.AddMigrations();
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new MigrationHost(host, folder);
    }

    public static JobRequest Request(TestStore source, TestStore target, Func<JobSpec, JobSpec>? change = null)
    {
        var spec = new JobSpec
        {
            Source = new JobSource { Vendor = "s3", Bucket = "source", Endpoint = source.Address.ToString() },
            Target = new JobTarget { Vendor = "s3", Bucket = "target", Endpoint = target.Address.ToString() },
        };
        var secret = new StoreSecret(TestStores.Credentials.DefaultId, TestStores.Credentials.DefaultSecret);
        return new JobRequest(change?.Invoke(spec) ?? spec, new JobSecrets(secret, secret));
    }

    public Task<CreateAnswer> TryCreateAsync(JobRequest request) => Jobs.CreateAsync(
        new JobCreate(Account, request, "root", "{}", null, [1, 2, 3], IsRepetition: false, null), TestContext.Current.CancellationToken);

    public async Task<string> CreateAsync(JobRequest request)
    {
        var answer = await TryCreateAsync(request);
        Assert.True(answer.Id is not null, string.Join("; ", answer.Faults.Select(f => f.Message)) + answer.Refusal?.Detail);
        return answer.Id!.Value.Value;
    }

    /// <summary>Waits until a job is as wanted; completes with it.</summary>
    public async Task<Operation> WaitAsync(string id, Func<Operation, bool> until)
    {
        Assert.True(OperationId.TryParse(id, out var parsed));
        var operation = await Operations.WaitAsync(parsed, until, TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.True(operation is not null && until(operation), $"job is {operation?.State.Word}: {operation?.StateReason}");
        return operation!;
    }

    public Task<Operation> EndAsync(string id) => WaitAsync(id, o => o.State.IsFinal);

    public async Task<List<JobLog>> LogsAsync(string id)
    {
        var lines = new List<JobLog>();
        while (await Jobs.ReadLogsAsync(Account, id, 7, lines.Count, TestContext.Current.CancellationToken) is { Count: > 0 } page)
        {
            lines.AddRange(page);
        }

        return lines;
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        if (_host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }

        _folder?.Dispose();
    }
}
