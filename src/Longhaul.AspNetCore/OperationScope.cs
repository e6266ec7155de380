namespace Longhaul.AspNetCore;

/// <summary>
/// What a caller wants to touch: the resource that the host's authorization policies are asked about. The user is the request's. A policy
/// that the host does not define allows a caller what belongs to the accounts of its claims.
/// </summary>
/// <param name="Account">The tenant, or null for all of them.</param>
/// <param name="Kind">The kind of operation, or null for all of them.</param>
public sealed record OperationScope(string? Account, string? Kind)
{
    /// <summary>
    /// Type of a claim that names an account of the caller, one claim for each. A caller without any is asked about all accounts at
    /// once (<see cref="Account"/> null). With them, listings show these accounts, and a submit may leave the account out where there is one.
    /// </summary>
    public const string AccountClaim = "longhaul.account";

    /// <summary>Name of the policy that allows reading; the host defines it for the resource <see cref="OperationScope"/>.</summary>
    public const string ReadPolicy = "longhaul.operations.read";

    /// <summary>Name of the policy that allows submitting and control.</summary>
    public const string EditPolicy = "longhaul.operations.edit";
}
