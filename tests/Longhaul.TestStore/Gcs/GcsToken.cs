using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Longhaul.TestStores.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Longhaul.TestStores.Gcs;

/// <summary>The OAuth endpoint: a JWT signed with RS256 by a service account for a bearer token.</summary>
internal sealed class GcsToken(GcsAccounts accounts, TestStore store)
{
    private const string Grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";

    /// <summary>What the official clients name as audience, whatever the address they were sent to.</summary>
    private static readonly string[] Audiences = ["https://oauth2.googleapis.com/token", "https://www.googleapis.com/oauth2/v4/token"];

    public async Task<Answer> AnswerAsync(S3Request request)
    {
        using var reader = new StreamReader(request.Http.Request.Body);
        var text = await reader.ReadToEndAsync(request.Aborted);
        var (grant, assertion) = Read(request, text);
        var fault = grant == Grant ? Check(assertion, out var email) : Refuse($"grant_type must be {Grant}", out email);
        if (fault is not null)
        {
            return Answer.Json(new JsonObject { ["error"] = "invalid_grant", ["error_description"] = fault }.ToJsonString(), 400);
        }

        request.Log.KeyId = email;
        return Answer.Json(new JsonObject
        {
            ["access_token"] = accounts.Give(email),
            ["expires_in"] = (int)accounts.TokenLifetime.TotalSeconds,
            ["token_type"] = "Bearer",
        }.ToJsonString());
    }

    private static (string? Grant, string? Assertion) Read(S3Request request, string text)
    {
        if (request.Http.Request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) ?? false)
        {
            var json = JsonNode.Parse(text)!;
            return ((string?)json["grant_type"], (string?)json["assertion"]);
        }

        var form = QueryHelpers.ParseQuery(text);
        return (form["grant_type"], form["assertion"]);
    }

    private static string Refuse(string why, out string email)
    {
        email = "";
        return why;
    }

    private string? Check(string? assertion, out string email)
    {
        email = "";
        if (assertion?.Split('.') is not { Length: 3 } pieces)
        {
            return "the assertion is not a JWT";
        }

        JsonNode header, claims;
        byte[] signature;
        try
        {
            header = JsonNode.Parse(Base64Url.DecodeFromChars(pieces[0]))!;
            claims = JsonNode.Parse(Base64Url.DecodeFromChars(pieces[1]))!;
            signature = Base64Url.DecodeFromChars(pieces[2]);
        }
        catch (Exception e) when (e is FormatException or System.Text.Json.JsonException)
        {
            return "the assertion is not a JWT";
        }

        email = (string?)claims["iss"] ?? "";
        if ((string?)header["alg"] != "RS256")
        {
            return "alg must be RS256";
        }

        if (accounts.PublicKeyOf(email) is not { } key)
        {
            return "Invalid grant: account not found";
        }

        return key.VerifyData(Encoding.ASCII.GetBytes($"{pieces[0]}.{pieces[1]}"), signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            ? CheckClaims(claims)
            : "Invalid JWT Signature.";
    }

    private string? CheckClaims(JsonNode claims)
    {
        var (issued, expires) = ((long?)claims["iat"] ?? 0, (long?)claims["exp"] ?? 0);
        var now = store.Options.Clock.GetUtcNow().ToUnixTimeSeconds();
        if (issued > now + 300 || expires < now || expires - issued > 3600)
        {
            return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.";
        }

        var audience = (string?)claims["aud"];
        if (audience != new Uri(store.Address, "/token").ToString() && !Audiences.Contains(audience))
        {
            return $"Invalid JWT: Failed audience check: {audience}";
        }

        var scopes = ((string?)claims["scope"] ?? "").Split(' ');
        return scopes.Any(s => s.Contains("/auth/devstorage.", StringComparison.Ordinal) || s.EndsWith("/auth/cloud-platform", StringComparison.Ordinal))
            ? null
            : "Invalid OAuth scope or ID token audience provided.";
    }
}
