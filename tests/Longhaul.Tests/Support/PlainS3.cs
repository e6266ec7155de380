using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

namespace Longhaul.Tests.Support;

/// <summary>S3 by plain HTTP, signed here and not by the code under test; for preparing stores and for looking into them.</summary>
public sealed class PlainS3(Uri address, string keyId, string secret, string region = "us-east-1", HttpMessageHandler? handler = null) : IDisposable
{
    private readonly HttpClient _http = new(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false });

    public async Task CreateBucketAsync(string bucket) => await ExpectAsync(HttpMethod.Put, bucket, "", []);

    public async Task PutAsync(string bucket, string key, byte[] bytes, params (string Name, string Value)[] headers) =>
        await ExpectAsync(HttpMethod.Put, bucket, key, bytes, headers: headers);

    public async Task<byte[]> GetAsync(string bucket, string key)
    {
        using var answer = await ExpectAsync(HttpMethod.Get, bucket, key, null);
        return await answer.Content.ReadAsByteArrayAsync();
    }

    public async Task DeleteAsync(string bucket, string key) => await ExpectAsync(HttpMethod.Delete, bucket, key, null);

    /// <summary>All keys in the order of the listing.</summary>
    public async Task<List<string>> KeysAsync(string bucket, string prefix = "")
    {
        var keys = new List<string>();
        string? token = null;
        do
        {
            List<(string, string)> query = [("list-type", "2"), ("encoding-type", "url"), ("prefix", prefix)];
            if (token is not null)
            {
                query.Add(("continuation-token", token));
            }

            using var answer = await ExpectAsync(HttpMethod.Get, bucket, "", null, query);
            var root = XDocument.Parse(await answer.Content.ReadAsStringAsync()).Root!;
            var space = root.Name.Namespace;
            keys.AddRange(root.Elements(space + "Contents").Select(c => WebUtility.UrlDecode(c.Element(space + "Key")!.Value)));
            token = root.Element(space + "NextContinuationToken")?.Value;
        }
        while (token is not null);
        return keys;
    }

    /// <summary>One request, whatever its answer. The payload is signed by its hash unless <paramref name="payload"/> gives another word.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string bucket, string key, byte[]? body, IEnumerable<(string Name, string Value)>? query = null,
        (string Name, string Value)[]? headers = null, string? payload = null)
    {
        var path = "/" + bucket + (key.Length == 0 ? "" : "/" + Encode(key, keepSlash: true));
        var arguments = (query ?? []).Select(q => (Name: Encode(q.Name), Value: Encode(q.Value))).OrderBy(q => q.Name, StringComparer.Ordinal).ToArray();
        var text = string.Join('&', arguments.Select(q => $"{q.Name}={q.Value}"));
        var uri = new Uri($"{address.GetLeftPart(UriPartial.Authority)}{path}{(text.Length == 0 ? "" : "?" + text)}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(method, uri);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
        }

        var date = DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["host"] = uri.Authority,
            ["x-amz-date"] = date,
            ["x-amz-content-sha256"] = payload ?? Convert.ToHexStringLower(SHA256.HashData(body ?? [])),
        };
        foreach (var (name, value) in headers ?? [])
        {
            signed[name.ToLowerInvariant()] = value;
        }

        foreach (var (name, value) in signed.Where(s => s.Key != "host"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content ??= new ByteArrayContent([]);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        request.Headers.TryAddWithoutValidation("Authorization", Authorization(method, path, text, signed, date));
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static string Encode(string text, bool keepSlash = false)
    {
        var encoded = Uri.EscapeDataString(text);
        return keepSlash ? encoded.Replace("%2F", "/", StringComparison.Ordinal) : encoded;
    }

    private async Task<HttpResponseMessage> ExpectAsync(
        HttpMethod method, string bucket, string key, byte[]? body, IEnumerable<(string, string)>? query = null, (string, string)[]? headers = null)
    {
        var answer = await SendAsync(method, bucket, key, body, query, headers);
        return answer.IsSuccessStatusCode
            ? answer
            : throw new InvalidOperationException($"{method} {bucket}/{key}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    private string Authorization(HttpMethod method, string path, string query, SortedDictionary<string, string> signed, string date)
    {
        var names = string.Join(';', signed.Keys);
        var headers = string.Concat(signed.Select(s => $"{s.Key}:{s.Value.Trim()}\n"));
        var canonical = $"{method}\n{path}\n{query}\n{headers}\n{names}\n{signed["x-amz-content-sha256"]}";
        var scope = $"{date[..8]}/{region}/s3/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{date}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var key = scope.Split('/').Aggregate(Encoding.UTF8.GetBytes("AWS4" + secret), (k, step) => HMACSHA256.HashData(k, Encoding.UTF8.GetBytes(step)));
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        return $"AWS4-HMAC-SHA256 Credential={keyId}/{scope}, SignedHeaders={names}, Signature={signature}";
    }
}
