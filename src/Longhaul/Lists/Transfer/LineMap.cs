namespace Longhaul.Lists.Transfer;

/// <summary>Which line an item stands in. Only where the lines do not go on one by one is anything kept.</summary>
internal sealed class LineMap
{
    private readonly List<(int Index, int Line)> _steps = [];
    private int _offset = int.MinValue;

    /// <summary>Indexes come in ascending order.</summary>
    public void Add(int index, int line)
    {
        if (line - index != _offset)
        {
            _offset = line - index;
            _steps.Add((index, line));
        }
    }

    /// <summary>The line of an index that was added.</summary>
    public int Find(int index)
    {
        var step = _steps[_steps.FindLastIndex(s => s.Index <= index)];
        return step.Line + index - step.Index;
    }
}
