using System.Text.RegularExpressions;

namespace Longhaul.Saymon.Searching;

/// <summary>
/// A regular expression that cannot hang the server: matched without backtracking, in time that grows with the text and not beyond, and
/// refused when the machine that it stands for would be too large.
/// </summary>
internal static class SearchPattern
{
    public const int MaxLength = 1_000;

    /// <summary>Characters of the pattern with every repetition written out.</summary>
    private const long MaxSize = 5_000;

    /// <summary>The time that one text may take. Only a long text under a large pattern comes near it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>Makes it; with a sentence when it is refused.</summary>
    public static Regex? TryMake(string pattern, bool ignoresCase, out string? problem)
    {
        problem = Count(pattern) > MaxLength ? $"the pattern is longer than {MaxLength} characters"
            : HasNamedSet(pattern) ? "named sets such as [:digit:] are not known here; write the characters, as in [0-9]"
            : Size(pattern) > MaxSize ? "the repetitions in the pattern multiply to too much; use smaller numbers"
            : null;
        if (problem is not null)
        {
            return null;
        }

        try
        {
            var options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | (ignoresCase ? RegexOptions.IgnoreCase : RegexOptions.None);
            return new Regex(pattern, options, Patience);
        }
        catch (NotSupportedException)
        {
            problem = "the pattern uses look-around, a back-reference or something else that cannot be matched in linear time";
        }
        catch (ArgumentException)
        {
            problem = "the pattern is no regular expression";
        }

        return null;
    }

    /// <summary>Unicode code points of a text.</summary>
    public static int Count(string text) => text.Length - text.Count(char.IsLowSurrogate);

    // Here such a set would be one of the letters of its name, and silently match something else.
    private static bool HasNamedSet(string pattern)
    {
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                i++;
            }
            else if (pattern[i] == '[')
            {
                var end = EndOfSet(pattern, i);
                var name = pattern.IndexOf("[:", i + 1, StringComparison.Ordinal);
                if (name >= 0 && name < end && pattern.IndexOf(":]", name, StringComparison.Ordinal) is >= 0 and var close && close <= end)
                {
                    return true;
                }

                i = end;
            }
        }

        return false;
    }

    /// <summary>An upper bound of the places in the pattern once its counted repetitions are written out.</summary>
    private static long Size(string pattern)
    {
        var outer = new Stack<long>();
        long sum = 0, last = 0;
        for (var i = 0; i < pattern.Length; i++)
        {
            switch (pattern[i])
            {
                case '\\':
                    i++;
                    Add(1);
                    break;
                case '[':
                    i = EndOfSet(pattern, i);
                    Add(1);
                    break;
                case '(':
                    outer.Push(sum);
                    (sum, last) = (0, 0);
                    break;
                case ')' when outer.Count > 0:
                    last = Math.Max(1, sum);
                    sum = outer.Pop() + last;
                    break;
                case '{' when ReadRepetition(pattern, ref i) is { } times:
                    sum += Math.Min(MaxSize + 1, last * Math.Max(0, times - 1));
                    last = Math.Min(MaxSize + 1, last * Math.Max(1, times));
                    break;
                default:
                    Add(1);
                    break;
            }

            if (sum > MaxSize)
            {
                return sum;
            }
        }

        return sum + outer.Sum();

        void Add(long size)
        {
            last = size;
            sum += size;
        }
    }

    private static int EndOfSet(string pattern, int start)
    {
        for (var i = start + 1; i < pattern.Length; i++)
        {
            if (pattern[i] == '\\')
            {
                i++;
            }
            else if (pattern[i] == ']' && i > start + 1)
            {
                return i;
            }
        }

        return pattern.Length;
    }

    // {n}, {n,} and {n,m}; anything else is a plain character.
    private static long? ReadRepetition(string pattern, ref int at)
    {
        var end = pattern.IndexOf('}', at);
        if (end < 0)
        {
            return null;
        }

        var largest = 0L;
        foreach (var part in pattern[(at + 1)..end].Split(','))
        {
            if (part.Length > 9 || part.AsSpan().ContainsAnyExceptInRange('0', '9'))
            {
                return part.AsSpan().ContainsAnyExceptInRange('0', '9') ? null : MaxSize + 1;
            }

            largest = part.Length == 0 ? largest : Math.Max(largest, long.Parse(part, System.Globalization.CultureInfo.InvariantCulture));
        }

        at = end;
        return largest;
    }
}
