using Longhaul.AspNetCore;
using Longhaul.Engine.Operations;
using Longhaul.Engine.Storage;
using Longhaul.Hosting;
using Longhaul.Saymon.Sessions;

namespace Longhaul.Saymon;

/// <summary>The routes of the SAYMON face.</summary>
internal static class SaymonEndpoints
{
    private const string Base = "/node/api";

    // What the vendor calls "authenticated" is a permission here.
    private const string Reading = "saymon:read";
    private const string RunningBulks = "run-bulks & manage-objects";
    private const string Creating = "create-objects | manage-objects";
    private const string Modifying = "modify-objects | manage-objects";
    private const string Deleting = "delete-objects | manage-objects";
    private const string ManagingProperties = "manage-properties | manage-objects";
    private const string Linking = "create-links | manage-links";

    // Places in the path, from 0 behind the first slash.
    private const int IdPlace = 3;
    private const int PropertyPlace = 5;

    public static void MapSaymon(this IEndpointRouteBuilder routes)
    {
        var face = routes.MapGroup(Base).WithGroupName("saymon");
        face.MapPost("/bulk/objects", Call(SubmitBulk, Need.Edit, RunningBulks)).WithMetadata(SaymonOpenApi.SubmitBulk);
        face.MapPost("/bulks/objects", Call(SubmitBulk, Need.Edit, RunningBulks)).WithMetadata(SaymonOpenApi.Alias(SaymonOpenApi.SubmitBulk));
        face.MapPost("/objects/{id}/clone-bulk", Call(CloneObject, Need.Edit, Creating)).WithMetadata(SaymonOpenApi.CloneObject);
        face.MapGet("/bulk/{bulkId}/status", Call(GetStatus, Need.Read, Reading)).WithMetadata(SaymonOpenApi.GetStatus);
        face.MapGet("/bulks/{bulkId}/status", Call(GetStatus, Need.Read, Reading)).WithMetadata(SaymonOpenApi.Alias(SaymonOpenApi.GetStatus));
        face.MapGet("/objects", Call(ListObjects, Need.Read, Reading)).WithMetadata(SaymonOpenApi.ListObjects);
        face.MapPost("/objects", Call(CreateObject, Need.Edit, Creating)).WithMetadata(SaymonOpenApi.CreateObject);
        face.MapPost("/objects/search", Call(SearchObjects, Need.Read, Reading)).WithMetadata(SaymonOpenApi.SearchObjects);
        face.MapGet("/objects/{id}", Call(GetObject, Need.Read, Reading)).WithMetadata(SaymonOpenApi.GetObject);
        face.MapPatch("/objects/{id}", Call(UpdateObject, Need.Edit, Modifying)).WithMetadata(SaymonOpenApi.UpdateObject);
        face.MapDelete("/objects/{id}", Call(DeleteObject, Need.Edit, Deleting)).WithMetadata(SaymonOpenApi.DeleteObject);
        face.MapPost("/objects/{id}/props", Call(CreateProperty, Need.Edit, ManagingProperties)).WithMetadata(SaymonOpenApi.CreateProperty);
        face.MapPatch("/objects/{id}/props/{propId}", Call(UpdateProperty, Need.Edit, ManagingProperties)).WithMetadata(SaymonOpenApi.UpdateProperty);
        face.MapGet("/links", Call(ListLinks, Need.Read, Reading)).WithMetadata(SaymonOpenApi.ListLinks);
        face.MapPost("/links", Call(CreateLink, Need.Edit, Linking)).WithMetadata(SaymonOpenApi.CreateLink);
        face.MapDelete("/links/{id}", Call(DeleteLink, Need.Edit, Linking)).WithMetadata(SaymonOpenApi.DeleteLink);
        face.MapPost("/users/session", Call(LogIn, null, Reading)).WithMetadata(SaymonOpenApi.LogIn);
        face.MapDelete("/users/session", Call(LogOut, Need.Read, Reading)).WithMetadata(SaymonOpenApi.LogOut);
        face.MapGet("/users/current", Call(GetCurrentUser, Need.Read, Reading)).WithMetadata(SaymonOpenApi.GetCurrentUser);
    }

    /// <summary>Answers under <c>/node/api</c> what no endpoint answers, in the form of the face: put it before the endpoints.</summary>
    public static IApplicationBuilder UseSaymonErrors(this IApplicationBuilder app) => app.Use((context, next) =>
        context.Request.Path.StartsWithSegments(Base, StringComparison.OrdinalIgnoreCase) ? AnswerAsync(context, next) : next(context));

