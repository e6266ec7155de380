using Longhaul.AspNetCore;

namespace Longhaul.Hosting;

/// <summary>What this server answers when the operations API asks who may do what: root may do everything, nobody else exists yet.</summary>
internal static class OperationsPolicies
{
    public static IServiceCollection AddOperationsPolicies(this IServiceCollection services)
    {
        services.AddAuthorizationBuilder()
            .AddPolicy(OperationScope.ReadPolicy, policy => policy.RequireAuthenticatedUser())
            .AddPolicy(OperationScope.EditPolicy, policy => policy.RequireAuthenticatedUser());
        return services;
    }

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
