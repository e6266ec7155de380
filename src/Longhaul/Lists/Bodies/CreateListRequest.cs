using Longhaul.Lists.Items;

namespace Longhaul.Lists.Bodies;

/// <summary>A description that is null is none.</summary>
internal sealed record CreateListRequest(string Name, ItemKind Kind, string? Description);
