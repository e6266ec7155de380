using System.Text.Json;
using System.Text.RegularExpressions;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon.Searching;

/// <summary>Reads a search; everything that could be wrong with it is found here, before anything is matched.</summary>
internal static class SearchReader
{
    private const int MaxDepth = 5;
    private const int MaxValues = 1_000;
    private const int MaxCriteria = 100;

    private static readonly string[] PropertyMembers = ["id", "name", "value", "type_id", "owner_id", "owner_type"];

    private static readonly HashSet<ObjectField> IdFields =
        [ObjectField.Id, ObjectField.ParentId, ObjectField.ChildIds, ObjectField.ChildRefIds, ObjectField.ChildLinkIds];

    /// <summary>Reads the member <c>search</c>.</summary>
    public static SaymonResult<Search> Read(JsonElement search)
    {
        if (search.ValueKind != JsonValueKind.Object)
        {
            return SaymonFault.Bad("search must be an object of criteria");
        }

        if (Depth(search) > MaxDepth)
        {
            return SaymonFault.Bad($"search is nested deeper than {MaxDepth}");
        }

        var criteria = new List<SearchCriterion>();
        foreach (var member in search.EnumerateObject())
        {
            if (criteria.Count == MaxCriteria)
            {
                return SaymonFault.Bad($"search has more than {MaxCriteria} criteria");
            }

            if (ReadCriterion(member, criteria) is { } fault)
            {
                return fault;
            }
        }

        return new Search(criteria);
    }

    private static int Depth(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => 1 + value.EnumerateObject().Select(m => Depth(m.Value)).DefaultIfEmpty(0).Max(),
        JsonValueKind.Array => 1 + value.EnumerateArray().Select(Depth).DefaultIfEmpty(0).Max(),
        _ => 0,
    };

    private static SaymonFault? ReadCriterion(JsonProperty member, List<SearchCriterion> criteria)
    {
        var name = member.Name;
        if (name.StartsWith('$'))
        {
            return SaymonFault.Bad($"search: unknown operator {ChangeReader.Shown(name)}; criteria are fields of an Object");
        }

        if (ObjectField.Find(name == "_id" ? "id" : name) is not { } field)
        {
            return SaymonFault.Bad($"search: unknown field {ChangeReader.Shown(name)}");
        }

        if (field == ObjectField.Properties)
        {
            return ReadProperties(member.Value, criteria);
        }

        var tests = new List<SearchTest>();
        if (ReadTests(field.Name, member.Value, IdFields.Contains(field), tests) is { } fault)
        {
            return fault;
        }

        criteria.Add(new SearchCriterion(field, tests, []));
        return null;
    }

    private static SaymonFault? ReadProperties(JsonElement value, List<SearchCriterion> criteria)
    {
        const string Form = "search: properties takes {\"$elemMatch\":{criteria}}";
        if (value.ValueKind != JsonValueKind.Object || !value.EnumerateObject().Any())
        {
            return SaymonFault.Bad(Form);
        }

        foreach (var member in value.EnumerateObject())
        {
            if (member.Name != "$elemMatch")
            {
                return SaymonFault.Bad($"{Form}, not {ChangeReader.Shown(member.Name)}");
            }

            if (member.Value.ValueKind != JsonValueKind.Object)
            {
                return SaymonFault.Bad(Form);
            }

            var wanted = new List<PropertyCriterion>();
            foreach (var part in member.Value.EnumerateObject())
            {
                if (!PropertyMembers.Contains(part.Name))
                {
                    return SaymonFault.Bad(part.Name.StartsWith('$')
                        ? $"search: unknown operator {ChangeReader.Shown(part.Name)} in $elemMatch"
                        : $"search: unknown field {ChangeReader.Shown(part.Name)} of a property");
                }

                if (wanted.Count == MaxCriteria)
                {
                    return SaymonFault.Bad($"search has more than {MaxCriteria} criteria in $elemMatch");
                }

                var tests = new List<SearchTest>();
                if (ReadTests(part.Name, part.Value, part.Name is "id" or "owner_id", tests) is { } fault)
                {
                    return fault;
                }

                wanted.Add(new PropertyCriterion(part.Name, tests));
            }

            criteria.Add(new SearchCriterion(ObjectField.Properties, [], wanted));
        }

        return null;
    }

