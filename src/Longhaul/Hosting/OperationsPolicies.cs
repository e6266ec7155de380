using System.Security.Claims;
using Longhaul.AspNetCore;
using Longhaul.Hosting.Cloudflare;
using Microsoft.AspNetCore.Authorization;

namespace Longhaul.Hosting;

/// <summary>What this server answers when the operations API asks who calls and who may do what.</summary>
internal static class OperationsPolicies
{
    /// <summary>Adds the credentials. Comes after the engine, whose start opens the database that holds them.</summary>
    public static IServiceCollection AddAccess(this IServiceCollection services) => services
        .AddSingleton(TokenStore.Line)
        .AddSingleton<TokenBook>()
        .AddHostedService<TokenRefresh>()
        .AddSingleton<Credentials>()
        .AddSingleton<RateLimits>()
        .AddSingleton<CloudflareGate>()
        .AddSingleton<IAuthorizationService, CallerAuthorization>()
        .AddAuthorization();

    /// <summary>Names the caller of the operations API and counts its requests; nobody else gets any further there.</summary>
    public static IApplicationBuilder UseCredentials(this IApplicationBuilder app)
    {
        var credentials = app.ApplicationServices.GetRequiredService<Credentials>();
        var rates = app.ApplicationServices.GetRequiredService<RateLimits>();
        return app.Use((context, next) =>
        {
            if (!context.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase))
            {
                return next(context);
            }

            if (credentials.Check(context, FormsOf(context.Request)).Caller is not { } caller)
            {
                return OperationsProblems.WriteUnauthenticatedAsync(context);
            }

            context.User = caller.User;
            if (IsStream(context.Request))
            {
                context.Response.RegisterForDispose(caller.Revoked.UnsafeRegister(static c => ((HttpContext)c!).Abort(), context));
            }

            return rates.TryTake(context.Response, caller, out var retryAfterSeconds)
                ? next(context)
                : OperationsProblems.WriteRateLimitedAsync(context, retryAfterSeconds, "this token has used up its requests for now; x-ratelimit-reset says for how many seconds");
        });
    }

    private static CredentialForms FormsOf(HttpRequest request) =>
        IsStream(request) ? CredentialForms.EventStream : CredentialForms.Bearer;

    private static bool IsStream(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Path.Value!.EndsWith("/events", StringComparison.OrdinalIgnoreCase);
}

/// <summary>
/// The policies of this server: what the caller's token allows. Asked for every poll, so it answers at once instead of running the
/// framework's handlers.
/// </summary>
internal sealed class CallerAuthorization : IAuthorizationService
{
    private static readonly Task<AuthorizationResult> Allowed = Task.FromResult(AuthorizationResult.Success());
    private static readonly Task<AuthorizationResult> Refused = Task.FromResult(AuthorizationResult.Failed());

    /// <summary>Nothing of this server asks in this form; only who may do everything gets through.</summary>
    public Task<AuthorizationResult> AuthorizeAsync(ClaimsPrincipal user, object? resource, IEnumerable<IAuthorizationRequirement> requirements) =>
        user is CallerPrincipal { Caller.IsAdmin: true } ? Allowed : Refused;

    public Task<AuthorizationResult> AuthorizeAsync(ClaimsPrincipal user, object? resource, string policyName) =>
        user is CallerPrincipal { Caller: var caller }
            && resource is OperationScope scope
            && NeedOf(policyName) is { } need
            && caller.May(PermissionArea.ForOperations(scope.Kind, need), scope.Account)
                ? Allowed
                : Refused;

    private static Need? NeedOf(string policy) => policy switch
    {
        OperationScope.ReadPolicy => Need.Read,
        OperationScope.EditPolicy => Need.Edit,
        _ => null,
    };
}
