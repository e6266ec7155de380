using System.Text.Json;

namespace Longhaul.Saymon.Objects;

/// <summary>One step of a change.</summary>
internal abstract record ChangeStep
{
    /// <summary>A field gets a value, or loses it.</summary>
    public sealed record SetField(ObjectField Field, byte[]? Value) : ChangeStep;

    /// <summary>A property is made, or changed where one of its name exists.</summary>
    public sealed record PutProperty(PropertyInput Property) : ChangeStep;
}

/// <summary>
/// What is done to an object, in order and as a whole: either every step is possible or nothing is changed. Immutable; used for one object as
/// for a million.
/// </summary>
internal sealed class ObjectChange
{
    public const string ServiceRefusal = "is a Service property, which takes the permission manage-service-properties";

    private readonly IReadOnlyList<ChangeStep> _steps;
    private readonly bool _managesService;
    private readonly bool _setsStateTime;

    public ObjectChange(IReadOnlyList<ChangeStep> steps, bool managesServiceProperties)
    {
        _steps = steps;
        _managesService = managesServiceProperties;
        TouchesIndex = steps.Any(s => s is ChangeStep.SetField set && IndexedValues.IsIndexed(set.Field));
        _setsStateTime = steps.Any(s => s is ChangeStep.SetField { Field: var field } && field == ObjectField.LastStateUpdate);
        DiscoveryId = steps.OfType<ChangeStep.SetField>().LastOrDefault(s => s.Field == ObjectField.DiscoveryId) is { } set ? Text(set.Value) : null;
    }

    /// <summary>The discovery id that an object has afterwards because of it; null when it sets none.</summary>
    public string? DiscoveryId { get; }

    /// <summary>False when nothing that is indexed can be different afterwards.</summary>
    public bool TouchesIndex { get; }

    /// <summary>
    /// Applies it to a document that belongs to the caller. Completes with a sentence when the object must stay as it is; the document is then
    /// of no use any more.
    /// </summary>
    public string? Apply(ObjectDocument document, ObjectIds ids, long now)
    {
        foreach (var step in _steps)
        {
            switch (step)
            {
                case ChangeStep.SetField set:
                    Set(document, set, now);
                    break;
                case ChangeStep.PutProperty put when Put(document, put.Property, ids) is { } refusal:
                    return refusal;
            }
        }

        return null;
    }

    private static string? Text(byte[]? json)
    {
        if (json is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetString();
    }

    private void Set(ObjectDocument document, ChangeStep.SetField set, long now)
    {
        var isNewState = set.Field == ObjectField.StateId && !_setsStateTime && !document[set.Field].Span.SequenceEqual(set.Value);
        document.Set(set.Field, set.Value);
        if (isNewState)
        {
            document.Set(ObjectField.LastStateUpdate, JsonText.Number(now));
        }
    }

    private string? Put(ObjectDocument document, PropertyInput input, ObjectIds ids)
    {
        var known = document.Find(input.Name!);
        var type = input.TypeId ?? known?.TypeId ?? ObjectProperty.Info;
        if (!_managesService && (type == ObjectProperty.Service || known?.TypeId == ObjectProperty.Service))
        {
            return $"property '{input.Name}' {ServiceRefusal}";
        }

        document.Put(new ObjectProperty(known?.Id ?? ids.Next(), input.Name!, input.Value!, type));
        return null;
    }
}

/// <summary>Reads changes as they are sent.</summary>
internal static class ChangeReader
{
    /// <summary>Reads fields of the Object model: those of a new object, or those that a change may name.</summary>
    public static SaymonFault? ReadFields(JsonElement sent, string place, bool isNew, List<ChangeStep> steps)
    {
        if (sent.ValueKind != JsonValueKind.Object)
        {
            return SaymonFault.Bad($"{place} must be an object with fields of an Object");
        }

        foreach (var member in sent.EnumerateObject())
        {
            if (ReadField(member, place, isNew, steps) is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>Reads the operations of a bulk.</summary>
    public static SaymonFault? ReadOperations(JsonElement sent, List<ChangeStep> steps)
    {
        if (sent.ValueKind != JsonValueKind.Array || sent.GetArrayLength() == 0)
        {
            return SaymonFault.Absent("bulk");
        }

        foreach (var operation in sent.EnumerateArray())
        {
            if (operation.ValueKind != JsonValueKind.Object || !operation.EnumerateObject().Any())
            {
                return SaymonFault.Bad("each element of bulk must be an object with at least one operation");
            }

            foreach (var member in operation.EnumerateObject())
            {
                if (ReadOperation(member, steps) is { } fault)
                {
                    return fault;
                }
            }
        }

        return null;
    }

    private static SaymonFault? ReadOperation(JsonProperty member, List<ChangeStep> steps)
    {
        switch (member.Name)
        {
            case "modify":
                return ReadFields(member.Value, "modify", isNew: false, steps);
            case "properties.createOrModify":
                if (!PropertyInput.TryRead(member.Value, member.Name, isWhole: true, out var input, out var fault))
                {
                    return fault;
                }

                steps.Add(new ChangeStep.PutProperty(input!));
                return null;
            case "stateConditions" or "stateTriggers" or "incidentConditions":
                var field = ObjectField.Find(member.Name)!;
                if (member.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array))
                {
                    return SaymonFault.Bad($"{member.Name} must be an object or an array");
                }

                steps.Add(new ChangeStep.SetField(field, JsonText.Canonical(member.Value)));
                return null;
            default:
                return SaymonFault.Bad(
                    $"unknown operation {Shown(member.Name)}; there are modify, properties.createOrModify, stateConditions, stateTriggers and incidentConditions");
        }
    }

    private static SaymonFault? ReadField(JsonProperty member, string place, bool isNew, List<ChangeStep> steps)
    {
        if (ObjectField.Find(member.Name) is not { } field)
        {
            return SaymonFault.Bad($"{place}: unknown field {Shown(member.Name)}");
        }

        if (isNew && field == ObjectField.Properties)
        {
            return ReadProperties(member.Value, place, steps);
        }

        if (!field.CanModify && !(isNew && field == ObjectField.ClassId))
        {
            return SaymonFault.Bad($"{place}: {field.Name} cannot be {(isNew ? "set" : "modified")}");
        }

        if (!FieldValue.TryRead(field, member.Value, out var value, out var problem))
        {
            return SaymonFault.Bad($"{place}: {problem}");
        }

        steps.Add(new ChangeStep.SetField(field, value));
        return null;
    }

    private static SaymonFault? ReadProperties(JsonElement sent, string place, List<ChangeStep> steps)
    {
        if (sent.ValueKind != JsonValueKind.Array)
        {
            return SaymonFault.Bad($"{place}: properties must be an array");
        }

        foreach (var property in sent.EnumerateArray())
        {
            if (!PropertyInput.TryRead(property, $"{place}: properties", isWhole: true, out var input, out var fault))
            {
                return fault;
            }

            steps.Add(new ChangeStep.PutProperty(input!));
        }

        return null;
    }

    /// <summary>A name from a body for a message, not without end.</summary>
    public static string Shown(string name) => name.Length <= 64 ? name : string.Concat(name.AsSpan(0, char.IsHighSurrogate(name[63]) ? 63 : 64), "…");
}
