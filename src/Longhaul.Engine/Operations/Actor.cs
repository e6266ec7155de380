namespace Longhaul.Engine.Operations;

/// <summary>Who changes an operation, as the audit trail keeps it.</summary>
/// <param name="Name">A caller such as <c>root</c> or <c>token:ci</c>, a node that works on it, or <c>engine</c>.</param>
/// <param name="RequestId">The request that asked for it, or null.</param>
public sealed record Actor(string Name, string? RequestId = null)
{
    /// <summary>The engine itself, when it acts for a node that is gone.</summary>
    internal static Actor Engine { get; } = new("engine");

    /// <summary>The node that holds chunks of it.</summary>
    internal static Actor Node(string name) => new($"node:{name}");
}
