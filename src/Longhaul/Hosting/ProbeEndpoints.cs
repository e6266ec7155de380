using System.Net;
using System.Text;
using Microsoft.Extensions.Options;

namespace Longhaul.Hosting;

/// <summary>What a supervisor asks a server: is it alive, is it ready, what does it count.</summary>
internal static class ProbeEndpoints
{
    public static void MapProbes(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", (RequestDelegate)Healthz);
        routes.MapGet("/readyz", (RequestDelegate)Readyz);
        routes.MapGet("/metrics", (RequestDelegate)Metrics);
    }

    private static Task Healthz(HttpContext context) => IsAllowed(context) ? WriteAsync(context, "ok\n") : RefuseAsync(context);

    private static async Task Readyz(HttpContext context)
    {
        if (!IsAllowed(context))
        {
            await RefuseAsync(context);
            return;
        }

        var missing = await context.RequestServices.GetRequiredService<Readiness>().CheckAsync(context.RequestAborted);
        if (missing is not null)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "2";
        }

        await WriteAsync(context, missing is null ? "ready\n" : $"not ready: {missing}\n");
    }

    private static Task Metrics(HttpContext context)
    {
        if (!IsAllowed(context))
        {
            return RefuseAsync(context);
        }

        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        return context.Response.WriteAsync(context.RequestServices.GetRequiredService<MetricsText>().Write(), context.RequestAborted);
    }

    private static bool IsAllowed(HttpContext context)
    {
        var isLocal = context.Connection.RemoteIpAddress is null || IPAddress.IsLoopback(context.Connection.RemoteIpAddress);
        return isLocal
            || !context.RequestServices.GetRequiredService<IOptions<HostingOptions>>().Value.ProbeAuth
            || context.RequestServices.GetRequiredService<Credentials>().Check(context, CredentialForms.Bearer).Status == CredentialStatus.Known;
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return WriteAsync(context, "probes from elsewhere need a credential (Hosting:ProbeAuth)\n");
    }

    private static Task WriteAsync(HttpContext context, string text)
    {
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, Encoding.UTF8, context.RequestAborted);
    }
}
