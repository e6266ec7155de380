using System.Net;
using System.Text;
using Longhaul.Tests.Support;

namespace Longhaul.Tests.Saymon.Face;

/// <summary>The SAYMON face as any HTTP client sees it, with one credential or none.</summary>
internal sealed class SaymonClient : IDisposable
{
    public const string Api = "/node/api";

    private readonly HttpClient _http;
    private readonly ListsClient _client;

    public SaymonClient(LonghaulProcess server, string? authorization = $"Bearer {LonghaulProcess.Token}")
    {
        _http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = server.Address, Timeout = TimeSpan.FromSeconds(120) };
        if (authorization is not null)
        {
            _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        }

        _client = new ListsClient(_http, "none");
    }

    /// <summary>A name that no other test has.</summary>
    public static string NewName() => $"n{Guid.NewGuid():N}";

    public static string Basic(string login, string password) => $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login}:{password}"))}";

    public Task<WireAnswer> SendAsync(HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers) =>
        _client.SendAsync(method, path, body, headers);

    public Task<WireAnswer> SendContentAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers) =>
        _client.SendAsync(method, path, content, headers);

    public async Task<WireAnswer> OkAsync(HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        var answer = await SendAsync(method, path, body, headers);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{method} {path}: {(int)answer.Status} {answer.Text}");
        return answer;
    }

    /// <summary>Makes an object; completes with its id.</summary>
    public async Task<string> CreateAsync(string json) =>
        (await OkAsync(HttpMethod.Post, $"{Api}/objects", json)).Body.GetProperty("id").GetString()!;

    public async Task<WireAnswer> GetAsync(string id) => await OkAsync(HttpMethod.Get, $"{Api}/objects/{id}");

    /// <summary>Submits a bulk; completes with its id.</summary>
    public async Task<string> BulkAsync(string json) => BulkId(await OkAsync(HttpMethod.Post, $"{Api}/bulk/objects", json));

    public static string BulkId(WireAnswer answer) => answer.Body.GetProperty("bulkId").GetString()!;

    /// <summary>Waits for the end of a bulk; completes with its verbose status.</summary>
    public async Task<WireAnswer> EndAsync(string bulkId)
    {
        while (true)
        {
            var answer = await OkAsync(HttpMethod.Get, $"{Api}/bulk/{bulkId}/status?verbose=1", null, ("Prefer", "wait=60"));
            if (answer.Body.GetProperty("finished").GetBoolean())
            {
                return answer;
            }
        }
    }

    /// <summary>
    /// Makes many objects by cloning a tree into itself, again and again; completes with the value of <c>owner_id</c> that they have, and their number.
    /// </summary>
    public async Task<(string Owner, long Count)> CreateManyAsync(long atLeast)
    {
        var owner = NewName();
        var root = await CreateAsync($$"""{"name":"many","owner_id":"{{owner}}"}""");
        var count = 1L;
        while (count < atLeast)
        {
            var end = await EndAsync(BulkId(await OkAsync(HttpMethod.Post, $"{Api}/objects/{root}/clone-bulk")));
            var copy = end.Body.GetProperty("result").GetProperty("rootId").GetString()!;
            await OkAsync(HttpMethod.Patch, $"{Api}/objects/{copy}", $$"""{"parent_id":"{{root}}"}""");
            count *= 2;
        }

        return (owner, count);
    }

    public void Dispose()
    {
        _client.Dispose();
        _http.Dispose();
    }
}
