using System.Globalization;
using Longhaul.AspNetCore;
using Longhaul.Engine;
using Longhaul.Engine.Storage;

namespace Longhaul.Hosting.Cloudflare;

/// <summary>One request to a face of this vendor: who asks, for which account.</summary>
internal abstract class CloudflareCall(HttpContext context, Caller caller, string account)
{
    public HttpContext Context { get; } = context;

    public string Principal { get; } = caller.SubmitsAs;

    public string Account { get; } = account;

    public CancellationToken Aborted => Context.RequestAborted;

    public string Route(string name) => (string?)Context.Request.RouteValues[name] ?? "";

    /// <summary>Reads <c>Idempotency-Key</c>.</summary>
    public string? ReadKey() => RequestPreferences.TryReadKey(Context.Request, out var key)
        ? key
        : throw new CloudflareRefusedException(CloudflareRefusal.BadHeader("Idempotency-Key must be 1 to 255 printable ASCII characters"));

    /// <summary>Answers what an earlier request with the same key was answered.</summary>
    public async Task ReplayAsync(StoredAnswer answer)
    {
        Context.Response.StatusCode = answer.Status;
        Context.Response.ContentType = CloudflareWire.ContentType;
        Context.Response.Headers["Idempotent-Replayed"] = "true";
        await Context.Response.BodyWriter.WriteAsync(answer.Body, Aborted);
    }

    /// <summary>The face's word for a body that is not there as a whole.</summary>
    protected abstract CloudflareRefusal RefuseBody(int status, string explanation);

    /// <summary>Reads the whole body; the caller disposes it.</summary>
    protected async Task<RequestBody> ReadBodyAsync(IngestBudget budget, long maxBytes)
    {
        var body = await RequestBody.ReadAsync(Context.Request, budget, maxBytes, Aborted);
        if (body.Status == BodyStatus.Complete)
        {
            return body;
        }

        body.Dispose();
        throw new CloudflareRefusedException(body.Status switch
        {
            BodyStatus.TooLarge => CloudflareRefusal.TooLarge(string.Create(CultureInfo.InvariantCulture, $"{maxBytes} bytes")),
            BodyStatus.Busy => CloudflareRefusal.Unavailable(),
            BodyStatus.TooSlow => RefuseBody(408, "the body arrived too slowly"),
            _ => RefuseBody(400, "the body ended before it was complete"),
        });
    }
}
