using Longhaul.Slurper;

namespace Longhaul.Tests.Slurper;

/// <summary>Any cut into pages gives the same log.</summary>
public sealed class JobLogPageTests
{
    [Fact]
    public void Every_paging_of_every_mixture_joins_without_gap_or_repetition()
    {
        var random = new Random(20_261_125);
        for (var round = 0; round < 200; round++)
        {
            var records = Enumerable.Range(0, random.Next(0, 12)).Select(i => new JobLog(i, "record", $"k{i}", null)).ToList();
            var places = Enumerable.Range(0, random.Next(0, 6)).Select(_ => (long)random.Next(0, records.Count + 1)).Order().ToList();
            var events = places.Select((p, i) => new JobEvent(i, $"event{i}", null, p)).ToList();
            var expected = Whole(events, records);
            for (var limit = 1; limit <= 5; limit++)
            {
                var read = new List<string>();
                for (var offset = 0; ; offset += limit)
                {
                    var page = Read(events, records, offset, limit);
                    Assert.True(page.Count <= limit);
                    read.AddRange(page.Select(Name));
                    if (page.Count == 0)
                    {
                        break;
                    }
                }

                Assert.Equal(expected, read);
            }
        }
    }

    private static List<string> Whole(List<JobEvent> events, List<JobLog> records)
    {
        var lines = new List<string>();
        for (var i = 0; i <= records.Count; i++)
        {
            lines.AddRange(events.Where(e => e.RecordsBefore == i).Select(e => e.LogType));
            if (i < records.Count)
            {
                lines.Add(records[i].ObjectKey!);
            }
        }

        return lines;
    }

    private static List<JobLog> Read(List<JobEvent> events, List<JobLog> records, long offset, int limit)
    {
        var page = new JobLogPage(events);
        var (from, count) = page.RecordsOf(offset, limit);
        return page.Merge(offset, limit, from, [.. records.Skip((int)from).Take(count)]);
    }

    private static string Name(JobLog line) => line.ObjectKey ?? line.LogType;
}
