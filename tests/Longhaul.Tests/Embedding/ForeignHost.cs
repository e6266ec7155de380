using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Nodes;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Longhaul.Tests.Embedding;

/// <summary>A host that is not ours, in this process: it believes the headers X-User, X-Account and X-Role.</summary>
internal sealed class ForeignHost : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly WebApplication _app;

    private ForeignHost(Action<IServiceCollection>? before, Action<IServiceCollection>? after, Action<IEndpointConventionBuilder>? map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(Errors);
        before?.Invoke(builder.Services);
        builder.Services.AddLonghaul(new SqliteTarget(_folder["host.db"]))
            .AddTables("host", "create table names (name text not null)")
            .AddSingleton(Letters)
            .AddOperationKind<KeepNames>()
            .AddOperationKind<SendNames>()
            .AddOperationKind<MissTables>();
        after?.Invoke(builder.Services);
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            var headers = context.Request.Headers;
            if (headers["X-User"] is [{ } user])
            {
                Claim[] claims = [
                    new(ClaimTypes.Name, user),
                    .. headers["X-Account"].Select(a => new Claim(OperationScope.AccountClaim, a!)),
                    .. headers["X-Role"].Select(r => new Claim(ClaimTypes.Role, r!))];
                context.User = new ClaimsPrincipal(new ClaimsIdentity(claims, "header"));
            }

            return next(context);
        });
        var operations = _app.MapOperations();
        map?.Invoke(operations);
    }

    public Letters Letters { get; } = new();

    /// <summary>What the log says of errors.</summary>
    public FirstErrors Errors { get; } = new();

    public Database Database => _app.Services.GetRequiredService<Database>();

    public static async Task<ForeignHost> StartAsync(
        Action<IServiceCollection>? before = null, Action<IServiceCollection>? after = null, Action<IEndpointConventionBuilder>? map = null)
    {
        var host = new ForeignHost(before, after, map);
        await host._app.StartAsync(TestContext.Current.CancellationToken);
        return host;
    }

    public HttpClient NewClient(string? user = null, string? account = null, string? role = null)
    {
        var client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
        foreach (var (name, value) in ((string, string?)[])[("X-User", user), ("X-Account", account), ("X-Role", role)])
        {
            if (value is not null)
            {
                client.DefaultRequestHeaders.Add(name, value);
            }
        }

        return client;
    }

    /// <summary>Submits items and waits; completes with the answer's status and body.</summary>
    public static async Task<(int Status, JsonNode Body)> SubmitAsync(HttpClient client, string kind, string? account, params string[] items)
    {
        var body = new JsonObject { ["kind"] = kind, ["items"] = new JsonArray([.. items.Select(i => JsonNode.Parse(i))]) };
        if (account is not null)
        {
            body["account"] = account;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/operations") { Content = JsonContent.Create(body), Headers = { { "Prefer", "wait=30" } } };
        var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>What was sent, and how often; names that begin with a hyphen cannot be sent until they may.</summary>
internal sealed class Letters
{
    public List<string> Sent { get; } = [];

    public bool TakesAll { get; set; }

    /// <summary>Completes when the name "slow" has come; it is not sent before <see cref="Go"/>.</summary>
    public TaskCompletionSource SlowHasCome { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Hands out the first error that is logged.</summary>
internal sealed class FirstErrors : ILoggerProvider, ILogger
{
    private readonly TaskCompletionSource<Exception?> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Exception?> First => _first.Task;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _first.TrySetResult(exception);
        }
    }

    public void Dispose()
    {
    }
}

/// <summary>Writes to a table that is not there.</summary>
internal sealed class MissTables : LocalItemsKind<string>
{
    public override string Name => "names.miss";

    public override string Description => "Cannot work.";

    protected override string Read(JsonElement item) => item.GetString()!;

    protected override async ValueTask WriteAsync(DbSession session, OperationItem<string> item, CancellationToken cancellationToken) =>
        await session.Sql("insert into missing (name) values ('x')").ExecuteAsync(cancellationToken);
}

/// <summary>Writes names into the host's table.</summary>
internal sealed class KeepNames : LocalItemsKind<string>
{
    public override string Name => "names.keep";

    public override string Description => "Keeps names.";

    public override long? MaxItems => 3;

    protected override int ChunkItems => 2;

    protected override string Read(JsonElement item) => item.GetProperty("name").GetString() is { Length: > 0 } name
        ? name
        : throw new FormatException("a name must not be empty");

    protected override string? KeyOf(string item) => item;

    protected override async ValueTask WriteAsync(DbSession session, OperationItem<string> item, CancellationToken cancellationToken) =>
        await session.Sql("insert into names (name) values (@name)").With("@name", item.Value).ExecuteAsync(cancellationToken);
}

/// <summary>Sends names away.</summary>
internal sealed class SendNames(Letters letters) : RemoteItemsKind<string>
{
    public override string Name => "names.send";

    public override string Description => "Sends names.";

    protected override int ChunkItems => 2;

    protected override string Read(JsonElement item) => item.GetString()!;

    protected override string? KeyOf(string item) => item;

    protected override void CheckParameters(JsonElement parameters, ICollection<SubmitFault> faults)
    {
        if (!parameters.TryGetProperty("greeting", out _))
        {
            base.CheckParameters(parameters, faults);
        }
    }

    protected override async ValueTask<ItemResult> DoAsync(OperationItem<string> item, CancellationToken cancellationToken)
    {
        if (item.Value == "slow")
        {
            letters.SlowHasCome.TrySetResult();
            await letters.Go.Task;
        }

        if (!letters.TakesAll && item.Value.StartsWith('-'))
        {
            return ItemResult.Failed("no-address", $"'{item.Value}' has no address");
        }

        lock (letters.Sent)
        {
            letters.Sent.Add(item.Value);
        }

        return ItemResult.Succeeded("sent");
    }
}
