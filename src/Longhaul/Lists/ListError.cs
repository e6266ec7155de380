using System.Globalization;

namespace Longhaul.Lists;

/// <summary>One thing that is wrong with a request, in the vendor's words.</summary>
/// <param name="Code">The vendor's code, or one of ours in 190xx.</param>
/// <param name="Message">What a person reads.</param>
/// <param name="Pointer">JSON Pointer into the body, or null.</param>
/// <param name="ParameterValueIndex">Index of the item to blame, or null.</param>
internal sealed record ListError(int Code, string Message, string? Pointer, int? ParameterValueIndex)
{
    public static ListError Decode(string explanation, string? pointer, int? index = null) =>
        new(10026, $"filters.api.invalid_json: {explanation}", pointer, index);

    public static ListError Value(string kind, int index, string reason, string explanation, string member = "") => new(
        10028,
        string.Create(CultureInfo.InvariantCulture, $"invalid value for {kind} at position {index}: filters.api.{reason}: {explanation}"),
        string.Create(CultureInfo.InvariantCulture, $"/{index}{member}"),
        index);

    /// <summary>The wording is the vendor's, to the letter.</summary>
    public static ListError Duplicate(string kind, int index) => new(
        10028,
        string.Create(CultureInfo.InvariantCulture, $"invalid value for {kind} at position {index}: filters.api.duplicate_item_value"),
        string.Create(CultureInfo.InvariantCulture, $"/{index}"),
        index);

    public static ListError More(long count) => new(
        10028, string.Create(CultureInfo.InvariantCulture, $"and {count} more items are not valid; correct the ones named here first"), null, null);
}

/// <summary>Errors in the order of the items they belong to: the first ones whole, the others counted.</summary>
internal sealed class ListErrors(int most)
{
    private readonly List<(int Index, ListError Error)> _errors = [];
    private long _more;

    public bool IsEmpty => _errors.Count == 0;

    public void Add(int index, ListError error)
    {
        if (_errors.Count < most)
        {
            _errors.Add((index, error));
        }
        else
        {
            _more++;
        }
    }

    /// <summary>Mixes in the items of some indexes, in ascending order.</summary>
    public void Merge(List<int> indexes, Func<int, ListError> make)
    {
        var total = _errors.Count + _more + indexes.Count;
        _errors.AddRange(indexes.Take(most).Select(i => (i, make(i))));
        _errors.Sort((a, b) => a.Index.CompareTo(b.Index));
        _errors.RemoveRange(Math.Min(most, _errors.Count), Math.Max(0, _errors.Count - most));
        _more = total - _errors.Count;
    }

    public List<ListError> ToList()
    {
        var list = _errors.ConvertAll(e => e.Error);
        if (_more > 0)
        {
            list.Add(ListError.More(_more));
        }

        return list;
    }
}
