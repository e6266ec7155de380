using System.Text.Json;
using Longhaul.Saymon.Searching;

namespace Longhaul.Saymon.Objects;

/// <summary>A property of an object. Its owner is the object that it is stored in.</summary>
/// <param name="Id">24 hex digits.</param>
/// <param name="Name">Unique within the object, by bytes.</param>
/// <param name="Value">Always a text.</param>
/// <param name="TypeId">The vendor's number.</param>
internal sealed record ObjectProperty(string Id, string Name, string Value, long TypeId)
{
    /// <summary>The type of a property that names none.</summary>
    public const long Info = 1;

    /// <summary>The type whose properties need a permission of their own.</summary>
    public const long Service = 8;

    /// <summary>Reads the stored array.</summary>
    public static List<ObjectProperty> ReadAll(ReadOnlySpan<byte> stored)
    {
        var properties = new List<ObjectProperty>();
        if (stored.IsEmpty)
        {
            return properties;
        }

        var reader = new Utf8JsonReader(stored);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            properties.Add(ReadOne(ref reader));
        }

        return properties;
    }

    /// <summary>Makes the stored array.</summary>
    public static byte[] WriteAll(IReadOnlyList<ObjectProperty> properties) => JsonText.Write(properties, static (writer, all) =>
    {
        writer.WriteStartArray();
        foreach (var property in all)
        {
            writer.WriteStartObject();
            property.WriteMembers(writer);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary>The property as answers show it.</summary>
    public void Write(Utf8JsonWriter writer, string ownerId, int ownerType)
    {
        writer.WriteStartObject();
        WriteMembers(writer);
        writer.WriteString("owner_id"u8, ownerId);
        writer.WriteNumber("owner_type"u8, ownerType);
        writer.WriteEndObject();
    }

    private void WriteMembers(Utf8JsonWriter writer)
    {
        writer.WriteString("id"u8, Id);
        writer.WriteString("name"u8, Name);
        writer.WriteString("value"u8, Value);
        writer.WriteNumber("type_id"u8, TypeId);
    }

    private static ObjectProperty ReadOne(ref Utf8JsonReader reader)
    {
        var (id, name, value, type) = ("", "", "", Info);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = reader.ValueSpan;
            var isId = member.SequenceEqual("id"u8);
            var isName = member.SequenceEqual("name"u8);
            var isValue = member.SequenceEqual("value"u8);
            reader.Read();
            if (isId)
            {
                id = reader.GetString()!;
            }
            else if (isName)
            {
                name = reader.GetString()!;
            }
            else if (isValue)
            {
                value = reader.GetString()!;
            }
            else
            {
                type = reader.GetInt64();
            }
        }

        return new ObjectProperty(id, name, value, type);
    }
}

/// <summary>A property as it is sent: what is not sent is null.</summary>
internal sealed record PropertyInput(string? Name, string? Value, long? TypeId)
{
    private const int MaxNameLength = 1_000;

    /// <summary>Reads it; with a sentence about the place when something is wrong.</summary>
    public static bool TryRead(JsonElement sent, string place, bool isWhole, out PropertyInput? input, out SaymonFault? fault)
    {
        input = null;
        fault = null;
        if (sent.ValueKind != JsonValueKind.Object)
        {
            fault = SaymonFault.Bad($"{place} must be an object with name and value");
            return false;
        }

        var (name, value, type) = ((string?)null, (string?)null, (long?)null);
        foreach (var member in sent.EnumerateObject())
        {
            fault = member.Name switch
            {
                "name" => member.Value.ValueKind == JsonValueKind.String && SearchPattern.Count(name = member.Value.GetString()!) is > 0 and <= MaxNameLength
                    ? null
                    : SaymonFault.Bad($"{place}: name must be a string of 1 to {MaxNameLength} characters"),
                "value" => TryText(member.Value, out value) ? null : SaymonFault.Bad($"{place}: value must be a string, a number or a boolean"),
                "type_id" => TryType(member.Value, out type) ? null : SaymonFault.Bad($"{place}: type_id must be an integer of 1 or more"),
                _ => SaymonFault.Bad($"{place}: unknown member {ChangeReader.Shown(member.Name)}; a property has name, value and type_id"),
            };
            if (fault is not null)
            {
                return false;
            }
        }

        fault = !isWhole ? null : name is null ? SaymonFault.Absent("name") : value is null ? SaymonFault.Absent("value") : null;
        input = new PropertyInput(name, value, type);
        return fault is null;
    }

    private static bool TryText(JsonElement value, out string? text)
    {
        text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Number => NumberText.Of(value),
            _ => null,
        };
        return text is not null;
    }

    private static bool TryType(JsonElement value, out long? type)
    {
        type = value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 1 ? number : null;
        return type is not null;
    }
}
