namespace Longhaul.Hosting;

/// <summary>Puts the request's id on every answer; Cloudflare's clients look for it under a name of their own.</summary>
internal static class RequestIds
{
    public static IApplicationBuilder UseRequestIds(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        context.Response.Headers["X-Request-Id"] = context.TraceIdentifier;
        if (context.Request.Path.StartsWithSegments("/client/v4", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers["cf-ray"] = context.TraceIdentifier;
        }

        return next(context);
    });
}
