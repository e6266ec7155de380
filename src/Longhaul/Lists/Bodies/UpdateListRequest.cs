namespace Longhaul.Lists.Bodies;

/// <summary>Without a change the description stays; changed to null it is removed.</summary>
internal sealed record UpdateListRequest(bool ChangesDescription, string? Description);
