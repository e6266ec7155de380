using System.Text.Json;

namespace Longhaul.Saymon.Objects;

/// <summary>A link as it is sent: its two ends, and a document with everything else.</summary>
internal sealed record LinkDocument(string Source, string Target, byte[] Stored)
{
    private static readonly Dictionary<string, FieldShape> Members = new(StringComparer.Ordinal)
    {
        ["class_id"] = FieldShape.NumberOrId,
        ["source_name"] = FieldShape.Text,
        ["target_name"] = FieldShape.Text,
        ["state_id"] = FieldShape.NumberOrId,
        ["last_state_update"] = FieldShape.Number,
        ["name"] = FieldShape.Text,
        ["operations"] = FieldShape.Array,
        ["client_data"] = FieldShape.Text,
    };

    /// <summary>Reads a link; with a fault where it has Service properties that its maker may not write.</summary>
    public static SaymonResult<LinkDocument> Read(JsonElement sent, ObjectIds ids, bool managesServiceProperties)
    {
        if (sent.ValueKind != JsonValueKind.Object)
        {
            return SaymonFault.Bad("the body must be an object with fields of a Link");
        }

        var (source, target) = ("", "");
        var values = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var member in sent.EnumerateObject())
        {
            SaymonFault? fault = null;
            if (member.Name is "source" or "target")
            {
                fault = FieldValue.IsId(member.Value) ? null : SaymonFault.Bad($"{member.Name} must be the id of an object, 24 hex digits");
                (source, target) = fault is not null ? (source, target)
                    : member.Name == "source" ? (ObjectIds.Normalize(member.Value.GetString()!), target)
                    : (source, ObjectIds.Normalize(member.Value.GetString()!));
            }
            else if (member.Name == "properties")
            {
                fault = ReadProperties(member.Value, ids, managesServiceProperties, out var properties);
                values[member.Name] = properties;
            }
            else if (!Members.TryGetValue(member.Name, out var shape))
            {
                fault = SaymonFault.Bad($"unknown field {ChangeReader.Shown(member.Name)} of a Link");
            }
            else if (FieldValue.TryRead(new ObjectField(member.Name, shape, -1, true), member.Value, out var value, out var problem))
            {
                values[member.Name] = value ?? [];
            }
            else
            {
                fault = SaymonFault.Bad(problem!);
            }

            if (fault is not null)
            {
                return fault;
            }
        }

        return source.Length == 0 ? SaymonFault.Absent("source")
            : target.Length == 0 ? SaymonFault.Absent("target")
            : new LinkDocument(source, target, Write(values));
    }

    /// <summary>The document of a copy: its properties are new ones.</summary>
    public static byte[] WithNewIds(byte[] stored, ObjectIds ids)
    {
        using var document = JsonDocument.Parse(stored);
        var values = document.RootElement.EnumerateObject().ToDictionary(m => m.Name, m => JsonText.Canonical(m.Value), StringComparer.Ordinal);
        if (values.TryGetValue("properties", out var properties))
        {
            values["properties"] = ObjectProperty.WriteAll([.. ObjectProperty.ReadAll(properties).Select(p => p with { Id = ids.Next() })]);
        }

        return Write(values);
    }

    private static SaymonFault? ReadProperties(JsonElement sent, ObjectIds ids, bool managesServiceProperties, out byte[] stored)
    {
        stored = [];
        if (sent.ValueKind != JsonValueKind.Array)
        {
            return SaymonFault.Bad("properties must be an array");
        }

        var (properties, names) = (new List<ObjectProperty>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var element in sent.EnumerateArray())
        {
            if (!PropertyInput.TryRead(element, "properties", isWhole: true, out var input, out var fault))
            {
                return fault;
            }

            if (input!.TypeId == ObjectProperty.Service && !managesServiceProperties)
            {
                return SaymonFault.NoServiceProperties;
            }

            if (!names.Add(input.Name!))
            {
                return SaymonFault.Bad($"properties: the name '{ChangeReader.Shown(input.Name!)}' comes twice");
            }

            properties.Add(new ObjectProperty(ids.Next(), input.Name!, input.Value!, input.TypeId ?? ObjectProperty.Info));
        }

        stored = ObjectProperty.WriteAll(properties);
        return null;
    }

    private static byte[] Write(Dictionary<string, byte[]> values) => JsonText.Write(values, static (writer, all) =>
    {
        writer.WriteStartObject();
        foreach (var (name, value) in all.Where(v => v.Value.Length > 0))
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(value, skipInputValidation: true);
        }

        writer.WriteEndObject();
    });
}
