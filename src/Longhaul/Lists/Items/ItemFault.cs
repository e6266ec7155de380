namespace Longhaul.Lists.Items;

/// <summary>
/// Why an item cannot be taken; the explanation goes on after the quoted value where there is one. The path leads from the item
/// to the member to blame, such as <c>/redirect/status_code</c>; without one it is the kind's own member.
/// </summary>
internal sealed record ItemFault(string Reason, string Explanation, string? Path = null)
{
    private const string InvalidJsonReason = "invalid_json";

    public static ItemFault CommentTooLong { get; } =
        new("invalid_comment", $"a comment has at most {ItemDraft.MaxCommentLength} characters");

    public static ItemFault EmptyItemId { get; } =
        new("invalid_item_id", "the id is empty; send the id that the item was listed with");

    /// <summary>The member could not even be decoded, as against a decoded value that is refused.</summary>
    public bool IsInvalidJson => Reason == InvalidJsonReason;

    public static ItemFault InvalidJson(string explanation, string? path = null) => new(InvalidJsonReason, explanation, path);
}
