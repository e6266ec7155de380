using System.Buffers;
using System.Text.Json;

namespace Longhaul.Lists;

/// <summary>A list to be made.</summary>
internal sealed record NewList(string Name, string Kind, string? Description);

/// <summary>A change of a list; without a description in it nothing changes, null removes it.</summary>
internal sealed record ListChange(bool HasDescription, string? Description);

/// <summary>A value, or everything that is wrong with the body.</summary>
internal sealed record BodyRead<T>(T? Value, IReadOnlyList<ListError> Errors)
    where T : class;

/// <summary>Reads the bodies that make and change a list (<c>contracts/lists.md</c> section 4).</summary>
internal static class ListRequests
{
    private const int MaxNameLength = 50;
    private const int MaxDescriptionLength = 500;
    private const string CreateShape = "send {\"name\":\"…\",\"kind\":\"ip\",\"description\":\"…\"}";
    private const string UpdateShape = "send {\"description\":\"…\"}";

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    public static BodyRead<NewList> ReadCreate(ReadOnlySpan<byte> json)
    {
        var errors = new List<ListError>();
        if (ReadMembers(json, CreateShape, ["name", "kind", "description"], errors) is not { } members)
        {
            return new BodyRead<NewList>(null, errors);
        }

        var name = members.GetValueOrDefault("name");
        var kind = members.GetValueOrDefault("kind");
        CheckName(name, errors);
        CheckKind(kind, errors);
        var description = CheckDescription(members, errors);
        return errors.Count > 0 ? new BodyRead<NewList>(null, errors) : new BodyRead<NewList>(new NewList(name!, kind!, description), errors);
    }

    public static BodyRead<ListChange> ReadUpdate(ReadOnlySpan<byte> json)
    {
        var errors = new List<ListError>();
        if (ReadMembers(json, UpdateShape, ["description"], errors) is not { } members)
        {
            return new BodyRead<ListChange>(null, errors);
        }

        var description = CheckDescription(members, errors);
        return errors.Count > 0
            ? new BodyRead<ListChange>(null, errors)
            : new BodyRead<ListChange>(new ListChange(members.ContainsKey("description"), description), errors);
    }

    private static void CheckName(string? name, List<ListError> errors)
    {
        if (name is not { Length: > 0 and <= MaxNameLength } || name.AsSpan().IndexOfAnyExcept(NameCharacters) >= 0)
        {
            var fault = name is null ? "name is missing" : $"{StrictJson.Quote(name)} is no name";
            errors.Add(new ListError(19010, $"filters.api.invalid_name: {fault}; use 1 to {MaxNameLength} of a-z A-Z 0-9 _", "/name", null));
        }
    }

    private static void CheckKind(string? kind, List<ListError> errors)
    {
        if (kind == "ip")
        {
            return;
        }

        var fault = kind switch
        {
            null => "kind is missing",
            _ when ItemKind.KnownNames.Contains(kind) => $"kind '{kind}' is not available in this version",
            _ => $"{StrictJson.Quote(kind)} is no kind",
        };
        errors.Add(new ListError(19011, $"filters.api.invalid_kind: {fault}; use 'ip'", "/kind", null));
    }

    private static string? CheckDescription(Dictionary<string, string?> members, List<ListError> errors)
    {
        var description = members.GetValueOrDefault("description");
        if (description is not null && StrictJson.CountCodePoints(description) > MaxDescriptionLength)
        {
            errors.Add(new ListError(19012, $"filters.api.invalid_description: at most {MaxDescriptionLength} characters", "/description", null));
        }

        return string.IsNullOrEmpty(description) ? null : description;
    }

    private static Dictionary<string, string?>? ReadMembers(
        ReadOnlySpan<byte> json, string shape, ReadOnlySpan<string> known, List<ListError> errors)
    {
        if (StrictJson.CheckEncoding(json, shape) is { } unreadable)
        {
            errors.Add(unreadable);
            return null;
        }

        try
        {
            var members = ReadObject(json, shape, known, errors);
            return errors.Count == 0 ? members : null;
        }
        catch (JsonException exception)
        {
            errors.Add(StrictJson.Syntax(exception));
            return null;
        }
    }

    private static Dictionary<string, string?> ReadObject(
        ReadOnlySpan<byte> json, string shape, ReadOnlySpan<string> known, List<ListError> errors)
    {
        var members = new Dictionary<string, string?>(StringComparer.Ordinal);
        var reader = StrictJson.Reader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            errors.Add(ListError.Decode($"the body must be an object; {shape}", ""));
            return members;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isReadable = StrictJson.TryGetText(ref reader, out var name);
            reader.Read();
            if (!isReadable)
            {
                errors.Add(ListError.Decode("a member name holds U+0000 or a lone surrogate", ""));
            }
            else if (!known.Contains(name))
            {
                errors.Add(ListError.Decode($"unknown member {StrictJson.Quote(name)}; {shape}", StrictJson.Step(name)));
            }
            else if (!members.TryAdd(name, null))
            {
                errors.Add(ListError.Decode($"{name} stands twice in the body", StrictJson.Step(name)));
            }
            else
            {
                members[name] = ReadText(ref reader, name, errors);
            }

            reader.Skip();
        }

        // Text behind the object makes the reader throw.
        reader.Read();
        return members;
    }

    private static string? ReadText(ref Utf8JsonReader reader, string name, List<ListError> errors)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            errors.Add(ListError.Decode($"{name} must be a string", StrictJson.Step(name)));
            return null;
        }

        if (!StrictJson.TryGetText(ref reader, out var text))
        {
            errors.Add(ListError.Decode($"{name} holds U+0000 or a lone surrogate", StrictJson.Step(name)));
            return null;
        }

        return text;
    }
}