    private static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        await next(context);
        if (context.Response.StatusCode is StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed && !context.Response.HasStarted)
        {
            await SaymonWire.WriteAsync(context, SaymonCall.FindRateRefusal(context)
                ?? (context.Response.StatusCode == StatusCodes.Status404NotFound
                    ? SaymonErrors.NoRoute(context.Request.Path.Value ?? "")
                    : SaymonErrors.NoMethod(context.Request.Method)));
        }
    }

    private static RequestDelegate Call(Func<SaymonCall, Task> handler, Need? need, string permissions) =>
        context => SaymonCall.RunAsync(context, handler, need, permissions);

    /// <summary>Changes every object that matches a search. Answers as soon as the bulk is durable, before any object is changed.</summary>
    private static async Task SubmitBulk(SaymonCall call)
    {
        var isDry = call.IsOn("dry_run");
        using var body = await call.ReadBodyAsync();
        if (isDry)
        {
            var preview = SaymonCall.Unwrap(await call.Api.Bulks.PreviewAsync(call.Caller, body.Bytes, call.Aborted));
            await SaymonWire.WriteAsync(call.Context, writer => SaymonWire.Write(writer, preview));
            return;
        }

        await AnswerAsync(call, await call.Api.Bulks.SubmitAsync(call.Caller, body.Bytes, call.ReadKey(body.Bytes), call.Aborted));
    }

    /// <summary>Copies an object with all that is nested in it. Answers as soon as the bulk is durable; the copy appears as a whole.</summary>
    private static async Task CloneObject(SaymonCall call)
    {
        // The body means nothing, but it is part of what an idempotency key stands for.
        using var body = await call.ReadBodyAsync();
        await AnswerAsync(call, await call.Api.Bulks.CloneAsync(call.Caller, call.Route("id", IdPlace), call.ReadKey(body.Bytes), call.Aborted));
    }

    /// <summary>Tells whether a bulk is over. It is over also when it has failed or was aborted.</summary>
    private static async Task GetStatus(SaymonCall call)
    {
        var prefersAll = call.PrefersRepresentation();
        var isVerbose = call.IsOn("verbose") || prefersAll;
        var wait = call.ReadWait();
        var operation = SaymonCall.Unwrap(await call.Api.Bulks.FindAsync(call.Caller, call.Route("bulkId", IdPlace), wait, call.Aborted));
        RequestPreferences.ConfirmWait(call.Context.Response, wait);
        if (prefersAll)
        {
            call.Context.Response.Headers.Append("Preference-Applied", "return=representation");
            call.Context.Response.Headers.Vary = "Prefer";
        }

        AddMonitor(call.Context.Response, $"/v1/operations/{operation.Id.Value}", operation.State.IsFinal);
        await SaymonWire.WriteAsync(call.Context, writer =>
        {
            if (isVerbose)
            {
                SaymonWire.WriteVerbose(writer, operation);
            }
            else
            {
                SaymonWire.WriteStatus(writer, operation);
            }
        });
    }

    /// <summary>Lists all objects, with some of their fields.</summary>
    private static async Task ListObjects(SaymonCall call) =>
        await SaymonWire.WriteAsync(call.Context, SaymonCall.Unwrap(await call.Api.Objects.ListAsync(call.Caller, call.Query("fields"), call.Aborted)));

    /// <summary>Makes an object. A discovery id that is known already changes its object instead.</summary>
    private static async Task CreateObject(SaymonCall call)
    {
        using var body = await call.ReadBodyAsync();
        await WriteAsync(call, await call.Api.Objects.CreateAsync(call.Caller, body.Bytes, call.Aborted));
    }

    /// <summary>Lists the objects that match a search.</summary>
    private static async Task SearchObjects(SaymonCall call)
    {
        using var body = await call.ReadBodyAsync();
        await SaymonWire.WriteAsync(call.Context, SaymonCall.Unwrap(await call.Api.Objects.SearchAsync(call.Caller, body.Bytes, call.Aborted)));
    }

    /// <summary>Reads an object.</summary>
    private static async Task GetObject(SaymonCall call) =>
        await WriteAsync(call, await call.Api.Objects.FindAsync(call.Caller, call.Route("id", IdPlace), call.Aborted));

    /// <summary>Changes fields of an object.</summary>
    private static async Task UpdateObject(SaymonCall call)
    {
        using var body = await call.ReadBodyAsync();
        await WriteAsync(call, await call.Api.Objects.UpdateAsync(call.Caller, call.Route("id", IdPlace), body.Bytes, call.Aborted));
    }

    /// <summary>Removes an object with all that is nested in it, and their links.</summary>
    private static async Task DeleteObject(SaymonCall call) =>
        AnswerNothing(call, await call.Api.Objects.DeleteAsync(call.Caller, call.Route("id", IdPlace), call.Aborted));

    /// <summary>Makes a property of an object. One of the same name is changed instead.</summary>
    private static async Task CreateProperty(SaymonCall call)
    {
        using var body = await call.ReadBodyAsync();
        await WriteAsync(call, await call.Api.Objects.CreatePropertyAsync(call.Caller, call.Route("id", IdPlace), body.Bytes, call.Aborted));
    }

    /// <summary>Changes a property of an object.</summary>
    private static async Task UpdateProperty(SaymonCall call)
    {
        using var body = await call.ReadBodyAsync();
        await WriteAsync(
            call,
            await call.Api.Objects.UpdatePropertyAsync(
                call.Caller, call.Route("id", IdPlace), call.Route("propId", PropertyPlace), body.Bytes, call.Aborted));
    }

    /// <summary>Lists all links.</summary>
    private static async Task ListLinks(SaymonCall call) =>
        await SaymonWire.WriteAsync(call.Context, SaymonCall.Unwrap(await call.Api.Objects.ListLinksAsync(call.Caller, call.Aborted)));

    /// <summary>Links two objects.</summary>
    private static async Task CreateLink(SaymonCall call)
    {
        using var body = await call.ReadBodyAsync();
        await WriteAsync(call, await call.Api.Objects.CreateLinkAsync(call.Caller, body.Bytes, call.Aborted));
    }

    /// <summary>Removes a link.</summary>
    private static async Task DeleteLink(SaymonCall call) =>
        AnswerNothing(call, await call.Api.Objects.DeleteLinkAsync(call.Caller, call.Route("id", IdPlace), call.Aborted));

    /// <summary>Opens a session. Answers its id, which is in the cookie too.</summary>
    private static async Task LogIn(SaymonCall call)
    {
        Caller caller;
        using (var body = await call.ReadBodyAsync())
        {
            caller = SaymonCall.Unwrap(LoginReader.Read(body.Bytes)).Find(call.Api.Credentials) ?? throw new SaymonRefusedException(SaymonErrors.InvalidLogin);
        }

        SaymonCall.Admit(call.Context, call.Api, caller, Need.Read, Reading);
        var sid = await call.Api.Sessions.OpenAsync(caller, call.Aborted);
        call.Context.Response.Headers.SetCookie = Cookie(call, sid);
        await SaymonWire.WriteAsync(call.Context, writer => writer.WriteStringValue(sid));
    }

    /// <summary>Ends the session of the cookie.</summary>
    private static async Task LogOut(SaymonCall call)
    {
        if (call.Context.Request.Cookies[SaymonCall.Cookie] is { } sid)
        {
            await call.Api.Sessions.EndAsync(sid, call.Aborted);
        }

        call.Context.Response.Headers.SetCookie = $"{Cookie(call, "")}; Max-Age=0";
        AnswerNothing(call, null);
    }

    /// <summary>Tells who the caller is.</summary>
    private static Task GetCurrentUser(SaymonCall call) => SaymonWire.WriteAsync(
        call.Context, writer => SaymonWire.Write(writer, call.Who, call.Who.May(PermissionArea.Saymon.For(Need.Edit), call.Api.Options.Account)));

    private static string Cookie(SaymonCall call, string sid) =>
        $"{SaymonCall.Cookie}={sid}; Path=/; HttpOnly; SameSite=Lax{(call.Context.Request.IsHttps ? "; Secure" : "")}";

    private static Task WriteAsync(SaymonCall call, SaymonResult<byte[]> result) => SaymonWire.WriteAsync(call.Context, SaymonCall.Unwrap(result));

    private static void AnswerNothing(SaymonCall call, SaymonFault? fault)
    {
        if (fault is not null)
        {
            throw new SaymonRefusedException(SaymonErrors.Of(fault));
        }

        call.Context.Response.ContentLength = 0;
    }

    // Whatever has become of it since, a creator says that it is not over: that is what was answered first.
    private static async Task AnswerAsync(SaymonCall call, SaymonResult<Submitted> result)
    {
        var submitted = SaymonCall.Unwrap(result);
        if (submitted.Replayed is { } replayed)
        {
            call.Context.Response.Headers["Idempotent-Replayed"] = "true";
            AddMonitor(call.Context.Response, replayed.Location, isFinal: false);
            await SaymonWire.WriteAsync(call.Context, replayed.Body);
            return;
        }

        var id = submitted.Operation!.Id;
        AddMonitor(call.Context.Response, $"/v1/operations/{id.Value}", isFinal: false);
        await SaymonWire.WriteAsync(call.Context, SaymonWire.Created(id));
    }

    private static void AddMonitor(HttpResponse response, string? operation, bool isFinal)
    {
        if (operation is not null)
        {
            response.Headers.Link = $"<{operation}>; rel=\"monitor\"";
        }

        if (!isFinal)
        {
            response.Headers.RetryAfter = "1";
        }
    }
}
