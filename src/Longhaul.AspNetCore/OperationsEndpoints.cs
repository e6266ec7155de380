using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Longhaul.AspNetCore;

/// <summary>Mounts the operations API.</summary>
public static class OperationsEndpoints
{
    // A look by HEAD shows the headers of GET. Streams are not in it: their headers come when the first event does.
    private static readonly string[] Reading = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>
    /// Maps <c>/v1/operations</c>, <c>/v1/events</c> and <c>/v1/kinds</c>. The host's authorization decides who may do what: it defines the policies
    /// <see cref="OperationScope.ReadPolicy"/> and <see cref="OperationScope.EditPolicy"/> for the resource <see cref="OperationScope"/>.
    /// </summary>
    public static IEndpointConventionBuilder MapOperations(this IEndpointRouteBuilder routes)
    {
        var v1 = routes.MapGroup("/v1").WithGroupName("operations");
        v1.MapPost("/operations", Guarded(OperationsHandlers.Submit)).WithMetadata(OperationsOpenApi.Submit);
        v1.MapMethods("/operations", Reading, Guarded(OperationsHandlers.List)).WithMetadata(OperationsOpenApi.List);
        v1.MapMethods("/operations/{id}", Reading, Guarded(OperationsHandlers.Get)).WithMetadata(OperationsOpenApi.Get);
        v1.MapMethods("/operations/{id}/items", Reading, Guarded(OperationsHandlers.Items)).WithMetadata(OperationsOpenApi.Items);
        v1.MapGet("/operations/{id}/events", Guarded(OperationsHandlers.Events)).WithMetadata(OperationsOpenApi.Events);
        v1.MapGet("/events", Guarded(OperationsHandlers.ManyEvents)).WithMetadata(OperationsOpenApi.ManyEvents);
        v1.MapPost("/operations/{id}:abort", Guarded(OperationsHandlers.Abort)).WithMetadata(OperationsOpenApi.Abort);
        v1.MapPost("/operations/{id}:pause", Guarded(OperationsHandlers.Pause)).WithMetadata(OperationsOpenApi.Pause);
        v1.MapPost("/operations/{id}:resume", Guarded(OperationsHandlers.Resume)).WithMetadata(OperationsOpenApi.Resume);
        v1.MapPost("/operations/{id}:retry", Guarded(OperationsHandlers.Retry)).WithMetadata(OperationsOpenApi.Retry);
        v1.MapDelete("/operations/{id}", Guarded(OperationsHandlers.Delete)).WithMetadata(OperationsOpenApi.Delete);
        v1.MapMethods("/kinds", Reading, Guarded(OperationsHandlers.Kinds)).WithMetadata(OperationsOpenApi.Kinds);
        return v1;
    }

    /// <summary>Answers under <c>/v1</c> what no endpoint answers, as problems: put it before the endpoints.</summary>
    public static IApplicationBuilder UseOperationsProblems(this IApplicationBuilder app) => app.Use((context, next) =>
        context.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase) ? AnswerAsync(context, next) : next(context));

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.Response.StatusCode is StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed && !context.Response.HasStarted)
        {
            var problem = context.Response.StatusCode == StatusCodes.Status404NotFound
                ? Problem.NotFound($"there is nothing at {context.Request.Path}")
                : Problem.MethodNotAllowed(context.Request.Method);
            await problem.WriteAsync(context);
        }
    }

    private static RequestDelegate Guarded(Func<OperationsCall, Task> handler) => context => OperationsCall.RunAsync(context, handler);
}
