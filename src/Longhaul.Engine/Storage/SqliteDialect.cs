namespace Longhaul.Engine.Storage;

/// <summary>SQLite: one writer, so no row locks; sets travel as JSON.</summary>
internal sealed class SqliteDialect : Dialect
{
    public override bool HasRowLocks => false;

    public override string ForUpdateSkipLocked => "";

    public override string ForUpdate => "";

    public override string InTexts(string column, string parameter) =>
        $"{column} in (select value from json_each({parameter}))";

    public override string InKeys(string scope, string scopeParameter, string column, string parameter) =>
        $"{scope} = {scopeParameter} and {InTexts(column, parameter)}";

    public override string InBytes(string column, string parameter) =>
        $"{column} in (select unhex(value) from json_each({parameter}))";

    public override string HoldsText(string column, string parameter) => $"instr(lower(cast({column} as text)), {parameter}) > 0";

    public override string Schema(string template) => template
        .Replace("{identity}", "integer primary key autoincrement", StringComparison.Ordinal)
        .Replace("{bytes}", "blob", StringComparison.Ordinal)
        .Replace("{text}", "text", StringComparison.Ordinal)
        .Replace("{rowless}", "without rowid", StringComparison.Ordinal);
}
