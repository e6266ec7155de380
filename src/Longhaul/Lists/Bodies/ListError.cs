namespace Longhaul.Lists.Bodies;

/// <summary>
/// One entry of an answer's errors. The pointer is a JSON Pointer into the body and there when one member is to
/// blame, the index that of the array element to blame, from 0.
/// </summary>
internal sealed record ListError(int Code, string Message, string? Pointer = null, int? ParameterValueIndex = null)
{
    public const int InvalidJsonCode = 10026;
    public const int InvalidValueCode = 10028;
    public const int InvalidNameCode = 19010;
    public const int InvalidKindCode = 19011;
    public const int InvalidDescriptionCode = 19012;

    public static ListError InvalidJson(string explanation, string? pointer = null, int? index = null) =>
        new(InvalidJsonCode, $"filters.api.invalid_json: {explanation}", pointer, index);

    public static ListError InvalidValue(string kind, int index, string reason, string? explanation, string pointer) =>
        new(
            InvalidValueCode,
            $"invalid value for {kind} at position {index}: filters.api.{reason}"
                + (explanation is null ? "" : $": {explanation}"),
            pointer,
            index);
}
