using System.Text.Json;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon.Searching;

/// <summary>A field and what it has to fulfil: each test by some element of an array, or by the value.</summary>
/// <param name="Field">The field.</param>
/// <param name="Tests">All of them have to hold.</param>
/// <param name="Properties">For properties: what one of them has to fulfil.</param>
internal sealed record SearchCriterion(ObjectField Field, IReadOnlyList<SearchTest> Tests, IReadOnlyList<PropertyCriterion> Properties);

/// <summary>A checked search: criteria that all have to hold. Used by one thread at a time.</summary>
internal sealed class Search(IReadOnlyList<SearchCriterion> criteria)
{
    private readonly List<SearchScalar> _values = [];

    public IReadOnlyList<SearchCriterion> Criteria => criteria;

    /// <summary>True when every object matches.</summary>
    public bool IsEmpty => criteria.Count == 0;

    /// <summary>True when texts are matched with regular expressions.</summary>
    public bool HasPattern { get; } =
        criteria.Any(c => c.Tests.OfType<SearchTest.Pattern>().Any() || c.Properties.Any(p => p.Tests.OfType<SearchTest.Pattern>().Any()));

    /// <summary>True when other rows have to be looked at.</summary>
    public bool UsesDerived { get; } = criteria.Any(c => c.Field.IsDerived);

    /// <summary>True when the object fulfils every criterion.</summary>
    /// <exception cref="System.Text.RegularExpressions.RegexMatchTimeoutException">A pattern took too long on one text.</exception>
    public bool Matches(ObjectRow row, DerivedIds derived)
    {
        var document = ObjectDocument.Parse(row.Stored);
        foreach (var criterion in criteria)
        {
            if (criterion.Field.Shape == FieldShape.Properties)
            {
                if (!document.Properties.Any(p => Matches(p, row.Id, criterion.Properties)))
                {
                    return false;
                }

                continue;
            }

            Read(row, document, derived, criterion.Field);
            foreach (var test in criterion.Tests)
            {
                if (!AnyHolds(test))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static bool Matches(ObjectProperty property, string owner, IReadOnlyList<PropertyCriterion> criteria)
    {
        foreach (var criterion in criteria)
        {
            var value = criterion.Member switch
            {
                "id" => SearchScalar.Of(property.Id),
                "name" => SearchScalar.Of(property.Name),
                "value" => SearchScalar.Of(property.Value),
                "type_id" => SearchScalar.Of(property.TypeId),
                "owner_id" => SearchScalar.Of(owner),
                _ => SearchScalar.Of(ObjectText.ObjectEntity),
            };
            if (!criterion.Tests.All(t => t.Holds(value)))
            {
                return false;
            }
        }

        return true;
    }

    private bool AnyHolds(SearchTest test)
    {
        foreach (var value in _values)
        {
            if (test.Holds(value))
            {
                return true;
            }
        }

        return false;
    }

    private void Read(ObjectRow row, ObjectDocument document, DerivedIds derived, ObjectField field)
    {
        _values.Clear();
        if (field.Place >= 0)
        {
            Read(document[field].Span);
        }
        else if (field.IsDerived)
        {
            var ids = field == ObjectField.ChildIds ? derived.ChildIds : field == ObjectField.ChildRefIds ? derived.ChildRefIds : derived.ChildLinkIds;
            _values.AddRange(ids.Select(SearchScalar.Of));
        }
        else
        {
            _values.Add(field == ObjectField.Id ? SearchScalar.Of(row.Id) : SearchScalar.Of(ObjectText.NumberOf(row, field)));
        }
    }

    private void Read(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            _values.Add(SearchScalar.Null);
            return;
        }

        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            _values.Add(SearchScalar.Of(ref reader));
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            _values.Add(SearchScalar.Of(ref reader));
        }
    }
}
