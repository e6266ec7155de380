using System.Text;

namespace Longhaul.Saymon.Objects;

/// <summary>What a field may hold when it is sent.</summary>
internal enum FieldShape
{
    /// <summary>A text that is not empty.</summary>
    FilledText,

    /// <summary>A text.</summary>
    Text,

    /// <summary>Texts in an array.</summary>
    Texts,

    /// <summary>An id, or ids in an array; kept as an array.</summary>
    Ids,

    /// <summary>A number or an id; kept as sent.</summary>
    NumberOrId,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A longitude and a latitude in an array.</summary>
    Position,

    /// <summary>An object.</summary>
    Structure,

    /// <summary>An array of anything.</summary>
    Array,

    /// <summary>An object or an array.</summary>
    Conditions,

    /// <summary>Anything.</summary>
    Any,

    /// <summary>Properties, which have calls of their own.</summary>
    Properties,

    /// <summary>It is not stored in the document.</summary>
    Computed,
}

/// <summary>A field of the Object model.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Shape">What it may hold.</param>
/// <param name="Place">Its place in the stored document, or -1.</param>
/// <param name="CanModify">True when a change of an object may name it.</param>
internal sealed record ObjectField(string Name, FieldShape Shape, int Place, bool CanModify)
{
    /// <summary>How many fields a stored document may have.</summary>
    public const int StoredCount = 20;

    public static ObjectField Id { get; } = new("id", FieldShape.Computed, -1, false);

    public static ObjectField NameField { get; } = new("name", FieldShape.FilledText, 0, true);

    public static ObjectField ClassId { get; } = new("class_id", FieldShape.NumberOrId, 1, false);

    public static ObjectField ParentId { get; } = new("parent_id", FieldShape.Ids, 2, true);

    public static ObjectField ChildIds { get; } = new("child_ids", FieldShape.Computed, -1, false);

    public static ObjectField ChildLinkIds { get; } = new("child_link_ids", FieldShape.Computed, -1, false);

    public static ObjectField ChildRefIds { get; } = new("child_ref_ids", FieldShape.Computed, -1, false);

    public static ObjectField OwnerId { get; } = new("owner_id", FieldShape.Text, 3, true);

    public static ObjectField DiscoveryId { get; } = new("discovery_id", FieldShape.Text, 4, true);

    public static ObjectField Properties { get; } = new("properties", FieldShape.Properties, 5, false);

    public static ObjectField Operations { get; } = new("operations", FieldShape.Array, 6, true);

    public static ObjectField ClientData { get; } = new("client_data", FieldShape.Text, 7, true);

    public static ObjectField StateId { get; } = new("state_id", FieldShape.NumberOrId, 8, true);

    public static ObjectField LastStateUpdate { get; } = new("last_state_update", FieldShape.Number, 9, true);

    public static ObjectField Tags { get; } = new("tags", FieldShape.Texts, 12, true);

    public static ObjectField Geoposition { get; } = new("geoposition", FieldShape.Position, 14, true);

    public static ObjectField StateConditions { get; } = new("stateConditions", FieldShape.Conditions, 17, true);

    public static ObjectField StateTriggers { get; } = new("stateTriggers", FieldShape.Conditions, 18, true);

    public static ObjectField IncidentConditions { get; } = new("incidentConditions", FieldShape.Conditions, 19, true);

    public static ObjectField Created { get; } = new("created", FieldShape.Computed, -1, false);

    public static ObjectField Updated { get; } = new("updated", FieldShape.Computed, -1, false);

    public static ObjectField Version { get; } = new("_version", FieldShape.Computed, -1, false);

    public static ObjectField EntityType { get; } = new("entityType", FieldShape.Computed, -1, false);

    /// <summary>Every field, in the order in which an object shows them.</summary>
    public static IReadOnlyList<ObjectField> All { get; } =
    [
        Id, NameField, ClassId, ParentId, ChildIds, ChildLinkIds, ChildRefIds, OwnerId, DiscoveryId, Properties, Operations, ClientData, StateId,
        LastStateUpdate, new("manual_state", FieldShape.Any, 10, true), new("mute_alert", FieldShape.Structure, 11, true), Tags,
        new("background", FieldShape.Any, 13, true), Geoposition, new("geopositionRadius", FieldShape.Number, 15, true),
        new("weight", FieldShape.Number, 16, true), StateConditions, StateTriggers, IncidentConditions, Created, Updated, Version, EntityType,
    ];

    private static ObjectField[][] ByLength { get; } =
        [.. Enumerable.Range(0, All.Max(f => f.Utf8.Length) + 1).Select(length => All.Where(f => f.Utf8.Length == length).ToArray())];

    /// <summary>The fields of a list that names none.</summary>
    public static IReadOnlyList<ObjectField> Default { get; } =
        [Id, NameField, ParentId, ClassId, StateId, LastStateUpdate, ChildIds, ChildLinkIds, ChildRefIds, Geoposition];

    /// <summary>The fields of a whole object: the conditions are shown only to those who name them.</summary>
    public static IReadOnlyList<ObjectField> Whole { get; } = [.. All.Where(f => f.Shape != FieldShape.Conditions)];

    /// <summary>The fields that a stored document may have, by their places.</summary>
    public static IReadOnlyList<ObjectField> StoredFields { get; } = [.. All.Where(f => f.Place >= 0).OrderBy(f => f.Place)];

    /// <summary>The name in UTF-8.</summary>
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(Name);

    /// <summary>True for what is found from other rows.</summary>
    public bool IsDerived => this == ChildIds || this == ChildLinkIds || this == ChildRefIds;

    /// <summary>The field of a name, or null.</summary>
    public static ObjectField? Find(ReadOnlySpan<byte> name)
    {
        // Every document that is read goes through here; few fields have names of one length.
        if (name.Length < ByLength.Length)
        {
            foreach (var field in ByLength[name.Length])
            {
                if (name.SequenceEqual(field.Utf8))
                {
                    return field;
                }
            }
        }

        return null;
    }

    /// <summary>The field of a name, or null.</summary>
    public static ObjectField? Find(string name) => All.FirstOrDefault(f => f.Name == name);

    // Fields are single objects; comparing what is in them would cost on every look.
    public bool Equals(ObjectField? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Place;
}
