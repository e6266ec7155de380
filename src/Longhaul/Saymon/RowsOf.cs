using Longhaul.Engine.Storage;

namespace Longhaul.Saymon;

/// <summary>Rows made from some things.</summary>
internal sealed class RowsOf<T>(IReadOnlyList<T> things, Action<T, IRowWriter> write) : IRowSource
{
    public int Count => things.Count;

    public void Write(int row, IRowWriter writer) => write(things[row], writer);
}
