using Longhaul.Hosting.Bodies;
using Longhaul.Lists.Items;

namespace Longhaul.Lists.Bodies;

/// <summary>
/// Collects one error per bad item up to a bound and counts the rest, so that a body of a million bad items
/// costs no million messages.
/// </summary>
internal sealed class BodyErrors(string kind, int maxReported)
{
    private readonly List<ListError> _reported = [];

    public int Count { get; private set; }

    public void AddInvalidJson(int index, string pointer, string explanation)
    {
        if (++Count <= maxReported)
        {
            _reported.Add(ListError.InvalidJson($"{explanation} (item at position {index})", pointer, index));
        }
    }

    public void AddInvalidValue(int index, string pointer, ItemFault fault)
    {
        if (++Count <= maxReported)
        {
            _reported.Add(ListError.InvalidValue(kind, index, fault.Reason, fault.Explanation, pointer));
        }
    }

    /// <summary>The explanation begins with the value as it was sent.</summary>
    public void AddInvalidValue(int index, string pointer, ItemFault fault, ReadOnlySpan<byte> value)
    {
        if (++Count <= maxReported)
        {
            var explanation = $"{StrictJson.Quote(value)} {fault.Explanation}";
            _reported.Add(ListError.InvalidValue(kind, index, fault.Reason, explanation, pointer));
        }
    }

    /// <summary>Duplicates are known only when all is read and sorted; they take their place by index.</summary>
    public void AddDuplicates(List<int> indexes, string path)
    {
        indexes.Sort();
        Count += indexes.Count;
        foreach (var index in indexes.Take(maxReported))
        {
            _reported.Add(ListError.InvalidValue(kind, index, "duplicate_item_value", null, $"/{index}{path}"));
        }

        _reported.Sort((left, right) => left.ParameterValueIndex!.Value.CompareTo(right.ParameterValueIndex!.Value));
        if (_reported.Count > maxReported)
        {
            _reported.RemoveRange(maxReported, _reported.Count - maxReported);
        }
    }

    public IReadOnlyList<ListError> ToList()
    {
        if (Count == _reported.Count)
        {
            return _reported;
        }

        var more = Count - _reported.Count;
        var code = _reported.Count > 0 ? _reported[^1].Code : ListError.InvalidValueCode;
        var last = new ListError(code, $"{more} more bad items are not shown; mend these first and send again");
        return [.. _reported, last];
    }
}