    private static SaymonFault? ReadTests(string field, JsonElement value, bool isId, List<SearchTest> tests)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            return SaymonFault.Bad($"search: {field} is compared with an array; use {{\"$in\":[…]}}");
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            tests.Add(new SearchTest.OneOf([Scalar(value, isId)]));
            return null;
        }

        if (!value.EnumerateObject().Any())
        {
            return SaymonFault.Bad($"search: {field} is compared with an object without an operator");
        }

        var hasOptions = false;
        JsonElement? pattern = null;
        var ignoresCase = false;
        foreach (var member in value.EnumerateObject())
        {
            var fault = member.Name switch
            {
                "$in" => ReadIn(field, member.Value, isId, tests),
                "$gt" => ReadBound(field, member, o => o > 0, tests),
                "$lt" => ReadBound(field, member, o => o < 0, tests),
                "$gte" => ReadBound(field, member, o => o >= 0, tests),
                "$lte" => ReadBound(field, member, o => o <= 0, tests),
                "$regex" => Keep(member.Value, out pattern),
                "$options" => ReadOptions(field, member.Value, out hasOptions, out ignoresCase),
                _ => SaymonFault.Bad($"search: unknown operator {ChangeReader.Shown(member.Name)} of {field}; there are $in, $gt, $lt, $gte, $lte, $regex with $options, and $elemMatch for properties"),
            };
            if (fault is not null)
            {
                return fault;
            }
        }

        return pattern is { } text ? ReadPattern(field, text, ignoresCase, tests)
            : hasOptions ? SaymonFault.Bad($"search: $options of {field} goes with $regex")
            : null;
    }

    private static SaymonFault? Keep(JsonElement value, out JsonElement? kept)
    {
        kept = value;
        return null;
    }

    private static SearchScalar Scalar(JsonElement value, bool isId)
    {
        SearchScalar.TryRead(value, out var scalar);
        return isId && scalar.Text is { } text ? SearchScalar.Of(ObjectIds.Normalize(text)) : scalar;
    }

    private static SaymonFault? ReadIn(string field, JsonElement value, bool isId, List<SearchTest> tests)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return SaymonFault.Bad($"search: $in of {field} must be an array");
        }

        if (value.GetArrayLength() > MaxValues)
        {
            return SaymonFault.Bad($"search: $in of {field} has more than {MaxValues} values");
        }

        var values = new HashSet<SearchScalar>();
        foreach (var element in value.EnumerateArray())
        {
            if (element.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            {
                return SaymonFault.Bad($"search: $in of {field} holds an object or an array");
            }

            values.Add(Scalar(element, isId));
        }

        tests.Add(new SearchTest.OneOf(values));
        return null;
    }

    private static SaymonFault? ReadBound(string field, JsonProperty member, Func<int, bool> isRight, List<SearchTest> tests)
    {
        if (member.Value.ValueKind != JsonValueKind.Number)
        {
            return SaymonFault.Bad($"search: {member.Name} of {field} must be a number");
        }

        tests.Add(new SearchTest.Ordered(Scalar(member.Value, isId: false), isRight));
        return null;
    }

    private static SaymonFault? ReadOptions(string field, JsonElement value, out bool isThere, out bool ignoresCase)
    {
        isThere = true;
        ignoresCase = value.ValueKind == JsonValueKind.String && value.GetString() == "i";
        return ignoresCase || (value.ValueKind == JsonValueKind.String && value.GetString()!.Length == 0)
            ? null
            : SaymonFault.Bad($"search: $options of {field} can only be \"i\"");
    }

    private static SaymonFault? ReadPattern(string field, JsonElement value, bool ignoresCase, List<SearchTest> tests)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return SaymonFault.Bad($"search: $regex of {field} must be a string");
        }

        if (SearchPattern.TryMake(value.GetString()!, ignoresCase, out var problem) is not Regex regex)
        {
            return SaymonFault.Bad($"search: $regex of {field}: {problem}");
        }

        tests.Add(new SearchTest.Pattern(regex));
        return null;
    }
}
