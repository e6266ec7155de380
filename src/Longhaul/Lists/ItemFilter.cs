using System.Text;
using Longhaul.Engine.Storage;

namespace Longhaul.Lists;

/// <summary>
/// The condition of a search over the items of an address list: the canonical value, which stands first in the payload behind
/// <c>{"ip":"</c>, begins with one of the terms, or is one of them.
/// </summary>
internal sealed class ItemFilter
{
    private const int ValueStart = 8;

    private readonly byte[][]? _terms;

    private ItemFilter(byte[][]? terms) => _terms = terms;

    /// <summary>Every item.</summary>
    public static ItemFilter None { get; } = new((byte[][]?)null);

    /// <summary>The SQL condition, with a leading "and".</summary>
    public string Condition => _terms switch
    {
        null => "",
        [] => "and 1 = 0",
        _ => $"and ({string.Join(" or ", _terms.Select((t, i) => $"substr(payload, {ValueStart}, {t.Length}) = @term{i}"))})",
    };

    /// <summary>Items whose value begins with one of the terms, or is one of them; no term, no item.</summary>
    public static ItemFilter Addresses(IEnumerable<string> terms, bool isExact) =>
        new([.. terms.Select(t => Encoding.UTF8.GetBytes(isExact ? t + "\"" : t))]);

    public SqlStatement Bind(SqlStatement statement)
    {
        for (var i = 0; i < (_terms?.Length ?? 0); i++)
        {
            statement = statement.With($"@term{i}", _terms![i]);
        }

        return statement;
    }
}
