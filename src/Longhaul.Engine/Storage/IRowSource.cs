namespace Longhaul.Engine.Storage;

/// <summary>Rows for <see cref="DbSession.InsertManyAsync"/>, written column by column in the order of the columns.</summary>
public interface IRowSource
{
    /// <summary>How many rows there are.</summary>
    int Count { get; }

    /// <summary>Writes the columns of one row.</summary>
    void Write(int row, IRowWriter writer);
}

/// <summary>Takes the columns of a row, left to right.</summary>
public interface IRowWriter
{
    /// <summary>The next column is a number.</summary>
    void Number(long value);

    /// <summary>The next column is bytes; they are copied before the call returns.</summary>
    void Bytes(ReadOnlySpan<byte> value);

    /// <summary>The next column is a text.</summary>
    void Text(string value);

    /// <summary>The next column is a text, given as UTF-8; it is copied before the call returns.</summary>
    void Text(ReadOnlySpan<byte> utf8);
}
