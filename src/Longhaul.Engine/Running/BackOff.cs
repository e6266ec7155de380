namespace Longhaul.Engine.Running;

/// <summary>How long to wait before a repetition.</summary>
internal static class BackOff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);

    /// <summary>100 ms, doubled with each try, up to a bound.</summary>
    public static TimeSpan After(int tries, TimeSpan atMost)
    {
        var wait = First * Math.Pow(2, Math.Clamp(tries - 1, 0, 20));
        return wait < atMost ? wait : atMost;
    }
}
