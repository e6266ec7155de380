using System.Reflection;
using System.Text;
using Longhaul.AspNetCore;
using Longhaul.Lists;
using Longhaul.Saymon;
using Longhaul.Slurper;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.OpenApi;

namespace Longhaul.Hosting;

/// <summary>The OpenAPI document of one face.</summary>
/// <param name="Name">Its name in the address, and the group name of the face's endpoints.</param>
/// <param name="Title">What a reader calls it.</param>
/// <param name="Frame">The document without its paths, as JSON.</param>
internal sealed record FaceDocument(string Name, string Title, string Frame);

/// <summary>
/// Makes the OpenAPI documents when they are asked for: the frame is the face's text, the paths are the endpoints that are mapped. The
/// endpoints take requests as they come and write JSON themselves, so the framework finds nothing in them to describe.
/// </summary>
internal static class OpenApiDocuments
{
    /// <summary>The documents of this server, in the order in which they are offered.</summary>
    public static IReadOnlyList<FaceDocument> All { get; } =
    [
        new("lists", "Lists", ListsOpenApi.Frame),
        new("slurper", "Super Slurper", SlurperOpenApi.Frame),
        new("operations", "Operations", OperationsOpenApi.Frame),
        new("saymon", "SAYMON", SaymonOpenApi.Frame),
    ];

    public static IServiceCollection AddOpenApiDocuments(this IServiceCollection services)
    {
        foreach (var face in All)
        {
            services.AddOpenApi(face.Name, options =>
            {
                options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
                options.ShouldInclude = _ => false;
                options.AddDocumentTransformer((document, context, _) =>
                {
                    Fill(document, face, context.ApplicationServices.GetRequiredService<EndpointDataSource>().Endpoints);
                    return Task.CompletedTask;
                });
            });
        }

        return services;
    }

    /// <summary>Maps <c>/openapi/{name}.json</c> and <c>.yaml</c>; neither needs a credential.</summary>
    public static void MapOpenApiDocuments(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi("/openapi/{documentName}.json");
        routes.MapOpenApi("/openapi/{documentName}.yaml");
    }

    /// <summary>Puts the frame of a face and the paths of its endpoints into a document.</summary>
    /// <exception cref="InvalidOperationException">The frame is no OpenAPI.</exception>
    public static void Fill(OpenApiDocument document, FaceDocument face, IEnumerable<Endpoint> endpoints)
    {
        var read = OpenApiDocument.Parse(face.Frame, OpenApiConstants.Json);
        if (read.Document is not { } frame || read.Diagnostic?.Errors is { Count: > 0 })
        {
            throw new InvalidOperationException($"the frame of {face.Name} is no OpenAPI: {string.Join("; ", read.Diagnostic?.Errors ?? [])}");
        }

        frame.Info.Version = typeof(OpenApiDocuments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        document.Info = frame.Info;
        document.Servers = frame.Servers;
        document.Tags = frame.Tags;
        document.Security = frame.Security;
        document.Components = frame.Components;
        document.Paths = [];
        foreach (var endpoint in endpoints.OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<IEndpointGroupNameMetadata>()?.EndpointGroupName == face.Name
                && endpoint.Metadata.GetMetadata<RouteDescription>() is { } description)
            {
                Add(document, endpoint, description);
            }
        }
    }

    private static void Add(OpenApiDocument document, RouteEndpoint endpoint, RouteDescription description)
    {
        var path = ToPath(document, endpoint.RoutePattern);
        if (!document.Paths.TryGetValue(path, out var item))
        {
            document.Paths.Add(path, item = new OpenApiPathItem
            {
                Operations = [],
                Parameters = [.. endpoint.RoutePattern.Parameters.Select(p => new OpenApiParameterReference(p.Name, document))],
            });
        }

        // HEAD is what GET is, without a body.
        foreach (var method in endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods.Where(m => !HttpMethods.IsHead(m)))
        {
            item.Operations!.Add(HttpMethod.Parse(method), ToOperation(document, description));
        }
    }

    // The vendor's documents name a parameter otherwise than our routes: the component says how.
    private static string ToPath(OpenApiDocument document, RoutePattern pattern)
    {
        var path = new StringBuilder();
        foreach (var segment in pattern.PathSegments)
        {
            path.Append('/');
            foreach (var part in segment.Parts)
            {
                path.Append(part switch
                {
                    RoutePatternParameterPart parameter => $"{{{document.Components!.Parameters![parameter.Name].Name}}}",
                    RoutePatternLiteralPart literal => literal.Content,
                    RoutePatternSeparatorPart separator => separator.Content,
                    _ => throw new InvalidOperationException($"a part of {pattern.RawText} is of a kind that no document can show"),
                });
            }
        }

        return path.ToString();
    }

    private static OpenApiOperation ToOperation(OpenApiDocument document, RouteDescription description)
    {
        var responses = new OpenApiResponses();
        foreach (var (status, key) in description.Answers)
        {
            responses.Add($"{status}", new OpenApiResponseReference(key, document));
        }

        foreach (var status in description.Errors)
        {
            responses.Add($"{status}", new OpenApiResponseReference($"Error{status}", document));
        }

        var end = description.Text.IndexOf(". ", StringComparison.Ordinal);
        var rest = end < 0 ? description.Notes : $"{description.Text[(end + 2)..]} {description.Notes}".TrimEnd();
        return new OpenApiOperation
        {
            OperationId = description.Id,
            Summary = (end < 0 ? description.Text : description.Text[..end]).TrimEnd('.'),
            Description = rest,
            Tags = new HashSet<OpenApiTagReference> { new(description.Tag, document) },
            Parameters = [.. description.Parameters.Select(p => new OpenApiParameterReference(p, document))],
            RequestBody = description.Body is null ? null : new OpenApiRequestBodyReference(description.Body, document),
            Responses = responses,
        };
    }
}
