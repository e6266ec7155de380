using System.Globalization;
using System.Text;
using Longhaul.Engine.Operations;

namespace Longhaul.Engine.Storage;

/// <summary>A filter of operations as conditions of a select: one text for both databases, each condition only where it is asked for.</summary>
internal sealed class FilterText
{
    private readonly OperationFilter _filter;
    private readonly string[] _names;
    private readonly string[] _prefixes;
    private readonly string? _account;

    public FilterText(OperationFilter filter, Dialect dialect)
    {
        _filter = filter;
        _names = [.. (filter.Kinds ?? []).Where(k => OperationFilter.PrefixOf(k) is null)];
        _prefixes = [.. (filter.Kinds ?? []).Select(OperationFilter.PrefixOf).OfType<string>()];

        // One account is the common case and has an index in the order of the numbers.
        _account = filter.Accounts is { Count: 1 } ? filter.Accounts.First() : null;
        Conditions = Write(dialect);
    }

    /// <summary>Conditions, each with an <c>and</c> before it; empty where everything is wanted.</summary>
    public string Conditions { get; }

    /// <summary>Gives the parameters, in the order of the text.</summary>
    public SqlStatement Bind(SqlStatement statement)
    {
        if (_filter.Ids is { } ids)
        {
            statement = statement.WithSet("@ids", [.. ids.Select(i => i.Value)]);
        }

        statement = _account is not null
            ? statement.With("@account", _account)
            : _filter.Accounts is { } accounts ? statement.WithSet("@accounts", accounts) : statement;
        statement = _filter.VisibleKinds is { } visible ? statement.WithSet("@visible", visible) : statement;
        statement = IsOneKind ? statement.With("@kind", _names[0]) : _names.Length > 0 ? statement.WithSet("@kinds", _names) : statement;
        for (var i = 0; i < _prefixes.Length; i++)
        {
            // The byte behind the dot ends the range of what begins with the prefix.
            statement = statement.With(Name("@from", i), _prefixes[i]).With(Name("@to", i), string.Concat(_prefixes[i].AsSpan(0, _prefixes[i].Length - 1), "/"));
        }

        statement = _filter.States is { } states ? statement.WithSet("@states", [.. states.Select(s => s.Word)]) : statement;
        for (var i = 0; i < _filter.Labels.Count; i++)
        {
            statement = statement.With(Name("@label", i), OperationLabels.Piece(_filter.Labels[i].Key, _filter.Labels[i].Value));
        }

        statement = _filter.CreatedAfter is { } after ? statement.With("@after", after) : statement;
        statement = _filter.CreatedBefore is { } before ? statement.With("@earlier", before) : statement;
        return _filter.RetryOf is { } original ? statement.With("@original", original.Value) : statement;
    }

    // One kind is found in its index in the order of the numbers.
    private bool IsOneKind => _names.Length == 1 && _prefixes.Length == 0;

    private static string Name(string name, int number) => string.Create(CultureInfo.InvariantCulture, $"{name}{number}");

    private string Write(Dialect dialect)
    {
        var text = new StringBuilder();
        void And(bool isAsked, string condition) => text.Append(isAsked ? " and " : "").Append(isAsked ? condition : "");
        And(_filter.Ids is not null, dialect.InTexts("id", "@ids"));
        And(_filter.Accounts is not null, _account is not null ? "account = @account" : dialect.InTexts("account", "@accounts"));
        And(_filter.VisibleKinds is not null, dialect.InTexts("kind", "@visible"));
        And(_filter.Kinds is not null, WriteKinds(dialect));
        And(_filter.States is not null, dialect.InTexts("state", "@states"));
        And(_filter.States is { } states && states.All(s => !s.IsFinal), "ended_at is null");
        And(_filter.IsDone is not null, _filter.IsDone == true ? "ended_at is not null" : "ended_at is null");
        for (var i = 0; i < _filter.Labels.Count; i++)
        {
            And(true, $"replace(labels, {Name("@label", i)}, '') <> labels");
        }

        // The listing goes along the numbers; the index of times says between which of them it has to look.
        And(_filter.CreatedAfter is not null, "created_at > @after and number >= (select min(c.number) from operations c where c.created_at > @after)");
        And(_filter.CreatedBefore is not null, "created_at < @earlier and number <= (select max(c.number) from operations c where c.created_at < @earlier)");
        And(_filter.RetryOf is not null, "retry_of = @original");
        return text.ToString();
    }

    private string WriteKinds(Dialect dialect)
    {
        if (IsOneKind)
        {
            return "kind = @kind";
        }

        var names = _names.Length > 0 ? dialect.InTexts("kind", "@kinds") : "";
        var ranges = _prefixes.Select((_, i) => $"kind >= {Name("@from", i)} and kind < {Name("@to", i)}");
        return $"({string.Join(" or ", ((string[])[names]).Where(n => n.Length > 0).Concat(ranges))})";
    }
}
