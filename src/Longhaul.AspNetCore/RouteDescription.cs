namespace Longhaul.AspNetCore;

/// <summary>
/// What an OpenAPI document says about one route; metadata of its endpoint. Path and method are those of the endpoint. Everything else
/// is named by the keys of the components in the face's frame, so that a route is a few words here and each shape stands once there.
/// </summary>
/// <param name="Id">The operation id.</param>
/// <param name="Tag">The group in which a reader finds it.</param>
/// <param name="Text">The comment of the handler: its first sentence becomes the summary, the rest the description.</param>
internal sealed record RouteDescription(string Id, string Tag, string Text)
{
    /// <summary>What a caller wants to know besides, or null.</summary>
    public string? Notes { get; init; }

    /// <summary>Keys of query and header parameters; those of the path come from the path.</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];

    /// <summary>Key of the request body, or null when none is read.</summary>
    public string? Body { get; init; }

    /// <summary>Status and key of each answer that is no error.</summary>
    public required IReadOnlyList<(int Status, string Key)> Answers { get; init; }

    /// <summary>Statuses of the error answers; the key of such an answer is <c>Error</c> and the status.</summary>
    public required IReadOnlyList<int> Errors { get; init; }
}
