using System.Text.Json;
using Longhaul.Engine.Operations;

namespace Longhaul.Slurper;

/// <summary>
/// The log of a job is two sequences that only grow: its own events, each of which knows how many lines about objects stand before it, and
/// the lines about objects in the order in which they were settled. Together they have places that never change.
/// </summary>
internal sealed class JobLogPage(IReadOnlyList<JobEvent> events)
{
    /// <summary>Which lines about objects are needed for a page: from where, and how many at most.</summary>
    public (long From, int Count) RecordsOf(long offset, int limit) => (Math.Max(0, offset - EventsBefore(offset)), limit);

    /// <summary>Puts the page together; <paramref name="records"/> are the lines about objects from <paramref name="from"/> on.</summary>
    public List<JobLog> Merge(long offset, int limit, long from, IReadOnlyList<JobLog> records)
    {
        var page = new List<JobLog>();
        var nextEvent = (int)EventsBefore(offset);
        var nextRecord = 0;
        while (page.Count < limit)
        {
            if (nextEvent < events.Count && events[nextEvent].RecordsBefore <= from + nextRecord)
            {
                var line = events[nextEvent++];
                page.Add(new JobLog(line.At, line.LogType, null, line.Message));
            }
            else if (nextRecord < records.Count)
            {
                page.Add(records[nextRecord++]);
            }
            else
            {
                break;
            }
        }

        return page;
    }

    // Event number e (from 0) stands at place RecordsBefore + e.
    private long EventsBefore(long offset)
    {
        var count = 0;
        while (count < events.Count && events[count].RecordsBefore + count < offset)
        {
            count++;
        }

        return count;
    }
}

/// <summary>What a skipped object left for people.</summary>
internal static class OutcomeReasons
{
    /// <summary>The reason of a skip, or null.</summary>
    public static string? Reason(this ItemOutcome outcome)
    {
        if (outcome.Result is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(outcome.Result);
        return document.RootElement.TryGetProperty("reason", out var reason) ? reason.GetString() : null;
    }
}
