using System.Text;
using System.Text.Json;

namespace Longhaul.Saymon.Objects;

/// <summary>Writes objects and links as answers show them.</summary>
internal static class ObjectText
{
    /// <summary>The number that stands for an object.</summary>
    public const int ObjectEntity = 1;

    private const int LinkEntity = 2;

    /// <summary>Writes some fields of an object, in the order given.</summary>
    public static void Write(Utf8JsonWriter writer, ObjectRow row, DerivedIds derived, IReadOnlyList<ObjectField> fields)
    {
        var document = ObjectDocument.Parse(row.Stored);
        writer.WriteStartObject();
        foreach (var field in fields)
        {
            Write(writer, row, document, derived, field);
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes a link.</summary>
    public static void Write(Utf8JsonWriter writer, LinkRow row)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, row.Id);
        writer.WriteString("source"u8, row.Source);
        writer.WriteString("target"u8, row.Target);
        using var stored = JsonDocument.Parse(row.Stored);
        foreach (var member in stored.RootElement.EnumerateObject())
        {
            if (member.NameEquals("properties"u8))
            {
                Write(writer, member.Name, ObjectProperty.ReadAll(Encoding.UTF8.GetBytes(member.Value.GetRawText())), row.Id, LinkEntity);
            }
            else
            {
                member.WriteTo(writer);
            }
        }

        writer.WriteNumber("entityType"u8, LinkEntity);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string member, IReadOnlyList<ObjectProperty> properties, string owner, int ownerType)
    {
        writer.WriteStartArray(member);
        foreach (var property in properties)
        {
            property.Write(writer, owner, ownerType);
        }

        writer.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter writer, ObjectRow row, ObjectDocument document, DerivedIds derived, ObjectField field)
    {
        if (field.Shape == FieldShape.Properties)
        {
            Write(writer, field.Name, document.Properties, row.Id, ObjectEntity);
        }
        else if (field.Place >= 0)
        {
            if (document[field] is { IsEmpty: false } value)
            {
                writer.WritePropertyName(field.Utf8);
                writer.WriteRawValue(value.Span, skipInputValidation: true);
            }
        }
        else if (field.IsDerived)
        {
            WriteIds(writer, field, field == ObjectField.ChildIds ? derived.ChildIds : field == ObjectField.ChildRefIds ? derived.ChildRefIds : derived.ChildLinkIds);
        }
        else if (field == ObjectField.Id)
        {
            writer.WriteString(field.Utf8, row.Id);
        }
        else
        {
            writer.WriteNumber(field.Utf8, NumberOf(row, field));
        }
    }

    /// <summary>A number that the row itself has.</summary>
    public static long NumberOf(ObjectRow row, ObjectField field) =>
        field == ObjectField.Created ? row.CreatedAt : field == ObjectField.Updated ? row.UpdatedAt : field == ObjectField.Version ? row.Version : ObjectEntity;

    private static void WriteIds(Utf8JsonWriter writer, ObjectField field, List<string> ids)
    {
        writer.WriteStartArray(field.Utf8);
        foreach (var id in ids)
        {
            writer.WriteStringValue(id);
        }

        writer.WriteEndArray();
    }
}
