using System.Buffers;

namespace Longhaul.AspNetCore;

/// <summary>Which names an account may have.</summary>
public static class AccountName
{
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>True for 1 to 64 letters, digits, underscores and hyphens.</summary>
    public static bool IsValid(string? name) => name is { Length: > 0 and <= 64 } && name.AsSpan().IndexOfAnyExcept(Allowed) < 0;
}
