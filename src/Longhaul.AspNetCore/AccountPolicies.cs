using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace Longhaul.AspNetCore;

/// <summary>
/// The policies of a host that defines none of its own: an authenticated caller may read and edit what belongs to the accounts that
/// its claims name. Whoever has no such claim may do nothing; nobody may ask about all accounts at once.
/// </summary>
internal sealed class AccountPolicies : IPostConfigureOptions<AuthorizationOptions>
{
    public void PostConfigure(string? name, AuthorizationOptions options)
    {
        foreach (var policy in (string[])[OperationScope.ReadPolicy, OperationScope.EditPolicy])
        {
            if (options.GetPolicy(policy) is null)
            {
                options.AddPolicy(policy, p => p.RequireAuthenticatedUser().AddRequirements(new OwnAccountRequirement()));
            }
        }
    }
}

/// <summary>The account of what is asked for must be one of the caller's.</summary>
internal sealed class OwnAccountRequirement : AuthorizationHandler<OwnAccountRequirement, OperationScope>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(
        AuthorizationHandlerContext context, OwnAccountRequirement requirement, OperationScope resource)
    {
        if (resource.Account is { } account && context.User.HasClaim(OperationScope.AccountClaim, account))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
