namespace Longhaul.Engine.Storage;

/// <summary>
/// What differs between the two databases; everything else is one SQL text. A member that starts to hold a whole query is a
/// sign to look for a sentence that both understand.
/// </summary>
public abstract class Dialect
{
    /// <summary>True when several transactions write at once, so that a locked row may have been passed over.</summary>
    public abstract bool HasRowLocks { get; }

    /// <summary>Suffix of a select that locks rows and passes over those that somebody else holds.</summary>
    public abstract string ForUpdateSkipLocked { get; }

    /// <summary>Suffix of a select that locks rows and waits for them.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Condition "column is one of the texts in the parameter", for a parameter given as a set.</summary>
    public abstract string InTexts(string column, string parameter);

    /// <summary>
    /// Condition "the scope is its parameter and column is one of the texts in the other, given as a set", where a key consists of the two. The
    /// rows are looked up by the whole key whatever statistics say; taken apart, a database that takes the scope for a rare one reads all of it.
    /// </summary>
    public abstract string InKeys(string scope, string scopeParameter, string column, string parameter);

    /// <summary>Condition "column is one of the byte strings in the parameter", for a parameter given as a set.</summary>
    public abstract string InBytes(string column, string parameter);

    /// <summary>Condition "the UTF-8 bytes in the column hold the text in the parameter", letters A to Z being taken for a to z.</summary>
    public abstract string HoldsText(string column, string parameter);

    /// <summary>
    /// Fills in what a migration cannot say in one word for both: <c>{identity}</c>, <c>{bytes}</c>, <c>{text}</c> (byte order),
    /// <c>{rowless}</c> (a table that is its primary key).
    /// </summary>
    public abstract string Schema(string template);
}
