using System.Text.Json;

namespace Longhaul.Saymon.Objects;

/// <summary>Checks what is sent for a field and brings it into the spelling in which it is kept.</summary>
internal static class FieldValue
{
    private const int MaxIds = 1_000;

    // Each is a row of an index, written with the object in one transaction.
    private const int MaxTexts = 10_000;

    /// <summary>
    /// Completes with the bytes, or with nothing when a null takes the field away; false and a sentence when the value does not fit.
    /// </summary>
    public static bool TryRead(ObjectField field, JsonElement value, out byte[]? bytes, out string? problem)
    {
        (bytes, problem) = (null, null);
        if (value.ValueKind == JsonValueKind.Null)
        {
            problem = field == ObjectField.NameField ? Refuse(field, "a string that is not empty") : null;
            return problem is null;
        }

        // An empty discovery id is none: as a value it would make all objects that were sent without one the same object.
        if (field == ObjectField.DiscoveryId && value.ValueKind == JsonValueKind.String && value.ValueEquals(""u8))
        {
            return true;
        }

        problem = field.Shape switch
        {
            FieldShape.FilledText => value.ValueKind == JsonValueKind.String && value.GetString()!.Length > 0 ? null : Refuse(field, "a string that is not empty"),
            FieldShape.Text => value.ValueKind == JsonValueKind.String ? null : Refuse(field, "a string"),
            FieldShape.Texts => IsArrayOf(value, v => v.ValueKind == JsonValueKind.String) && value.GetArrayLength() <= MaxTexts ? null : Refuse(field, "an array of at most 10000 strings"),
            FieldShape.Ids => IsId(value) || (IsArrayOf(value, IsId) && value.GetArrayLength() <= MaxIds) ? null : Refuse(field, "an id of 24 hex digits, or an array of at most 1000 of them"),
            FieldShape.NumberOrId => value.ValueKind == JsonValueKind.Number || IsId(value) ? null : Refuse(field, "a number or an id of 24 hex digits"),
            FieldShape.Number => value.ValueKind == JsonValueKind.Number ? null : Refuse(field, "a number"),
            FieldShape.Position => IsArrayOf(value, v => v.ValueKind == JsonValueKind.Number) && value.GetArrayLength() == 2 ? null : Refuse(field, "an array of two numbers, longitude and latitude"),
            FieldShape.Structure => value.ValueKind == JsonValueKind.Object ? null : Refuse(field, "an object"),
            FieldShape.Array => value.ValueKind == JsonValueKind.Array ? null : Refuse(field, "an array"),
            FieldShape.Conditions => value.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? null : Refuse(field, "an object or an array"),
            FieldShape.Any => null,
            _ => $"{field.Name} cannot be set",
        };
        if (problem is not null)
        {
            return false;
        }

        bytes = field.Shape == FieldShape.Ids ? Ids(value) : JsonText.Canonical(value);
        return true;
    }

    /// <summary>True for an id as JSON.</summary>
    public static bool IsId(JsonElement value) => value.ValueKind == JsonValueKind.String && ObjectIds.IsId(value.GetString());

    private static string Refuse(ObjectField field, string wanted) => $"{field.Name} must be {wanted}";

    private static bool IsArrayOf(JsonElement value, Func<JsonElement, bool> check) => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(check);

    private static byte[] Ids(JsonElement value)
    {
        var ids = value.ValueKind == JsonValueKind.String ? [value.GetString()!] : value.EnumerateArray().Select(v => v.GetString()!);
        return Ids(ids.Select(ObjectIds.Normalize).Distinct(StringComparer.Ordinal));
    }

    /// <summary>Texts as a JSON array.</summary>
    public static byte[] Ids(IEnumerable<string> ids) => JsonText.Write(ids, static (writer, all) =>
    {
        writer.WriteStartArray();
        foreach (var id in all)
        {
            writer.WriteStringValue(id);
        }

        writer.WriteEndArray();
    });
}
