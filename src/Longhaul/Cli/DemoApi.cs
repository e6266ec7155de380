using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Longhaul.Cli;

/// <summary>An operation as the demo shows it.</summary>
internal sealed record DemoOperation(string State, bool IsDone, long Version, double Percent, long Succeeded, long Milliseconds, string Response, string Error);

/// <summary>The few calls of the demo, over HTTP like anybody else's.</summary>
internal sealed class DemoApi : IDisposable
{
    private const string SampleName = "Longhaul.samples.blocklist.txt";

    private readonly HttpClient _http;
    private readonly string _lists;

    public DemoApi(string address, string token, string account)
    {
        _http = new HttpClient { BaseAddress = new Uri(address), Timeout = TimeSpan.FromMinutes(2) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _lists = $"/client/v4/accounts/{account}/rules/lists";
    }

    /// <summary>The addresses of <c>samples/blocklist.txt</c>, each with its comment or null.</summary>
    public static IReadOnlyList<(string Address, string? Comment)> ReadSample()
    {
        using var stream = typeof(DemoApi).Assembly.GetManifestResourceStream(SampleName)!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var items = new List<(string, string?)>();
        while (reader.ReadLine() is { } line)
        {
            var comma = line.IndexOf(',', StringComparison.Ordinal);
            items.Add(comma < 0 ? (line, null) : (line[..comma], line[(comma + 1)..]));
        }

        return items;
    }

    public async Task<string> CreateListAsync(string name, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Post, _lists, $$"""{"name":"{{name}}","kind":"ip"}""", cancellationToken);
        return answer.RootElement.GetProperty("result").GetProperty("id").GetString()!;
    }

    public async Task<string> ReplaceAsync(string listId, IReadOnlyList<(string Address, string? Comment)> items, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (var (address, comment) in items)
            {
                writer.WriteStartObject();
                writer.WriteString("ip", address);
                if (comment is not null)
                {
                    writer.WriteString("comment", comment);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        using var answer = await SendAsync(HttpMethod.Put, $"{_lists}/{listId}/items", Encoding.UTF8.GetString(stream.ToArray()), cancellationToken);
        return answer.RootElement.GetProperty("result").GetProperty("operation_id").GetString()!;
    }

    /// <summary>Completes at the first change after a version, or at the end of the operation, or after some seconds.</summary>
    public async Task<DemoOperation> WatchAsync(string operationId, long? version, CancellationToken cancellationToken)
    {
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/operations/{operationId}");
            request.Headers.TryAddWithoutValidation("Prefer", "wait=5");
            if (version is { } known)
            {
                request.Headers.TryAddWithoutValidation("If-None-Match", string.Create(CultureInfo.InvariantCulture, $"\"{known}\""));
            }

            using var response = await _http.SendAsync(request, cancellationToken);
            if (response.StatusCode != System.Net.HttpStatusCode.NotModified)
            {
                return Read(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            }
        }
    }

    public async Task<IReadOnlyList<string>> ReadItemsAsync(string listId, int count, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"{_lists}/{listId}/items?per_page={count}"), null, cancellationToken);
        return [.. answer.RootElement.GetProperty("result").EnumerateArray().Select(i => i.GetRawText())];
    }

    public void Dispose() => _http.Dispose();

    private static DemoOperation Read(byte[] body)
    {
        using var document = JsonDocument.Parse(body);
        var operation = document.RootElement;
        var progress = operation.GetProperty("progress");
        var percent = progress.GetProperty("percent");
        var isDone = operation.GetProperty("done").GetBoolean();
        return new DemoOperation(
            operation.GetProperty("state").GetString()!,
            isDone,
            operation.GetProperty("version").GetInt64(),
            percent.ValueKind == JsonValueKind.Number ? percent.GetDouble() : 0,
            progress.GetProperty("succeeded").GetInt64(),
            isDone ? (long)(operation.GetProperty("endTime").GetDateTimeOffset() - operation.GetProperty("createTime").GetDateTimeOffset()).TotalMilliseconds : 0,
            operation.TryGetProperty("response", out var response) ? response.GetRawText() : "",
            operation.TryGetProperty("error", out var error) ? error.GetProperty("detail").GetString()! : "");
    }

    private async Task<JsonDocument> SendAsync(HttpMethod method, string path, string? json, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path);
        if (json is not null)
        {
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        }

        using var response = await _http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode
            ? JsonDocument.Parse(body)
            : throw new HttpRequestException($"{method} {path} was answered {(int)response.StatusCode}: {body}");
    }
}
