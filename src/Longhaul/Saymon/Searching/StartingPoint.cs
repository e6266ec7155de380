using Longhaul.Engine.Storage;

namespace Longhaul.Saymon.Searching;

/// <summary>Where a look for objects begins, so that not all of them have to be read.</summary>
internal abstract record StartingPoint
{
    private StartingPoint()
    {
    }

    /// <summary>The ids themselves are given.</summary>
    public sealed record Ids(IReadOnlyCollection<string> Given) : StartingPoint
    {
        /// <summary>Those behind another one, in their order.</summary>
        public List<string> After(string id, int count) =>
            [.. Given.Distinct(StringComparer.Ordinal).Where(t => string.CompareOrdinal(t, id) > 0).Order(StringComparer.Ordinal).Take(count)];
    }

    /// <summary>An index knows them.</summary>
    /// <param name="Table">The table with the index.</param>
    /// <param name="Id">Its column with the ids of objects.</param>
    /// <param name="Key">Its column with what is looked up, in the index before the id.</param>
    public abstract record Index(string Table, string Id, string Key) : StartingPoint
    {
        /// <summary>True when the index begins with the account.</summary>
        public bool IsByAccount { get; init; }

        /// <summary>
        /// Ids in their order from behind <c>@after</c> on, at most <c>@count</c>. A single key is compared by itself: its entries already stand
        /// in the order of the ids, so a page costs what it shows.
        /// </summary>
        public string ToSql(Dialect dialect) =>
            $"select distinct {Id} from {Table} where {(IsByAccount ? "account = @account and " : "")}{Condition(dialect)} and {Id} > @after order by {Id} limit @count";

        /// <summary>Gives what is looked up to a statement of that text.</summary>
        public SqlStatement Bind(SqlStatement statement, string account) => Bind(IsByAccount ? statement.With("@account", account) : statement);

        /// <summary>True when a single key is looked up.</summary>
        public abstract bool IsSingle { get; }

        protected abstract string Condition(Dialect dialect);

        protected abstract SqlStatement Bind(SqlStatement statement);
    }

    /// <summary>An index of texts.</summary>
    public sealed record ByText(string Table, string Id, string Key, IReadOnlyList<string> Texts) : Index(Table, Id, Key)
    {
        public override bool IsSingle => Texts.Count == 1;

        protected override string Condition(Dialect dialect) => IsSingle ? $"{Key} = @keys" : dialect.InTexts(Key, "@keys");

        protected override SqlStatement Bind(SqlStatement statement) =>
            IsSingle ? statement.With("@keys", Texts[0]) : statement.WithSet("@keys", Texts);
    }

    /// <summary>An index of hashes.</summary>
    public sealed record ByHash(string Table, string Id, string Key, IReadOnlyList<byte[]> Hashes) : Index(Table, Id, Key)
    {
        public override bool IsSingle => Hashes.Count == 1;

        protected override string Condition(Dialect dialect) => IsSingle ? $"{Key} = @keys" : dialect.InBytes(Key, "@keys");

        protected override SqlStatement Bind(SqlStatement statement) =>
            IsSingle ? statement.With("@keys", Hashes[0]) : statement.WithSet("@keys", Hashes);
    }
}
