namespace Longhaul.Engine.Storage;

/// <summary>The row that <see cref="SqlStatement.ScanAsync"/> stands on; what it gives is valid until the scan goes on.</summary>
public abstract class ScannedRow
{
    /// <summary>The number in a column.</summary>
    public abstract long Number(int column);

    /// <summary>The bytes in a column.</summary>
    public abstract ReadOnlySpan<byte> Bytes(int column);
}
