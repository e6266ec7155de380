namespace Longhaul.Lists.Bodies;

/// <summary>
/// Something about a good body that its sender may want to know. The pointer is a JSON Pointer into the body, the index that of
/// the array element meant, from 0; neither is there when no single one is meant.
/// </summary>
internal sealed record ListMessage(int Code, string Message, string? Pointer = null, int? ParameterValueIndex = null)
{
    public const int CanonicalCode = 19040;
}
