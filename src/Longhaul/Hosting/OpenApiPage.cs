using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Longhaul.Hosting;

/// <summary>
/// The page on which the documents can be read and tried: Swagger UI from the inside of the program. The browser is told to ask nobody but
/// this server.
/// </summary>
internal static class OpenApiPage
{
    private const string Folder = "Longhaul.Hosting.Assets.";

    // Swagger UI draws its icons from data: addresses. It needs nothing else from elsewhere, no inline script and no inline style.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>Maps <c>/openapi/</c> and the files of the page; none needs a credential.</summary>
    public static void MapOpenApiPage(this IEndpointRouteBuilder routes)
    {
        var page = new Lazy<Asset>(() => Read("page.html", "text/html; charset=utf-8", text => text.Replace("<!--documents-->", Links(), StringComparison.Ordinal)));
        routes.MapGet("/openapi", context => context.Request.Path.Value!.EndsWith('/') ? AnswerAsync(context, page.Value) : RedirectAsync(context));
        Map(routes, "page.css", "text/css; charset=utf-8");
        Map(routes, "page.js", "text/javascript; charset=utf-8");
        Map(routes, "swagger-ui.css", "text/css; charset=utf-8");
        Map(routes, "swagger-ui-bundle.js", "text/javascript; charset=utf-8");
        Map(routes, "swagger-ui-bundle.js.LICENSE.txt", "text/plain; charset=utf-8");
    }

    private static void Map(IEndpointRouteBuilder routes, string name, string contentType)
    {
        var asset = new Lazy<Asset>(() => Read(name, contentType, null));
        routes.MapGet($"/openapi/{name}", context => AnswerAsync(context, asset.Value));
    }

    private static string Links()
    {
        var links = string.Join("\n    ", OpenApiDocuments.All.Select(d => $"<a href=\"?document={d.Name}\" data-document=\"{d.Name}\">{d.Title}</a>"));
        var first = OpenApiDocuments.All[0].Name;
        return $"{links}\n    <a class=\"file\" href=\"{first}.json\" data-form=\"json\">JSON</a>\n    <a class=\"file\" href=\"{first}.yaml\" data-form=\"yaml\">YAML</a>";
    }

    private static Asset Read(string name, string contentType, Func<string, string>? change)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Folder + name)
            ?? throw new InvalidOperationException($"{name} is not in the program");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        if (change is not null)
        {
            bytes = Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(bytes)));
        }

        return new Asset(contentType, bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 16))}\"");
    }

    // The links of the page are relative: they need the slash.
    private static Task RedirectAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = "openapi/";
        return Task.CompletedTask;
    }

    private static Task AnswerAsync(HttpContext context, Asset asset)
    {
        var headers = context.Response.Headers;
        headers.ETag = asset.ETag;
        headers.CacheControl = "no-cache";
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(new EntityTagHeaderValue(asset.ETag), useStrongComparison: false)))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        context.Response.ContentType = asset.ContentType;
        context.Response.ContentLength = asset.Bytes.Length;
        return context.Response.Body.WriteAsync(asset.Bytes, context.RequestAborted).AsTask();
    }

    private sealed record Asset(string ContentType, byte[] Bytes, string ETag);
}
