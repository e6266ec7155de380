using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Claims;
using Longhaul.AspNetCore;

namespace Longhaul.Hosting;

/// <summary>Whoever a credential belongs to, and what it may do. One object for the life of the credential; safe for concurrent use.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source has no timer; it goes with the caller.")]
internal sealed class Caller
{
    private readonly FrozenSet<string>? _accounts;
    private readonly Permissions _permissions;

    private readonly CancellationTokenSource _revoked = new();

    private Caller(string name, string submitsAs, Permissions permissions, FrozenSet<string>? accounts)
    {
        SubmitsAs = submitsAs;
        Email = $"{name}@localhost";
        _permissions = permissions;
        _accounts = accounts;
        User = new CallerPrincipal(this, accounts ?? []);
    }

    /// <summary><c>root</c> or <c>token:{name}</c>, as operations show it.</summary>
    public string SubmitsAs { get; }

    /// <summary>The name that goes with the secret where a client sends an e-mail address.</summary>
    public string Email { get; }

    /// <summary>The same for ASP.NET.</summary>
    public ClaimsPrincipal User { get; }

    /// <summary>Cancelled when the credential is no longer one: what is open for long has to end then.</summary>
    public CancellationToken Revoked => _revoked.Token;

    /// <summary>The requests of this caller.</summary>
    public RateWindow Requests { get; } = new();

    /// <summary>True when it may do everything on all accounts.</summary>
    public bool IsAdmin => (_permissions & Permissions.Admin) != 0;

    public static Caller Root() => new("root", "root", Permissions.Admin, null);

    public static Caller Token(string name, Permissions permissions, IEnumerable<string> accounts) => new(
        name,
        $"token:{name}",
        permissions,
        (permissions & Permissions.Admin) != 0 ? null : accounts.ToFrozenSet(StringComparer.Ordinal));

    /// <summary>The credential is no longer one.</summary>
    public void Revoke() => _revoked.Cancel();

    /// <summary>True when it has one of the permissions, and for the account; null asks for all accounts.</summary>
    public bool May(Permissions anyOf, string? account) =>
        (_permissions & anyOf) != 0 && (_accounts is null || (account is not null && _accounts.Contains(account)));
}

/// <summary>A caller as ASP.NET knows users, so that the policies need not read claims.</summary>
internal sealed class CallerPrincipal(Caller caller, IEnumerable<string> accounts) : ClaimsPrincipal(new ClaimsIdentity(
    [new Claim(ClaimTypes.Name, caller.SubmitsAs), .. accounts.Select(a => new Claim(OperationScope.AccountClaim, a))], "longhaul"))
{
    public Caller Caller => caller;
}
