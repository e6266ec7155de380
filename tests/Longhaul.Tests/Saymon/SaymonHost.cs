using System.Text;
using System.Text.Json;
using Longhaul.Engine;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Running;
using Longhaul.Engine.Storage;
using Longhaul.Saymon;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Longhaul.Tests.Saymon;

/// <summary>The engine with the kinds of the SAYMON face, without any HTTP.</summary>
internal sealed class SaymonHost : IAsyncDisposable
{
    private readonly IHost _host;

    private SaymonHost(IHost host) => _host = host;

    public static SaymonCaller Root { get; } = new("default", "root", true);

    public static SaymonCaller Editor { get; } = new("default", "token:ed", false);

    public ISaymonObjects Objects => Get<ISaymonObjects>();

    public ISaymonBulks Bulks => Get<ISaymonBulks>();

    public DurableOperations Operations => Get<DurableOperations>();

    public Database Database => Get<Database>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<SaymonHost> StartAsync(
        DatabaseTarget target, Action<SaymonOptions>? options = null, Action<EngineOptions>? engine = null, Action<IServiceCollection>? services = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddLonghaulEngine(target);
        builder.Services.AddSaymonStorage();
        builder.Services.AddMetrics();
        builder.Services.AddLogging();
        builder.Services.Configure<SaymonOptions>(o => options?.Invoke(o));
        builder.Services.Configure<EngineOptions>(o =>
        {
            o.UpkeepSeconds = 1;
            o.PollMilliseconds = 50;
            engine?.Invoke(o);
        });
        services?.Invoke(builder.Services);
        var host = builder.Build();
        await host.StartAsync(Token);
        return new SaymonHost(host);
    }

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public async Task<JsonElement> CreateAsync(string json, SaymonCaller? caller = null)
    {
        Assert.False((await Objects.CreateAsync(caller ?? Root, Bytes(json), Token)).IsFault(out var fault, out var value), fault?.Message);
        return Parse(value!);
    }

    public async Task<string> CreateIdAsync(string json) => (await CreateAsync(json)).GetProperty("id").GetString()!;

    public async Task<JsonElement> GetAsync(string id)
    {
        Assert.False((await Objects.FindAsync(Root, id, Token)).IsFault(out var fault, out var value), fault?.Message);
        return Parse(value!);
    }

    public async Task<JsonElement> PatchAsync(string id, string json)
    {
        Assert.False((await Objects.UpdateAsync(Root, id, Bytes(json), Token)).IsFault(out var fault, out var value), fault?.Message);
        return Parse(value!);
    }

    /// <summary>Runs a bulk to its end.</summary>
    public async Task<Operation> BulkAsync(string json, SaymonCaller? caller = null) => await EndAsync(await SubmitAsync(json, caller));

    public async Task<OperationId> SubmitAsync(string json, SaymonCaller? caller = null)
    {
        Assert.False((await Bulks.SubmitAsync(caller ?? Root, Bytes(json), null, Token)).IsFault(out var fault, out var submitted), fault?.Message);
        return submitted!.Operation!.Id;
    }

    /// <summary>Fixes what a bulk is about, without submitting it yet.</summary>
    public async Task<Submission> PrepareAsync(string json)
    {
        var answer = await Get<BulkOperation>().CheckAsync(new SubmitRequest("default", Bytes(json), default, 1_000, "{}", "root", null), Token);
        return answer.Submission ?? throw new InvalidOperationException(answer.Faults[0].Detail);
    }

    public async Task<OperationId> SubmitAsync(Submission submission)
    {
        Assert.False((await Operations.SubmitAsync(submission, Token)).IsRefused(out var refusal, out var submitted), refusal?.Detail);
        return submitted!.Operation!.Id;
    }

    public async Task<Operation> RunAsync(Submission submission) => await EndAsync(await SubmitAsync(submission));

    public async Task<Operation> RetryAsync(Operation original, bool isWithAborted = true)
    {
        var result = await Operations.CheckRetryAsync(original, isWithAborted, default, "root", Token);
        Assert.False(result.IsRefused(out var refusal, out var answer), refusal?.Detail);
        return await RunAsync(answer!.Submission!);
    }

