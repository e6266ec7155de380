using System.Text.RegularExpressions;
using Longhaul.Saymon.Objects;

namespace Longhaul.Saymon.Searching;

/// <summary>
/// Matches objects one by one, and adds up what the patterns of the search cost: each text is bounded by itself, but a pattern that is slow on
/// every one of many objects would hold a thread and a snapshot for hours. Used by one thread at a time.
/// </summary>
internal sealed class MatchClock(TimeProvider clock)
{
    /// <summary>Time that a search may spend on its patterns: ordinary ones get through ten million names in it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private TimeSpan _spent;

    /// <summary>True when the object fulfils every criterion.</summary>
    /// <exception cref="RegexMatchTimeoutException">The patterns took too long, on this text or on all of them.</exception>
    public bool Matches(Search search, ObjectRow row, DerivedIds derived)
    {
        if (!search.HasPattern)
        {
            return search.Matches(row, derived);
        }

        var begun = clock.GetTimestamp();
        var isMatch = search.Matches(row, derived);
        _spent += clock.GetElapsedTime(begun);
        return _spent <= Patience ? isMatch : throw new RegexMatchTimeoutException();
    }
}
