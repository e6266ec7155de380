using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;

namespace Longhaul.Hosting;

/// <summary>What this server answers when the operations API asks who may do what: root may do everything, nobody else exists yet.</summary>
internal static class OperationsPolicies
{
    public static IServiceCollection AddOperationsPolicies(this IServiceCollection services) =>
        services.AddSingleton<IAuthorizationService, RootAuthorization>().AddAuthorization();

    /// <summary>Names the caller of the operations API.</summary>
    public static IApplicationBuilder UseCredentials(this IApplicationBuilder app)
    {
        var credentials = app.ApplicationServices.GetRequiredService<Credentials>();
        return app.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal)
                && credentials.Check(context, CredentialForms.Bearer).Status == CredentialStatus.Known)
            {
                context.User = credentials.Root;
            }

            return next(context);
        });
    }
}

/// <summary>
/// The policies of this server: whoever is known is root. Asked for every poll, so it answers at once instead of running the
/// framework's handlers.
/// </summary>
internal sealed class RootAuthorization : IAuthorizationService
{
    private static readonly Task<AuthorizationResult> Allowed = Task.FromResult(AuthorizationResult.Success());
    private static readonly Task<AuthorizationResult> Refused = Task.FromResult(AuthorizationResult.Failed());

    public Task<AuthorizationResult> AuthorizeAsync(ClaimsPrincipal user, object? resource, IEnumerable<IAuthorizationRequirement> requirements) =>
        user.Identity?.IsAuthenticated == true ? Allowed : Refused;

    public Task<AuthorizationResult> AuthorizeAsync(ClaimsPrincipal user, object? resource, string policyName) => AuthorizeAsync(user, resource, []);
}
