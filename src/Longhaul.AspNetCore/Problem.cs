using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Longhaul.AspNetCore;

/// <summary>An error of the operations API (RFC 9457), as <c>contracts/operations.md</c> section 9 lists them.</summary>
internal sealed record Problem(int Status, string Slug, string Code, string Title, string Detail)
{
    public IReadOnlyList<(string Detail, string Pointer)> Errors { get; init; } = [];

    public int? RetryAfterSeconds { get; init; }

    public static Problem InvalidArgument(string detail) => new(400, "invalid-argument", "INVALID_ARGUMENT", "Invalid argument", detail);

    public static Problem InvalidArgument(IReadOnlyList<(string Detail, string Pointer)> errors) =>
        InvalidArgument(errors.Count == 1 ? errors[0].Detail : $"{errors.Count} things are wrong with the request") with { Errors = errors };

    public static Problem Unauthenticated() =>
        new(401, "unauthenticated", "UNAUTHENTICATED", "Unauthenticated", "send a known token: Authorization: Bearer <token>");

    public static Problem PermissionDenied(string detail = "this token may read this operation but not do that") =>
        new(403, "permission-denied", "PERMISSION_DENIED", "Permission denied", detail);

    public static Problem NotFound(string detail) => new(404, "not-found", "NOT_FOUND", "Not found", detail);

    public static Problem MethodNotAllowed(string method) =>
        new(405, "method-not-allowed", "UNIMPLEMENTED", "Method not allowed", $"{method} is not possible here; see the Allow header");

    public static Problem FailedPrecondition(string detail) =>
        new(409, "failed-precondition", "FAILED_PRECONDITION", "Not possible in this state", detail);

    public static Problem TooLarge(string detail) => new(413, "payload-too-large", "RESOURCE_EXHAUSTED", "Payload too large", detail);

    public static Problem UnsupportedMediaType() =>
        new(415, "unsupported-media-type", "INVALID_ARGUMENT", "Unsupported media type", "send JSON: Content-Type: application/json");

    public static Problem UnsupportedEncoding() =>
        UnsupportedMediaType() with { Detail = "send the body as it is, without Content-Encoding: packed bodies are not unpacked here" };

    public static Problem IdempotencyMismatch(string detail) =>
        new(422, "idempotency-mismatch", "INVALID_ARGUMENT", "Idempotency key reused", detail);

    public static Problem RateLimited(string detail) =>
        new(429, "rate-limited", "RESOURCE_EXHAUSTED", "Too much pending work", detail) { RetryAfterSeconds = 1 };

    public static Problem Internal() =>
        new(500, "internal", "INTERNAL", "Internal error", "this is a fault of the server; its log has more under the request id");

    public static Problem Unavailable(string detail) => new(503, "unavailable", "UNAVAILABLE", "Unavailable", detail) { RetryAfterSeconds = 2 };

    public static Problem TooSlow() =>
        new(408, "invalid-argument", "INVALID_ARGUMENT", "Request timeout", "the request body arrived too slowly");

    public async Task WriteAsync(HttpContext context)
    {
        if (context.Response.HasStarted)
        {
            context.Abort();
            return;
        }

        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/problem+json";
        if (RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (Status == 401)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        var writer = new Utf8JsonWriter(context.Response.BodyWriter, JsonWriting.Options);
        await using (writer)
        {
            WriteTo(writer, context);
        }

        await context.Response.CompleteAsync();
    }

    private void WriteTo(Utf8JsonWriter writer, HttpContext context)
    {
        writer.WriteStartObject();
        writer.WriteString("type", $"urn:longhaul:problem:{Slug}");
        writer.WriteString("title", Title);
        writer.WriteNumber("status", Status);
        writer.WriteString("detail", Detail);
        writer.WriteString("instance", context.Request.Path.Value);
        writer.WriteString("code", Code);
        writer.WriteString("requestId", context.TraceIdentifier);
        if (Errors.Count > 0)
        {
            writer.WriteStartArray("errors");
            foreach (var (detail, pointer) in Errors)
            {
                writer.WriteStartObject();
                writer.WriteString("detail", detail);
                writer.WriteString("pointer", pointer);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}