    public async Task<SaymonFault> RefusedBulkAsync(string json)
    {
        Assert.True((await Bulks.SubmitAsync(Root, Bytes(json), null, Token)).IsFault(out var fault, out _), json);
        return fault!;
    }

    public async Task<OperationId> CloneAsync(string path)
    {
        Assert.False((await Bulks.CloneAsync(Root, path, null, Token)).IsFault(out var fault, out var submitted), fault?.Message);
        return submitted!.Operation!.Id;
    }

    public async Task<Operation> EndAsync(OperationId id)
    {
        var operation = await Operations.WaitAsync(id, o => o.State.IsFinal, TimeSpan.FromSeconds(60), Token);
        Assert.True(operation!.State.IsFinal, operation.State.Word);
        return operation;
    }

    public async Task<List<string>> SearchAsync(string search)
    {
        Assert.False((await Objects.SearchAsync(Root, Bytes($$"""{"search":{{search}}}"""), Token)).IsFault(out var fault, out var pieces), fault?.Message);
        return [.. (await ReadAsync(pieces!)).EnumerateArray().Select(o => o.GetProperty("id").GetString()!)];
    }

    public async Task<SaymonFault> RefusedSearchAsync(string search)
    {
        Assert.True((await Objects.SearchAsync(Root, Bytes($$"""{"search":{{search}}}"""), Token)).IsFault(out var fault, out _), search);
        return fault!;
    }

    public async Task<JsonElement> ListAsync(string? fields = null)
    {
        Assert.False((await Objects.ListAsync(Root, fields, Token)).IsFault(out var fault, out var pieces), fault?.Message);
        return await ReadAsync(pieces!);
    }

    public async Task<JsonElement> LinksAsync()
    {
        Assert.False((await Objects.ListLinksAsync(Root, Token)).IsFault(out var fault, out var pieces), fault?.Message);
        return await ReadAsync(pieces!);
    }

    public async Task<string> LinkAsync(string source, string target, string more = "")
    {
        var result = await Objects.CreateLinkAsync(Root, Bytes($$"""{"source":"{{source}}","target":"{{target}}"{{more}}}"""), Token);
        Assert.False(result.IsFault(out var fault, out var link), fault?.Message);
        return Parse(link!).GetProperty("id").GetString()!;
    }

    /// <summary>Makes many objects straight in the tables, all nested in one.</summary>
    public Task FillUnderAsync(string parent, int count) => FillAsync(count, i => $"o{i}", "", $"\"{parent}\"");

    /// <summary>Makes many objects straight in the tables.</summary>
    public async Task FillAsync(int count, Func<int, string> name, string more = "", string parent = "")
    {
        var ids = Get<Longhaul.Saymon.Objects.ObjectIds>();
        foreach (var page in Enumerable.Range(0, count).Chunk(500))
        {
            var rows = page.Select(i => new Longhaul.Saymon.Objects.ObjectRow(ids.Next(), 1, 1, 1, Bytes($$"""{"name":"{{name(i)}}","parent_id":[{{parent}}],"properties":[],"operations":[]{{more}},"tags":[]}""").ToArray())).ToList();
            await Database.WriteAsync(
                async (session, token) =>
                {
                    await SaymonStore.InsertAsync(session, "default", 0, rows, token);
                    return true;
                },
                WriteWeight.Bulk,
                Token);
        }
    }

    public async Task<List<ItemOutcome>> ItemsAsync(Operation operation) =>
        [.. (await Operations.ReadItemsAsync(operation, null, 0, 1_000_000, Token)).Select(r => r.Outcome)];

    public Task<long> CountAsync(string sql) =>
        Database.ReadAsync((session, token) => session.Sql(sql).FirstAsync(r => Convert.ToInt64(r.GetValue(0), null), token), Token).AsTask();

    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync(CancellationToken.None);
        _host.Dispose();
    }

    private static async Task<JsonElement> ReadAsync(JsonPieces pieces)
    {
        using var whole = new MemoryStream();
        await foreach (var piece in pieces(Token))
        {
            whole.Write(piece.Span);
        }

        return Parse(whole.ToArray());
    }
}
