using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Longhaul.TestStores.Http;

/// <summary>What chunk signatures go on from.</summary>
internal sealed record Signature(string KeyId, string Date, string Scope, byte[] SigningKey, string Value)
{
    public string Sign(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(SigningKey, Encoding.UTF8.GetBytes(text)));
}

/// <summary>
/// AWS Signature Version 4, checked from the documentation and not from our own signer, so that the two prove each other. Header and query
/// (presigned) form; host and every x-amz-* header must be signed.
/// </summary>
internal sealed class SignatureCheck(TestStoreOptions options, Credentials credentials)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(15);

    /// <summary>The signature of the request; throws the error answer where it is not good.</summary>
    public Signature Check(S3Request request)
    {
        var authorization = request.Header("Authorization");
        if (authorization is null)
        {
            return request.Has("X-Amz-Signature") ? CheckQuery(request) : throw Denied();
        }

        if (!authorization.StartsWith(Algorithm + " ", StringComparison.Ordinal))
        {
            throw new S3Exception(400, "InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
        }

        var members = authorization[(Algorithm.Length + 1)..].Split(',', StringSplitOptions.TrimEntries)
            .Select(m => m.Split('=', 2)).Where(m => m.Length == 2).ToDictionary(m => m[0], m => m[1]);
        if (!members.TryGetValue("Credential", out var credential) || !members.TryGetValue("SignedHeaders", out var signed)
            || !members.TryGetValue("Signature", out var signature))
        {
            throw Malformed("it needs Credential, SignedHeaders and Signature");
        }

        var date = request.Header("x-amz-date") ?? throw Malformed("x-amz-date is missing");
        CheckSkew(date);
        var payload = request.Header("x-amz-content-sha256")
            ?? throw new S3Exception(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256");
        CheckPayload(request, payload);
        var names = signed.Split(';');
        CheckSigned(request, names);
        return Verify(request, credential, names, signature, date, payload, request.Query);
    }

    private Signature CheckQuery(S3Request request)
    {
        string Need(string name) => request.Argument(name) ?? throw new S3Exception(400, "AuthorizationQueryParametersError", $"{name} is missing");

        var date = Need("X-Amz-Date");
        var expires = int.Parse(Need("X-Amz-Expires"), CultureInfo.InvariantCulture);
        if (options.Clock.GetUtcNow() > ParseDate(date).AddSeconds(expires))
        {
            throw new S3Exception(403, "AccessDenied", "Request has expired");
        }

        var query = request.Query.Where(q => q.Name != "X-Amz-Signature").ToList();
        return Verify(request, Need("X-Amz-Credential"), Need("X-Amz-SignedHeaders").Split(';'), Need("X-Amz-Signature"), date, "UNSIGNED-PAYLOAD", query);
    }

    private Signature Verify(
        S3Request request, string credential, string[] names, string signature, string date, string payload, List<(string Name, string Value)> query)
    {
        var scope = credential.Split('/');
        if (scope.Length != 5 || scope[3] != "s3" || scope[4] != "aws4_request" || !date.StartsWith(scope[1], StringComparison.Ordinal))
        {
            throw Malformed("the credential must be ID/DATE/REGION/s3/aws4_request");
        }

        if (scope[2] != options.Region && !options.OtherRegions.Contains(scope[2]) && !options.OtherRegions.Contains("*"))
        {
            throw new S3Exception(
                400, "AuthorizationHeaderMalformed", $"The authorization header is malformed; the region '{scope[2]}' is wrong; expecting '{options.Region}'",
                ("#Region", options.Region), ("x-amz-bucket-region", options.Region));
        }

        var secret = credentials.SecretOf(scope[0])
            ?? throw new S3Exception(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");
        var canonical = Canonical(request, names, payload, query);
        var key = SigningKey(secret, scope[1], scope[2]);
        var scopeText = string.Join('/', scope[1..]);
        var toSign = $"{Algorithm}\n{date}\n{scopeText}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        if (expected != signature)
        {
            throw new S3Exception(
                403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
                ("#CanonicalRequest", canonical), ("#StringToSign", toSign));
        }

        return new(scope[0], date, scopeText, key, signature);
    }

    private static string Canonical(S3Request request, string[] names, string payload, List<(string Name, string Value)> query)
    {
        var text = new StringBuilder();
        text.Append(request.Method).Append('\n');
        text.Append(Percent.Encode(Percent.Decode(request.RawPath), keepSlash: true)).Append('\n');
        text.AppendJoin('&', query.Select(q => (Name: Percent.Encode(q.Name), Value: Percent.Encode(q.Value)))
            .OrderBy(q => q.Name, StringComparer.Ordinal).ThenBy(q => q.Value, StringComparer.Ordinal).Select(q => $"{q.Name}={q.Value}")).Append('\n');
        foreach (var name in names)
        {
            var value = request.Header(name) ?? throw Malformed($"the signed header {name} is missing");
            text.Append(name).Append(':').AppendJoin(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Append('\n');
        }

        return text.Append('\n').AppendJoin(';', names).Append('\n').Append(payload).ToString();
    }

    private static byte[] SigningKey(string secret, string date, string region)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secret);
        foreach (var step in new[] { date, region, "s3", "aws4_request" })
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(step));
        }

        return key;
    }

    private void CheckPayload(S3Request request, string payload)
    {
        if (payload.StartsWith("STREAMING-", StringComparison.Ordinal))
        {
            if (!options.AcceptStreamingPayloads)
            {
                throw new S3Exception(501, "NotImplemented", $"{payload} not implemented");
            }
        }
        else if (payload == "UNSIGNED-PAYLOAD")
        {
            if (!options.AllowUnsignedPayloadOverHttp && !request.Http.Request.IsHttps)
            {
                throw new S3Exception(400, "InvalidRequest", "UNSIGNED-PAYLOAD is taken over https only.");
            }
        }
        else if (payload.Length != 64 || !payload.All(char.IsAsciiHexDigitLower))
        {
            throw new S3Exception(400, "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- word or a valid sha256 value.");
        }
    }

    private static void CheckSigned(S3Request request, string[] names)
    {
        if (!names.SequenceEqual(names.Order(StringComparer.Ordinal)))
        {
            throw Malformed("SignedHeaders must be sorted");
        }

        var missing = request.Http.Request.Headers.Keys.Select(k => k.ToLowerInvariant())
            .Where(k => k.StartsWith("x-amz-", StringComparison.Ordinal)).Append("host").Except(names).ToArray();
        if (missing.Length > 0)
        {
            throw new S3Exception(403, "AccessDenied", $"There were headers present in the request which were not signed: {string.Join(", ", missing)}");
        }
    }

    private void CheckSkew(string date)
    {
        if ((options.Clock.GetUtcNow() - ParseDate(date)).Duration() > Skew)
        {
            throw new S3Exception(403, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.");
        }
    }

    private static DateTimeOffset ParseDate(string date) =>
        DateTimeOffset.TryParseExact(date, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed)
            ? parsed
            : throw Malformed("x-amz-date must be yyyyMMddTHHmmssZ");

    private static S3Exception Malformed(string what) => new(400, "AuthorizationHeaderMalformed", $"The authorization header is malformed; {what}.");

    private static S3Exception Denied() => new(403, "AccessDenied", "Access Denied");
}
