namespace Longhaul.Lists;

/// <summary>A description that is null is none.</summary>
internal sealed record CreateListRequest(string Name, ItemKind Kind, string? Description);
