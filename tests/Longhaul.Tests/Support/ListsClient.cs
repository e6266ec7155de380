using System.Net;
using System.Text;
using System.Text.Json;

namespace Longhaul.Tests.Support;

/// <summary>An answer: status, headers, body as JSON.</summary>
public sealed record WireAnswer(HttpStatusCode Status, HttpResponseMessage Response, JsonElement Body, string Text)
{
    public JsonElement Result => Body.GetProperty("result");

    public int Code => Body.GetProperty("errors")[0].GetProperty("code").GetInt32();

    public string Message => Body.GetProperty("errors")[0].GetProperty("message").GetString()!;
}

/// <summary>The Lists face and the operations API as any HTTP client sees them, for one account.</summary>
public sealed class ListsClient(HttpClient http, string account) : IDisposable
{
    private readonly string _base = $"/client/v4/accounts/{account}/rules/lists";

    public string Account => account;

    public string Lists => _base;

    public Uri Address => http.BaseAddress!;

    public async Task<WireAnswer> SendAsync(HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        return await SendAsync(method, path, content, headers);
    }

    public async Task<WireAnswer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        JsonElement json = default;
        if (text.Length > 0 && response.Content.Headers.ContentType?.MediaType is { } type && type.Contains("json", StringComparison.Ordinal))
        {
            using var document = JsonDocument.Parse(text);
            json = document.RootElement.Clone();
        }

        return new WireAnswer(response.StatusCode, response, json, text);
    }

    public async Task<string> CreateAsync(string name)
    {
        var answer = await SendAsync(HttpMethod.Post, _base, $$"""{"name":"{{name}}","kind":"ip"}""");
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Result.GetProperty("id").GetString()!;
    }

    public Task<WireAnswer> AppendAsync(string list, IEnumerable<string> items, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, $"{_base}/{list}/items", Items(items), headers);

    public Task<WireAnswer> ReplaceAsync(string list, IEnumerable<string> items, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Put, $"{_base}/{list}/items", Items(items), headers);

    public Task<WireAnswer> DeleteAsync(string list, IEnumerable<string> ids, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Delete, $"{_base}/{list}/items", $$"""{"items":[{{string.Join(',', ids.Select(i => $$"""{"id":"{{i}}"}"""))}}]}""", headers);

    /// <summary>The id of an accepted write.</summary>
    public static string OperationId(WireAnswer answer)
    {
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Result.GetProperty("operation_id").GetString()!;
    }

    /// <summary>Waits for the end of a bulk operation; completes with its status.</summary>
    public async Task<JsonElement> EndAsync(string operation)
    {
        while (true)
        {
            var answer = await SendAsync(HttpMethod.Get, $"{_base}/bulk_operations/{operation}", (string?)null, ("Prefer", "wait=60"));
            Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
            if (answer.Result.GetProperty("status").GetString() is "completed" or "failed")
            {
                return answer.Result;
            }
        }
    }

    public async Task<string> CompletedAsync(WireAnswer accepted)
    {
        var id = OperationId(accepted);
        var end = await EndAsync(id);
        Assert.True(end.GetProperty("status").GetString() == "completed", end.ToString());
        return id;
    }

    /// <summary>All items of a list, along one cursor chain.</summary>
    public async Task<List<JsonElement>> ReadAllAsync(string list, int perPage = 500, string query = "")
    {
        var items = new List<JsonElement>();
        var cursor = "";
        do
        {
            var answer = await SendAsync(HttpMethod.Get, $"{_base}/{list}/items?per_page={perPage}{query}{cursor}");
            Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
            items.AddRange(answer.Result.EnumerateArray());
            cursor = After(answer) is { } after ? $"&cursor={after}" : "";
        }
        while (cursor.Length > 0);
        return items;
    }

    public async Task<List<string>> ReadAddressesAsync(string list, int perPage = 500) =>
        (await ReadAllAsync(list, perPage)).ConvertAll(i => i.GetProperty("ip").GetString()!);

    public static string? After(WireAnswer answer) => Cursor(answer, "after");

    public static string? Before(WireAnswer answer) => Cursor(answer, "before");

    public async Task<long> NumItemsAsync(string list) =>
        (await SendAsync(HttpMethod.Get, $"{_base}/{list}")).Result.GetProperty("num_items").GetInt64();

    public void Dispose() => http.Dispose();

    private static string? Cursor(WireAnswer answer, string name) =>
        answer.Body.TryGetProperty("result_info", out var info) && info.GetProperty("cursors").TryGetProperty(name, out var cursor) ? cursor.GetString() : null;

    private static string Items(IEnumerable<string> items) => $"[{string.Join(',', items.Select(i => i.StartsWith('{') ? i : $$"""{"ip":"{{i}}"}"""))}]";
}
