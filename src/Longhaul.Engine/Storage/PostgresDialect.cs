namespace Longhaul.Engine.Storage;

/// <summary>PostgreSQL: row locks, arrays, byte order by collation.</summary>
internal sealed class PostgresDialect : Dialect
{
    public override bool HasRowLocks => true;

    public override string ForUpdateSkipLocked => "for update skip locked";

    public override string ForUpdate => "for update";

    public override string InTexts(string column, string parameter) => $"{column} = any({parameter})";

    public override string InKeys(string scope, string scopeParameter, string column, string parameter) =>
        $"({scope}, {column}) in (select {scopeParameter}, unnest({parameter}))";

    public override string InBytes(string column, string parameter) => $"{column} = any({parameter})";

    public override string HoldsText(string column, string parameter) =>
        $"position({parameter} in lower(convert_from({column}, 'UTF8') collate \"C\")) > 0";

    public override string Schema(string template) => template
        .Replace("{identity}", "bigint generated always as identity primary key", StringComparison.Ordinal)
        .Replace("{bytes}", "bytea", StringComparison.Ordinal)
        .Replace("{text}", "text collate \"C\"", StringComparison.Ordinal)
        .Replace("{rowless}", "", StringComparison.Ordinal);
}
