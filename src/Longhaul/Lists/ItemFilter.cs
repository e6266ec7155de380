using System.Text;
using Longhaul.Engine.Storage;

namespace Longhaul.Lists;

/// <summary>
/// The condition of a search: in SQL what the database can tell, and, where that finds too much, a check of each row that it found.
/// </summary>
internal sealed class ItemFilter
{
    // Behind {"ip":" in the payload of an address; SQL counts from 1.
    private const int AddressStart = 8;

    private readonly Func<Dialect, string> _condition;
    private readonly Func<SqlStatement, SqlStatement> _bind;

    private ItemFilter(Func<Dialect, string> condition, Func<SqlStatement, SqlStatement> bind, Func<byte[], bool>? check)
    {
        _condition = condition;
        _bind = bind;
        Check = check;
    }

    /// <summary>Every item.</summary>
    public static ItemFilter None { get; } = new(_ => "", s => s, null);

    /// <summary>No item.</summary>
    public static ItemFilter Nothing { get; } = new(_ => "and 1 = 0", s => s, null);

    /// <summary>Whether a payload that the condition has found is really wanted; null where the condition is exact.</summary>
    public Func<byte[], bool>? Check { get; }

    /// <summary>The item of a key, or none.</summary>
    public static ItemFilter Key(byte[]? key) => key is null ? Nothing : new(_ => "and sort_key = @term", s => s.With("@term", key), null);

    /// <summary>Items of an address list whose value begins with one of the terms; no term, no item.</summary>
    public static ItemFilter Addresses(IReadOnlyList<string> terms)
    {
        if (terms.Count == 0)
        {
            return Nothing;
        }

        var condition = $"and ({string.Join(" or ", terms.Select((t, i) => $"substr(payload, {AddressStart}, {t.Length}) = @term{i}"))})";
        return new(
            _ => condition,
            statement =>
            {
                for (var i = 0; i < terms.Count; i++)
                {
                    statement = statement.With($"@term{i}", Encoding.ASCII.GetBytes(terms[i]));
                }

                return statement;
            },
            null);
    }

    /// <summary>Items that hold a text somewhere; the check says whether it is where it should be.</summary>
    /// <param name="json">The text as it stands inside a JSON string, in lower case.</param>
    /// <param name="check">Whether a payload has the text in a place that counts.</param>
    public static ItemFilter Holding(string json, Func<byte[], bool> check) =>
        new(dialect => $"and {dialect.HoldsText("payload", "@term")}", s => s.With("@term", json), check);

    /// <summary>The SQL condition, with a leading "and".</summary>
    public string Condition(Dialect dialect) => _condition(dialect);

    public SqlStatement Bind(SqlStatement statement) => _bind(statement);
}
