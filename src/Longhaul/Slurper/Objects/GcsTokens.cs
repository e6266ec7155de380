using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Longhaul.Slurper.Objects;

/// <summary>
/// The access token of a service account: a signed assertion (RS256) is exchanged for one, which is kept until five minutes before its
/// end. One exchange at a time; who comes meanwhile waits for its outcome. Safe for concurrent use.
/// </summary>
internal sealed class GcsTokens(StoreHttp http, GcsSpec spec, TimeProvider timeProvider) : IDisposable
{
    private const string Scope = "https://www.googleapis.com/auth/devstorage.read_only";
    private const int MaxAnswerBytes = 64 << 10;
    private static readonly TimeSpan AssertionLife = TimeSpan.FromHours(1);
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _exchange = new(1, 1);
    private volatile Token? _token;

    /// <summary>The token of now. Throws <see cref="StoreFault.Unauthenticated"/> where the key or the account is refused.</summary>
    public async ValueTask<Token> GetAsync(CancellationToken cancellationToken)
    {
        if (Current() is { } token)
        {
            return token;
        }

        await _exchange.WaitAsync(cancellationToken);
        try
        {
            return Current() ?? (_token = await ExchangeAsync(cancellationToken));
        }
        finally
        {
            _exchange.Release();
        }
    }

    /// <summary>Forgets a token that was refused, so that the next request fetches another.</summary>
    public void Forget(Token refused)
    {
        if (ReferenceEquals(_token, refused))
        {
            _token = null;
        }
    }

    public void Dispose() => _exchange.Dispose();

    private Token? Current() => _token is { } token && timeProvider.GetUtcNow() < token.FreshUntil ? token : null;

    private async Task<Token> ExchangeAsync(CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var body = $"grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion={Assertion(now)}";
        using var request = new HttpRequestMessage(HttpMethod.Post, spec.TokenEndpoint) { Content = new ByteArrayContent(Encoding.ASCII.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        using var response = await http.SendAsync(request, cancellationToken);
        var answer = await StoreAnswers.ReadAsync(response, MaxAnswerBytes, cancellationToken);
        return response.IsSuccessStatusCode ? Read(answer, now) : throw Refused(response, answer);
    }

    private string Assertion(DateTimeOffset now)
    {
        var issuedAt = now.ToUnixTimeSeconds();
        var header = """{"alg":"RS256","typ":"JWT"}"""u8;
        using var claims = new MemoryStream();
        using (var writer = new Utf8JsonWriter(claims))
        {
            writer.WriteStartObject();
            writer.WriteString("iss", spec.ClientEmail);
            writer.WriteString("scope", Scope);
            writer.WriteString("aud", spec.TokenEndpoint.AbsoluteUri);
            writer.WriteNumber("iat", issuedAt);
            writer.WriteNumber("exp", issuedAt + (long)AssertionLife.TotalSeconds);
            writer.WriteEndObject();
        }

        var text = $"{Base64Url(header)}.{Base64Url(claims.ToArray())}";
        try
        {
            using var key = RSA.Create();

            // In the JSON of a service account the lines of the key are joined by \n, which some paste as it stands.
            key.ImportFromPem(spec.PrivateKey.Replace("\\n", "\n", StringComparison.Ordinal));
            return $"{text}.{Base64Url(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw new StoreException(StoreFault.Unauthenticated, null, null, "the private key is not an RSA private key in PEM; take private_key of the service account's JSON");
        }
    }

    private static Token Read(ReadOnlyMemory<byte> answer, DateTimeOffset now)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            var value = json.RootElement.GetProperty("access_token").GetString();
            var life = json.RootElement.TryGetProperty("expires_in", out var seconds) ? TimeSpan.FromSeconds(seconds.GetInt32()) : AssertionLife;
            life = life > AssertionLife ? AssertionLife : life;
            var margin = life > Margin * 2 ? Margin : life / 2;
            return value is { Length: > 0 } && value.All(char.IsAscii) && !value.Any(char.IsControl)
                ? new Token(value, now, now + life - margin)
                : throw new FormatException();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // No inner exception: it would quote the answer, which holds the token.
            throw new StoreException(StoreFault.Passing, 200, null, "the token endpoint's answer has no access token");
        }
    }

    // invalid_grant, invalid_client …: RFC 6749, section 5.2.
    private static StoreException Refused(HttpResponseMessage response, ReadOnlyMemory<byte> answer)
    {
        var status = (int)response.StatusCode;
        string? code = null;
        try
        {
            using var json = JsonDocument.Parse(answer);
            code = json.RootElement.GetProperty("error").GetString();
            code = code is { Length: <= 64 } && code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? code : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // The status says enough.
        }

        var fault = status is 400 or 401 or 403 ? StoreFault.Unauthenticated : StoreFaults.Of(status, null, StoreFault.Permanent);
        return new StoreException(
            fault, status, code, string.Create(CultureInfo.InvariantCulture, $"the token endpoint answered {status}{(code is null ? "" : " " + code)}: check clientEmail and privateKey"));
    }

    private static string Base64Url(ReadOnlySpan<byte> bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);

    /// <summary>A token. Not a record: nothing prints it.</summary>
    internal sealed class Token(string value, DateTimeOffset issuedAt, DateTimeOffset freshUntil)
    {
        public string Value { get; } = value;

        public DateTimeOffset IssuedAt { get; } = issuedAt;

        public DateTimeOffset FreshUntil { get; } = freshUntil;
    }
}
