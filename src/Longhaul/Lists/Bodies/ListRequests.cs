using System.Text;
using System.Text.Json;
using Longhaul.Hosting.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Lists.Bodies;

/// <summary>Reads the bodies that create and update a list.</summary>
internal static class ListRequests
{
    private const int MaxNameLength = 50;
    private const int MaxDescriptionLength = 500;
    private const string CreateShape = """send {"name":"my_list","kind":"ip"}""";
    private const string UpdateShape = """send {"description":"my list"}""";

    private static readonly string[] CreateMembers = ["name", "kind", "description"];
    private static readonly string[] UpdateMembers = ["description"];

    private static readonly string Kinds =
        string.Join(", ", ItemKind.All.SkipLast(1).Select(kind => $"'{kind.Name}'")) + $" or '{ItemKind.All[^1].Name}'";

    public static BodyReading<CreateListRequest> ReadCreate(ReadOnlySpan<byte> body)
    {
        var values = new string?[CreateMembers.Length];
        if (ReadMembers(body, CreateMembers, CreateShape, values, out _) is { } undecodable)
        {
            return BodyReading<CreateListRequest>.Bad(undecodable);
        }

        ListError?[] faults = [CheckName(values[0]), CheckKind(values[1]), CheckDescription(values[2])];
        if (faults.Any(fault => fault is not null))
        {
            return BodyReading<CreateListRequest>.Bad([.. faults.OfType<ListError>()]);
        }

        var request = new CreateListRequest(values[0]!, ItemKind.Find(values[1])!, NullIfEmpty(values[2]));
        return BodyReading<CreateListRequest>.Good(request);
    }

    public static BodyReading<UpdateListRequest> ReadUpdate(ReadOnlySpan<byte> body)
    {
        var values = new string?[UpdateMembers.Length];
        var fault = ReadMembers(body, UpdateMembers, UpdateShape, values, out var isPresent)
            ?? CheckDescription(values[0]);
        return fault is null
            ? BodyReading<UpdateListRequest>.Good(new UpdateListRequest(isPresent[0], NullIfEmpty(values[0])))
            : BodyReading<UpdateListRequest>.Bad(fault);
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static ListError? CheckName(string? name)
    {
        if (name is null)
        {
            return new ListError(ListError.InvalidNameCode, "filters.api.invalid_name: 'name' is missing", "/name");
        }

        var isValid = name.Length is > 0 and <= MaxNameLength
            && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_');
        return isValid ? null : new ListError(
            ListError.InvalidNameCode,
            $"filters.api.invalid_name: {Quote(name)} is no list name; "
                + $"use 1 to {MaxNameLength} of the letters a-z and A-Z, the digits and the underscore",
            "/name");
    }

    private static ListError? CheckKind(string? kind)
    {
        if (ItemKind.Find(kind) is not null)
        {
            return null;
        }

        return InvalidKind(kind is null ? $"'kind' is missing; use {Kinds}" : $"{Quote(kind)} is no kind of list; use {Kinds}");
    }

    private static ListError InvalidKind(string explanation) =>
        new(ListError.InvalidKindCode, $"filters.api.invalid_kind: {explanation}", "/kind");

    private static ListError? CheckDescription(string? description) =>
        description is null || description.EnumerateRunes().Count() <= MaxDescriptionLength
            ? null
            : new ListError(
                ListError.InvalidDescriptionCode,
                $"filters.api.invalid_description: a description has at most {MaxDescriptionLength} characters",
                "/description");

    private static string Quote(string text) => StrictJson.Quote(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads an object whose members are all strings or null, in the order of the names.</summary>
    private static ListError? ReadMembers(
        ReadOnlySpan<byte> body, string[] names, string expectedShape, string?[] values, out bool[] isPresent)
    {
        isPresent = new bool[names.Length];
        if (StrictJson.CheckText(body, expectedShape) is { } unreadable)
        {
            return ListError.InvalidJson(unreadable);
        }

        var reader = new Utf8JsonReader(body, StrictJson.Options);
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return ListError.InvalidJson($"the body is {StrictJson.Describe(reader.TokenType)}; {expectedShape}");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (ReadMember(ref reader, names, values, isPresent) is { } wrong)
                {
                    return wrong;
                }
            }

            StrictJson.ExpectEnd(ref reader);
            return null;
        }
        catch (JsonException exception)
        {
            return ListError.InvalidJson(StrictJson.Describe(exception));
        }
    }

    private static ListError? ReadMember(ref Utf8JsonReader reader, string[] names, string?[] values, bool[] isPresent)
    {
        var at = JsonStrings.HasForbidden(in reader) ? -1 : Find(in reader, names);
        if (at < 0 || isPresent[at])
        {
            var name = StrictJson.Quote(reader.ValueSpan);
            var known = string.Join(", ", names.Select(word => $"'{word}'"));
            return ListError.InvalidJson(
                at < 0 ? $"unknown member {name}; there can only be {known}" : $"repeated member {name}",
                StrictJson.Pointer("", in reader));
        }

        isPresent[at] = true;
        reader.Read();
        if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.Null))
        {
            return ListError.InvalidJson(
                $"'{names[at]}' must be a string, not {StrictJson.Describe(reader.TokenType)}", $"/{names[at]}");
        }

        if (JsonStrings.HasForbidden(in reader))
        {
            return ListError.InvalidJson($"a string in '{names[at]}' has U+0000 or a lone surrogate", $"/{names[at]}");
        }

        values[at] = reader.GetString();
        return null;
    }

    private static int Find(in Utf8JsonReader reader, string[] names)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (reader.ValueTextEquals(names[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
